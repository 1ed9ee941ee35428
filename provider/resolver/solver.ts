import { PrivateImageError } from '../support/errors.js';
import { type Clause, isPositive, type Literal, negated, variableOf } from './clause.js';

/** How much work is allowed before a problem counts as too hard. */
export interface SolverLimits {
  /** Literals that are propagated. */
  readonly steps: number;
  /** Clauses that are kept, facts and learned ones. */
  readonly clauses: number;
}

/** Enough for every real index by a factor of a hundred; some ten seconds of work at most. */
export const defaultLimits: SolverLimits = { steps: 20_000_000, clauses: 2_000_000 };

/** What kinds of error solving has. */
export type SolverErrorCode = 'resolver/too-hard';

/**
 * Conflict-driven clause learning over clauses that may arrive at any time. Decisions are the caller's; the solver
 * draws conclusions, and after a contradiction learns a clause and goes back to where it matters.
 */
export interface Solver<Fact> {
  /** A new variable, unassigned; numbers rise from 0. */
  variable(): number;
  /** 1 true, -1 false, 0 not yet known. */
  value(variable: number): -1 | 0 | 1;
  /** Adds a clause. It may already be contradicted: `propagate` says so. */
  add(literals: readonly Literal[], fact: Fact): void;
  /** Opens a new level with `literal` as its decision. */
  decide(literal: Literal): void;
  /** Draws all conclusions; gives the clause that is contradicted, if any. Throws `resolver/too-hard`. */
  propagate(): Clause<Fact> | undefined;
  /** Learns from a contradiction and goes back; false when it holds without any decision. Throws `resolver/too-hard`. */
  learn(contradicted: Clause<Fact>): boolean;
  /** The facts that a contradiction without decisions follows from, in the order they were added. */
  core(contradicted: Clause<Fact>): readonly Clause<Fact>[];
}

