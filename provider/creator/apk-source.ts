import type { ApkIndex } from '../packages/apk/apk-index.js';
import type { ApkRepository } from '../packages/apk/repository.js';
import { apkoChoice } from '../packages/apk/apko-choice.js';
import { sharedIndexes } from '../packages/apk/shared-index.js';
import { apkUniverse } from '../packages/apk/universe.js';
import { compareVersions } from '../packages/apk/version.js';
import type { Architecture, Package } from '../packages/package.js';
import { inParallel } from '../support/in-parallel.js';
import type { PackageSource } from './package-source.js';

/**
 * The packages of apk repositories, the tagged ones for requests with their tag, as one source. With the architectures of one image
 * `together`, its packages have versions that all of them have (see `sharedIndexes`).
 */
export async function apkSource(
  repositories: readonly ApkRepository[],
  architecture: Architecture,
  together: readonly Architecture[] = [],
): Promise<PackageSource> {
  const indexesOf = (one: Architecture): Promise<readonly ApkIndex[]> =>
    inParallel(repositories, (repository) => repository.index(one));
  const others = await inParallel(
    together.filter((one) => one !== architecture),
    indexesOf,
  );
  const shared = sharedIndexes(await indexesOf(architecture), others);
  const indexes = shared.map((index, at) => ({ index, tag: repositories[at]?.tag }));
  const untagged = indexes.filter(({ tag }) => tag === undefined).map(({ index }) => index);
  return {
    names: () => namesOf(untagged),
    get: (name) => untagged.flatMap((index): readonly Package[] => index.get(name)),
    order: compareVersions,
    universe: (requests, assumedPresent) => apkUniverse(indexes, { architecture, requests, assumedPresent }),
    ...(together.length === 0 ? {} : { choice: (requests) => apkoChoice(indexes, requests) }),
  };
}

function namesOf(indexes: readonly ApkIndex[]): ReadonlySet<string> {
  return new Set(indexes.flatMap((index) => [...index.names()]));
}
