import type { ApkPackage } from './apk-package.js';
import type { ApkoConstraint } from './apko-constraint.js';
import { apkoOffersOf } from './apko-offers.js';
import type { ApkoOffer, ApkoOffers } from './apko-offers.js';
import { meetsApkoVersion } from './apko-version.js';
import { splitAtoms } from './dependency.js';
import type { TaggedIndex } from './pool.js';

/** What apko makes of requests. */
export interface ApkoChoice {
  /** In the order in which they are installed. */
  readonly packages: readonly ApkPackage[];
  /** `name=version` of what was found for the requests, with `@tag` where a request has one; sorted. */
  readonly world: readonly string[];
}

/**
 * What apko installs for `requests`; undefined where apko refuses them.
 *
 * apko goes through its requests twice: first as they are, then for each package that it has found as `name=version`, which decides
 * the order. It never goes back on a choice, so that it may refuse what has a solution.
 */
export function apkoChoice(indexes: readonly TaggedIndex[], requests: readonly string[]): ApkoChoice | undefined {
  const offers = apkoOffersOf(indexes);
  const tags = new Map(requests.map(offers.read.constraint).map(({ name, tag }) => [name, tag]));
  try {
    const found = walk(offers, requests);
    const world = found.map(({ name, version }) => {
      const tag = tags.get(name) ?? '';
      return `${name}=${version}${tag === '' ? '' : `@${tag}`}`;
    });
    return { packages: walk(offers, world), world: [...world].sort() };
  } catch (error) {
    if (error instanceof DeadEnd) return undefined;
    throw error;
  }
}

/** Packages whose dependencies are walked, one as often as it is come upon: apko never needs so many, and an index made for it any number. */
const mostWalks = 30_000;
/** Packages in a chain of dependencies: a longer one may be longer than the call stack. */
const longestChain = 1000;

/** A choice that was made earlier leaves nothing for what is asked now. */
class DeadEnd extends Error {}

type Chosen = ReadonlyMap<string, ApkPackage>;

/** What belongs to one request while its dependencies are walked. */
interface Errand {
  readonly tag: string;
  /** By name: what is chosen already, for other requests or for this one. */
  readonly known: Pick<Chosen, 'get'>;
  readonly origins: Pick<ReadonlySet<string>, 'has'>;
  /** Adds what was found for this request. */
  note(one: ApkPackage): void;
}

/** Begins an errand over what is there already, which is not copied: there are as many errands as requests. */
function errandOver(tag: string, known: Chosen, origins: ReadonlySet<string>): Errand {
  const found = new Map<string, ApkPackage>();
  const from = new Set<string>();
  return {
    tag,
    known: { get: (name) => found.get(name) ?? known.get(name) },
    origins: { has: (origin) => from.has(origin) || origins.has(origin) },
    note: (one) => {
      found.set(one.name, one);
      from.add(one.origin.name);
    },
  };
}

