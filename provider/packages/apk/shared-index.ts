import type { ApkIndex } from './apk-index.js';
import type { ApkPackage } from './apk-package.js';

/**
 * The indexes of one architecture with those versions of a package alone that each of `others` has as well, which are the indexes of
 * an architecture each: builders publish for one after the other, and an image is to be the same on all. A package that has no version in common
 * stays as it is, so that an image can be built while a repository with one version of each package is half-way.
 */
export function sharedIndexes(
  indexes: readonly ApkIndex[],
  others: readonly (readonly ApkIndex[])[],
): readonly ApkIndex[] {
  if (others.length === 0) return indexes;
  const sharedByName = new Map<string, ReadonlySet<string>>();

  function sharedVersions(name: string): ReadonlySet<string> {
    const known = sharedByName.get(name);
    if (known !== undefined) return known;
    const elsewhere = others.map((of) => versionsOf(of, name));
    const shared = new Set(
      [...versionsOf(indexes, name)].filter((version) => elsewhere.every((of) => of.has(version))),
    );
    sharedByName.set(name, shared);
    return shared;
  }

  function isKept({ name, version }: ApkPackage): boolean {
    const shared = sharedVersions(name);
    return shared.size === 0 || shared.has(version);
  }

  return indexes.map((index) => ({
    get: (name) => index.get(name).filter(isKept),
    providersOf: (name) => index.providersOf(name).filter(isKept),
    triggeredBy: (name) => index.triggeredBy(name).filter(isKept),
    names: () => index.names(),
  }));
}

function versionsOf(indexes: readonly ApkIndex[], name: string): ReadonlySet<string> {
  return new Set(indexes.flatMap((index) => index.get(name).map(({ version }) => version)));
}
