import type { Digest, SizedDigest } from '../support/digest.js';

/** An OCI content descriptor (https://github.com/opencontainers/image-spec/blob/main/descriptor.md). */
export interface Descriptor extends SizedDigest {
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A tag and the digest it points to. */
export interface TagPointer {
  readonly tag: string;
  readonly digest: Digest;
}

/**
 * One repository of images, whether in a registry or in an OCI image layout on disk. Writers push blobs, then manifests by
 * digest, then referrers, then tags, so that a reader never sees a tag on an incomplete image.
 *
 * Errors: `registry/…`, with the repository and the digest or tag named.
 */
export interface Repository {
  /** As `registry.example.com/53/web`, or the absolute folder of a layout. What a person passes to a tool. */
  readonly reference: string;
  hasBlob(digest: Digest): Promise<boolean>;
  /** Takes a blob in; `content` is only read when it is not there yet. */
  putBlob(blob: SizedDigest, content: () => AsyncIterable<Uint8Array>): Promise<void>;
  /** The blob's content, verified as it streams. */
  getBlob(digest: Digest): AsyncIterable<Uint8Array>;
  /** Puts a manifest or index by digest; with `subject` in it, it becomes a referrer. All that it names must be there. */
  putManifest(content: Uint8Array, mediaType: string): Promise<Descriptor>;
  /** The manifest or index with its descriptor, or undefined when there is none: a tag or a digest. */
  getManifest(reference: string): Promise<{ readonly descriptor: Descriptor; readonly content: Buffer } | undefined>;
  /** All tags, sorted. */
  tags(): Promise<readonly TagPointer[]>;
  /** Points tags at manifests that are there; all of them or none become visible where the home can do that. */
  tag(pointers: readonly TagPointer[]): Promise<void>;
  untag(tags: readonly string[]): Promise<void>;
  /** Manifests whose subject is `digest`. */
  referrers(digest: Digest, artifactType?: string): Promise<readonly Descriptor[]>;
  /** Removes manifests by digest, and what of their content nothing else in the repository needs. */
  deleteManifests(digests: readonly Digest[]): Promise<void>;
  /** Where a plain GET or a file reader finds a blob. */
  blobUrl(digest: Digest): string;
}