/** A solver without clauses; `onTrue` is told of each variable that becomes true, and may add clauses. */
export function createSolver<Fact>(limits: SolverLimits, onTrue: (variable: number) => void): Solver<Fact> {
  const values: (-1 | 0 | 1)[] = [];
  const levels: number[] = [];
  const reasons: (Clause<Fact> | undefined)[] = [];
  const seen: boolean[] = [];
  const watches: Clause<Fact>[][] = [];
  const facts: Clause<Fact>[] = [];
  const trail: Literal[] = [];
  const levelStarts: number[] = [];
  let head = 0;
  let steps = 0;
  let clauses = 0;
  let pending: Clause<Fact> | undefined;

  function variable(): number {
    values.push(0);
    levels.push(0);
    reasons.push(undefined);
    seen.push(false);
    watches.push([], []);
    return values.length - 1;
  }

  function value(of: number): -1 | 0 | 1 {
    return values[of] ?? 0;
  }

  function literalValue(literal: Literal): number {
    const of = values[literal >> 1] ?? 0;
    return (literal & 1) === 0 ? of : -of;
  }

  function levelOf(literal: Literal): number {
    return levels[literal >> 1] ?? 0;
  }

  function assign(literal: Literal, reason: Clause<Fact> | undefined): void {
    const of = variableOf(literal);
    values[of] = isPositive(literal) ? 1 : -1;
    levels[of] = levelStarts.length;
    reasons[of] = reason;
    trail.push(literal);
  }

  function add(literals: readonly Literal[], fact: Fact): void {
    const clause: Clause<Fact> = { literals: [...literals], fact, antecedents: [] };
    facts.push(clause);
    attach(clause);
  }

  /** Watches the two literals that are false last, and concludes or contradicts at once where the clause does. */
  function attach(clause: Clause<Fact>): void {
    clauses += 1;
    if (clauses > limits.clauses) throw tooHard(`${limits.clauses} clauses`);
    const { literals } = clause;
    moveBestTo(literals, 0);
    moveBestTo(literals, 1);
    const [first, second] = literals;
    if (first !== undefined) watches[first]?.push(clause);
    if (second !== undefined) watches[second]?.push(clause);
    if (first === undefined || literalValue(first) < 0) pending ??= clause;
    else if (literalValue(first) === 0 && (second === undefined || literalValue(second) < 0)) assign(first, clause);
  }

  /** Puts at `place` the literal of the rest that is true, else unknown, else false since the highest level. */
  function moveBestTo(literals: Literal[], place: number): void {
    let best = place;
    for (let i = place; i < literals.length; i += 1) if (rank(literals[i]) > rank(literals[best])) best = i;
    swap(literals, place, best);
  }

  function rank(literal: Literal | undefined): number {
    if (literal === undefined) return -1;
    const now = literalValue(literal);
    return now < 0 ? levelOf(literal) : now === 0 ? Number.MAX_SAFE_INTEGER - 1 : Number.MAX_SAFE_INTEGER;
  }

  function propagate(): Clause<Fact> | undefined {
    while (pending === undefined && head < trail.length) {
      const literal = trail[head] ?? 0;
      head += 1;
      steps += 1;
      if (steps > limits.steps) throw tooHard(`${limits.steps} steps`);
      if (isPositive(literal)) onTrue(variableOf(literal));
      pending ??= visit(negated(literal));
    }
    const contradicted = pending;
    pending = undefined;
    return contradicted;
  }

  /** Goes through the clauses that watch `falsified`; gives the one that has no way left. */
  function visit(falsified: Literal): Clause<Fact> | undefined {
    const watching = watches[falsified] ?? [];
    let kept = 0;
    let contradicted: Clause<Fact> | undefined;
    // What is kept moves forward over what has been seen already.
    for (const clause of watching) {
      if (contradicted === undefined && moveWatch(clause, falsified)) continue;
      watching[kept] = clause;
      kept += 1;
      if (contradicted !== undefined) continue;
      const other = clause.literals[0] ?? 0;
      const now = literalValue(other);
      if (now < 0) contradicted = clause;
      else if (now === 0) assign(other, clause);
    }
    watching.length = kept;
    return contradicted;
  }

  /** Finds another literal to watch in place of `falsified`, which ends up second when there is none. */
  function moveWatch(clause: Clause<Fact>, falsified: Literal): boolean {
    const { literals } = clause;
    if (literals[0] === falsified) swap(literals, 0, 1);
    if (literalValue(literals[0] ?? 0) > 0) return false;
    for (let i = 2; i < literals.length; i += 1) {
      const literal = literals[i] ?? 0;
      if (literalValue(literal) < 0) continue;
      swap(literals, 1, i);
      watches[literal]?.push(clause);
      return true;
    }
    return false;
  }

  function learn(contradicted: Clause<Fact>): boolean {
    if (levelStarts.length === 0) return false;
    const clause = analyse(contradicted);
    const second = clause.literals[1];
    backTo(second === undefined ? 0 : levelOf(second));
    attach(clause);
    return true;
  }

  /** The clause of the first unique implication point, its literal first and one of the highest other level second. */
  function analyse(contradicted: Clause<Fact>): Clause<Fact> {
    const literals: Literal[] = [];
    const antecedents: Clause<Fact>[] = [contradicted];
    const touched: number[] = [];
    let open = 0;
    let at = trail.length - 1;
    let asserted: Literal = 0;

    function take(clause: Clause<Fact>): void {
      for (const literal of clause.literals) {
        const of = variableOf(literal);
        if (seen[of] === true) continue;
        seen[of] = true;
        touched.push(of);
        if (levelOf(literal) === levelStarts.length) open += 1;
        else if (levelOf(literal) > 0) literals.push(literal);
      }
    }

    take(contradicted);
    for (;;) {
      while (seen[variableOf(trail[at] ?? 0)] !== true) at -= 1;
      asserted = trail[at] ?? 0;
      at -= 1;
      open -= 1;
      const reason = reasons[variableOf(asserted)];
      if (open === 0 || reason === undefined) break;
      antecedents.push(reason);
      take(reason);
    }
    for (const of of touched) seen[of] = false;
    literals.unshift(negated(asserted));
    // Literals that hold without decisions are left out; `core` finds their reasons again.
    for (let i = 2; i < literals.length; i += 1) {
      if (levelOf(literals[i] ?? 0) > levelOf(literals[1] ?? 0)) swap(literals, 1, i);
    }
    return { literals, fact: undefined, antecedents };
  }

  function backTo(level: number): void {
    const start = levelStarts[level];
    if (start === undefined) return;
    for (let i = start; i < trail.length; i += 1) {
      const of = variableOf(trail[i] ?? 0);
      values[of] = 0;
      reasons[of] = undefined;
    }
    trail.length = start;
    levelStarts.length = level;
    head = Math.min(head, start);
  }

  function core(contradicted: Clause<Fact>): readonly Clause<Fact>[] {
    const reached = new Set<Clause<Fact>>([contradicted]);
    // A set can grow while it is walked: what is added is walked too.
    for (const clause of reached) {
      for (const antecedent of clause.antecedents) reached.add(antecedent);
      for (const literal of clause.literals) {
        const reason = levelOf(literal) === 0 ? reasons[variableOf(literal)] : undefined;
        if (reason !== undefined) reached.add(reason);
      }
    }
    return facts.filter((clause) => reached.has(clause));
  }

  return {
    variable,
    value,
    add,
    decide(literal) {
      levelStarts.push(trail.length);
      assign(literal, undefined);
    },
    propagate,
    learn,
    core,
  };
}

function swap(literals: Literal[], left: number, right: number): void {
  const a = literals[left];
  const b = literals[right];
  if (a === undefined || b === undefined) return;
  literals[left] = b;
  literals[right] = a;
}

function tooHard(what: string): PrivateImageError<SolverErrorCode> {
  return new PrivateImageError<SolverErrorCode>('resolver/too-hard', `No answer within ${what}`, {
    hint: 'Ask for fewer packages at once, or give their versions.',
  });
}
