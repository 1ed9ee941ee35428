import type { Package } from '../packages/package.js';
import type { Universe } from '../packages/universe.js';
import type { ResolvedPackage, Solution } from './resolve.js';
import type { Reason } from './walk.js';

/**
 * `packages` as a solution for `requests` that somebody else has found, each with the first reason for it. What no request and no
 * requirement leads to is there because of what it is implied by, or because it was chosen.
 */
export function solutionOf<P extends Package>(
  universe: Universe<P>,
  requests: readonly string[],
  packages: readonly P[],
): Solution<P> {
  const given = new Set(packages);
  const reasons = new Map<P, Reason<P>>();
  const because = (candidates: readonly P[], reason: Reason<P>): void => {
    const one = candidates.find((candidate) => given.has(candidate));
    if (one !== undefined && !reasons.has(one)) reasons.set(one, reason);
  };
  for (const text of requests) because(universe.request(text).candidates, { kind: 'request', text });
  const required = new Map(packages.map((one) => [one, universe.requirements(one)]));
  // A map that grows while it is walked.
  for (const one of reasons.keys()) {
    for (const { text, candidates } of required.get(one) ?? []) {
      because(candidates, { kind: 'requirement', package: one, text });
    }
    for (const { text, candidate } of universe.implications(one)) because([candidate], { kind: 'implication', text });
  }
  const found = packages.map((one): ResolvedPackage<P> => {
    const met = (required.get(one) ?? []).flatMap(({ candidates }) => candidates.filter((each) => given.has(each)));
    const needs = [...new Set(met)].filter((each) => each !== one);
    return { package: one, because: reasons.get(one) ?? { kind: 'implication', text: one.name }, needs };
  });
  found.sort((left, right) => (left.package.name < right.package.name ? -1 : 1));
  return { solved: true, packages: found, assumed: [] };
}
