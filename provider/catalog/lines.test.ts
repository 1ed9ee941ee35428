import { describe, expect, it } from 'vitest';
import { compareDebVersions } from '../packages/deb/version.js';
import { findStarter } from './catalog.js';
import { compareLines, discoverLines } from './lines.js';
import { loadCatalog } from './loader.js';

type Packages = Readonly<Record<string, readonly string[]>>;

const catalog = await loadCatalog();
const suites = catalog.distributions.get('debian')!.suites;

/** The index of a suite with these packages, name to versions. */
function indexOf(suite: string, packages: Packages) {
  return {
    suite: suites.find((one) => one.name === suite)!,
    names: () => Object.keys(packages),
    get: (name: string) => (packages[name] ?? []).map((version) => ({ name, version })),
  };
}

function discover(name: string, bookworm: Packages, trixie: Packages) {
  const indexes = [indexOf('bookworm', bookworm), indexOf('trixie', trixie)];
  return discoverLines(findStarter(catalog, 'debian', name), indexes, compareDebVersions);
}

describe('lines of the shipped starters', () => {
  it.each<[string, Packages, Packages, [string, string, string][]]>([
    [
      'python',
      {
        'python3.11': ['3.11.2-6+deb12u6', '3.11.2-6+deb12u9'],
        'python3.11-minimal': ['3.11.2-6'],
        python3: ['3.11.2-1'],
      },
      { 'python3.13': ['3.13.5-2+deb13u5'], 'libpython3.13': ['3.13.5-2'] },
      [
        ['3.11', 'bookworm', '3.11.2'],
        ['3.13', 'trixie', '3.13.5'],
      ],
    ],
    [
      'php',
      { 'php8.2-cli': ['8.2.28-1~deb12u1', '8.2.35-1~deb12u1'], 'php-cli': ['2:8.2+93'] },
      { 'php8.4-cli': ['8.4.27-1~deb13u1'], 'php8.4-fpm': ['8.4.27-1~deb13u1'] },
      [
        ['8.2', 'bookworm', '8.2.35'],
        ['8.4', 'trixie', '8.4.27'],
      ],
    ],
    [
      'nginx',
      { nginx: ['1.22.1-9+deb12u10'], 'nginx-common': ['1.22.1-9'] },
      { nginx: ['1.26.3-3+deb13u10'] },
      [
        ['1.22', 'bookworm', '1.22.1'],
        ['1.26', 'trixie', '1.26.3'],
      ],
    ],
    [
      'ruby',
      { 'ruby3.1': ['3.1.2-7+deb12u1'], ruby: ['1:3.1'] },
      { 'ruby3.3': ['3.3.13-0+deb13u1'] },
      [
        ['3.1', 'bookworm', '3.1.2'],
        ['3.3', 'trixie', '3.3.13'],
      ],
    ],
    [
      'node',
      { nodejs: ['18.20.4+dfsg-1~deb12u3'], 'node-acorn': ['8.8.1'] },
      { nodejs: ['20.19.2+dfsg-1+deb13u3'] },
      [
        ['18', 'bookworm', '18.20.4'],
        ['20', 'trixie', '20.19.2'],
      ],
    ],
    [
      'base',
      { 'base-files': ['12.4+deb12u12'] },
      { 'base-files': ['13.8+deb13u2'] },
      [
        ['12', 'bookworm', '12.12'],
        ['13', 'trixie', '13.2'],
      ],
    ],
    [
      'static',
      { 'base-files': ['12.4+deb12u15'] },
      { 'base-files': ['13.8+deb13u7'] },
      [
        ['12', 'bookworm', '12.15'],
        ['13', 'trixie', '13.7'],
      ],
    ],
    [
      'postgres',
      { 'postgresql-15': ['15.20-0+deb12u1'], 'postgresql-client-15': ['15.20-0+deb12u1'], postgresql: ['15+248'] },
      { 'postgresql-17': ['17.12-0+deb13u1'], 'postgresql-17-jsquery': ['1.1.1-6'] },
      [
        ['15', 'bookworm', '15.20'],
        ['17', 'trixie', '17.12'],
      ],
    ],
    [
      'redis',
      { 'redis-server': ['5:7.0.15-1~deb12u10'], redis: ['5:7.0.15-1~deb12u10'] },
      { 'redis-server': ['5:8.0.2-3+deb13u3'] },
      [
        ['7.0', 'bookworm', '7.0.15'],
        ['8.0', 'trixie', '8.0.2'],
      ],
    ],
    [
      'haproxy',
      { haproxy: ['2.6.12-1+deb12u4'], 'haproxy-doc': ['2.6.12-1+deb12u4'] },
      { haproxy: ['3.0.11-1+deb13u5'] },
      [
        ['2.6', 'bookworm', '2.6.12'],
        ['3.0', 'trixie', '3.0.11'],
      ],
    ],
  ])('%s', (name, bookworm, trixie, expected) => {
    const found = discover(name, bookworm, trixie);
    expect(found.map(({ line, suite, version }) => [line, suite, version])).toEqual(expected);
    expect(found.map(({ endOfLife }) => endOfLife)).toEqual(['2028-06-30', '2030-06-30']);
  });
});

