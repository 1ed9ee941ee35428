import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { apkKey } from '../packages/apk/keyring.js';
import { compareVersions } from '../packages/apk/version.js';
import { isPrivateImageError } from '../support/errors.js';
import { findDistribution, findStarter } from './catalog.js';
import { hasEnded, isFips, maintainedSuites } from './distribution.js';
import { discoverLines } from './lines.js';
import { loadCatalog } from './loader.js';
import { builtInCatalog } from './package-root.js';
import { starterForLine } from './starter.js';

type Packages = Readonly<Record<string, readonly string[]>>;

const catalog = await loadCatalog();
const alpine = findDistribution(catalog, 'alpine');
const wolfi = findDistribution(catalog, 'wolfi');
const folder = await mkdtemp(join(tmpdir(), 'catalog-apk-'));

afterAll(() => rm(folder, { recursive: true, force: true }));

function indexOf(distribution: typeof alpine, suite: string, packages: Packages) {
  return {
    suite: distribution.suites.find((one) => one.name === suite)!,
    names: () => Object.keys(packages),
    get: (name: string) => (packages[name] ?? []).map((version) => ({ name, version })),
  };
}

function linesOf(distribution: typeof alpine, starter: string, suites: Readonly<Record<string, Packages>>, now?: Date) {
  const indexes = Object.entries(suites).map(([suite, packages]) => indexOf(distribution, suite, packages));
  return discoverLines(findStarter(catalog, distribution.name, starter), indexes, compareVersions, now);
}

