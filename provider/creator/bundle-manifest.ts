import { z } from 'zod';
import { digestSchema } from '../support/digest-schema.js';
import { digestOf, type Digest, type SizedDigest } from '../support/digest.js';
import { manifestMediaType } from './artifact.js';
import type { BundleRequest } from './request.js';

/** The artifact type of a file bundle in a registry. */
const bundleArtifactType = 'application/vnd.pulumi-private-image.file-bundle.v1';
const configMediaType = 'application/vnd.pulumi-private-image.file-bundle.config.v1+json';
const fileMediaType = 'application/octet-stream';
const titleAnnotation = 'org.opencontainers.image.title';

const descriptorSchema = z.object({
  mediaType: z.string(),
  digest: digestSchema,
  size: z.int().nonnegative(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** The shape of a bundle's manifest: an OCI artifact with one layer a file. */
export const bundleManifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(manifestMediaType),
  artifactType: z.literal(bundleArtifactType),
  config: descriptorSchema,
  layers: z.array(descriptorSchema.extend({ annotations: z.object({ [titleAnnotation]: z.string() }) })),
});

/** The shape of a bundle's config blob. */
const bundleConfigSchema = z.object({
  name: z.string(),
  type: z.enum(['certificates', 'other']),
  path: z.string(),
  description: z.string().optional(),
});

/** A file bundle as it lies in a registry. */
export interface Bundle {
  readonly name: string;
  readonly type: 'certificates' | 'other';
  /** The folder in the image, absolute. */
  readonly path: string;
  readonly description: string | undefined;
  readonly files: readonly BundleFile[];
  /** The digest of its manifest: its version. */
  readonly digest: Digest;
}

export interface BundleFile extends SizedDigest {
  readonly name: string;
}

/** The blobs of a bundle: config and manifest as text, files as they are. The same request gives the same bytes everywhere. */
export interface BundleContent {
  readonly bundle: Bundle;
  readonly config: string;
  readonly manifest: string;
}

/** A bundle's blobs from what the user asks for; files are sorted by name. */
export function bundleContent(request: BundleRequest): BundleContent {
  const { name, type, path, description } = request;
  const config = `${JSON.stringify({ name, type, path, ...(description === undefined ? {} : { description }) })}\n`;
  const files = Object.entries(request.files)
    .map(([file, content]) => ({ name: file, digest: digestOf(content), size: content.length }))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestMediaType,
    artifactType: bundleArtifactType,
    config: { mediaType: configMediaType, digest: digestOf(config), size: Buffer.byteLength(config) },
    layers: files.map((file) => ({
      mediaType: fileMediaType,
      digest: file.digest,
      size: file.size,
      annotations: { [titleAnnotation]: file.name },
    })),
  });
  return { bundle: { name, type, path, description, files, digest: digestOf(manifest) }, config, manifest };
}

/** A bundle from its manifest and config. Throws a `ZodError` when they are not a bundle's. */
export function parseBundle(digest: Digest, manifest: z.infer<typeof bundleManifestSchema>, config: string): Bundle {
  const { name, type, path, description } = bundleConfigSchema.parse(JSON.parse(config));
  return { name, type, path, description, files: filesIn(manifest), digest };
}

/** The files that a bundle's manifest lists. */
export function filesIn({ layers }: z.infer<typeof bundleManifestSchema>): readonly BundleFile[] {
  return layers.map((layer) => ({
    name: layer.annotations[titleAnnotation],
    digest: layer.digest,
    size: layer.size,
  }));
}
