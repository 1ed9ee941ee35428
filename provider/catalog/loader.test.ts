import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeError, isPrivateImageError } from '../support/errors.js';
import { findDistribution, findStarter } from './catalog.js';
import { findSuite, maintainedSuites } from './distribution.js';
import { loadCatalog, loadStarterFile } from './loader.js';
import type { OwnFile } from './loader.js';
import { builtInCatalog, packageRoot } from './package-root.js';
import { starterForLine } from './starter.js';

const catalog = await loadCatalog();
const debian = findDistribution(catalog, 'debian');
const folder = await mkdtemp(join(tmpdir(), 'catalog-'));

afterAll(() => rm(folder, { recursive: true, force: true }));

/** A folder of its own with these files. */
async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const own = await mkdtemp(join(folder, 'own-'));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(own, path)), { recursive: true });
    await writeFile(join(own, path), content);
  }
  return own;
}

async function errorOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!isPrivateImageError(error)) throw new Error(`no typed error: ${String(error)}`);
  return error;
}

const mine = `title: Mine
description: My own.
category: base
distribution: debian
primary: {package: ^nginx$, version: '^(?<version>(?<line>\\d+\\.\\d+)\\.\\d+)'}
contents: {packages: [nginx]}
`;

describe('the built-in catalog', () => {
  const common = ['base', 'java', 'nginx', 'node', 'php', 'postgres', 'python', 'ruby', 'static', 'valkey'];

  it.each([
    ['alpine', ['go']],
    ['debian', ['haproxy', 'redis']],
    ['wolfi', ['go']],
  ])('has the starters of %s', (distribution, more) => {
    const names = catalog.starters.filter((one) => one.distribution === distribution).map((one) => one.name);
    expect(names).toEqual([...common, ...more].sort());
  });

  it.each(catalog.starters.map((starter) => [`${starter.distribution}/${starter.name}`, starter] as const))(
    '%s is a distroless non-root starter',
    (_, starter) => {
      const { configuration, contents } = starter;
      const runAs = configuration.accounts.users.find(({ name }) => name === configuration.accounts.runAs);
      expect(runAs?.uid).toBeGreaterThan(0);
      expect(configuration.accounts.users).toContainEqual(expect.objectContaining({ name: 'nonroot', uid: 65532 }));
      expect(starter.architectures).toEqual(['amd64', 'arm64']);
      expect(contents.packages).toContain('tzdata');
      expect(contents.packages.some((name) => name.startsWith('ca-certificates'))).toBe(true);
      expect(contents.packages.filter((name) => starter.assumedPresent.includes(name))).toEqual([]);
      expect(starter.description.length).toBeGreaterThan(20);
    },
  );

  it('does what the install scripts of Debian would do', () => {
    for (const starter of catalog.starters.filter((one) => one.distribution === 'debian')) {
      expect(starter.assumedPresent).toEqual(expect.arrayContaining(['dpkg', 'debconf', 'perl-base', 'adduser']));
      expect(starter.replacements.map(({ kind }) => kind)).toEqual(
        expect.arrayContaining(['merged-usr', 'base-accounts', 'ca-bundle']),
      );
    }
  });

  it('has no C library in a static starter', () => {
    for (const starter of catalog.starters.filter((one) => one.name === 'static')) {
      const brings = starter.contents.packages.filter((name) => /libc|musl|base-passwd/u.test(name));
      expect(brings, starter.distribution).toEqual([]);
      expect(starter.assumedPresent.filter((name) => /^(?:libc6|glibc|musl)/u.test(name))).toEqual([]);
    }
  });

  it('lets every server write its volumes and its working directory', () => {
    for (const { configuration, name } of catalog.starters.filter((one) => one.category === 'server')) {
      const { accounts, paths, volumes, workDir } = configuration;
      const uid = accounts.users.find((user) => user.name === accounts.runAs)?.uid;
      for (const path of [...volumes, ...(workDir === '/' ? [] : [workDir])]) {
        expect(paths, `${name} ${String(path)}`).toContainEqual(
          expect.objectContaining({ path, type: 'directory', uid }),
        );
      }
    }
  });

  it('has a working directory that the default user may write, where the starter is a language', () => {
    for (const starter of catalog.starters.filter((one) => one.category === 'language')) {
      expect(starter.configuration.paths).toContainEqual(
        expect.objectContaining({ path: starter.configuration.workDir, type: 'directory', uid: 65532 }),
      );
    }
  });

  it('pins the keys of each suite', () => {
    expect(debian.suites.map(({ name }) => name)).toEqual(['bookworm', 'trixie']);
    for (const { pockets, name } of debian.suites) {
      expect(pockets.map((pocket) => pocket.suite)).toEqual([name, `${name}-updates`, `${name}-security`]);
      for (const { keyring, keys, components } of pockets) {
        expect(keys).toEqual([]);
        expect(components).toEqual(['main']);
        expect(keyring).toHaveLength(3);
        expect(keyring.every((key) => key.startsWith('-----BEGIN PGP PUBLIC KEY BLOCK-----'))).toBe(true);
      }
    }
  });

  it('is found from the source and from the compiled code', () => {
    const root = packageRoot(join(builtInCatalog(), 'loader.ts'));
    expect(builtInCatalog()).toBe(join(root, 'provider', 'catalog'));
    expect(packageRoot(join(root, 'dist', 'provider', 'catalog', 'loader.js'))).toBe(root);
    expect(() => packageRoot(join(folder, 'loader.js'))).toThrow(
      expect.objectContaining({ code: 'catalog/unreadable' }),
    );
  });
});

