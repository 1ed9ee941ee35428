import type { Package } from '../packages/package.js';
import type { NearMiss, Requirement, Universe } from '../packages/universe.js';
import type { Fact } from './clause.js';
import { type Dead, type Derivation, derive, type Exclusion, type Step, type Want } from './derivation.js';

/** Why there is no solution: facts of the index, in an order in which each follows from those before it. */
export interface Explanation<P extends Package = Package> {
  /** The requests that cannot be met together, as the user wrote them. */
  readonly requests: readonly string[];
  /** The fewest facts that contradict one another. */
  readonly facts: readonly Fact<P>[];
  readonly derivation: Derivation<P>;
  /** What comes close to the requirements that nothing meets, best first, each once. */
  readonly nearMisses: readonly NearMiss[];
  /** The derivation as sentences, with two spaces in front for each branch they belong to. */
  readonly lines: readonly string[];
  /** The lines as one text without a final newline. */
  readonly text: string;
}

/** The explanation of `facts`, which contradict one another; `universe` is asked for what comes close. */
export function explain<P extends Package>(facts: readonly Fact<P>[], universe: Universe<P>): Explanation<P> {
  const derivation = derive(facts);
  const misses = new Map<Requirement<P>, readonly NearMiss[]>();
  for (const requirement of missingOf(derivation)) misses.set(requirement, universe.nearMisses(requirement));
  const lines = linesOf(derivation, misses);
  return {
    requests: facts.flatMap((fact) => (fact.kind === 'request' ? [fact.requirement.text] : [])),
    facts,
    derivation,
    nearMisses: distinct([...misses.values()].flat()),
    lines,
    text: lines.join('\n'),
  };
}

function missingOf<P extends Package>({ end }: Derivation<P>): readonly Requirement<P>[] {
  if (end.kind === 'missing') return [end.requirement];
  return end.kind === 'branches' ? end.branches.flatMap((branch) => missingOf(branch.derivation)) : [];
}

type Misses<P extends Package> = ReadonlyMap<Requirement<P>, readonly NearMiss[]>;

function linesOf<P extends Package>({ steps, end }: Derivation<P>, misses: Misses<P>): readonly string[] {
  return [...steps.flatMap((step) => sentenceOf(step)), ...endOf(end, misses)];
}

function sentenceOf<P extends Package>({ by, requirement, chosen, excluded }: Step<P>): readonly string[] {
  const isPlain = excluded.length === 0 && requirement.text.includes(chosen.name);
  // That a package is requested by its name alone is said by the sentences about it.
  if (by === undefined && isPlain && requirement.text === chosen.name) return [];
  if (isPlain) return [wantInWords({ by, requirement })];
  if (excluded.length === 0) return [`${wantInWords({ by, requirement })}, which only ${named(chosen)} meets`];
  return [
    `${wantInWords({ by, requirement })}, of which only ${named(chosen)} is left: ${exclusionsInWords(excluded)}`,
  ];
}

function endOf<P extends Package>(end: Dead<P>, misses: Misses<P>): readonly string[] {
  switch (end.kind) {
    case 'missing':
      return [`${wantInWords(end)}${missInWords(misses.get(end.requirement) ?? [])}`];
    case 'excluded':
      return [`${wantInWords(end)}, but ${exclusionsInWords(end.excluded)}`];
    case 'conflict':
      return [conflictInWords(end.conflict.package, [end.conflict.other], end.conflict.conflict.text)];
    case 'disjoint':
      return [disjointInWords(end.left, end.right)];
    case 'branches':
      return branchesInWords(end, misses);
    case 'unfinished':
      return [`and so on: ${end.facts} facts contradict one another`];
  }
}

/** Versions of one package that fail in the same way are told as one. */
function branchesInWords<P extends Package>(
  end: Extract<Dead<P>, { kind: 'branches' }>,
  misses: Misses<P>,
): readonly string[] {
  const groups = new Map<string, { readonly candidates: P[]; readonly lines: readonly string[] }>();
  for (const { candidate, derivation } of end.branches) {
    const lines = linesOf(derivation, misses);
    const key = lines.join('\n').replaceAll(named(candidate), candidate.name);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { candidates: [candidate], lines });
    else group.candidates.push(candidate);
  }
  const [only] = groups.values();
  const isOne = groups.size === 1 && end.excluded.length === 0 && only !== undefined;
  const head = `${wantInWords(end)}, and each way to meet it fails`;
  if (isOne) {
    const lines = together(only);
    return end.by === undefined && isNamedIn(only.candidates[0], end.requirement)
      ? lines
      : [wantInWords(end), ...lines];
  }
  const because = end.excluded.length === 0 ? [] : [`  ${exclusionsInWords(end.excluded)}`];
  return [head, ...because, ...[...groups.values()].flatMap((group) => branchInWords(group))];
}

