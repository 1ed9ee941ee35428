import { mergeIndexes } from '../packages/deb/deb-index.js';
import type { DebRepository } from '../packages/deb/repository.js';
import { debUniverse } from '../packages/deb/universe.js';
import { compareDebVersions } from '../packages/deb/version.js';
import type { Architecture } from '../packages/package.js';
import { inParallel } from '../support/in-parallel.js';
import type { PackageSource } from './package-source.js';

/** The packages of deb repositories, as release, updates and security, as one source: the newest version wins. */
export async function debSource(
  repositories: readonly DebRepository[],
  architecture: Architecture,
): Promise<PackageSource> {
  const index = mergeIndexes(await inParallel(repositories, (repository) => repository.index(architecture)));
  return {
    names: (prefix) => index.names(prefix),
    get: (name) => index.get(name),
    order: compareDebVersions,
    universe: (requests, assumedPresent) => debUniverse(index, { architecture, assumedPresent, requests }),
  };
}
