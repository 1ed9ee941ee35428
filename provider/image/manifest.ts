import type { Descriptor } from '../registry/registry.js';
import type { SizedDigest } from '../support/digest.js';
import { sortedRecord } from './image-config.js';
import { mediaTypes } from './media-types.js';

/** An image manifest (https://github.com/opencontainers/image-spec/blob/main/manifest.md) as JSON with keys in a fixed order. */
export function imageManifest(
  config: SizedDigest,
  layers: readonly SizedDigest[],
  annotations: Readonly<Record<string, string>>,
): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: descriptorOf(mediaTypes.config, config),
    layers: layers.map((layer) => descriptorOf(mediaTypes.layer, layer)),
    ...annotationsOf(annotations),
  });
}

/** The descriptor of a blob. */
export function descriptorOf(mediaType: string, { digest, size }: SizedDigest): Descriptor {
  return { mediaType, digest, size };
}

/** The `annotations` of a document; nothing when there are none. */
export function annotationsOf(annotations: Readonly<Record<string, string>>): {
  readonly annotations?: Readonly<Record<string, string>>;
} {
  return Object.keys(annotations).length === 0 ? {} : { annotations: sortedRecord(annotations) };
}
