import { expect, it } from 'vitest';
import type { Package } from '../packages/package.js';
import type { Requirement, Universe } from '../packages/universe.js';
import { solutionOf } from './given-solution.js';

const named = (name: string): Package => ({ name, version: '1' }) as Package;
const [app, library, docs, stray] = [named('app'), named('library'), named('docs'), named('stray')];
const wants = (...candidates: readonly Package[]): Requirement => ({ text: candidates[0]?.name ?? '', candidates });
const universe: Universe = {
  request: () => wants(named('elsewhere'), app),
  requirements: (one) => (one === app ? [wants(named('better'), library)] : []),
  conflicts: () => [],
  implications: (one) => (one === library ? [{ text: 'install_if: library', conditions: [], candidate: docs }] : []),
  nearMisses: () => [],
};

it('says of packages that were chosen elsewhere why each is there, and what it needs of the others', () => {
  const { packages, solved } = solutionOf(universe, ['app'], [library, docs, app, stray]);
  expect(solved).toBe(true);
  expect(packages.map(({ package: one, because, needs }) => [one.name, because.kind, needs])).toEqual([
    ['app', 'request', [library]],
    ['docs', 'implication', []],
    ['library', 'requirement', []],
    ['stray', 'implication', []],
  ]);
});
