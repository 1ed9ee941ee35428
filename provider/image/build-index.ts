import type { Architecture } from '../packages/package.js';
import type { Store } from '../store/store.js';
import type { SizedDigest } from '../support/digest.js';
import { annotationsOf, descriptorOf } from './manifest.js';
import { mediaTypes } from './media-types.js';

/** An image of one architecture, for an index. */
export interface IndexedImage {
  readonly manifest: SizedDigest;
  readonly architecture: Architecture;
}

/**
 * Puts an image index (https://github.com/opencontainers/image-spec/blob/main/image-index.md) over `images`, in the order given,
 * into the store.
 */
export function buildIndex(
  { store }: { readonly store: Store },
  images: readonly IndexedImage[],
  annotations: Readonly<Record<string, string>>,
  artifactType?: string,
): Promise<SizedDigest> {
  return store.put(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      ...(artifactType === undefined ? {} : { artifactType }),
      manifests: images.map(({ manifest, architecture }) => ({
        ...descriptorOf(mediaTypes.manifest, manifest),
        platform: { architecture, os: 'linux' },
      })),
      ...annotationsOf(annotations),
    }),
  );
}
