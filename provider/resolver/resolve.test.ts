import { describe, expect, it } from 'vitest';
import { isPrivateImageError } from '../support/errors.js';
import { resolve } from './resolve.js';
import { packagesInWords, universeInWords, type WordRules } from './testing/universe-dsl.js';

function answer(text: string, requests: readonly string[], rules: WordRules = {}): string {
  const resolution = resolve(universeInWords(packagesInWords(text), rules), requests);
  return resolution.solved
    ? resolution.packages.map((one) => `${one.package.name}=${one.package.version}`).join(' ')
    : `no: ${resolution.conflict.text}`;
}

describe('preference', () => {
  it.each([
    ['newest first', 'a=1\na=2', ['a'], 'a=2'],
    ['no requests, no packages', 'a=1', [], ''],
    ['depth first', 'r=1 needs a, b\na=1 needs x|y\nb=1 needs y\nx=1\ny=1', ['r'], 'a=1 b=1 r=1 x=1 y=1'],
    ['requests before requirements', 'r=1 needs x|y\nx=1\ny=1', ['r', 'y'], 'r=1 y=1'],
    [
      'a choice that fails far below is taken back',
      'r=1 needs x|y\nx=1 needs p\np=1 needs q|s\nq=1 needs gone\ns=1 needs gone\ny=1',
      ['r'],
      'r=1 y=1',
    ],
    [
      'an older version rather than none',
      'r=1 needs a, b\na=2 needs c>=2\na=1\nb=1 bars c>=2\nc=2\nc=1',
      ['r'],
      'a=1 b=1 r=1',
    ],
    ['an implication adds its package', 'a=1\nb=1\nab=1 needs c when a, b\nc=1', ['a', 'b'], 'a=1 ab=1 b=1 c=1'],
    ['an implication waits for all conditions', 'a=1\nb=1\nab=1 when a, b', ['a'], 'a=1'],
    ['an implication may imply another', 'a=1\nx=1 when a\ny=1 when x', ['a'], 'a=1 x=1 y=1'],
    ['an implication that cannot be is left out', 'a=1 bars x\nx=1 when a\ny=1 needs gone when a', ['a'], 'a=1'],
    ['a package may need what it gives', 'a=1 needs v gives v', ['a'], 'a=1'],
  ])('%s', (_, text, requests, expected) => {
    expect(answer(text, requests)).toBe(expected);
  });

  it('says what was assumed and for whom', () => {
    const resolution = resolve(
      universeInWords(packagesInWords('a=1 needs perl, b\nb=1 needs perl>=9'), { assumed: ['perl'] }),
      ['a'],
    );
    expect(
      resolution.solved && resolution.assumed.map((one) => `${one.name} for ${one.requiredBy?.name ?? 'request'}`),
    ).toEqual(['perl for a', 'perl for b']);
  });
});

describe('size and hardness', () => {
  it('goes down a chain of any depth', () => {
    const depth = 30_000;
    const lines = Array.from({ length: depth }, (_, i) => `p${i}=1 needs p${(i + 1) % depth}`);
    const packages = packagesInWords(lines.join('\n'));
    const byName = new Map(packages.map((one) => [one.name, one]));
    const universe = {
      ...universeInWords([]),
      request: (text: string) => ({ text, candidates: packages.slice(0, 1) }),
      requirements: (one: (typeof packages)[number]) =>
        one.needs.map(([atom]) => ({ text: atom!.name, candidates: [byName.get(atom!.name)!] })),
      conflicts: () => [],
    };
    const resolution = resolve(universe, ['p0']);
    expect(resolution.solved && resolution.packages.length).toBe(depth);
  });

  /** `pigeons` in one hole fewer: short to say, long to refute. */
  function pigeonhole(pigeons: number): string {
    const holes = Array.from({ length: pigeons - 1 }, (_, hole) => hole);
    const lines = Array.from({ length: pigeons }, (_, pigeon) => {
      const own = holes.map((hole) => `p${pigeon}h${hole}`);
      const sits = holes.map((hole) => `p${pigeon}h${hole}=1 gives h${hole}=1`);
      return [`p${pigeon}=1 needs ${own.join('|')}`, ...sits].join('\n');
    });
    return lines.join('\n');
  }

  it('refutes what is hard but small', () => {
    const requests = Array.from({ length: 5 }, (_, pigeon) => `p${pigeon}`);
    expect(answer(pigeonhole(5), requests, { exclusiveProvides: true })).toMatch(/^no: /);
    expect(answer(pigeonhole(5), requests.slice(1), { exclusiveProvides: true })).not.toMatch(/^no: /);
  });

  it('gives up with an error on what is too hard', () => {
    const requests = Array.from({ length: 9 }, (_, pigeon) => `p${pigeon}`);
    const universe = universeInWords(packagesInWords(pigeonhole(9)), { exclusiveProvides: true });
    for (const limits of [
      { steps: 2000, clauses: 1_000_000 },
      { steps: 1_000_000, clauses: 500 },
    ]) {
      expect(() => resolve(universe, requests, { limits })).toThrow(
        expect.toSatisfy((error) => isPrivateImageError(error, 'resolver/too-hard')),
      );
    }
  });
});
