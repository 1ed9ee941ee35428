// @ts-check
/** Repositories on disk, signed by keys of the bench: Debian's packages as deb and as apk, for two architectures. */
import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createCleartextMessage, generateKey, sign } from 'openpgp';
import { say } from '../setup/run.mjs';
import { apkData, apkIndex, apkOf, debOf, nextVersion, plain, relabelledDeb, tarOf, unpackDeb } from './archives.mjs';
import { benchCache, corpora, corpus, updated } from './corpus.mjs';

/** Changes when the repositories are made in another way. */
const format = '3';

/** apk's names of the architectures. */
const apkNames = { amd64: 'x86_64', arm64: 'aarch64' };

/** The states of a repository: as it is first, and with a next version of one package. */
const states = /** @type {const} */ (['first', 'large', 'small']);

/** @typedef {typeof states[number]} State */

/** How many packages there are that give a line its version, `bench-line-1` and on. */
const lines = 4;

/**
 * @typedef {object} Made one package in all its forms
 * @property {string} name
 * @property {State | 'all'} state the state that has it; `all` when no other version is made
 * @property {string} version of Debian's form
 * @property {string} apkVersion
 * @property {readonly string[]} depends
 * @property {number} size bytes when installed
 * @property {(architecture: 'amd64' | 'arm64') => Promise<{ archive: Buffer, control: string, file: string }>} deb
 * @property {Buffer} data the data section of its apk
 */

/**
 * @typedef {object} Repositories
 * @property {string} folder holds `deb` and `apk`, each with a folder for each state
 * @property {string} debKey the file of an armoured key
 * @property {string} debFingerprint
 * @property {string} apkKey the file of a PEM key
 * @property {string} apkFingerprint the sha256 of its DER form
 */

/**
 * The repositories, made when they are not there yet: it takes a minute or two. The packages of arm64 are those of amd64 under
 * another label.
 * @returns {Promise<Repositories>}
 */
export async function repositories() {
  const packages = await corpus();
  const key = createHash('sha256')
    .update(JSON.stringify([format, lines, updated, packages.map((one) => one.package.archive.checksum.value)]))
    .digest('hex')
    .slice(0, 16);
  const folder = join(benchCache, `repositories-${key}`);
  const description = join(folder, 'repositories.json');
  if (!existsSync(description)) {
    say('making the repositories of the bench: a minute or two, once');
    rmSync(folder, { recursive: true, force: true });
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    const made = await makeRepositories(partial, packages);
    writeFileSync(join(partial, 'repositories.json'), JSON.stringify(made));
    renameSync(partial, folder);
  }
  const { debFingerprint, apkFingerprint } = JSON.parse(readFileSync(description, 'utf8'));
  const keys = { debKey: join(folder, 'bench.asc'), apkKey: join(folder, 'bench.rsa.pub') };
  return { folder, ...keys, debFingerprint, apkFingerprint };
}

/**
 * @param {string} folder
 * @param {readonly import('./corpus.mjs').CorpusPackage[]} packages
 */
async function makeRepositories(folder, packages) {
  const { privateKey, publicKey } = await generateKey({
    type: 'ecc',
    userIDs: [{ name: 'Bench' }],
    format: 'object',
    date: new Date('2025-01-01T00:00:00Z'),
  });
  const rsa = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const apkKey = { name: 'bench.rsa.pub', privateKey: rsa.privateKey };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'bench.asc'), publicKey.armor());
  writeFileSync(join(folder, 'bench.rsa.pub'), rsa.publicKey);

  /** @type {Map<string, string>} stanzas by folder of an index */
  const stanzas = new Map();
  let done = 0;
  for await (const one of allPackages(packages)) {
    for (const state of states) {
      if (one.state !== 'all' && one.state !== state) continue;
      for (const architecture of /** @type {const} */ (['amd64', 'arm64'])) {
        await writeDeb(folder, state, architecture, one, stanzas);
        await writeApk(folder, state, architecture, one, stanzas, apkKey);
      }
    }
    done += 1;
    if (done % 20 === 0) say(`making the repositories: ${done} packages`);
  }
  for (const state of states) {
    for (const architecture of Object.values(apkNames)) {
      const place = `apk/${state}/${architecture}`;
      writeFileSync(join(folder, place, 'APKINDEX.tar.gz'), await apkIndex(stanzas.get(place) ?? '', apkKey));
    }
    await writeRelease(join(folder, 'deb', state), state, stanzas, privateKey);
  }
  const der = Buffer.from(rsa.publicKey.replaceAll(/-----[^-]+-----|\s/gu, ''), 'base64');
  return {
    debFingerprint: publicKey.getFingerprint().toUpperCase(),
    apkFingerprint: createHash('sha256').update(der).digest('hex'),
  };
}

