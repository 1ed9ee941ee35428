import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isPrivateImageError } from '../support/errors.js';
import { findDistribution, findStarter } from './catalog.js';
import { loadCatalog } from './loader.js';
import { builtInCatalog } from './package-root.js';

const catalog = await loadCatalog();
const folder = await mkdtemp(join(tmpdir(), 'catalog-dev-'));
afterAll(() => rm(folder, { recursive: true }));

/** Shell, package manager and core tools, by distribution. */
const tools: Readonly<Record<string, readonly string[]>> = {
  debian: ['bash', 'dash', 'apt', 'dpkg', 'coreutils', 'grep', 'sed', 'tar', 'debian-archive-keyring'],
  alpine: ['bash', 'apk-tools', 'busybox', 'busybox-binsh'],
  wolfi: ['bash', 'apk-tools', 'busybox'],
};

describe('the dev variant of every starter', () => {
  it.each(catalog.starters.map((one) => [`${one.distribution} ${one.name}`, one] as const))('%s', (_, starter) => {
    const { packages } = starter.dev;
    expect(packages).toEqual(expect.arrayContaining([...(tools[starter.distribution] ?? ['unknown'])]));
    expect(new Set(packages).size).toBe(packages.length);
    const { dev } = findDistribution(catalog, starter.distribution);
    expect(packages.slice(0, dev.packages.length)).toEqual(dev.packages);
  });

  it.each([
    ['python', ['python3-pip', 'python{line}-dev', 'python{line}-venv']],
    ['node', ['npm']],
    ['php', ['composer']],
    ['ruby', ['build-essential', 'ruby{line}-dev']],
    ['java', ['openjdk-{line}-jdk-headless']],
  ])('has the tools of its language: %s', (name, expected) => {
    expect(findStarter(catalog, 'debian', name).dev.packages).toEqual(expect.arrayContaining(expected));
  });

  it('keeps what is documentation apart from what production does without', () => {
    const { documentation, exclude } = findStarter(catalog, 'debian', 'php');
    expect(documentation).toEqual(expect.arrayContaining(['usr/share/doc/**', 'usr/share/man/**']));
    expect(exclude).toEqual(expect.arrayContaining(['etc/init.d/**', 'usr/sbin/phpenmod']));
    expect(exclude.filter((glob) => documentation.includes(glob))).toEqual([]);
  });
});

describe('a starter of one’s own', () => {
  async function errorOf(text: string) {
    const own = await mkdtemp(join(folder, 'own-'));
    await cp(builtInCatalog(), own, { recursive: true, filter: (path) => !basename(path).endsWith('.ts') });
    const file = join(own, 'debian', 'base.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('packages: [curl]', text));
    const error: unknown = await loadCatalog({ builtIn: own }).catch((cause: unknown) => cause);
    if (!isPrivateImageError(error)) throw new Error(`no typed error: ${String(error)}`);
    return error;
  }

  it.each([
    ['an unknown key', '{shell: bash}', /dev/u],
    ['a replacement that nobody knows', 'replacements: [{kind: magic}]', /dev\.replacements\[0\]/u],
    [
      'a file that leads out',
      'replacements: [{kind: copy, when-package: a, from: /a/../b, path: /c}]',
      /from: must be an absolute path/u,
    ],
    ['a diversion without a package', 'replacements: [{kind: diversion, path: /a, to: /b}]', /by-package/u],
    [
      'an alternative with half a slave',
      'replacements: [{kind: alternative, name: a, link: /a, target: /b, slaves: [{name: c}]}]',
      /slaves\[0\]/u,
    ],
  ])('is refused with %s', async (_, text, message) => {
    const error = await errorOf(text);
    expect(error.code).toBe('catalog/malformed');
    expect(error.message).toMatch(message);
  });
});
