import { z } from 'zod';
import { mediaTypes } from '../image/media-types.js';
import type { Digest } from '../support/digest.js';
import { registryError } from './registry-error.js';
import type { Descriptor } from './registry.js';
import { manifestSchema } from './schema.js';
import type { ReadDescriptor, ReadManifest } from './schema.js';

/** A manifest longer than this is not read (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests). Bytes. */
export const maxManifestBytes = 4 * 1024 * 1024;

/** The media types of documents that are over manifests. */
const indexTypes = new Set<string>([mediaTypes.index, 'application/vnd.docker.distribution.manifest.list.v2+json']);

/** What a manifest or index names. */
export interface ManifestDocument {
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  /** Manifests that an index is over. */
  readonly manifests: readonly ReadDescriptor[];
  /** Config and layers. */
  readonly blobs: readonly ReadDescriptor[];
  readonly subject: Digest | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/**
 * Reads a manifest or index. One that says no media type, where none is known either, has the one of its form in OCI. Throws
 * `registry/malformed` when it is none, too long, or of another media type than `mediaType`.
 */
export function parseManifest(
  content: Uint8Array,
  mediaType: string | undefined,
  repository: string,
): ManifestDocument {
  const document = readDocument(content, repository);
  const isIndex = document.manifests !== undefined;
  const stated = document.mediaType ?? mediaType ?? (isIndex ? mediaTypes.index : mediaTypes.manifest);
  if (mediaType !== undefined && stated !== mediaType) {
    throw malformed(repository, `a manifest says that it is ${stated}, and is to be ${mediaType}`);
  }
  if (indexTypes.has(stated) ? !isIndex : isIndex) {
    throw malformed(repository, `a manifest is ${stated}, and has the form of ${isIndex ? 'an index' : 'an image'}`);
  }
  return {
    mediaType: stated,
    artifactType: document.artifactType ?? (document.subject === undefined ? undefined : document.config?.mediaType),
    manifests: document.manifests ?? [],
    blobs: [...(document.config === undefined ? [] : [document.config]), ...(document.layers ?? [])],
    subject: document.subject?.digest,
    annotations: document.annotations,
  };
}

/** `descriptor` without the keys that are undefined, in the order of the specification. */
export function plainDescriptor(descriptor: ReadDescriptor): Descriptor {
  const { mediaType, digest, size, artifactType, platform, annotations } = descriptor;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(platform === undefined ? {} : { platform: plainPlatform(platform) }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function plainPlatform({
  os,
  architecture,
  variant,
}: NonNullable<ReadDescriptor['platform']>): NonNullable<Descriptor['platform']> {
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

function readDocument(content: Uint8Array, repository: string): ReadManifest {
  if (content.length > maxManifestBytes) throw malformed(repository, `a manifest has ${content.length} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(content.buffer, content.byteOffset, content.length).toString('utf8'));
  } catch (error) {
    throw malformed(repository, 'a manifest is no JSON', error);
  }
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw malformed(repository, `a manifest is no OCI document: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`);
}

function malformed(repository: string, what: string, cause?: unknown): Error {
  return registryError('registry/malformed', repository, what, {
    hint: 'Whatever wrote it is no OCI tool, or the document is damaged.',
    cause,
  });
}
