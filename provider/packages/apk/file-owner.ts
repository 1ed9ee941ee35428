import { checksumText } from './apk-package.js';
import { meets, readDependency } from './dependency.js';
import type { PackageInfo } from './package-info.js';

/** What decides between two packages that hold the same file. */
export interface FileOwner {
  readonly info: Pick<PackageInfo, 'name' | 'version' | 'origin' | 'replaces' | 'replacesPriority'>;
  /** Lowercase hex sha1 of the control member. */
  readonly controlSha1: string;
}

/**
 * Who keeps a file that `owner` has and `newcomer`, installed later, has as well, as apk decides (apk-package(5),
 * "replaces"): packages of one origin may overwrite one another; else what the `replaces` lists say, the higher
 * priority first and the newcomer where they are equal. `nobody` when neither list says anything: the two packages do
 * not go together.
 */
export function keeperOf(owner: FileOwner, newcomer: FileOwner): 'owner' | 'newcomer' | 'nobody' {
  const { origin } = owner.info;
  if (owner.info.name === newcomer.info.name) return 'newcomer';
  if (origin !== undefined && origin === newcomer.info.origin) return 'newcomer';
  const ownerPriority = priorityOver(owner, newcomer);
  const newcomerPriority = priorityOver(newcomer, owner);
  if (ownerPriority > newcomerPriority) return 'owner';
  return newcomerPriority >= 0 ? 'newcomer' : 'nobody';
}

/** The priority with which `one` replaces files of `other`; -1 when it does not. */
function priorityOver(one: FileOwner, other: FileOwner): number {
  const replaces = one.info.replaces.some((atom) => {
    const dependency = readDependency(atom);
    if (dependency?.name !== other.info.name) return false;
    const { constraint } = dependency;
    const isMet =
      constraint?.operator === '><'
        ? constraint.version === checksumText(other.controlSha1)
        : meets(dependency, other.info.version);
    return isMet !== dependency.negative;
  });
  return replaces ? one.info.replacesPriority : -1;
}