/**
 * @param {readonly import('./corpus.mjs').CorpusPackage[]} packages
 * @returns {AsyncGenerator<Made>}
 */
async function* allPackages(packages) {
  for (const one of packages) {
    const { name, version, architecture: label } = one.package;
    const unpacked = await unpackDeb(one);
    const depends = dependsOf(name, one.package.depends ?? '');
    const change = states.find((state) => state !== 'first' && updated[state] === name);
    const common = { name, version, depends, size: one.package.installedSize };
    const upstream = /\d+(?:\.\d+)*/u.exec(version.replace(/^\d+:/u, ''))?.[0] ?? '1';
    const first = { ...common, apkVersion: `${upstream}-r0`, data: await apkData(unpacked.entries) };
    for (const state of change === undefined
      ? /** @type {const} */ (['all'])
      : states.filter((one) => one !== change)) {
      yield {
        ...first,
        state,
        deb: async (architecture) => {
          const control = controlOf(unpacked.control, version, label === 'all' ? 'all' : architecture, depends);
          return { ...named(name, control), archive: await relabelledDeb(control, one.file) };
        },
      };
    }
    if (change === undefined) continue;
    const next = nextVersion(unpacked);
    const nextDebian = `${version}+next`;
    const packed = await debData(next.entries);
    yield {
      ...common,
      state: change,
      version: nextDebian,
      apkVersion: `${upstream}-r1`,
      data: await apkData(next.entries),
      deb: async (architecture) => {
        const control = controlOf(next.control, nextDebian, architecture, depends);
        return { ...named(name, control), archive: await debOf(control, 'data.tar.xz', packed) };
      },
    };
  }
  for (let line = 1; line <= lines; line += 1) yield await linePackage(line);
}

/**
 * A package of 2 MB that gives a line its version.
 * @param {number} line
 * @returns {Promise<Made>}
 */
async function linePackage(line) {
  const name = `bench-line-${line}`;
  const hashes = Array.from({ length: 32_768 }, (_, at) => createHash('sha256').update(`${line} ${at}`).digest('hex'));
  const entries = [plain(`usr/lib/${name}`, hashes.join('\n'))];
  const version = `${line}.0`;
  const packed = await debData(entries);
  return {
    name,
    state: 'all',
    version,
    apkVersion: `${version}-r0`,
    depends: [],
    size: entries.reduce((sum, { content }) => sum + content.length, 0),
    data: await apkData(entries),
    deb: async (architecture) => {
      const control = controlOf(
        `Package: ${name}\nVersion: \nArchitecture: \nMaintainer: Bench\n`,
        version,
        architecture,
        [],
      );
      return { ...named(name, control), archive: await debOf(control, 'data.tar.xz', packed) };
    },
  };
}

/**
 * Compressed as Debian's builders do: what a package weighs decides which layer it is in.
 * @param {readonly import('./archives.mjs').Entry[]} entries
 */
async function debData(entries) {
  return execFileSync('xz', ['--stdout'], { input: await tarOf(entries), maxBuffer: 2 ** 30 });
}

/**
 * What a package depends on, as far as each set that has the package has that as well: no set takes in another.
 * @param {string} name
 * @param {string} field
 */
function dependsOf(name, field) {
  const home = Object.values(corpora).find((names) => names.includes(name)) ?? [];
  return field.split(',').flatMap((group) => {
    const wanted = /[a-z0-9][a-z0-9+.-]+/u.exec(group)?.[0] ?? '';
    return home.includes(wanted) && wanted !== name ? [wanted] : [];
  });
}

/**
 * @param {string} control
 * @param {string} version
 * @param {string} architecture
 * @param {readonly string[]} depends
 */
