import { describe, expect, it } from 'vitest';
import { apkIndexOf } from './apk-index.js';
import type { ApkPackage } from './apk-package.js';
import { apkoChoice } from './apko-choice.js';
import { compareApkoVersions, meetsApkoVersion, readApkoVersion } from './apko-version.js';
import type { ApkoOperator, ApkoVersion } from './apko-version.js';
import { readApkoConstraint } from './apko-constraint.js';

/** `name version; D: …; p: …; k: …; i: …; o: …` */
function made(line: string, repository: string): ApkPackage {
  const [head = '', ...fields] = line.split(';').map((part) => part.trim());
  const [name = '', version = '1-r0'] = head.split(' ');
  const field = (key: string): string | undefined =>
    fields
      .find((one) => one.startsWith(`${key}:`))
      ?.slice(key.length + 1)
      .trim();
  return {
    format: 'apk',
    name,
    version,
    architecture: 'x86_64',
    origin: { name: field('o') ?? name, version },
    description: name,
    homepage: undefined,
    maintainer: undefined,
    license: undefined,
    installedSize: 0,
    archive: {
      url: `${repository}/${name}-${version}.apk`,
      size: 1,
      checksum: { algorithm: 'sha1-control', value: `${repository}${name}${version}` },
    },
    repository,
    depends: field('D'),
    provides: field('p'),
    installIf: field('i'),
    replaces: undefined,
    replacesPriority: 0,
    providerPriority: Number(field('k') ?? 0),
    buildTime: 0,
    commit: undefined,
  };
}

function choice(repositories: Readonly<Record<string, readonly string[]>>, ...requests: readonly string[]): unknown {
  const indexes = Object.entries(repositories).map(([name, lines]) => ({
    index: apkIndexOf(lines.map((line) => made(line, name))),
    tag: name.startsWith('@') ? name.slice(1) : undefined,
  }));
  const found = apkoChoice(indexes, requests);
  return found?.packages.map(({ name, version, repository }) =>
    Object.keys(repositories).length > 1 ? `${name} ${version} ${repository}` : `${name} ${version}`,
  );
}

describe('what apko chooses', () => {
  it('is the provider with the highest priority, whatever its version', () => {
    expect(choice({ main: ['a 1-r0; p: v=1; k: 9', 'b 1-r0; p: v=2; k: 1'] }, 'v')).toEqual(['a 1-r0']);
    expect(choice({ main: ['a 1-r0; k: 1', 'a 2-r0'] }, 'a')).toEqual(['a 1-r0']);
  });

  it('is among equals the newest under the name that is asked for', () => {
    expect(choice({ main: ['a 9-r0; p: v=1', 'b 1-r0; p: v=2'] }, 'v')).toEqual(['b 1-r0']);
    expect(choice({ main: ['a 9-r0; p: v', 'b 1-r0; p: v'] }, 'v')).toEqual(['a 9-r0']);
    expect(choice({ main: ['a 1-r0; p: so:x=20', 'b 1-r0; p: so:x=1.4-r0'] }, 'so:x')).toEqual(['b 1-r0']);
  });

  it('is for a dependency what is there already, or of an origin that is', () => {
    const main = ['app; D: v', 'a 9-r0; p: v', 'b 1-r0; p: v', 'c 1-r0; p: v; o: app'];
    expect(choice({ main }, 'app', 'b')).toEqual(['b 1-r0', 'app 1-r0']);
    expect(choice({ main }, 'app')).toEqual(['c 1-r0', 'app 1-r0']);
  });

  it('is of the first repository, without a tag where the request has none', () => {
    const repositories = { one: ['a'], two: ['a', 'b 1-r0'], '@edge': ['b 2-r0'] };
    expect(choice(repositories, 'a', 'b')).toEqual(['a 1-r0 one', 'b 1-r0 two']);
    expect(choice(repositories, 'b@edge')).toEqual(['b 2-r0 @edge']);
  });

  it('has what install_if brings, with what that needs', () => {
    const main = ['top; D: x y', 'x', 'y', 'docs; i: x y=1-r0; D: z', 'z'];
    expect(choice({ main }, 'top')).toEqual(['z 1-r0', 'docs 1-r0', 'x 1-r0', 'y 1-r0', 'top 1-r0']);
  });

  it('is installed dependencies first, those that the fewest packages meet before the others', () => {
    const main = ['app; D: sh z m>1', 'a-sh; p: sh; k: 2', 'b-sh; p: sh', 'z', 'm 2-r0', 'm 3-r0'];
    expect(choice({ main }, 'app')).toEqual(['a-sh 1-r0', 'm 3-r0', 'z 1-r0', 'app 1-r0']);
  });

  it('is nothing where the way through the dependencies is too long, or is gone too often', () => {
    const chain = Array.from({ length: 20_000 }, (_, at) => `p${at}; D: p${at + 1}`);
    expect(choice({ main: [...chain, 'p20000'] }, 'p0')).toBeUndefined();
    const doubled = Array.from({ length: 40 }, (_, at) => `p${at}; p: v${at} w${at}; D: v${at + 1} w${at + 1}`);
    expect(choice({ main: [...doubled, 'p40; p: v40 w40'] }, 'p0')).toBeUndefined();
  });

  it.each([
    ['what nothing provides', ['a; D: nothing'], ['a']],
    ['what a request rules out', ['a; D: b>1', 'b 1-r0', 'b 2-r0'], ['a', 'b<2']],
    ['what a conflict rules out', ['a; D: !b', 'b'], ['a', 'b']],
    ['two providers of one version', ['a; p: v=1', 'b; p: v=1'], ['a', 'b']],
    ['a request that forbids', ['a', 'b'], ['a', '!b']],
  ])('is nothing for %s', (_, main, requests) => {
    expect(choice({ main }, ...requests)).toBeUndefined();
  });
});