describe('the lines of Wolfi, by package names', () => {
  it.each([
    ['php', 'php-8.4', '8.4.12-r0', 'php-8.5', ['8.5.0_rc3-r0', '8.5.10_beta1-r2']],
    ['python', 'python-3.13', '3.13.5-r0', 'python-3.14', ['3.14.0_alpha7-r0', '3.14.0_rc12-r0']],
    ['go', 'go-1.25', '1.25.3-r0', 'go-1.26', ['1.26_rc1-r0', '1.26.10_rc2-r0']],
    ['ruby', 'ruby-3.4', '3.4.4-r0', 'ruby-3.5', ['3.5.0_pre1-r0']],
    ['java', 'openjdk-21-jre', '21.0.8-r0', 'openjdk-25-jre', ['25_rc36-r0', '25.0.0_beta-r0']],
    ['valkey', 'valkey-8.1', '8.1.3-r0', 'valkey-9.0', ['9.0.0_rc1-r0']],
  ])('of %s have none that is not released yet, which would be latest', (starter, name, version, next, versions) => {
    const lines = linesOf(wolfi, starter, { rolling: { [name]: [version], [next]: versions } });
    expect(lines.map((line) => line.primaryPackage.name)).toEqual([name]);
    const released = linesOf(wolfi, starter, { rolling: { [name]: [version], [next]: [...versions, '30.0.0-r0'] } });
    expect(released.map((line) => line.version).at(-1)).toBe('30.0.0');
  });

  it.each<[string, Packages, [string, string][]]>([
    [
      'php',
      {
        'php-8.4': ['8.4.9-r0', '8.4.26-r2'],
        'php-8.5': ['8.5.1-r0'],
        'php-8.4-curl': ['8.4.26-r2'],
        'php-8.1': ['8.1.3-r0'],
      },
      [
        ['8.4', '8.4.26'],
        ['8.5', '8.5.1'],
      ],
    ],
    [
      'python',
      {
        'python-3.13': ['3.13.15_git20260925-r0'],
        'python-3.13-base': ['3.13.15_git20260925-r0'],
        'python-3.14': ['3.14.2-r0'],
      },
      [
        ['3.13', '3.13.15'],
        ['3.14', '3.14.2'],
      ],
    ],
    [
      'ruby',
      { 'ruby-3.4': ['3.4.10-r3'], 'ruby-3.4-dev': ['3.4.10-r3'], 'ruby3.4-rake': ['13.2.1-r0'] },
      [['3.4', '3.4.10']],
    ],
    [
      'node',
      { 'nodejs-22': ['22.22.1-r0'], 'nodejs-22-doc': ['22.22.1-r0'], 'nodejs-24': ['24.1.0-r0'] },
      [
        ['22', '22.22.1'],
        ['24', '24.1.0'],
      ],
    ],
    [
      'go',
      { 'go-1.25': ['1.25.3-r0'], 'go-1.26': ['1.26-r0'], 'go-1.25-doc': ['1.25.3-r0'], 'go-1.9': ['1.9.1-r0'] },
      [
        ['1.25', '1.25.3'],
        ['1.26', '1.26'],
      ],
    ],
    [
      'java',
      { 'openjdk-21-jre': ['21.0.11-r1'], 'openjdk-21': ['21.0.11-r1'], 'openjdk-8-jre': ['8.472.08-r0'] },
      [['21', '21.0.11']],
    ],
    ['nginx', { 'nginx-mainline': ['1.29.1-r0', '1.31.4-r2'], 'nginx-stable': ['1.30.1-r0'] }, [['1.31', '1.31.4']]],
    [
      'postgres',
      { 'postgresql-18': ['18.4-r1'], 'postgresql-17': ['17.6-r2'], 'postgresql-18-client': ['18.4-r1'] },
      [
        ['17', '17.6'],
        ['18', '18.4'],
      ],
    ],
    [
      'valkey',
      { 'valkey-8.1': ['8.1.3-r3'], 'valkey-9.0': ['9.0.4-r0'], 'valkey-9.0-cli': ['9.0.4-r0'] },
      [
        ['8.1', '8.1.3'],
        ['9.0', '9.0.4'],
      ],
    ],
    [
      'base',
      { 'glibc-2.44': ['2.44-r6'], 'glibc-2.43': ['2.43-r9'], 'glibc-2.44-dev': ['2.44-r6'] },
      [['2.44', '2.44.6']],
    ],
    ['static', { 'wolfi-baselayout': ['20230201-r30', '20230201-r9'] }, [['20230201', '20230201.30']]],
  ])('%s', (starter, packages, expected) => {
    const found = linesOf(wolfi, starter, { rolling: packages });
    expect(found.map(({ line, version }) => [line, version])).toEqual(expected);
  });

  it('have the end of life of their upstream, as Wolfi has none', () => {
    const found = linesOf(wolfi, 'php', { rolling: { 'php-8.4': ['8.4.26-r2'] } });
    expect(found).toMatchObject([{ line: '8.4', endOfLife: '2028-12-31' }]);
    expect(linesOf(wolfi, 'valkey', { rolling: { 'valkey-9.0': ['9.0.4-r0'] } })).toMatchObject([
      { endOfLife: undefined },
    ]);
  });

  it('are not offered any more after it', () => {
    const packages = { 'nodejs-20': ['20.19.2-r0'], 'nodejs-22': ['22.22.1-r0'] };
    const linesAt = (day: string) =>
      linesOf(wolfi, 'node', { rolling: packages }, new Date(`${day}T12:00:00Z`)).map(({ line }) => line);
    expect(linesAt('2026-04-30')).toEqual(['20', '22']);
    expect(linesAt('2026-05-01')).toEqual(['22']);
  });
});

