import type { Architecture, VersionOrder } from '../package.js';
import { nearestNames } from '../spelling.js';
import type { Conflict, Implication, NearMiss, Requirement, Universe } from '../universe.js';
import type { DebIndex } from './deb-index.js';
import type { DebPackage } from './deb-package.js';
import { applies, type DebAlternative, type DebRelation, relationReader, satisfies } from './relation.js';
import { goesOnFrom, isOwnQualifier, parseDebRequest } from './request.js';
import { compareDebVersions } from './version.js';

/** What a universe of Debian packages needs to know beside the index. */
export interface DebUniverseOptions {
  readonly architecture: Architecture;
  /**
   * Packages that count as present, whatever version is asked for; a request by name installs them all the same, with the parts that
   * they require of their own source: `perl` is nothing without `perl-base`.
   */
  readonly assumedPresent?: readonly string[] | ((name: string) => boolean);
  /** All requests, of which those by name of an assumed package matter. */
  readonly requests?: readonly string[];
  /** dpkg's, unless a repository has an order of its own. */
  readonly order?: VersionOrder;
}

/** A requirement with what it was made of. */
interface DebRequirement extends Requirement<DebPackage> {
  readonly alternatives: readonly DebAlternative[];
  /** Set when the user asks for a virtual package. */
  readonly choices?: readonly DebPackage[];
}

const priorities = ['required', 'important', 'standard', 'optional', 'extra'];
const noImplications: readonly Implication<DebPackage>[] = [];

/**
 * Debian packages of one architecture as apt sees them on an empty root without Recommends.
 *
 * A request is `name`, `name=version`, `name>=version` (`<<`, `<=`, `>=`, `>>`; `<` and `>` leave the version itself out) or
 * `name~1.2`, which takes 1.2 and every version that goes on from it, as 1.2.7-1 but not 1.20. A virtual name is taken when
 * one package alone provides it. Candidates come in apt's order: the alternatives as written, of each the real package before its
 * providers, and older versions, which apt would not look at, after all of these.
 */
