import type { Package } from '../packages/package.js';
import type { Implication, Requirement, Universe } from '../packages/universe.js';
import { type Fact, type Literal, negative, positive } from './clause.js';
import { createSolver, type Solver, type SolverLimits } from './solver.js';

/** A requirement with its candidates as variables. */
export interface Choice<P extends Package = Package> {
  readonly requirement: Requirement<P>;
  /** Best first, each once. */
  readonly variables: readonly number[];
}

/**
 * What the user asks for, in a universe, as clauses. A package becomes a variable when it is first named as a candidate,
 * and its requirements and conflicts become clauses when it is first taken in: the rest of the index is never looked at.
 */
export interface Problem<P extends Package = Package> {
  readonly solver: Solver<Fact<P>>;
  readonly requests: readonly Choice<P>[];
  packageOf(variable: number): P;
  /** The requirements of a package that is true, in the universe's order. */
  choicesOf(variable: number): readonly Choice<P>[];
  /** The implications of which a package that is true meets a condition. */
  implicationsOf(variable: number): readonly Implication<P>[];
  /** The variable of a package; undefined while no clause or choice names it. */
  variableOf(one: P): number | undefined;
  /** The requirement with its candidates as variables. */
  choiceOf(requirement: Requirement<P>): Choice<P>;
}

/** The problem of meeting `requests` in `universe`. Throws what `universe.request` throws. */
export function createProblem<P extends Package>(
  universe: Universe<P>,
  requests: readonly string[],
  limits: SolverLimits,
): Problem<P> {
  const variables = new Map<P, number>();
  const packages: P[] = [];
  const choicesByRequirement = new Map<Requirement<P>, Choice<P>>();
  const choices: (readonly Choice<P>[] | undefined)[] = [];
  const solver = createSolver<Fact<P>>(limits, takeIn);

  function enter(one: P): number {
    const known = variables.get(one);
    if (known !== undefined) return known;
    const variable = solver.variable();
    variables.set(one, variable);
    packages[variable] = one;
    return variable;
  }

  function packageOf(variable: number): P {
    const one = packages[variable];
    if (one === undefined) throw new RangeError(`No package has the variable ${variable}`);
    return one;
  }

  function choiceOf(requirement: Requirement<P>): Choice<P> {
    const known = choicesByRequirement.get(requirement);
    if (known !== undefined) return known;
    const choice = { requirement, variables: [...new Set(requirement.candidates.map(enter))] };
    choicesByRequirement.set(requirement, choice);
    return choice;
  }

  function takeIn(variable: number): void {
    if (choices[variable] !== undefined) return;
    const one = packageOf(variable);
    const own: Choice<P>[] = [];
    choices[variable] = own;
    for (const requirement of universe.requirements(one)) {
      const choice = choiceOf(requirement);
      own.push(choice);
      if (requirement.assumed !== undefined || choice.variables.includes(variable)) continue;
      solver.add([negative(variable), ...choice.variables.map(positive)], {
        kind: 'requirement',
        package: one,
        requirement,
      });
    }
    for (const conflict of universe.conflicts(one)) {
      for (const other of conflict.candidates) {
        if (other === one) continue;
        const clause: Literal[] = [negative(variable), negative(enter(other))];
        solver.add(clause, { kind: 'conflict', package: one, conflict, other });
      }
    }
  }

  const asked = requests.map((text) => choiceOf(universe.request(text)));
  for (const choice of asked) {
    if (choice.requirement.assumed !== undefined) continue;
    solver.add(choice.variables.map(positive), { kind: 'request', requirement: choice.requirement });
  }

  return {
    solver,
    requests: asked,
    packageOf,
    choicesOf: (variable) => choices[variable] ?? [],
    implicationsOf: (variable) => universe.implications(packageOf(variable)),
    variableOf: (one) => variables.get(one),
    choiceOf,
  };
}
