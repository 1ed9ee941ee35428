import type { Package } from '../packages/package.js';
import { type Clause, type Fact, isPositive, type Literal, negated, variableOf } from './clause.js';
import { createSolver, type SolverLimits } from './solver.js';

/** Conflicts of more facts than this are trimmed but not made minimal: each fact costs a search. */
const mostFactsToTry = 600;

/**
 * The fewest facts that still contradict one another, found by leaving out one after the other: without any single one of
 * them there would be a solution. The order of `core`, which is the order of discovery, is kept; late facts go first.
 */
export function minimalConflict<P extends Package>(
  core: readonly Clause<Fact<P>>[],
  limits: SolverLimits,
): readonly Fact<P>[] {
  let kept = core;
  for (let trimmed = contradiction(kept, limits); trimmed !== undefined; trimmed = contradiction(kept, limits)) {
    if (trimmed.length === kept.length) break;
    kept = trimmed;
  }
  for (let i = kept.length - 1; i >= 0 && kept.length <= mostFactsToTry; i -= 1) {
    const smaller = contradiction([...kept.slice(0, i), ...kept.slice(i + 1)], limits);
    if (smaller === undefined) continue;
    kept = smaller;
    i = Math.min(i, kept.length);
  }
  return kept.flatMap((clause) => (clause.fact === undefined ? [] : [clause.fact]));
}

/** Those of `clauses` that contradict one another; undefined when all of them can be met. */
function contradiction<F>(clauses: readonly Clause<F>[], limits: SolverLimits): readonly Clause<F>[] | undefined {
  const solver = createSolver<Clause<F>>(limits, () => undefined);
  const variables = new Map<number, number>();

  function translate(literal: Literal): Literal {
    const of = variableOf(literal);
    let variable = variables.get(of);
    if (variable === undefined) {
      variable = solver.variable();
      variables.set(of, variable);
    }
    return variable * 2 + (literal & 1);
  }

  const own = clauses.map((clause) => clause.literals.map(translate));
  for (const [i, clause] of clauses.entries()) solver.add(own[i] ?? [], clause);

  function isTrue(literal: Literal): boolean {
    return solver.value(variableOf(literal)) === (isPositive(literal) ? 1 : -1);
  }

  for (;;) {
    const contradicted = solver.propagate();
    if (contradicted !== undefined) {
      if (solver.learn(contradicted)) continue;
      const facts = new Set(solver.core(contradicted).map((clause) => clause.fact));
      return clauses.filter((clause) => facts.has(clause));
    }
    const open = own.find((literals) => !literals.some(isTrue));
    const decision = open?.find((literal) => !isTrue(negated(literal)));
    if (decision === undefined) return undefined;
    solver.decide(decision);
  }
}