describe('line discovery', () => {
  it('takes all lines of Java that a suite has, and Valkey from the one suite that has it', () => {
    const java = discover(
      'java',
      { 'openjdk-17-jre-headless': ['17.0.21+9-1~deb12u1'], 'openjdk-17-jre': ['17.0.21+9-1~deb12u1'] },
      { 'openjdk-25-jre-headless': ['25.0.5+8-1~deb13u1'], 'openjdk-21-jre-headless': ['21.0.13+9-1~deb13u2'] },
    );
    expect(java.map(({ line, suite, version }) => [line, suite, version])).toEqual([
      ['17', 'bookworm', '17.0.21'],
      ['21', 'trixie', '21.0.13'],
      ['25', 'trixie', '25.0.5'],
    ]);
    const valkey = discover('valkey', {}, { 'valkey-server': ['8.1.1+dfsg1-3+deb13u3'] });
    expect(valkey).toMatchObject([{ line: '8.1', suite: 'trixie', version: '8.1.1' }]);
  });

  it('takes a release without a point release as the zeroth', () => {
    expect(discover('base', {}, { 'base-files': ['13.8'] })).toMatchObject([{ line: '13', version: '13.0' }]);
  });

  it('takes a line that is in two suites from the one with the newer version', () => {
    const found = discover('nginx', { nginx: ['1.26.4-1'] }, { nginx: ['1.26.3-3'] });
    expect(found).toMatchObject([{ line: '1.26', suite: 'bookworm', version: '1.26.4' }]);
  });

  it('takes a line that two suites have at one version from the later, which lives longer', () => {
    const found = discover('nginx', { nginx: ['1.26.3-3'] }, { nginx: ['1.26.3-3'] });
    expect(found).toMatchObject([{ line: '1.26', suite: 'trixie' }]);
  });

  it('takes the most advanced line of a suite, and all when told so', () => {
    const starter = findStarter(catalog, 'debian', 'python');
    const index = indexOf('trixie', {
      'python3.9': ['3.9.2-1'],
      'python3.13': ['3.13.5-2'],
      'python3.12': ['3.12.9-1'],
    });
    const linesWith = (rule: Partial<typeof starter.lines>) =>
      discoverLines({ ...starter, lines: { ...starter.lines, ...rule } }, [index], compareDebVersions).map(
        ({ line }) => line,
      );
    expect(linesWith({})).toEqual(['3.13']);
    expect(linesWith({ each: 'index' })).toEqual(['3.9', '3.12', '3.13']);
    expect(linesWith({ each: 'index', from: '3.10' })).toEqual(['3.12', '3.13']);
    expect(linesWith({ except: ['3.13'] })).toEqual(['3.12']);
  });

  it('passes over what has no version by the rule, and gives nothing for nothing', () => {
    expect(discover('nginx', { nginx: ['snapshot'] }, {})).toEqual([]);
    expect(discover('nginx', {}, {})).toEqual([]);
  });

  it("prefers a line's own end of life to its suite's", () => {
    const starter = { ...findStarter(catalog, 'debian', 'node'), endOfLife: { '20': '2026-04-30' } };
    const found = discoverLines(starter, [indexOf('trixie', { nodejs: ['20.19.2-1'] })], compareDebVersions);
    expect(found).toMatchObject([{ line: '20', endOfLife: '2026-04-30' }]);
  });
});

describe('the order of lines', () => {
  it.each([
    [
      ['3.9', '3.13', '3.11'],
      ['3.9', '3.11', '3.13'],
    ],
    [
      ['10', '8', '9'],
      ['8', '9', '10'],
    ],
    [
      ['8.10', '8.4', '9'],
      ['8.4', '8.10', '9'],
    ],
    [
      ['trixie', 'bookworm'],
      ['bookworm', 'trixie'],
    ],
  ])('%j is %j', (lines, expected) => {
    expect([...lines].sort(compareLines)).toEqual(expected);
  });
});
