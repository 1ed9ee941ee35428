import { describe, expect, it } from 'vitest';
import { resolve } from '../../resolver/resolve.js';
import { isPrivateImageError } from '../../support/errors.js';
import { debIndexOf } from './deb-index.js';
import type { DebPackage } from './deb-package.js';
import { debUniverse, type DebUniverseOptions } from './universe.js';

type Fields = Partial<Omit<DebPackage, 'name' | 'version'>>;

function deb(name: string, version: string, fields: Fields = {}): DebPackage {
  return {
    format: 'deb',
    name,
    version,
    architecture: 'amd64',
    origin: { name, version },
    description: name,
    homepage: undefined,
    maintainer: undefined,
    license: undefined,
    installedSize: 0,
    archive: {
      url: `http://mirror.example/${name}.deb`,
      size: 1,
      checksum: { algorithm: 'sha256', value: '0'.repeat(64) },
    },
    repository: 'debian bookworm main',
    multiArch: 'no',
    essential: false,
    priority: 'optional',
    section: undefined,
    depends: undefined,
    preDepends: undefined,
    provides: undefined,
    conflicts: undefined,
    breaks: undefined,
    replaces: undefined,
    recommends: undefined,
    enhances: undefined,
    ...fields,
  };
}

function answer(
  packages: readonly DebPackage[],
  requests: readonly string[],
  options: Partial<DebUniverseOptions> = {},
): string {
  const resolution = resolve(debUniverse(debIndexOf(packages), { architecture: 'amd64', ...options }), requests);
  if (!resolution.solved) return `no: ${resolution.conflict.text}`;
  return resolution.packages.map((one) => `${one.package.name}=${one.package.version}`).join(' ');
}

