import type { Package } from '../packages/package.js';
import type { Implication, Requirement } from '../packages/universe.js';
import type { Choice, Problem } from './problem.js';

/** Why a package is part of a solution: the first reason that was met. */
export type Reason<P extends Package = Package> =
  | { readonly kind: 'request'; readonly text: string }
  | { readonly kind: 'requirement'; readonly package: P; readonly text: string }
  | { readonly kind: 'implication'; readonly text: string };

/** A requirement that is met by what is assumed present. */
export interface Assumed<P extends Package = Package> {
  readonly name: string;
  /** The package that requires it; undefined when the user asks for it. */
  readonly requiredBy: P | undefined;
}

/**
 * The order of preference: a walk from the requests through the packages that were chosen for them, depth first. What it
 * passes is the solution, so nothing is in it that nothing wants.
 */
export interface Walk<P extends Package = Package> {
  /** Goes on until a choice is open; gives its best package that is not ruled out; undefined at the end. */
  next(): number | undefined;
  /** The packages passed, in order, with their reasons. */
  readonly passed: ReadonlyMap<number, Reason<P>>;
  readonly assumed: readonly Assumed<P>[];
}

interface Frame<P extends Package> {
  readonly package: P;
  readonly choices: readonly Choice<P>[];
  next: number;
}

/**
 * A walk from the beginning. All requests are passed before the requirements of the first, as apt does; a requirement of
 * which a candidate has been passed adds nothing. Implications come when no requirement is open, and are left out when
 * what they want is ruled out.
 */
export function createWalk<P extends Package>(problem: Problem<P>): Walk<P> {
  const { solver } = problem;
  const passed = new Map<number, Reason<P>>();
  const assumed: Assumed<P>[] = [];
  const roots: number[] = [];
  const stack: Frame<P>[] = [];
  const implications = new Map<Implication<P>, number>();
  let request = 0;
  let root = 0;

  function pass(variable: number, reason: Reason<P>): void {
    passed.set(variable, reason);
    for (const implication of problem.implicationsOf(variable)) {
      if (implications.has(implication)) continue;
      const [candidate] = problem.choiceOf({ text: implication.text, candidates: [implication.candidate] }).variables;
      if (candidate !== undefined) implications.set(implication, candidate);
    }
  }

  function push(variable: number): void {
    stack.push({ package: problem.packageOf(variable), choices: problem.choicesOf(variable), next: 0 });
  }

  /** The best candidate that is left; undefined when the requirement is met already. */
  function open(choice: Choice<P>, requiredBy: P | undefined): number | undefined {
    const name = choice.requirement.assumed;
    if (name !== undefined) {
      assumed.push({ name, requiredBy });
      return undefined;
    }
    if (choice.variables.some((variable) => passed.has(variable))) return undefined;
    return choice.variables.find((variable) => solver.value(variable) >= 0);
  }

  function nextRequest(choice: Choice<P>): number | undefined {
    const variable = open(choice, undefined);
    if (variable !== undefined) {
      if (solver.value(variable) === 0) return variable;
      pass(variable, { kind: 'request', text: choice.requirement.text });
      roots.push(variable);
    }
    request += 1;
    return undefined;
  }

  function nextRequirement(frame: Frame<P>): number | undefined {
    const choice = frame.choices[frame.next];
    if (choice === undefined) {
      stack.pop();
      return undefined;
    }
    const variable = open(choice, frame.package);
    if (variable !== undefined) {
      if (solver.value(variable) === 0) return variable;
      pass(variable, { kind: 'requirement', package: frame.package, text: choice.requirement.text });
      push(variable);
    }
    frame.next += 1;
    return undefined;
  }

  /** The first implication that has all its conditions and whose package is neither passed nor ruled out. */
  function wanted(): { readonly variable: number; readonly text: string } | undefined {
    for (const [implication, variable] of implications) {
      if (passed.has(variable) || solver.value(variable) < 0) continue;
      if (implication.conditions.every(isMet)) return { variable, text: implication.text };
    }
    return undefined;
  }

  function isMet(condition: Requirement<P>): boolean {
    if (condition.assumed !== undefined) return true;
    return condition.candidates.some((one) => {
      const variable = problem.variableOf(one);
      return variable !== undefined && passed.has(variable);
    });
  }

  function next(): number | undefined {
    for (;;) {
      const choice = problem.requests[request];
      const frame = stack.at(-1);
      let decision: number | undefined;
      if (choice !== undefined) decision = nextRequest(choice);
      else if (frame !== undefined) decision = nextRequirement(frame);
      else {
        const start = roots[root];
        root += 1;
        if (start !== undefined) {
          push(start);
          continue;
        }
        const implied = wanted();
        if (implied === undefined) return undefined;
        if (solver.value(implied.variable) === 0) return implied.variable;
        pass(implied.variable, { kind: 'implication', text: implied.text });
        push(implied.variable);
      }
      if (decision !== undefined) return decision;
    }
  }

  return { next, passed, assumed };
}