describe('a version of apko', () => {
  function read(text: string): ApkoVersion {
    const version = readApkoVersion(text);
    if (version === undefined) throw new Error(`${text} is no version`);
    return version;
  }

  it.each(['1', '1.2.3-r4', '1.2b', '1.2_rc1-r0', '1_alpha_p3', '1_git20200101-r1'])('may be %s', (text) => {
    expect(readApkoVersion(text)).toBeDefined();
  });

  it.each(['', 'a', '1.', '1~abc', '1_rc1_rc2', '1-r', '1.2-3', '1_unknown'])('cannot be %s', (text) => {
    expect(readApkoVersion(text)).toBeUndefined();
  });

  it('comes in the order of its numbers, then of its suffixes, then of its revision', () => {
    const ordered = ['1_alpha1', '1_rc1', '1_rc2', '1-r0', '1-r1', '1_git1', '1_p1', '1a', '1.1', '1.05', '1.10', '2'];
    for (const [at, one] of ordered.entries()) {
      for (const other of ordered.slice(at + 1)) {
        expect([one, other, Math.sign(compareApkoVersions(read(one), read(other)))]).toEqual([one, other, -1]);
        expect(Math.sign(compareApkoVersions(read(other), read(one)))).toBe(1);
      }
    }
    expect(compareApkoVersions(read('1.2'), read('1.2-r0'))).toBe(0);
  });

  it.each([
    ['1.2-r0', '=', '1.2', true],
    ['1.2-r1', '=', '1.2', false],
    ['1.2-r1', '~', '1.2', true],
    ['1.2.9-r1', '~', '1.2', true],
    ['1.20-r1', '~', '1.2', false],
    ['1.2-r1', '~', '1.2-r2', false],
    ['1.2-r1', '>=', '1.2', true],
    ['1.2-r1', '<=', '1.2', false],
    ['1.2-r1', 'any', '9', true],
  ] as const)('%s %s %s: %s', (version, operator: ApkoOperator, wanted, meets) => {
    expect(meetsApkoVersion(read(version), operator, read(wanted))).toBe(meets);
  });
});

describe('a constraint of apko', () => {
  it.each([
    ['a', { name: 'a', version: '', operator: 'any', tag: '' }],
    ['a>=1.2@edge', { name: 'a', version: '1.2', operator: '>=', tag: 'edge' }],
    ['a=~1', { name: 'a', version: '1', operator: '~', tag: '' }],
    ['a~=1', { name: 'a', version: '1', operator: 'any', tag: '' }],
    ['so:x.so.1=1', { name: 'so:x.so.1', version: '0.1', operator: '=', tag: '' }],
    ['so:x.so.1=1-r0', { name: 'so:x.so.1', version: '1-r0', operator: '=', tag: '' }],
    ['a@b@c', { name: 'a@b@c', version: '', operator: 'any', tag: '' }],
  ])('%s', (text, constraint) => {
    expect(readApkoConstraint(text)).toEqual(constraint);
  });
});