function controlOf(control, version, architecture, depends) {
  const left = control
    .split(/\n(?! )/u)
    .filter((field) =>
      /^(?:Package|Maintainer|Installed-Size|Section|Priority|Source|Homepage|Multi-Arch|Description):/u.test(field),
    );
  const all = [...left, `Version: ${version}`, `Architecture: ${architecture}`];
  return `${[...all, ...(depends.length === 0 ? [] : [`Depends: ${depends.join(', ')}`])].join('\n').trim()}\n`;
}

/**
 * @param {string} name
 * @param {string} control
 */
function named(name, control) {
  const of = (/** @type {string} */ field) => new RegExp(`^${field}: (.*)$`, 'mu').exec(control)?.[1] ?? '';
  const version = of('Version').replaceAll(/[:+~]/gu, '_');
  return { control, file: `pool/${name}_${version}_${of('Architecture')}.deb` };
}

/**
 * @param {string} folder
 * @param {State} state
 * @param {'amd64' | 'arm64'} architecture
 * @param {Made} one
 * @param {Map<string, string>} stanzas
 */
async function writeDeb(folder, state, architecture, one, stanzas) {
  const { archive, control, file } = await one.deb(architecture);
  share(join(folder, 'pool', file), join(folder, 'deb', state, file), archive);
  const sha256 = createHash('sha256').update(archive).digest('hex');
  const place = `deb/${state}/${architecture}`;
  const stanza = `${control}Filename: ${file}\nSize: ${archive.length}\nSHA256: ${sha256}\n\n`;
  stanzas.set(place, (stanzas.get(place) ?? '') + stanza);
}

/**
 * @param {string} folder
 * @param {State} state
 * @param {'amd64' | 'arm64'} architecture
 * @param {Made} one
 * @param {Map<string, string>} stanzas
 * @param {{ name: string, privateKey: string }} key
 */
async function writeApk(folder, state, architecture, one, stanzas, key) {
  const label = { name: one.name, version: one.apkVersion, architecture: apkNames[architecture], depends: one.depends };
  const { archive, stanza } = await apkOf(label, one.data, one.size, key);
  const place = `apk/${state}/${label.architecture}`;
  const file = `${label.name}-${label.version}.apk`;
  share(join(folder, 'pool', label.architecture, file), join(folder, place, file), archive);
  stanzas.set(place, (stanzas.get(place) ?? '') + stanza);
}

/**
 * Writes a file once for all the states that have it.
 * @param {string} pool
 * @param {string} target
 * @param {Buffer} content
 */
function share(pool, target, content) {
  for (const file of [pool, target]) mkdirSync(dirname(file), { recursive: true });
  if (!existsSync(pool)) writeFileSync(pool, content);
  if (!existsSync(target)) linkSync(pool, target);
}

/**
 * @param {string} folder
 * @param {State} state
 * @param {ReadonlyMap<string, string>} stanzas
 * @param {import('openpgp').PrivateKey} key
 */
async function writeRelease(folder, state, stanzas, key) {
  const sums = ['amd64', 'arm64'].flatMap((architecture) => {
    const index = Buffer.from(stanzas.get(`deb/${state}/${architecture}`) ?? '');
    const place = `main/binary-${architecture}`;
    mkdirSync(join(folder, 'dists/bench', place), { recursive: true });
    // apt passes over an index that is listed in compressed form alone.
    return [/** @type {const} */ (['Packages', index]), /** @type {const} */ (['Packages.gz', gzipSync(index)])].map(
      ([name, content]) => {
        writeFileSync(join(folder, 'dists/bench', place, name), content);
        return ` ${createHash('sha256').update(content).digest('hex')} ${content.length} ${place}/${name}`;
      },
    );
  });
  // A state that comes later is newer: an older release than one seen before is refused.
  const date = new Date(Date.UTC(2026, 0, 1, states.indexOf(state)));
  const text = [
    ...['Origin: Bench', 'Suite: bench', 'Codename: bench', `Date: ${date.toUTCString().replace('GMT', 'UTC')}`],
    ...['Architectures: amd64 arm64', 'Components: main', 'SHA256:', ...sums, ''],
  ].join('\n');
  const message = await createCleartextMessage({ text });
  const signed = await sign({ message, signingKeys: key, date });
  writeFileSync(join(folder, 'dists/bench/InRelease'), signed.replaceAll('\r\n', '\n'));
}
