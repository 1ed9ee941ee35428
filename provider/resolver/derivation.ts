import type { Package } from '../packages/package.js';
import type { Requirement } from '../packages/universe.js';
import type { ConflictFact, Fact, RequestFact, RequirementFact } from './clause.js';

/** A request or a requirement whose candidates come down to one, so that this one has to be installed. */
export interface Step<P extends Package = Package> {
  /** Who wants it; undefined for the user. */
  readonly by: P | undefined;
  readonly requirement: Requirement<P>;
  readonly chosen: P;
  /** The other candidates, and what rules each out. */
  readonly excluded: readonly Exclusion<P>[];
}

/** A candidate that cannot be taken, because it and a package that has to be installed exclude one another. */
export interface Exclusion<P extends Package = Package> {
  readonly candidate: P;
  readonly conflict: ConflictFact<P>;
}

/** Where a derivation ends. */
export type Dead<P extends Package = Package> =
  /** Nothing meets the requirement. */
  | { readonly kind: 'missing'; readonly by: P | undefined; readonly requirement: Requirement<P> }
  /** Whatever meets the requirement is ruled out. */
  | {
      readonly kind: 'excluded';
      readonly by: P | undefined;
      readonly requirement: Requirement<P>;
      readonly excluded: readonly Exclusion<P>[];
    }
  /** Two packages that have to be installed exclude one another. */
  | { readonly kind: 'conflict'; readonly conflict: ConflictFact<P> }
  /** Whatever meets the one requirement excludes whatever meets the other. */
  | { readonly kind: 'disjoint'; readonly left: Want<P>; readonly right: Want<P> }
  /** Each of the candidates that are left leads to an end of its own. */
  | {
      readonly kind: 'branches';
      readonly by: P | undefined;
      readonly requirement: Requirement<P>;
      readonly excluded: readonly Exclusion<P>[];
      readonly branches: readonly { readonly candidate: P; readonly derivation: Derivation<P> }[];
    }
  /** More branches than anybody reads. */
  | { readonly kind: 'unfinished'; readonly facts: number };

/** Who requires what. */
export interface Want<P extends Package = Package> {
  readonly by: P | undefined;
  readonly requirement: Requirement<P>;
}

/** The steps that lead from the requests to a dead end, each following from those before it. */
export interface Derivation<P extends Package = Package> {
  readonly steps: readonly Step<P>[];
  readonly end: Dead<P>;
}

/** Derivations with more ends than this are cut off. */
const mostEnds = 40;

