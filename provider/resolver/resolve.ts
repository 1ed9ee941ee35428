import type { Package } from '../packages/package.js';
import type { Universe } from '../packages/universe.js';
import { type Clause, type Fact, positive } from './clause.js';
import { type Explanation, explain } from './explanation.js';
import { minimalConflict } from './conflict.js';
import { createProblem, type Problem } from './problem.js';
import { defaultLimits, type SolverLimits } from './solver.js';
import { type Assumed, createWalk, type Reason, type Walk } from './walk.js';

/** A package of a solution, with the first reason for it. */
export interface ResolvedPackage<P extends Package = Package> {
  readonly package: P;
  readonly because: Reason<P>;
  /** The packages of the solution that meet its requirements, each once, in the order of the requirements. */
  readonly needs: readonly P[];
}

/** Either the packages to install or why there are none. */
export type Resolution<P extends Package = Package> = Solution<P> | NoSolution<P>;

/** Packages that meet all requests and one another's relations, and nothing that nobody wants. */
export interface Solution<P extends Package = Package> {
  readonly solved: true;
  /** Sorted by name. */
  readonly packages: readonly ResolvedPackage<P>[];
  /** What was taken as present, in the order it was met, each name once for each package that requires it. */
  readonly assumed: readonly Assumed<P>[];
}

/** There is no solution, and why. */
export interface NoSolution<P extends Package = Package> {
  readonly solved: false;
  readonly conflict: Explanation<P>;
}

/** What can be told to `resolve` beside the problem. */
export interface ResolveOptions {
  readonly limits?: SolverLimits;
}

/**
 * The packages to install so that all of `requests` are met. Finds a solution whenever there is one; of several the one
 * that preference leads to: requirements in the order they arise, depth first, candidates in the universe's order. The same
 * universe and requests give the same answer. Throws `resolver/too-hard`, and what the universe throws.
 */
export function resolve<P extends Package>(
  universe: Universe<P>,
  requests: readonly string[],
  options: ResolveOptions = {},
): Resolution<P> {
  const limits = options.limits ?? defaultLimits;
  const problem = createProblem(universe, requests, limits);
  const outcome = search(problem);
  if (outcome.walk !== undefined) return solution(problem, universe, outcome.walk);
  const core = minimalConflict(problem.solver.core(outcome.contradicted), limits);
  return { solved: false, conflict: explain(core, universe) };
}

type Outcome<P extends Package> =
  | { readonly walk: Walk<P> }
  | { readonly walk: undefined; readonly contradicted: Clause<Fact<P>> };

/**
 * Walks by preference, and anew after each contradiction. What was decided before the level that learning goes back to stands:
 * no choice up to there can turn out differently, so no decision is left over that the new walk would not make.
 */
function search<P extends Package>(problem: Problem<P>): Outcome<P> {
  const { solver } = problem;
  let walk = createWalk(problem);
  for (;;) {
    const contradicted = solver.propagate();
    if (contradicted !== undefined) {
      if (!solver.learn(contradicted)) return { walk: undefined, contradicted };
      walk = createWalk(problem);
      continue;
    }
    const decision = walk.next();
    if (decision === undefined) return { walk };
    solver.decide(positive(decision));
  }
}

function solution<P extends Package>(problem: Problem<P>, universe: Universe<P>, walk: Walk<P>): Solution<P> {
  const passed = [...walk.passed].map(([variable, because]) => ({ package: problem.packageOf(variable), because }));
  const chosen = new Set(passed.map((one) => one.package));
  const packages = passed.map((one) => ({ ...one, needs: needsOf(universe, one.package, chosen) }));
  packages.sort((left, right) => compareText(left.package.name, right.package.name));
  return { solved: true, packages, assumed: walk.assumed };
}

/** Of the chosen packages those that meet a requirement of `one`. */
function needsOf<P extends Package>(universe: Universe<P>, one: P, chosen: ReadonlySet<P>): readonly P[] {
  const met = universe.requirements(one).flatMap(({ candidates }) => candidates.filter((each) => chosen.has(each)));
  return [...new Set(met)].filter((each) => each !== one);
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
