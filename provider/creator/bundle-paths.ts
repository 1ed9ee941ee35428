import type { Digest } from '../support/digest.js';
import { PrivateImageError } from '../support/errors.js';
import type { Bundle } from './bundle-manifest.js';
import { filesOfBundle } from './line-image.js';

export type BundlePathErrorCode = 'bundle/same-path';

/**
 * Throws `bundle/same-path` when two files of an image's bundles that are not the same would have one path: one of them would be
 * lost in silence.
 */
export function refuseSamePaths(bundles: readonly Bundle[]): void {
  const owners = new Map<string, { readonly bundle: string; readonly digest: Digest }>();
  for (const bundle of bundles) {
    for (const { path, digest } of filesOfBundle(bundle)) {
      const other = owners.get(path);
      owners.set(path, { bundle: bundle.name, digest });
      if (other === undefined || other.digest === digest) continue;
      const both =
        other.bundle === bundle.name ? `The file bundle ${bundle.name}` : `${other.bundle} and ${bundle.name}`;
      throw new PrivateImageError<BundlePathErrorCode>('bundle/same-path', `${both} would put two files at ${path}`, {
        hint: 'Give one of the files another name, or one of the bundles another path.',
        data: { path, bundles: [other.bundle, bundle.name] },
      });
    }
  }
}
