import type { Conflict, Requirement } from '../packages/universe.js';
import type { Package } from '../packages/package.js';

/** A variable or its negation: variable `v` is `2v` when true and `2v + 1` when false. */
export type Literal = number;

/** At least one of `literals` has to be true. */
export interface Clause<Fact = unknown> {
  /** The first two are watched. The order changes while solving. */
  readonly literals: Literal[];
  /** What the clause says in the words of the problem; undefined for a learned one. */
  readonly fact: Fact | undefined;
  /** The clauses that a learned one follows from; empty for a fact. */
  readonly antecedents: readonly Clause<Fact>[];
}

/** A sentence of the index or of the user that a clause stands for. */
export type Fact<P extends Package = Package> = RequestFact<P> | RequirementFact<P> | ConflictFact<P>;

/** The user asks for one of the requirement's candidates. */
export interface RequestFact<P extends Package = Package> {
  readonly kind: 'request';
  readonly requirement: Requirement<P>;
}

/** `package` needs one of the requirement's candidates. */
export interface RequirementFact<P extends Package = Package> {
  readonly kind: 'requirement';
  readonly package: P;
  readonly requirement: Requirement<P>;
}

/** `package` and `other` cannot be installed together, as `package` says. */
export interface ConflictFact<P extends Package = Package> {
  readonly kind: 'conflict';
  readonly package: P;
  readonly conflict: Conflict<P>;
  readonly other: P;
}

/** The literal that says that `variable` is true. */
export function positive(variable: number): Literal {
  return variable * 2;
}

/** The literal that says that `variable` is false. */
export function negative(variable: number): Literal {
  return variable * 2 + 1;
}

/** The variable of `literal`. */
export function variableOf(literal: Literal): number {
  return literal >> 1;
}

/** The opposite of `literal`. */
export function negated(literal: Literal): Literal {
  return literal ^ 1;
}

/** True when `literal` says that its variable is true. */
export function isPositive(literal: Literal): boolean {
  return (literal & 1) === 0;
}