describe('the lines of Alpine, by releases and names', () => {
  const older = 'v3.22';
  const newer = 'v3.23';
  it.each<[string, Packages, Packages, [string, string, string][]]>([
    [
      'php',
      { php83: ['8.3.20-r0'], php84: ['8.4.9-r0'] },
      { php84: ['8.4.11-r0'], 'php84-curl': ['8.4.11-r0'] },
      [
        ['8.3', older, '8.3.20'],
        ['8.4', newer, '8.4.11'],
      ],
    ],
    ['python', { python3: ['3.12.11-r0'] }, { python3: ['3.12.12-r0'] }, [['3.12', newer, '3.12.12']]],
    ['ruby', { ruby: ['3.4.4-r0'] }, { ruby: ['3.4.8-r0'], 'ruby-dev': ['3.4.8-r0'] }, [['3.4', newer, '3.4.8']]],
    [
      'node',
      { nodejs: ['22.16.0-r2'] },
      { nodejs: ['24.11.1-r0'], 'nodejs-current': ['25.2.1-r0'] },
      [
        ['22', older, '22.16.0'],
        ['24', newer, '24.11.1'],
      ],
    ],
    [
      'java',
      {},
      { 'openjdk21-jre-headless': ['21.0.10_p7-r0'], 'openjdk21-jre': ['21.0.10_p7-r0'] },
      [['21', newer, '21.0.10']],
    ],
    ['postgres', {}, { postgresql17: ['17.9-r0'], 'postgresql17-client': ['17.9-r0'] }, [['17', newer, '17.9']]],
    [
      'go',
      { go: ['1.24.4-r0'] },
      { go: ['1.25.5-r0'] },
      [
        ['1.24', older, '1.24.4'],
        ['1.25', newer, '1.25.5'],
      ],
    ],
    ['nginx', { nginx: ['1.28.0-r3'] }, { nginx: ['1.28.1-r0'] }, [['1.28', newer, '1.28.1']]],
    [
      'valkey',
      { valkey: ['8.1.1-r2'] },
      { valkey: ['9.0.0-r0'] },
      [
        ['8.1', older, '8.1.1'],
        ['9.0', newer, '9.0.0'],
      ],
    ],
    [
      'base',
      { 'alpine-release': ['3.22.2-r0'] },
      { 'alpine-release': ['3.23.0-r0'] },
      [
        ['3.22', older, '3.22.2'],
        ['3.23', newer, '3.23.0'],
      ],
    ],
  ])('%s', (starter, before, now, expected) => {
    const found = linesOf(alpine, starter, { [older]: before, [newer]: now });
    expect(found.map(({ line, suite, version }) => [line, suite, version])).toEqual(expected);
  });

  it('have the digits of their line in the names of packages', () => {
    const starter = starterForLine(findStarter(catalog, 'alpine', 'php'), {
      line: '8.4',
      suite: newer,
      version: '8.4.11',
    });
    expect(starter.contents.packages).toEqual(expect.arrayContaining(['php84', 'php84-openssl']));
    expect(starter.configuration.entrypoint?.command).toBe('/usr/bin/php84');
    expect(starter.replacements).toContainEqual({ kind: 'link', path: '/usr/bin/php', target: 'php84' });
  });
});

describe('the suites of apk distributions', () => {
  it.each([
    ['2025-01-01', ['v3.20', 'v3.21']],
    ['2026-11-21', ['v3.22', 'v3.23']],
    ['2027-11-02', []],
  ])('of Alpine on %s are %j', (day, expected) => {
    expect(maintainedSuites(alpine, new Date(`${day}T12:00:00Z`)).map(({ name }) => name)).toEqual(expected);
  });

  it('of Wolfi is one without an end', () => {
    expect(maintainedSuites(wolfi, new Date('2999-01-01')).map(({ name }) => name)).toEqual(['rolling']);
    expect(hasEnded(undefined, new Date('2999-01-01'))).toBe(false);
  });

  it('have their path below the mirror, and no components', () => {
    const paths = alpine.suites.map(({ pockets }) => pockets.map(({ mirror, suite }) => [mirror, suite]));
    expect(paths.at(-1)).toEqual([
      ['alpine', 'v3.23/main'],
      ['alpine', 'v3.23/community'],
    ]);
    expect(wolfi.suites[0]!.pockets).toMatchObject([{ mirror: 'wolfi', suite: '', components: [], keyring: [] }]);
  });

  it.each([
    [
      'alpine',
      alpine,
      ['alpine-devel@lists.alpinelinux.org-616ae350.rsa.pub', 'alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub'],
    ],
    ['wolfi', wolfi, ['wolfi-signing.rsa.pub']],
  ])('of %s are signed with pinned keys, by the names that signatures have', (_, distribution, names) => {
    for (const pocket of distribution.suites.flatMap(({ pockets }) => pockets)) {
      expect(pocket.keys.map(({ name }) => name).sort()).toEqual([...names].sort());
      for (const { name, content } of pocket.keys) expect(apkKey(name, content).name).toBe(name);
    }
  });
});

