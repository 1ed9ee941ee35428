import path from 'node:path';
import { findDistribution } from '../catalog/catalog.js';
import { loadStarterFile, noDistribution, type OwnFile } from '../catalog/loader.js';
import type { Architecture } from '../packages/package.js';
import { PrivateImageError } from '../support/errors.js';
import { bareApkoFile } from './bare-file.js';
import type { Creator } from './creator.js';
import { openCustomRepositories } from './custom-repositories.js';
import { withMendedCache } from './mended-cache.js';
import { maintained, type Origin, type PlannedImage, planFrom, type RequestErrorCode } from './plan-image.js';
import type { ImageRequest } from './request.js';
import { ownSuite } from './suites.js';

/**
 * Plans an image from one file of the user's: a starter outside of any catalog, or an apko configuration, which names its repositories
 * itself. Paths in the file start from its folder.
 */
export async function planFile(creator: Creator, file: string, request: ImageRequest): Promise<PlannedImage> {
  const starter = await loadStarterFile(file, creator.catalog);
  const catalog = await creator.catalog(starter.distribution ?? noDistribution);
  if (starter.distribution !== undefined) {
    const distribution = findDistribution(catalog, starter.distribution);
    return withMendedCache(creator, () =>
      planFrom(creator, () => maintained(creator, distribution), starter, request, catalog.schemes),
    );
  }
  if (starter.contents.repositories.length === 0) {
    throw new PrivateImageError<RequestErrorCode>(
      'image/no-distribution',
      `${file} names neither a distribution nor repositories`,
      {
        hint: `Add "contents.repositories", or a line as "distribution: debian". Known: ${[...(await creator.catalog()).distributions.keys()].join(', ')}.`,
        data: { file },
      },
    );
  }
  return withMendedCache(creator, () =>
    planFrom(
      creator,
      (architectures) => ownRepositories(creator, file, starter, architectures),
      starter,
      request,
      catalog.schemes,
    ),
  );
}

/**
 * In apko's order, which is that of their names: the first of those that have one version of a package gives it. As with apko, an image
 * for several architectures has versions that all of them have.
 */
async function ownRepositories(
  creator: Creator,
  file: string,
  starter: OwnFile,
  together: readonly Architecture[],
): Promise<Origin> {
  const { repositories, keyring } = starter.contents;
  const own = await openCustomRepositories(creator, {
    format: 'apk',
    repositories: repositories.map((line) => line.replace(/\/+$/, '')).sort(),
    keyring,
    suite: undefined,
    allowUnsigned: false,
    workingDirectory: path.dirname(file),
    together,
  });
  const known = ['wolfi', 'alpine'].find((name) => repositories.some((repository) => repository.includes(name)));
  return { distribution: known ?? 'linux', suites: [ownSuite(own)], file: bareApkoFile(starter.document) };
}
