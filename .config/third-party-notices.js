// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Licences that may be distributed inside our files, as long as their text goes with them. */
const permissive = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT']);

/**
 * Writes the licences of the libraries that became part of a bundle, or of one before, beside it. Fails when one of them is not among
 * `expected`, may not be distributed this way, or has no text.
 * @param {readonly string[]} expected names of packages
 * @returns {import('rolldown').Plugin}
 */
export function thirdPartyNotices(expected) {
  /** @type {Set<string>} */
  const folders = new Set();
  return {
    name: 'third-party-notices',
    generateBundle(_options, bundle) {
      const files = Object.values(bundle).flatMap((one) => (one.type === 'chunk' ? one.moduleIds : []));
      for (const folder of files.flatMap((file) => packageOf(file) ?? [])) folders.add(folder);
      const notices = [...folders].map((folder) => noticeOf(folder, expected)).sort();
      this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-NOTICES.txt', source: notices.join('\n') });
    },
  };
}

/**
 * The folder of the installed package that a file is of.
 * @param {string} file
 */
function packageOf(file) {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/u.exec(file)?.[0];
}

/**
 * @param {string} folder
 * @param {readonly string[]} expected
 */
function noticeOf(folder, expected) {
  /** @type {{ name: string, version: string, license?: string }} */
  const { name, version, license = 'no licence' } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!expected.includes(name)) throw new Error(`${name} is in the bundle, and is not meant to be: ${folder}`);
  if (!permissive.has(license)) throw new Error(`${name} ${version} may not be part of the bundle: ${license}`);
  const texts = readdirSync(folder).filter((file) => /^(?:licen[cs]e|notice|copying)/iu.test(file));
  if (texts.length === 0) throw new Error(`${name} ${version} comes without its licence`);
  const text = texts.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return [`${name} ${version} (${license})`, '', ...text, ''].join('\n');
}