describe('a distribution file of apk', () => {
  async function changed(distribution: string, change: (text: string) => string): Promise<string> {
    const own = await mkdtemp(join(folder, 'own-'));
    await cp(builtInCatalog(), own, { recursive: true, filter: (path) => !basename(path).endsWith('.ts') });
    const file = join(own, distribution, 'distribution.yaml');
    await writeFile(file, change(await readFile(file, 'utf8')));
    return own;
  }

  async function errorOf(builtIn: string) {
    const error: unknown = await loadCatalog({ builtIn }).catch((cause: unknown) => cause);
    if (!isPrivateImageError(error)) throw new Error(`no typed error: ${String(error)}`);
    return error;
  }

  it('is refused with another key than the pinned one', async () => {
    const own = await changed('wolfi', (text) => text.replace(/fingerprint: 6e/u, 'fingerprint: 6f'));
    expect(await errorOf(own)).toMatchObject({ code: 'catalog/untrusted-key', data: { key: 'wolfi' } });
  });

  it('is refused with a key that is none', async () => {
    const own = await changed('wolfi', (text) => text);
    await writeFile(join(own, 'wolfi/keys/wolfi-signing.rsa.pub'), 'not a key');
    const error = await errorOf(own);
    expect(error.code).toBe('catalog/untrusted-key');
    expect(error.message).toContain('no RSA public key');
  });

  it.each([
    [
      'an OpenPGP key',
      'wolfi',
      (text: string) => text.replace('wolfi-signing.rsa.pub\n    fing', 'wolfi-signing.asc\n    fing'),
      /keys\[0\]\.file: must end in \.rsa\.pub/,
    ],
    [
      'a fingerprint of the other kind',
      'wolfi',
      (text: string) => text.replace(/(fingerprint: [0-9a-f]{40})[0-9a-f]{24}/u, '$1'),
      /keys\[0\]\.fingerprint: must have 64/,
    ],
    [
      'the same path for every release',
      'alpine',
      (text: string) => text.replace("'{suite}/main'", 'main'),
      /pockets\[0\]\.suite: must have \{suite\}/,
    ],
    [
      'a path that leads out',
      'alpine',
      (text: string) => text.replace("'{suite}/main'", "'{suite}/../main'"),
      /pockets\[0\]\.suite/,
    ],
    ['a host', 'alpine', (text: string) => text.replace("'{suite}/main'", "'https://{suite}'"), /pockets\[0\]\.suite/],
    [
      'no {suite} in a suite of deb',
      'debian',
      (text: string) => text.replace("'{suite}-updates'", 'updates'),
      /pockets\[1\]\.suite: must have \{suite\}/,
    ],
  ])('is refused with %s', async (_, distribution, change, message) => {
    const error = await errorOf(await changed(distribution, change));
    expect(error.code).toBe('catalog/malformed');
    expect(error.message).toMatch(message);
  });
});

describe('packages with a validated module', () => {
  it.each([
    ['bouncycastle-fips', true],
    ['bouncycastle-tls-fips', true],
    ['openssl-provider-fips-3.1.2', true],
    ['openssl-config-fipshardened', true],
    ['python-3.13', false],
    ['fipscheck', false],
    ['openssl-provider-legacy', false],
  ])('%s: %s', (name, expected) => {
    expect(isFips(wolfi, name)).toBe(expected);
  });

  it('are none where the distribution has none', () => {
    expect(isFips(findDistribution(catalog, 'debian'), 'bouncycastle-fips')).toBe(false);
    expect(isFips({ fips: ['a.b*'] }, 'axb')).toBe(false);
  });
});
