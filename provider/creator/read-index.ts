import { z } from 'zod';
import { digestSchema } from '../support/digest-schema.js';
import type { Repository } from '../registry/registry.js';
import { type Digest } from '../support/digest.js';
import { lineLabel, privateImageLabel, variantLabel, versionAnnotation } from './annotations.js';
import type { Variant } from './variant.js';

/** The media type of an OCI image index. */
export const indexMediaType = 'application/vnd.oci.image.index.v1+json';

const indexSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(indexMediaType),
  manifests: z.array(
    z.object({ digest: digestSchema, size: z.int().nonnegative(), platform: z.object({ architecture: z.string() }) }),
  ),
  annotations: z.record(z.string(), z.string()),
});

/** The image index of one variant of a line, as far as this project wrote it. */
export interface LineIndex {
  readonly digest: Digest;
  readonly line: string;
  readonly variant: Variant;
  readonly version: string;
  readonly manifests: readonly { readonly architecture: string; readonly digest: Digest }[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** The index under `digest`, or undefined when there is none or it is not one of a private image. */
export async function readIndex(repository: Repository, digest: Digest): Promise<LineIndex | undefined> {
  const found = await repository.getManifest(digest);
  if (found?.descriptor.mediaType !== indexMediaType) return undefined;
  const parsed = indexSchema.safeParse(JSON.parse(found.content.toString('utf8')));
  if (!parsed.success) return undefined;
  const { annotations, manifests } = parsed.data;
  const line = annotations[lineLabel];
  const version = annotations[versionAnnotation];
  if (annotations[privateImageLabel] !== 'true' || line === undefined || version === undefined) return undefined;
  return {
    digest,
    line,
    variant: annotations[variantLabel] === 'dev' ? 'dev' : 'production',
    version,
    manifests: manifests.map((manifest) => ({ architecture: manifest.platform.architecture, digest: manifest.digest })),
    annotations,
  };
}