/** A derivation from `facts`, which contradict one another. */
export function derive<P extends Package>(facts: readonly Fact<P>[]): Derivation<P> {
  const wants = facts.filter((fact): fact is RequestFact<P> | RequirementFact<P> => fact.kind !== 'conflict');
  const conflicts = facts.filter((fact): fact is ConflictFact<P> => fact.kind === 'conflict');
  let ends = 0;

  function conflictBetween(left: P, right: P): ConflictFact<P> | undefined {
    return conflicts.find(
      (fact) => (fact.package === left && fact.other === right) || (fact.package === right && fact.other === left),
    );
  }

  /** Goes on from packages that are taken as installed. */
  function from(assumed: readonly P[]): Derivation<P> {
    const installed = new Set(assumed);
    const steps: Step<P>[] = [];

    function exclusionsOf(candidates: readonly P[]): readonly Exclusion<P>[] {
      return candidates.flatMap((candidate) => {
        for (const one of installed) {
          const conflict = conflictBetween(one, candidate);
          if (conflict !== undefined) return [{ candidate, conflict }];
        }
        return [];
      });
    }

    function openWants(): readonly { want: Want<P>; excluded: readonly Exclusion<P>[]; left: readonly P[] }[] {
      return wants.flatMap((fact) => {
        const by = fact.kind === 'request' ? undefined : fact.package;
        const { requirement } = fact;
        if (by !== undefined && !installed.has(by)) return [];
        if (requirement.candidates.some((one) => installed.has(one))) return [];
        const excluded = exclusionsOf(requirement.candidates);
        const left = requirement.candidates.filter((one) => !excluded.some((exclusion) => exclusion.candidate === one));
        return [{ want: { by, requirement }, excluded, left }];
      });
    }

    function end(dead: Dead<P>): Derivation<P> {
      ends += 1;
      return { steps: needed(steps, dead), end: dead };
    }

    for (;;) {
      const conflict = conflicts.find((fact) => installed.has(fact.package) && installed.has(fact.other));
      if (conflict !== undefined) return end({ kind: 'conflict', conflict });
      const open = openWants();
      const dead = open.find(({ left }) => left.length === 0);
      if (dead !== undefined) {
        const { want, excluded } = dead;
        return end(excluded.length === 0 ? { kind: 'missing', ...want } : { kind: 'excluded', ...want, excluded });
      }
      const forced = open.find(({ left }) => left.length === 1);
      const [chosen] = forced?.left ?? [];
      if (forced !== undefined && chosen !== undefined) {
        steps.push({ ...forced.want, chosen, excluded: forced.excluded });
        installed.add(chosen);
        continue;
      }
      const pair = disjointPair(open);
      if (pair !== undefined) return end({ kind: 'disjoint', ...pair });
      const split = fewestLeft(open);
      if (split === undefined || ends >= mostEnds) return end({ kind: 'unfinished', facts: facts.length });
      const branches = split.left.map((candidate) => ({ candidate, derivation: from([...installed, candidate]) }));
      const dead_: Dead<P> = { kind: 'branches', ...split.want, excluded: split.excluded, branches };
      return { steps: needed(steps, dead_), end: dead_ };
    }
  }

  /** Two wants of which no candidates can be together. */
  function disjointPair(
    open: readonly { want: Want<P>; left: readonly P[] }[],
  ): { left: Want<P>; right: Want<P> } | undefined {
    for (const [i, one] of open.entries()) {
      for (const other of open.slice(i + 1)) {
        const apart = one.left.every((a) => other.left.every((b) => a !== b && conflictBetween(a, b) !== undefined));
        if (apart) return { left: one.want, right: other.want };
      }
    }
    return undefined;
  }

  return from([]);
}

function fewestLeft<T extends { left: readonly unknown[] }>(open: readonly T[]): T | undefined {
  return open.reduce<T | undefined>(
    (best, one) => (best === undefined || one.left.length < best.left.length ? one : best),
    undefined,
  );
}

/** Those of `steps` whose package the end, or a later step that is needed, speaks of. */
function needed<P extends Package>(steps: readonly Step<P>[], end: Dead<P>): readonly Step<P>[] {
  const spoken = new Set<P>();
  speakOf(end, spoken);
  const kept: Step<P>[] = [];
  for (const step of steps.toReversed()) {
    if (!spoken.has(step.chosen)) continue;
    kept.push(step);
    if (step.by !== undefined) spoken.add(step.by);
    for (const exclusion of step.excluded) speakOfExclusion(exclusion, spoken);
  }
  return kept.toReversed();
}

function speakOf<P extends Package>(end: Dead<P>, spoken: Set<P>): void {
  switch (end.kind) {
    case 'missing':
      if (end.by !== undefined) spoken.add(end.by);
      return;
    case 'excluded':
      if (end.by !== undefined) spoken.add(end.by);
      for (const exclusion of end.excluded) speakOfExclusion(exclusion, spoken);
      return;
    case 'conflict':
      spoken.add(end.conflict.package);
      spoken.add(end.conflict.other);
      return;
    case 'disjoint':
      for (const { by } of [end.left, end.right]) if (by !== undefined) spoken.add(by);
      return;
    case 'branches':
      if (end.by !== undefined) spoken.add(end.by);
      for (const exclusion of end.excluded) speakOfExclusion(exclusion, spoken);
      for (const { derivation } of end.branches) {
        for (const step of derivation.steps) {
          if (step.by !== undefined) spoken.add(step.by);
          for (const exclusion of step.excluded) speakOfExclusion(exclusion, spoken);
        }
        speakOf(derivation.end, spoken);
      }
      return;
    case 'unfinished':
      return;
  }
}

function speakOfExclusion<P extends Package>({ conflict }: Exclusion<P>, spoken: Set<P>): void {
  spoken.add(conflict.package);
  spoken.add(conflict.other);
}