describe('Debian packages', () => {
  it.each<[string, readonly DebPackage[], readonly string[], string]>([
    ['the newest version is taken', [deb('a', '1.9'), deb('a', '1.10'), deb('a', '1.10~rc1')], ['a'], 'a=1.10'],
    [
      'depends and pre-depends are taken',
      [deb('a', '1', { depends: 'b', preDepends: 'c' }), deb('b', '1'), deb('c', '1')],
      ['a'],
      'a=1 b=1 c=1',
    ],
    ['recommends are not', [deb('a', '1', { recommends: 'b' }), deb('b', '1')], ['a'], 'a=1'],
    ['nothing essential is added', [deb('a', '1'), deb('base-files', '1', { essential: true })], ['a'], 'a=1'],
    [
      'the first alternative is taken',
      [deb('a', '1', { depends: 'c | b' }), deb('b', '1'), deb('c', '1')],
      ['a'],
      'a=1 c=1',
    ],
    [
      'what is requested is preferred',
      [deb('a', '1', { depends: 'c | b' }), deb('b', '1'), deb('c', '1')],
      ['a', 'b'],
      'a=1 b=1',
    ],
    [
      'an alternative is met by what was needed before',
      [deb('a', '1', { depends: 'b, c | b' }), deb('b', '1'), deb('c', '1')],
      ['a'],
      'a=1 b=1',
    ],
    [
      'but not by what is needed after, as apt has it',
      [deb('a', '1', { depends: 'c | b, b' }), deb('b', '1'), deb('c', '1')],
      ['a'],
      'a=1 b=1 c=1',
    ],
    [
      'an older version comes after all alternatives',
      [deb('a', '1', { depends: 'b (= 1) | c' }), deb('b', '1'), deb('b', '2'), deb('c', '1')],
      ['a'],
      'a=1 c=1',
    ],
    [
      'an older version is taken where nothing else does',
      [deb('a', '1', { depends: 'b (<< 2)' }), deb('b', '1'), deb('b', '2')],
      ['a'],
      'a=1 b=1',
    ],
    [
      'the real package comes before its providers',
      [deb('a', '1', { depends: 'v' }), deb('p', '1', { provides: 'v' }), deb('v', '1')],
      ['a'],
      'a=1 v=1',
    ],
    [
      'essential providers come first',
      [
        deb('a', '1', { depends: 'v' }),
        deb('p', '1', { provides: 'v', essential: true }),
        deb('q', '1', { provides: 'v', priority: 'required' }),
      ],
      ['a'],
      'a=1 p=1',
    ],
    [
      'then those of a higher priority',
      [
        deb('a', '1', { depends: 'v' }),
        deb('q', '1', { provides: 'v', priority: 'extra' }),
        deb('p', '1', { provides: 'v', priority: 'standard' }),
      ],
      ['a'],
      'a=1 p=1',
    ],
    [
      'a provided name meets no constraint',
      [deb('a', '1', { depends: 'v (>= 1)' }), deb('p', '9', { provides: 'v' })],
      ['a'],
      'no: a 1 requires v (>= 1); p 9 provides v',
    ],
    [
      'a provided version does',
      [deb('a', '1', { depends: 'v (>= 2)' }), deb('p', '1', { provides: 'v (= 2.1)' })],
      ['a'],
      'a=1 p=1',
    ],
    [
      'a provided version has to fit',
      [deb('a', '1', { depends: 'v (>= 3)' }), deb('p', '1', { provides: 'v (= 2.1)' })],
      ['a'],
      'no: a 1 requires v (>= 3); p 1 provides v (= 2.1)',
    ],
    [
      'conflicts with what it provides itself mean the others',
      [deb('a', '1', { provides: 'v', conflicts: 'v' })],
      ['a'],
      'a=1',
    ],
    [
      'two such exclude each other',
      [deb('a', '1', { provides: 'v', conflicts: 'v' }), deb('b', '1', { provides: 'v', conflicts: 'v' })],
      ['a', 'b'],
      'no: b is requested, but a 1 conflicts with b 1 (Conflicts: v)',
    ],
    [
      'a broken version is avoided',
      [deb('a', '1', { depends: 'b' }), deb('b', '1'), deb('b', '2'), deb('c', '1', { breaks: 'b (>> 1)' })],
      ['a', 'c'],
      'a=1 b=1 c=1',
    ],
    [
      'a greedy choice that fails is taken back',
      [
        deb('a', '1', { depends: 'x | y, z' }),
        deb('x', '1', { depends: 'w' }),
        deb('w', '1'),
        deb('y', '1'),
        deb('z', '1', { depends: 'q' }),
        deb('q', '1', { conflicts: 'w' }),
      ],
      ['a'],
      'a=1 q=1 y=1 z=1',
    ],
    ['cycles are fine', [deb('a', '1', { depends: 'b' }), deb('b', '1', { depends: 'a' })], ['a'], 'a=1 b=1'],
    [
      '":any" asks for a package that allows it',
      [deb('a', '1', { depends: 'p:any' }), deb('p', '1', { multiArch: 'allowed' })],
      ['a'],
      'a=1 p=1',
    ],
    [
      '":any" is not met by another',
      [deb('a', '1', { depends: 'p:any' }), deb('p', '1', { multiArch: 'foreign' })],
      ['a'],
      'no: a 1 requires p:any; the only p is 1 (debian bookworm main)',
    ],
    [
      'its own architecture may be named',
      [deb('a', '1', { depends: 'b:amd64, c:native' }), deb('b', '1'), deb('c', '1')],
      ['a'],
      'a=1 b=1 c=1',
    ],
    [
      'another architecture may not',
      [deb('a', '1', { depends: 'b:i386' }), deb('b', '1')],
      ['a'],
      'no: a 1 requires b:i386; the only b is 1 (debian bookworm main)',
    ],
    [
      'a relation of another architecture does not count',
      [deb('a', '1', { depends: 'b [i386], c [amd64]' }), deb('c', '1')],
      ['a'],
      'a=1 c=1',
    ],
  ])('%s', (_, packages, requests, expected) => {
    expect(answer(packages, requests)).toBe(expected);
  });

  it('of two equal providers the one mentioned last is taken', () => {
    const packages = [
      deb('a', '1', { depends: 'v' }),
      deb('q', '1', { provides: 'v' }),
      deb('p', '1', { provides: 'v' }),
    ];
    for (const [first, last] of [
      ['p', 'q'],
      ['q', 'p'],
    ] as const) {
      const index = { ...debIndexOf(packages), mentioned: (name: string) => ['a', first, last].indexOf(name) };
      const resolution = resolve(debUniverse(index, { architecture: 'amd64' }), ['a']);
      expect(resolution.solved && resolution.packages.map((one) => one.package.name)).toEqual(['a', last]);
    }
  });

  it.each([
    ['b=1.2-1', 'b=1.2-1'],
    ['b>=1.2', 'b=1.20-1'],
    ['b<=1.2-1', 'b=1.2-1'],
    ['b<1.2-1', 'b=1.1-1'],
    ['b<<1.20-1', 'b=1.2.9-1'],
    ['b>1.20', 'b=1.20-1'],
    ['b~1.2', 'b=1.2.9-1'],
    ['b >= 1.2', 'b=1.20-1'],
    ['b:amd64', 'b=1.20-1'],
    ['b=9', 'no: b=9 is requested; the newest b is 1.20-1 (debian bookworm main)'],
    ['b<<1', 'no: b<<1 is requested; the oldest b is 1.1-1 (debian bookworm main)'],
    ['bb', 'no: bb is requested; there is no such package; near it is b'],
    ['alone', 'c=1'],
    [
      'many',
      'no: many is requested, which is no package but what several provide; ask for one of them by its name: e, d',
    ],
  ])('the request %j', (request, expected) => {
    const versions = ['1.1-1', '1.2-1', '1.2.9-1', '1.20-1'].map((version) => deb('b', version));
    const providers = [
      deb('c', '1', { provides: 'alone' }),
      deb('d', '1', { provides: 'many' }),
      deb('e', '1', { provides: 'many' }),
    ];
    expect(answer([...versions, ...providers], [request])).toBe(expected);
  });

  it.each(['', 'A', 'a b', 'a=', 'a>=', 'a=x y', '-a', 'a:i386', 'a;rm'])('the request %j is refused', (request) => {
    expect(() => answer([deb('a', '1')], [request])).toThrow(
      expect.toSatisfy((error) => isPrivateImageError(error, 'request/malformed')),
    );
  });

  it.each([
    ['a=1.0*', 'Write "a~1.0" for every version that begins so.'],
    ['a=1.*', 'Write "a~1" for every version that begins so.'],
    ['a (>= 1.0)', 'Write "a>=1.0".'],
    ['!a', /^Write nothing: a package is there only when/u],
    ['a:i386', /^Write "a": packages are those of the architecture/u],
    ['a/stable', /^Write "a=version": a suite is no part/u],
    ['a b', /^Write "name", "name=version"/u],
  ])('the request %j is refused with what to write', (request, hint) => {
    expect(() => answer([deb('a', '1')], [request])).toThrow(
      expect.objectContaining({ hint: typeof hint === 'string' ? hint : (expect.stringMatching(hint) as string) }),
    );
  });

  it('names and providers that are assumed present meet requirements, whatever the version', () => {
    const packages = [
      deb('a', '1', { depends: 'debconf (>= 9) | cdebconf, perlapi-5, perl-base:any, b' }),
      deb('perl-base', '5', { provides: 'perlapi-5', depends: 'dpkg', multiArch: 'allowed' }),
      deb('b', '1', { preDepends: 'dpkg (>= 99)' }),
    ];
    const universe = debUniverse(debIndexOf(packages), {
      architecture: 'amd64',
      assumedPresent: ['debconf', 'perl-base', 'dpkg'],
    });
    const resolution = resolve(universe, ['a']);
    if (!resolution.solved) throw new Error(resolution.conflict.text);
    expect(resolution.packages.map((one) => one.package.name)).toEqual(['a', 'b']);
    expect(resolution.assumed.map((one) => [one.name, one.requiredBy?.name])).toEqual([
      ['debconf', 'a'],
      ['perl-base', 'a'],
      ['perl-base', 'a'],
      ['dpkg', 'b'],
    ]);
    expect(answer(packages, ['perl-base'], { assumedPresent: (name) => name !== 'x' })).toBe('perl-base=5');
  });

  it('that are assumed present and asked for are there with their own parts, and with nothing else that is assumed', () => {
    const origin = { name: 'perl', version: '5' };
    const packages = [
      deb('perl', '5', { depends: 'perl-base (= 5), libperl, dpkg', origin }),
      deb('perl-base', '5', { preDepends: 'dpkg', origin }),
      deb('libperl', '5', { depends: 'perl-base', origin }),
      deb('dpkg', '1'),
      deb('tool', '1', { depends: 'perl' }),
    ];
    const assumedPresent = ['perl', 'perl-base', 'dpkg'];
    const answerTo = (requests: readonly string[]): string => answer(packages, requests, { assumedPresent, requests });
    expect(answerTo(['tool', 'perl'])).toBe('libperl=5 perl=5 perl-base=5 tool=1');
    const resolution = resolve(
      debUniverse(debIndexOf(packages), { architecture: 'amd64', assumedPresent, requests: ['tool', 'perl'] }),
      ['tool', 'perl'],
    );
    expect(resolution.solved && resolution.assumed.map(({ name, requiredBy }) => [name, requiredBy?.name])).toEqual([
      ['dpkg', 'perl-base'],
      ['dpkg', 'perl'],
    ]);
    expect(answerTo(['perl-base'])).toBe('perl-base=5');
    expect(answerTo(['tool'])).toBe('tool=1');
  });

  it('says why each package is there', () => {
    const packages = [deb('a', '1', { depends: 'b (>= 1) | c' }), deb('b', '1')];
    const resolution = resolve(debUniverse(debIndexOf(packages), { architecture: 'amd64' }), ['a']);
    expect(resolution.solved && resolution.packages.map((one) => one.because)).toEqual([
      { kind: 'request', text: 'a' },
      { kind: 'requirement', package: packages[0], text: 'b (>= 1) | c' },
    ]);
  });
});