describe('a starter for one line', () => {
  it('has its placeholders filled in', () => {
    const starter = starterForLine(findStarter(catalog, 'debian', 'php'), {
      line: '8.4',
      suite: 'trixie',
      version: '8.4.27',
    });
    expect(starter.contents.packages).toContain('php8.4-cli');
    expect(starter.replacements).toContainEqual({
      kind: 'alternative',
      name: 'php',
      link: '/usr/bin/php',
      target: '/usr/bin/php8.4',
    });
    expect(starter.replacements).toContainEqual({ kind: 'php-modules', version: '8.4', apis: ['cli'] });
    const { primary, ...rest } = starter;
    expect(JSON.stringify(rest)).not.toMatch(/\{(?:line|suite|version)\}/);
    expect(primary.package.test('php8.4-cli')).toBe(true);
  });

  it('keeps braces that are no placeholder', () => {
    const starter = starterForLine(findStarter(catalog, 'debian', 'nginx'), {
      line: '1.26',
      suite: 'trixie',
      version: '1.26.3',
    });
    expect(starter.files.find((file) => file.path === '/etc/nginx/nginx.conf')?.content).toContain('events {');
  });
});

describe('maintained suites', () => {
  it.each([
    ['2023-06-09', []],
    ['2023-06-10', ['bookworm']],
    ['2026-11-21', ['bookworm', 'trixie']],
    ['2028-06-30', ['bookworm', 'trixie']],
    ['2028-07-01', ['trixie']],
    ['2030-07-01', []],
  ])('on %s are %j', (day, expected) => {
    expect(maintainedSuites(debian, new Date(`${day}T12:00:00Z`)).map(({ name }) => name)).toEqual(expected);
  });

  it('are found by name and by number', () => {
    expect(findSuite(debian, '13').name).toBe('trixie');
    expect(() => findSuite(debian, 'trixy')).toThrow(
      expect.objectContaining({ code: 'catalog/unknown-suite', hint: expect.stringContaining('trixie') }),
    );
  });
});

describe('an unknown', () => {
  it('starter is answered with the nearest names and the list', async () => {
    const error = await errorOf(Promise.resolve().then(() => findStarter(catalog, 'debian', 'pyton')));
    expect(error.code).toBe('catalog/unknown-starter');
    expect(error.data).toMatchObject({ starter: 'pyton', nearest: ['python'] });
    expect(describeError(error)).toMatch(/pyton[\s\S]*Did you mean python\?[\s\S]*base, haproxy, java, nginx/);
  });

  it('distribution is answered with those that there are', async () => {
    const error = await errorOf(Promise.resolve().then(() => findStarter(catalog, 'debain', 'python')));
    expect(error.code).toBe('catalog/unknown-distribution');
    expect(error.hint).toContain('debian');
  });
});

