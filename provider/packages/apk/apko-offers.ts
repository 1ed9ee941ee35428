import type { ApkPackage } from './apk-package.js';
import type { ApkoConstraint } from './apko-constraint.js';
import { apkoReader } from './apko-reader.js';
import type { ApkoReader } from './apko-reader.js';
import { compareApkoVersions } from './apko-version.js';
import type { ApkoVersion } from './apko-version.js';
import { splitAtoms } from './dependency.js';
import type { TaggedIndex } from './pool.js';

/** A package under one of its names, in one repository. */
export interface ApkoOffer {
  readonly package: ApkPackage;
  /** The repository's; empty for none. */
  readonly tag: string;
  /** What it provides, as often as it says so. */
  readonly names: readonly string[];
  /** Its own version and those of all that it provides: apko holds a constraint against any of them. Empty when its own is none. */
  readonly versions: readonly ApkoVersion[];
  /** The versions that it has under `name`, undefined for one that is not stated or none. */
  versionsUnder(name: string): readonly (ApkoVersion | undefined)[];
  /** The version as it is stated under `name`; empty for none. */
  statedUnder(name: string): string;
}

/** What decides between offers beside the offers themselves. */
export interface ApkoSituation {
  readonly tag: string;
  readonly known?: Pick<ReadonlyMap<string, ApkPackage>, 'get'>;
  readonly origins?: Pick<ReadonlySet<string>, 'has'>;
}

/** The packages of several repositories as apko looks at them. */
export interface ApkoOffers {
  /** What the offers were read with. */
  readonly read: ApkoReader;
  /** Packages of that name first, then those that provide it, each in the order of the repositories. */
  of(name: string): readonly ApkoOffer[];
  /** What apko takes of `offers` for `name`; undefined when there are none. */
  best(offers: readonly ApkoOffer[], name: string, situation: ApkoSituation): ApkPackage | undefined;
  triggeredBy(name: string): readonly ApkPackage[];
}

/** The offers of `indexes`, earlier ones preferred. */
export function apkoOffersOf(indexes: readonly TaggedIndex[]): ApkoOffers {
  const read = apkoReader();
  const known = new Map<string, readonly ApkoOffer[]>();
  const made = new Map<ApkPackage, ApkoOffer>();

  function offerFor(one: ApkPackage, tag: string): ApkoOffer {
    const offer = made.get(one) ?? offerOf(read, one, tag);
    made.set(one, offer);
    return offer;
  }

  function of(name: string): readonly ApkoOffer[] {
    const before = known.get(name);
    if (before !== undefined) return before;
    const named = indexes.flatMap(({ index, tag }) => index.get(name).map((one) => offerFor(one, tag ?? '')));
    const provided = indexes.flatMap(({ index, tag }) =>
      index.providersOf(name).flatMap((one) => {
        const offer = offerFor(one, tag ?? '');
        return offer.names.flatMap((other) => (other === name ? [offer] : []));
      }),
    );
    const found = [...named, ...provided];
    known.set(name, found);
    return found;
  }

  return {
    read,
    of,
    best: (offers, name, situation) => {
      const [first, ...others] = offers;
      if (first === undefined) return undefined;
      return others.reduce((best, one) => (compareOffers(read, [one, best], name, situation) < 0 ? one : best), first)
        .package;
    },
    triggeredBy: (name) => indexes.flatMap(({ index }) => index.triggeredBy(name)),
  };
}

function offerOf(read: ApkoReader, one: ApkPackage, tag: string): ApkoOffer {
  const own = read.version(one.version);
  const provided = splitAtoms(one.provides).map(read.constraint);
  const under = (name: string): readonly ApkoConstraint[] => provided.filter((provision) => provision.name === name);
  return {
    package: one,
    tag,
    names: provided.map(({ name }) => name),
    versions: own === undefined ? [] : [own, ...provided.flatMap(({ version }) => read.version(version) ?? [])],
    versionsUnder: (name) => (one.name === name ? [own] : under(name).map(({ version }) => read.version(version))),
    statedUnder: (name) => (one.name === name ? one.version : (under(name)[0]?.version ?? '')),
  };
}

/** Negative when `left` is taken: what is there already, its origin, the tag, priority, version under `name`, version, name. */
function compareOffers(
  read: ApkoReader,
  [left, right]: readonly [ApkoOffer, ApkoOffer],
  name: string,
  situation: ApkoSituation,
): number {
  const { tag, known, origins } = situation;
  const isThere = ({ package: one }: ApkoOffer): boolean => known?.get(one.name)?.version === one.version;
  const hasOrigin = ({ package: one }: ApkoOffer): boolean => origins?.has(one.origin.name) === true;
  return (
    Number(isThere(right)) - Number(isThere(left)) ||
    Number(hasOrigin(right)) - Number(hasOrigin(left)) ||
    Number(right.tag === tag) - Number(left.tag === tag) ||
    right.package.providerPriority - left.package.providerPriority ||
    compareVersions(read, versionUnder(left, name), versionUnder(right, name)) ||
    compareVersions(read, left.package.version, right.package.version) ||
    compareText(left.package.name, right.package.name)
  );
}

/** A name that is provided without a version has that of the package. */
function versionUnder(offer: ApkoOffer, name: string): string {
  return offer.statedUnder(name) || offer.package.version;
}

/** The newer first; what cannot be read is last. */
function compareVersions(read: ApkoReader, left: string, right: string): number {
  const one = read.version(left);
  const other = read.version(right);
  if (one === undefined) return 1;
  return other === undefined ? -1 : compareApkoVersions(other, one);
}

function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
