import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolve } from './resolve.js';
import {
  atomInWords,
  givesSame,
  meets,
  packagesInWords,
  universeInWords,
  type WordPackage,
  type WordRules,
} from './testing/universe-dsl.js';

/** Judges sets of packages by the rules alone, without any notion of candidates or clauses. */
function oracle(packages: readonly WordPackage[], requests: readonly string[], rules: WordRules) {
  const wanted = requests.map((text) => text.split('|').map(atomInWords));

  function isValid(set: readonly WordPackage[]): boolean {
    if (!wanted.every((group) => group.some((atom) => set.some((one) => meets(one, atom))))) return false;
    return set.every((one) => {
      const needsMet = one.needs.every((group) => group.some((atom) => set.some((other) => meets(other, atom))));
      if (!needsMet) return false;
      return set.every((other) => {
        if (other === one) return true;
        if (other.name === one.name) return false;
        if (one.bars.some((atom) => meets(other, atom))) return false;
        return rules.exclusiveProvides !== true || !givesSame(one, other);
      });
    });
  }

  function* validSets(): Generator<readonly WordPackage[]> {
    for (let mask = 0; mask < 2 ** packages.length; mask += 1) {
      const set = packages.filter((_, at) => (mask & (1 << at)) !== 0);
      if (isValid(set)) yield set;
    }
  }

  return { isValid, validSets };
}

/** What is reached from the requests and the implications through needs, within `set`. */
function reachable(set: readonly WordPackage[], requests: readonly string[]): ReadonlySet<WordPackage> {
  const groups = requests.map((text) => text.split('|').map(atomInWords));
  const reached = new Set<WordPackage>();
  for (let before = -1; before !== reached.size; ) {
    before = reached.size;
    const needs = [...groups, ...[...reached].flatMap((one) => one.needs)];
    for (const one of set) {
      const isNeeded = needs.some((group) => group.some((atom) => meets(one, atom)));
      const isWanted =
        one.when.length > 0 && one.when.every((atom) => [...reached].some((other) => meets(other, atom)));
      if (isNeeded || isWanted) reached.add(one);
    }
  }
  return reached;
}

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'v', 'w');
const atom = fc
  .tuple(
    name,
    fc.option(fc.tuple(fc.constantFrom('<', '<=', '=', '>=', '>'), fc.integer({ min: 1, max: 3 })), {
      freq: 2,
      nil: undefined,
    }),
  )
  .map(([of, constraint]) => (constraint === undefined ? of : `${of}${constraint.join('')}`));
const group = fc.array(atom, { minLength: 1, maxLength: 3 }).map((atoms) => atoms.join('|'));
const gift = fc
  .tuple(fc.constantFrom('v', 'w', 'a'), fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }))
  .map(([of, version]) => (version === undefined ? of : `${of}=${version}`));

function part<T>(word: string, entries: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<string> {
  return fc.array(entries, { maxLength }).map((list) => (list.length === 0 ? '' : ` ${word} ${list.join(', ')}`));
}

function universe(withImplications: boolean): fc.Arbitrary<readonly string[]> {
  const when = withImplications ? part('when', atom, 2) : fc.constant('');
  const one = fc
    .tuple(
      fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      fc.integer({ min: 1, max: 3 }),
      part('needs', group, 2),
      part('bars', atom, 1),
      part('gives', gift, 1),
      when,
    )
    .map(([of, version, ...parts]) => `${of}=${version}${parts.join('')}`);
  return fc.uniqueArray(one, { minLength: 1, maxLength: 8, selector: (line) => line.split(' ')[0] });
}

const requests = fc.array(group, { minLength: 1, maxLength: 3 });

function check(lines: readonly string[], asked: readonly string[], rules: WordRules): void {
  const packages = packagesInWords(lines.join('\n'));
  const { isValid, validSets } = oracle(packages, asked, rules);
  const sets = [...validSets()];
  const resolution = resolve(universeInWords(packages, rules), asked);
  expect(resolution.solved).toBe(sets.length > 0);
  if (!resolution.solved) {
    expect(resolution.conflict.text).not.toBe('');
    expect(resolution.conflict.text).not.toContain('and so on');
    expect(asked).toEqual(
      expect.arrayContaining(resolution.conflict.requests.map((text) => text.replaceAll(' | ', '|'))),
    );
    return;
  }
  const set = resolution.packages.map((one) => one.package);
  expect(isValid(set)).toBe(true);
  expect(reachable(set, asked).size).toBe(set.length);
  for (const extra of packages) {
    if (set.includes(extra) || extra.when.length === 0) continue;
    if (!extra.when.every((condition) => set.some((one) => meets(one, condition)))) continue;
    const canBeAdded = sets.some((other) => other.includes(extra) && set.every((one) => other.includes(one)));
    expect(canBeAdded).toBe(false);
  }
}

describe('on random universes the solver agrees with trying out every set', () => {
  it('as deb has them: alternatives, versions, provides, conflicts', () => {
    fc.assert(
      fc.property(universe(false), requests, (lines, asked) => check(lines, asked, {})),
      { numRuns: 6000 },
    );
  });

  it('as apk has them: install_if, and providers that exclude each other', () => {
    const rules = { exclusiveProvides: true };
    fc.assert(
      fc.property(universe(true), requests, (lines, asked) => check(lines, asked, rules)),
      { numRuns: 6000 },
    );
  });
});