describe("a user's catalog", () => {
  it('adds starters, and replaces those of the same name', async () => {
    const own = await folderWith({ 'debian/nginx.yaml': mine, 'debian/web.yml': mine.replace('Mine', 'Web') });
    const merged = await loadCatalog({ folders: [own] });
    expect(findStarter(merged, 'debian', 'nginx').title).toBe('Mine');
    expect(findStarter(merged, 'debian', 'web').title).toBe('Web');
    expect(findStarter(merged, 'debian', 'python').title).toBe('Python');
    expect(findStarter(merged, 'debian', 'web').assumedPresent).toContain('dpkg');
  });

  it('has every fault of every file reported at once', async () => {
    const own = await folderWith({
      'debian/one.yaml': 'title: One\nports: [x]\n',
      'debian/two.yaml': mine.replace('distribution: debian', 'distribution: fedora'),
      'debian/three.yaml': `${mine}auto: cobol\n`,
      'plan9/four.yaml': mine.replace('distribution: debian', 'distribution: plan9'),
    });
    const error = await errorOf(loadCatalog({ folders: [own] }));
    expect(error.code).toBe('catalog/malformed');
    for (const place of [
      'one.yaml: description: is required',
      'one.yaml:2: ports[0]',
      'one.yaml: contents: is required',
      'two.yaml: distribution',
      'three.yaml: auto',
      'four.yaml: distribution',
    ]) {
      expect(error.message).toContain(place);
    }
  });

  it('that is not there is named', async () => {
    const error = await errorOf(loadCatalog({ folders: [join(folder, 'missing')] }));
    expect(error).toMatchObject({ code: 'catalog/unreadable', data: { path: join(folder, 'missing') } });
  });
});

describe('pinned keys', () => {
  it.each([
    ['that is another key', (text: string) => text, 'catalog/untrusted-key', /fingerprint/],
    ['that is no key', () => 'not a key', 'catalog/untrusted-key', /no armoured/],
  ])('refuse a file %s', async (_, change, code, message) => {
    const own = await mkdtemp(join(folder, 'keys-'));
    await cp(builtInCatalog(), own, { recursive: true, filter: (path) => !path.endsWith('.ts') });
    const other = await readFile(join(own, 'debian/keys/trixie.asc'), 'utf8');
    await writeFile(join(own, 'debian/keys/bookworm.asc'), change(other));
    const error = await errorOf(loadCatalog({ builtIn: own }));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.data).toMatchObject({ key: 'bookworm' });
  });

  it('refuse a file that is missing', async () => {
    const own = await mkdtemp(join(folder, 'keys-'));
    await cp(builtInCatalog(), own, { recursive: true, filter: (path) => !path.endsWith('trixie.asc') });
    expect(await errorOf(loadCatalog({ builtIn: own }))).toMatchObject({
      code: 'catalog/unreadable',
      data: { key: 'trixie' },
    });
  });
});

