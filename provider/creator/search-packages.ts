import { findDistribution } from '../catalog/catalog.js';
import { findSuite, isFips, maintainedSuites } from '../catalog/distribution.js';
import { autoName, type AutoScheme, familyOf, isAutoName } from '../resolver/auto.js';
import type { Creator } from './creator.js';
import type { PackageSource } from './package-source.js';
import { openSuites } from './suites.js';

/** What is looked for. */
export interface PackageSearch {
  /** A part of a name, of a description, or the beginning of a version; case does not matter. */
  readonly text: string;
  readonly distribution: string;
  /** Undefined: all maintained suites. */
  readonly suite: string | undefined;
}

/** Something that was found: what the fields and their order are is relied on by other tools. */
export interface FoundPackage {
  /** `family`: several packages that are one thing in several lines; `auto`: the name that each line resolves by itself. */
  readonly kind: 'package' | 'family' | 'auto';
  readonly name: string;
  readonly description: string;
  /** The newest version in each suite, of each package of a family; of an auto package, what it may become. */
  readonly versions: readonly FoundVersion[];
}

/** A package in one suite. */
export interface FoundVersion {
  readonly package: string;
  readonly suite: string;
  readonly version: string;
  /** True for what the distribution marks as FIPS-validated. */
  readonly fips?: true;
}

/** A package as it is in one suite, before families are made. */
interface Match extends FoundVersion {
  /** 0 is best. */
  readonly rank: number;
  readonly description: string;
}

/**
 * What matches, best first: the name itself, names that begin with the text, names with it, then descriptions and versions. The
 * packages of a family are one entry, followed by the auto package that stands for them.
 */
export async function searchPackages(creator: Creator, search: PackageSearch): Promise<readonly FoundPackage[]> {
  const catalog = await creator.catalog(search.distribution);
  const distribution = findDistribution(catalog, search.distribution);
  const suites =
    search.suite === undefined
      ? maintainedSuites(distribution, creator.clock())
      : [findSuite(distribution, search.suite)];
  const opened = await openSuites(creator, distribution, suites);
  const sources: PackageSource[] = [];
  const matches: Match[] = [];
  const rank = ranking(catalog.schemes, search.text.trim().toLowerCase());
  for (const one of opened) {
    const packages = await one.source('amd64');
    sources.push(packages);
    matches.push(...matchesIn(packages, one.suite.name, rank, (name) => isFips(distribution, name)));
  }
  const has = (name: string): boolean => sources.some((source) => source.get(name).length > 0);
  return [...familiesOf(matches, catalog.schemes)]
    .sort(([left, first], [right, second]) => best(first) - best(second) || (left < right ? -1 : 1))
    .flatMap(([family, members]) => [
      entryOf(family, members),
      ...autoEntriesOf(family, members, catalog.schemes, has),
    ]);
}

type Rank = (name: string, description: string, version: string) => number | undefined;

function matchesIn(
  packages: PackageSource,
  suite: string,
  rank: Rank,
  isMarked: (name: string) => boolean,
): readonly Match[] {
  const found: Match[] = [];
  for (const name of packages.names()) {
    const [first, ...others] = packages.get(name);
    if (first === undefined) continue;
    const newest = others.reduce(
      (left, right) => (packages.order(left.version, right.version) < 0 ? right : left),
      first,
    );
    const { version, description } = newest;
    const its = rank(name, description.toLowerCase(), version);
    if (its === undefined) continue;
    found.push({ package: name, suite, version, description, rank: its, ...(isMarked(name) ? { fips: true } : {}) });
  }
  return found;
}

/** How well a package matches `text`; undefined when it does not. An auto package is found by what it may become. */
function ranking(schemes: readonly AutoScheme[], text: string): Rank {
  if (isAutoName(text)) {
    const family = familyOf(schemes, text);
    const subject = family.slice(family.indexOf('-') + 1);
    return (name) => (name.includes(subject) && familyOf(schemes, name) === family ? 0 : undefined);
  }
  return (name, description, version) => {
    if (name === text) return 0;
    if (name.startsWith(text)) return 1;
    if (name.includes(text)) return 2;
    if (description.includes(text)) return 3;
    return beginsVersion(version.toLowerCase(), text) ? 4 : undefined;
  };
}

/** True for 1:8.4.12-1 from `8.4`, `8.4.12` and the whole, but not from `8.4.1`. */
function beginsVersion(version: string, text: string): boolean {
  return [version, version.replace(/^\d+:/u, '')].some(
    (one) => one.startsWith(text) && !(/\d$/u.test(text) && /^\d/u.test(one.slice(text.length))),
  );
}

function familiesOf(matches: readonly Match[], schemes: readonly AutoScheme[]): ReadonlyMap<string, readonly Match[]> {
  const families = new Map<string, Match[]>();
  for (const match of matches) {
    const family = familyOf(schemes, match.package);
    const members = families.get(family);
    if (members === undefined) families.set(family, [match]);
    else members.push(match);
  }
  return families;
}

function best(members: readonly Match[]): number {
  return Math.min(...members.map((member) => member.rank));
}

function entryOf(family: string, members: readonly Match[]): FoundPackage {
  const names = new Set(members.map((member) => member.package));
  const [name = family] = names;
  const description = members.at(-1)?.description ?? '';
  if (names.size === 1) return { kind: 'package', name, description, versions: members.map(versionOf) };
  return { kind: 'family', name: family, description, versions: members.map(versionOf) };
}

/** The auto packages that become one of `members` in some line, as a rule one; none for what is only there for another. */
function autoEntriesOf(
  family: string,
  members: readonly Match[],
  schemes: readonly AutoScheme[],
  has: (name: string) => boolean,
): readonly FoundPackage[] {
  const byAuto = new Map<string, FoundVersion[]>();
  for (const member of members) {
    const auto = autoName(schemes, member.package, has);
    if (auto !== undefined) byAuto.set(auto, [...(byAuto.get(auto) ?? []), versionOf(member)]);
  }
  const description = `Universal package for ${family} - automatically detects and installs a compatible version`;
  return [...byAuto].map(([name, versions]) => ({ kind: 'auto', name, description, versions }));
}

function versionOf({ package: name, suite, version, fips }: Match): FoundVersion {
  return { package: name, suite, version, ...(fips === undefined ? {} : { fips }) };
}