export function debUniverse(index: DebIndex, options: DebUniverseOptions): Universe<DebPackage> {
  const order = options.order ?? compareDebVersions;
  const read = relationReader();
  const mayBeAssumed = assumption(options.assumedPresent ?? []);
  const wanted = wantedThemselves();
  const isAssumed = (name: string): boolean => mayBeAssumed(name) && !wanted.has(name);
  const requirementsByRelation = new Map<DebRelation, DebRequirement>();
  const newestByName = new Map<string, DebPackage>();

  /** Names that would be assumed, were they not asked for or parts of what is. */
  function wantedThemselves(): ReadonlySet<string> {
    const asked = (options.requests ?? [])
      .map((text) => parseDebRequest(text, options.architecture).name)
      .filter(mayBeAssumed);
    const parts = asked
      .flatMap((name) => index.get(name))
      .flatMap(({ preDepends, depends, origin }) =>
        [...read(preDepends), ...read(depends)]
          .flatMap(({ alternatives }) => alternatives.map(({ name }) => name))
          .filter((name) => mayBeAssumed(name) && index.get(name).some((one) => one.origin.name === origin.name)),
      );
    return new Set([...asked, ...parts]);
  }

  function isNewest(one: DebPackage): boolean {
    return newestOf(one) === one;
  }

  function newestOf(one: DebPackage): DebPackage {
    const versions = index.get(one.name);
    if (versions.length === 1) return one;
    const known = newestByName.get(one.name);
    if (known !== undefined) return known;
    let newest = one;
    for (const other of versions) if (order(other.version, newest.version) > 0) newest = other;
    newestByName.set(one.name, newest);
    return newest;
  }

  /** Every package that meets `alternative`, in the order of the index. */
  function matching(alternative: DebAlternative): readonly DebPackage[] {
    const { name, constraint, qualifier } = alternative;
    if (!isOwnQualifier(qualifier, options.architecture)) return [];
    const real = index.get(name).filter((one) => {
      if (qualifier === 'any' && one.multiArch !== 'allowed') return false;
      return satisfies(one.version, constraint, order);
    });
    const providers = index.providersOf(name);
    if (providers.length === 0) return real;
    return [...real, ...providers.filter((one) => one.name !== name && provides(one, alternative))];
  }

  /** True when a `Provides` of `one` meets `alternative`; a provided name without a version meets no constraint. */
  function provides(one: DebPackage, { name, constraint, qualifier }: DebAlternative): boolean {
    return read(one.provides).some((relation) =>
      relation.alternatives.some((provided) => {
        if (provided.name !== name) return false;
        const isAny = provided.qualifier === 'any';
        if (qualifier === 'any' ? !isAny && one.multiArch !== 'allowed' : isAny) return false;
        if (!isAny && !isOwnQualifier(provided.qualifier, options.architecture)) return false;
        if (constraint === undefined) return true;
        return provided.constraint?.operator === '=' && satisfies(provided.constraint.version, constraint, order);
      }),
    );
  }

  /** apt's order between packages that meet one alternative, all in their newest version. */
  function compareProviders(name: string): (left: DebPackage, right: DebPackage) => number {
    return (left, right) =>
      Number(right.name === name) - Number(left.name === name) ||
      Number(isEssential(right)) - Number(isEssential(left)) ||
      priorityOf(left) - priorityOf(right) ||
      (index.mentioned?.(right.name) ?? 0) - (index.mentioned?.(left.name) ?? 0) ||
      (left.name < right.name ? 1 : left.name > right.name ? -1 : 0);
  }

  function applying({ alternatives }: DebRelation): readonly DebAlternative[] {
    return alternatives.every((one) => applies(one, options.architecture))
      ? alternatives
      : alternatives.filter((one) => applies(one, options.architecture));
  }

  function requirementOf(relation: DebRelation): DebRequirement | undefined {
    const known = requirementsByRelation.get(relation);
    if (known !== undefined) return known;
    const alternatives = applying(relation);
    if (alternatives.length === 0) return undefined;
    const requirement = newRequirement(relation.text, alternatives);
    requirementsByRelation.set(relation, requirement);
    return requirement;
  }

  function newRequirement(text: string, alternatives: readonly DebAlternative[]): DebRequirement {
    const present = alternatives.find((one) => isAssumed(one.name));
    if (present !== undefined) return { text, alternatives, candidates: [], assumed: present.name };
    const best: DebPackage[] = [];
    const older: DebPackage[] = [];
    for (const alternative of alternatives) {
      const found = matching(alternative);
      const assumed = found.find((one) => isAssumed(one.name));
      if (assumed !== undefined) return { text, alternatives, candidates: [], assumed: assumed.name };
      const newest = found.filter(isNewest);
      best.push(...(newest.length > 1 ? newest.sort(compareProviders(alternative.name)) : newest));
      if (newest.length < found.length) older.push(...found.filter((one) => !isNewest(one)).sort(newestFirst));
    }
    return { text, alternatives, candidates: older.length === 0 ? best : [...best, ...older] };
  }

  function newestFirst(left: DebPackage, right: DebPackage): number {
    return order(right.version, left.version);
  }

  function requirements(one: DebPackage): readonly Requirement<DebPackage>[] {
    const found: DebRequirement[] = [];
    for (const field of [one.preDepends, one.depends]) {
      for (const relation of read(field)) {
        const requirement = requirementOf(relation);
        if (requirement !== undefined) found.push(requirement);
      }
    }
    return found;
  }

  function conflicts(one: DebPackage): readonly Conflict<DebPackage>[] {
    const found: Conflict<DebPackage>[] = [];
    const versions = index.get(one.name);
    if (versions.length > 1) {
      const others = versions.filter((other) => other !== one);
      found.push({ text: `only one version of ${one.name}`, candidates: others });
    }
    for (const [field, relations] of [
      ['Conflicts', read(one.conflicts)],
      ['Breaks', read(one.breaks)],
    ] as const) {
      for (const relation of relations) {
        // A package that conflicts with what it provides itself means all other providers.
        const candidates = applying(relation)
          .flatMap(matching)
          .filter((other) => other.name !== one.name);
        if (candidates.length > 0) found.push({ text: `${field}: ${relation.text}`, candidates });
      }
    }
    return found;
  }

  function request(text: string): DebRequirement {
    const { name, constraint, prefix } = parseDebRequest(text, options.architecture);
    const alternative: DebAlternative = { name, constraint, qualifier: undefined, architectures: [], profiles: [] };
    const own = { text: text.trim(), alternatives: [alternative] };
    const real = index.get(name);
    if (real.length === 0) return requestOfVirtual(own, alternative);
    const candidates = real
      .filter((one) => prefix === undefined || goesOnFrom(one.version, prefix))
      .filter((one) => satisfies(one.version, constraint, order))
      .sort(newestFirst);
    return { ...own, candidates };
  }

  function requestOfVirtual(own: Omit<DebRequirement, 'candidates'>, alternative: DebAlternative): DebRequirement {
    const providers = matching(alternative);
    const names = new Set(providers.map((one) => one.name));
    if (names.size === 1) return { ...own, candidates: [...providers].sort(newestFirst) };
    return {
      ...own,
      candidates: [],
      choices: [...providers.filter(isNewest)].sort(compareProviders(alternative.name)),
    };
  }

  function nearMisses(requirement: Requirement<DebPackage>): readonly NearMiss[] {
    const { alternatives, choices } = requirement as DebRequirement;
    if (choices !== undefined && choices.length > 0) {
      return choices.map((one) => ({ ...nameOf(one), kind: 'choice', reason: `${one.name} provides it` }));
    }
    return alternatives.flatMap((alternative) => nearMissesOf(alternative));
  }

  function nearMissesOf(alternative: DebAlternative): readonly NearMiss[] {
    const { name, constraint } = alternative;
    const versions = [...index.get(name)].sort(newestFirst);
    const isUpperBound = constraint?.operator === '<<' || constraint?.operator === '<=';
    const nearest = isUpperBound ? versions.at(-1) : versions[0];
    if (nearest !== undefined) {
      const word = versions.length === 1 ? 'only' : isUpperBound ? 'oldest' : 'newest';
      const reason = `the ${word} ${name} is ${nearest.version} (${nearest.repository})`;
      return [{ ...nameOf(nearest), kind: 'version', reason }];
    }
    const providers = index.providersOf(name).filter(isNewest);
    if (providers.length > 0) {
      return providers.map((one) => ({ ...nameOf(one), kind: 'provider', reason: providesInWords(one, name) }));
    }
    return nearestNames(name, index.names()).flatMap((spelling) => {
      const [first] = index.get(spelling);
      if (first === undefined) return [];
      return [{ ...nameOf(newestOf(first)), kind: 'spelling' as const, reason: 'other spelling' }];
    });
  }

  function providesInWords(one: DebPackage, name: string): string {
    const provided = read(one.provides).find((relation) => relation.alternatives.some((part) => part.name === name));
    return `${one.name} ${one.version} provides ${provided?.text ?? name}`;
  }

  return { request, requirements, conflicts, implications: () => noImplications, nearMisses };
}

function nameOf(one: DebPackage): Pick<NearMiss, 'name' | 'version' | 'repository'> {
  return { name: one.name, version: one.version, repository: one.repository };
}

function assumption(present: readonly string[] | ((name: string) => boolean)): (name: string) => boolean {
  if (typeof present === 'function') return present;
  const names = new Set(present);
  return (name) => names.has(name);
}

/** apt counts itself as essential, whatever the index says. */
function isEssential(one: DebPackage): boolean {
  return one.essential || one.name === 'apt';
}

/** As apt ranks them: none before all others, an unknown one as `extra`. */
function priorityOf(one: DebPackage): number {
  if (one.priority === undefined) return 0;
  const known = priorities.indexOf(one.priority);
  return known === -1 ? priorities.length : known + 1;
}
