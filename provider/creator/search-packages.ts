import { findDistribution } from '../catalog/catalog.js';
import { findSuite, maintainedSuites } from '../catalog/distribution.js';
import type { Creator } from './creator.js';
import { openSuites } from './suites.js';

/** What is looked for. */
export interface PackageSearch {
  /** A part of a name, of a description, or a version; case does not matter. */
  readonly text: string;
  readonly distribution: string;
  /** Undefined: all maintained suites. */
  readonly suite: string | undefined;
}

/** A package that was found, with its newest version in each suite that has it. */
export interface FoundPackage {
  readonly name: string;
  readonly description: string;
  readonly versions: readonly { readonly suite: string; readonly version: string }[];
}

/** Packages that match, best first: the name itself, names that begin with the text, names with it, then descriptions and versions. */
export async function searchPackages(creator: Creator, search: PackageSearch): Promise<readonly FoundPackage[]> {
  const distribution = findDistribution(await creator.catalog(), search.distribution);
  const suites =
    search.suite === undefined
      ? maintainedSuites(distribution, creator.clock())
      : [findSuite(distribution, search.suite)];
  const opened = await openSuites(creator, distribution, suites);
  const text = search.text.toLowerCase();
  const found = new Map<
    string,
    { rank: number; description: string; versions: { suite: string; version: string }[] }
  >();
  for (const { suite, source } of opened) {
    const packages = await source('amd64');
    for (const name of packages.names()) {
      const [newest] = [...packages.get(name)].sort((left, right) => packages.order(right.version, left.version));
      if (newest === undefined) continue;
      const rank = rankOf(text, name, newest.description.toLowerCase(), newest.version);
      if (rank === undefined) continue;
      const known = found.get(name) ?? { rank, description: newest.description, versions: [] };
      found.set(name, {
        rank: Math.min(rank, known.rank),
        description: newest.description,
        versions: [...known.versions, { suite: suite.name, version: newest.version }],
      });
    }
  }
  return [...found]
    .sort(([left, { rank: first }], [right, { rank: second }]) => first - second || (left < right ? -1 : 1))
    .map(([name, { description, versions }]) => ({ name, description, versions }));
}

function rankOf(text: string, name: string, description: string, version: string): number | undefined {
  if (name === text) return 0;
  if (name.startsWith(text)) return 1;
  if (name.includes(text)) return 2;
  if (description.includes(text)) return 3;
  return version === text ? 4 : undefined;
}