/** One way through all requests. Throws `DeadEnd`. */
function walk(offers: ApkoOffers, requests: readonly string[]): readonly ApkPackage[] {
  const { read } = offers;
  const sorted = [...new Set(requests)].sort();
  const excluded = new Set<ApkPackage>();
  /** By name, and by each name that is provided with a version. */
  const settled = new Map<string, ApkPackage>();
  /** Whose dependencies have ruled out what they do. */
  const constrained = new Set<ApkPackage>();
  let walks = 0;

  function isOpen({ package: one }: ApkoOffer): boolean {
    return !excluded.has(one);
  }

  function countOpen(options: readonly ApkoOffer[]): number {
    let count = 0;
    for (const option of options) if (isOpen(option)) count += 1;
    return count;
  }

  /** The offers that `constraint` allows, of repositories without a tag or with one of `tags`, and what `known` says is there. */
  function matching(constraint: ApkoConstraint, tags: readonly string[], known?: ApkPackage): readonly ApkoOffer[] {
    const wanted = read.version(constraint.version);
    if (constraint.operator !== 'any' && wanted === undefined) return [];
    return offers.of(constraint.name).filter((offer) => {
      const { package: one, tag, versions } = offer;
      if (!isOpen(offer)) return false;
      if (tag !== '' && !tags.includes(tag) && known?.archive.url !== one.archive.url) return false;
      if (wanted === undefined || constraint.operator === 'any') return true;
      return versions.some((version) => meetsApkoVersion(version, constraint.operator, wanted));
    });
  }

  /** Rules out what the versions in `atoms` do not allow, and what `!` forbids, whether or not anybody asks for it. */
  function constrain(atoms: readonly string[]): void {
    for (const atom of atoms) {
      if (atom.startsWith('!')) {
        const forbidden = read.constraint(atom.slice(1));
        for (const { package: one } of matching(forbidden, [forbidden.tag])) excluded.add(one);
        continue;
      }
      const { name, version, operator } = read.constraint(atom);
      const wanted = operator === 'any' ? undefined : read.version(version);
      if (operator === 'any') continue;
      if (wanted === undefined && offers.of(name).length > 0) throw new DeadEnd();
      for (const offer of offers.of(name)) {
        const meets = offer
          .versionsUnder(name)
          .every((one) => one !== undefined && wanted !== undefined && meetsApkoVersion(one, operator, wanted));
        if (!meets) excluded.add(offer.package);
      }
    }
  }

  /** A name that is provided with a version has one bearer; a virtual one has those that provide it without. */
  function excludeRivals(one: ApkPackage): void {
    for (const atom of splitAtoms(one.provides)) {
      const { name, version } = read.constraint(atom);
      for (const offer of offers.of(name)) {
        const { package: rival } = offer;
        if (rival !== one && (version !== '' || offer.statedUnder(name) !== version)) excluded.add(rival);
      }
    }
  }

  function settle(one: ApkPackage): void {
    const before = settled.get(one.name);
    if (before === one) return;
    if (before !== undefined) throw new DeadEnd();
    settled.set(one.name, one);
    for (const atom of splitAtoms(one.provides)) {
      const { name, version } = read.constraint(atom);
      if (settled.has(name)) throw new DeadEnd();
      if (version !== '') settled.set(name, one);
    }
  }

  function packageFor(request: string): ApkPackage {
    const constraint = read.constraint(request);
    const best = offers.best(matching(constraint, [constraint.tag]), constraint.name, { tag: constraint.tag });
    if (best === undefined) throw new DeadEnd();
    return best;
  }

  /** The packages of the requests themselves: those with the fewest candidates first. */
  function requested(): Chosen {
    const chosen = new Map<string, ApkPackage>();
    let left = sorted.map((request) => {
      const constraint = read.constraint(request);
      return { request, options: matching(constraint, [constraint.tag]) };
    });
    while (left.length > 0) {
      // Of the options of a request nothing changes but who is ruled out meanwhile.
      const counts = left.map(({ options }) => countOpen(options));
      const next = left[counts.indexOf(Math.min(...counts))];
      if (next === undefined) break;
      const one = packageFor(next.request);
      chosen.set(one.name, one);
      left = left.filter((other) => other !== next);
      excludeRivals(one);
    }
    return chosen;
  }

  /** True when nobody has to be found for `atom` of `one` any more. Throws `DeadEnd` when what is there is of another version. */
  function isMet(one: ApkPackage, own: ReadonlySet<string>, atom: string): boolean {
    const { name, version, operator } = read.constraint(atom);
    if (own.has(name) || own.has(atom)) return true;
    const wanted = read.version(version);
    if (one.name === name) {
      const actual = read.version(one.version);
      if (actual !== undefined && operator === 'any') return true;
      if (actual !== undefined && wanted !== undefined && meetsApkoVersion(actual, operator, wanted)) return true;
    }
    const there = settled.get(name);
    if (there === undefined) return false;
    if (version === '') return true;
    const actual = read.version(there.version);
    if (actual === undefined || wanted === undefined) throw new DeadEnd();
    const provided = splitAtoms(there.provides).map(read.constraint);
    const isProvided = provided.some((provision) => {
      if (provision.name !== name || provision.version === '') return false;
      const under = read.version(provision.version);
      if (under === undefined) throw new DeadEnd();
      return meetsApkoVersion(under, provision.operator, wanted);
    });
    if (isProvided || meetsApkoVersion(actual, operator, wanted)) return true;
    throw new DeadEnd();
  }

  /** What `one` needs, each behind what it needs itself. */
  function neededBy(one: ApkPackage, errand: Errand, above: ReadonlySet<string>): readonly ApkPackage[] {
    walks += 1;
    if (walks > mostWalks || above.size > longestChain) throw new DeadEnd();
    if (above.has(one.name)) return [];
    const own = new Set(splitAtoms(one.provides).flatMap((atom) => [atom, read.constraint(atom).name]));
    const found: ApkPackage[] = [];
    let left = splitAtoms(one.depends);
    if (!constrained.has(one)) constrain(left);
    constrained.add(one);
    for (;;) {
      const open = new Map<string, readonly ApkoOffer[]>();
      for (const atom of left) {
        if (atom.startsWith('!') || isMet(one, own, atom)) continue;
        const constraint = read.constraint(atom);
        const options = matching(constraint, [errand.tag], errand.known.get(constraint.name));
        if (options.length === 0) throw new DeadEnd();
        open.set(atom, options);
      }
      const [next] = [...open].sort(
        ([left_, few], [right, many]) => few.length - many.length || (left_ < right ? -1 : 1),
      );
      if (next === undefined) return found;
      const [atom, options] = next;
      left = [...open.keys()].filter((other) => other !== atom);
      const chosen = offers.best(options, read.constraint(atom).name, { ...errand, tag: '' });
      if (chosen === undefined) throw new DeadEnd();
      excludeRivals(chosen);
      settle(one);
      const below = neededBy(chosen, errand, new Set([...above, one.name]));
      found.push(...below, chosen);
      for (const each of below) {
        errand.note(each);
      }
    }
  }

  /** What comes by install_if because all that it names is among `needed`, which it joins. */
  function addImplied(needed: Map<string, ApkPackage>): void {
    // A map that grows while it is walked: what comes may bring more.
    for (const one of needed.values()) {
      for (const extra of offers.triggeredBy(one.name)) {
        const isWanted = splitAtoms(extra.installIf).every((atom) => {
          const { name, version } = read.constraint(atom);
          return needed.has(atom) || needed.get(name)?.version === version;
        });
        if (isWanted && !needed.has(extra.name)) needed.set(extra.name, extra);
      }
    }
  }

  constrain(sorted);
  const known = new Map(requested());
  const installed = new Map<string, ApkPackage>();
  const origins = new Set([...known.values()].map(({ origin }) => origin.name));
  const install = (one: ApkPackage): void => {
    if (!installed.has(one.name)) installed.set(one.name, one);
    if (known.has(one.name)) return;
    known.set(one.name, one);
    origins.add(one.origin.name);
  };
  for (const request of sorted) {
    const one = packageFor(request);
    const errand = errandOver(read.constraint(request).tag, known, origins);
    const needed = new Map<string, ApkPackage>();
    for (const each of neededBy(one, errand, new Set())) if (!needed.has(each.name)) needed.set(each.name, each);
    addImplied(needed);
    for (const each of needed.values()) install(each);
    install(one);
  }
  return [...installed.values()];
}