describe('a single file', () => {
  it('may be a plain apko configuration', async () => {
    const own = await folderWith({ 'plain.yaml': 'contents: {packages: [busybox]}\nentrypoint: {command: /bin/sh}\n' });
    expect(await loadStarterFile(join(own, 'plain.yaml'), () => Promise.resolve(catalog))).toMatchObject({
      name: 'plain',
      title: 'plain',
      distribution: undefined,
      primary: undefined,
      contents: { packages: ['busybox'] },
      assumedPresent: [],
      replacements: [],
    });
  });

  it('stands over the defaults of the distribution that it names', async () => {
    const own = await folderWith({ 'web.yaml': 'distribution: debian\ncontents: {packages: [nginx]}\n' });
    const file = await loadStarterFile(join(own, 'web.yaml'), () => Promise.resolve(catalog));
    expect(file.contents.packages).toEqual(expect.arrayContaining(['nginx', 'ca-certificates']));
    expect(file.configuration.accounts.runAs).toBe('nonroot');
  });

  it('takes in what it includes: its own words win, lists have the included entries first', async () => {
    const own = await folderWith({
      'web.yaml': [
        'include: common.yaml',
        'contents: {packages: [nginx]}',
        'environment: {A: mine}',
        'paths: [{path: srv/x, type: empty-file}]',
        'accounts: {run-as: web, users: [{username: web, uid: 7}]}',
      ].join('\n'),
      'common.yaml': [
        'include: base.yaml',
        'contents: {packages: [ca-certificates], keyring: [own.pub]}',
        'cmd: -v',
        'environment: {A: theirs, B: theirs}',
      ].join('\n'),
      'base.yaml': [
        'cmd: -q',
        'entrypoint: {type: other, command: /bin/web, shell-fragment: exec /bin/web}',
        'accounts: {run-as: nobody, groups: [{groupname: ops, gid: 9}]}',
        'paths: [{path: /opt, type: directory}]',
      ].join('\n'),
    });
    const file = await loadStarterFile(join(own, 'web.yaml'), () => Promise.resolve(catalog));
    expect(file.contents).toMatchObject({ packages: ['ca-certificates', 'nginx'], keyring: ['own.pub'] });
    expect(file.configuration).toMatchObject({
      cmd: '-v',
      environment: { A: 'mine', B: 'theirs' },
      entrypoint: { type: 'command', command: undefined, shellFragment: 'exec /bin/web' },
      accounts: { runAs: 'web', users: [{ name: 'web' }], groups: [{ name: 'ops' }] },
      paths: [{ path: '/opt' }, { path: '/srv/x' }],
    });
    expect(file.document).not.toHaveProperty('include');
  });

  it('is without the layers and certificates of what it includes where it says that it has none', async () => {
    const own = await folderWith({
      'web.yaml': 'include: base.yaml\nlayering: {}\ncertificates: {}\n',
      'plain.yaml': 'include: base.yaml\nlayering:\n',
      'base.yaml': 'layering: {budget: 3}\ncertificates: {providers: [own-ca]}\n',
    });
    const load = (name: string): Promise<OwnFile> => loadStarterFile(join(own, name), () => Promise.resolve(catalog));
    expect(await load('web.yaml')).toMatchObject({ layerBudget: undefined, certificates: { providers: [] } });
    expect(await load('plain.yaml')).toMatchObject({ layerBudget: 3, certificates: { providers: ['own-ca'] } });
  });

  it.each([
    ['itself', { 'a.yaml': 'include: a.yaml\n' }, /a\.yaml.*include: includes/],
    [
      'one that includes it',
      { 'a.yaml': 'include: b.yaml\n', 'b.yaml': 'include: a.yaml\n' },
      /b\.yaml.*include: incl/,
    ],
    ['one with a fault', { 'a.yaml': 'include: b.yaml\n', 'b.yaml': 'cmd: [3]\n' }, /b\.yaml:1: cmd/],
  ])('that includes %s is refused', async (_, files, message) => {
    const own = await folderWith(files);
    const error = await errorOf(loadStarterFile(join(own, 'a.yaml'), () => Promise.resolve(catalog)));
    expect(error.code).toBe('catalog/malformed');
    expect(error.message).toMatch(message);
  });

  it('that includes one that is not there names it', async () => {
    const own = await folderWith({ 'a.yaml': 'include: b.yaml\n' });
    const error = await errorOf(loadStarterFile(join(own, 'a.yaml'), () => Promise.resolve(catalog)));
    expect(error).toMatchObject({ code: 'catalog/unreadable', data: { path: join(own, 'b.yaml') } });
  });

  it('is refused with every fault', async () => {
    const own = await folderWith({ 'bad.yaml': 'volumes: [data]\ncmd: [3]\n' });
    const error = await errorOf(loadStarterFile(join(own, 'bad.yaml'), () => Promise.resolve(catalog)));
    expect(error.code).toBe('catalog/malformed');
    expect(error.message).toMatch(/bad\.yaml:1: volumes\[0\][\s\S]*bad\.yaml:2: cmd/);
  });
});