function branchInWords(group: {
  readonly candidates: readonly Package[];
  readonly lines: readonly string[];
}): readonly string[] {
  return [`  with ${versionsInWords(group.candidates)}:`, ...together(group).map((line) => `    ${line}`)];
}

/** The lines of the first candidate, with the versions of all of them where it is first named. */
function together({
  candidates,
  lines,
}: {
  readonly candidates: readonly Package[];
  readonly lines: readonly string[];
}): readonly string[] {
  const [first] = candidates;
  if (first === undefined || candidates.length === 1) return lines;
  const at = lines.findIndex((line) => line.includes(named(first)));
  return lines.map((line, i) => (i === at ? line.replace(named(first), versionsInWords(candidates)) : line));
}

function isNamedIn(one: Package | undefined, requirement: Requirement): boolean {
  return one !== undefined && requirement.text.includes(one.name);
}

function wantInWords({ by, requirement }: Want): string {
  return by === undefined ? `${requirement.text} is requested` : `${named(by)} requires ${requirement.text}`;
}

function named(one: Package): string {
  return `${one.name} ${one.version}`;
}

/** `libfoo 2 (and 1)`, as the candidates stand. */
function versionsInWords(candidates: readonly Package[]): string {
  const [first, ...others] = candidates;
  if (first === undefined) return '';
  return others.length === 0 ? named(first) : `${named(first)} (and ${others.map((one) => one.version).join(', ')})`;
}

/** Who rules out what, the versions of one package together. */
function exclusionsInWords<P extends Package>(excluded: readonly Exclusion<P>[]): string {
  const groups = new Map<string, { readonly by: P; readonly others: P[]; readonly text: string }>();
  for (const { conflict } of excluded) {
    const key = `${named(conflict.package)} ${conflict.other.name} ${conflict.conflict.text}`;
    const group = groups.get(key);
    if (group === undefined)
      groups.set(key, { by: conflict.package, others: [conflict.other], text: conflict.conflict.text });
    else group.others.push(conflict.other);
  }
  return [...groups.values()].map(({ by, others, text }) => conflictInWords(by, others, text)).join('; ');
}

function conflictInWords(one: Package, others: readonly Package[], text: string): string {
  if (others.every((other) => other.name === one.name))
    return `${named(one)} is there already, not ${versionsInWords(others)}`;
  return `${named(one)} conflicts with ${versionsInWords(others)} (${text})`;
}

function disjointInWords(left: Want, right: Want): string {
  const names = new Set([...left.requirement.candidates, ...right.requirement.candidates].map((one) => one.name));
  const [only] = names;
  const both = `${wantInWords(left)} and ${wantInWords(right)}`;
  return only !== undefined && names.size === 1
    ? `${both}; no version of ${only} is both`
    : `${both}; whatever meets the one excludes whatever meets the other`;
}

/** More names than these tell a reader nothing. */
const mostChoices = 12;

/** The end of a sentence that begins with what is wanted. */
function missInWords(misses: readonly NearMiss[]): string {
  const choices = misses.filter((miss) => miss.kind === 'choice').map((miss) => miss.name);
  if (choices.length > 0) {
    const more = choices.length > mostChoices ? ` and ${choices.length - mostChoices} more` : '';
    const listed = `${choices.slice(0, mostChoices).join(', ')}${more}`;
    return `, which is no package but what several provide; ask for one of them by its name: ${listed}`;
  }
  const reasons = misses.filter((miss) => miss.kind !== 'spelling').map((miss) => miss.reason);
  if (reasons.length > 0) return `; ${reasons.join('; ')}`;
  const names = misses.map((miss) => miss.name);
  if (names.length === 0) return '; there is no such package';
  return `; there is no such package; near it ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}`;
}

function distinct(misses: readonly NearMiss[]): readonly NearMiss[] {
  const seen = new Set<string>();
  return misses.filter((miss) => {
    const key = `${miss.name} ${miss.version ?? ''} ${miss.reason}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
