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

/** A tag that is to be moved. */
export interface TagMove extends TagPointer {
  /**
   * Where it has to point before it is moved, if not there already: `undefined` says to nothing. Without the key, anywhere. No tag of
   * the call is moved when one of them points elsewhere.
   */
  readonly expected?: Digest | undefined;
}

/** What was to be removed and is still there, because the home cannot remove it: a tag or a digest, and why. */
export interface Kept {
  readonly reference: string;
  readonly reason: string;
}

/** How tags are listed. */
export interface TagListOptions {
  /** Which tags are wanted. Absent: all. */
  readonly only?: (tag: string) => boolean;
  /** Which tags never move once they are there: what they point to need not be asked for again. Absent: none. */
  readonly settled?: (tag: string) => boolean;
}

/**
 * One repository of images, whether in a registry or in an OCI image layout on disk. Writers push blobs, then manifests by
 * digest, then referrers, then tags, so that a reader never sees a tag on an incomplete image.
 *
 * Errors: `registry/…`, with the repository and the digest or tag named. That something is missing is only said when it is so: no
 * access and no answer are other errors.
 */
export interface Repository {
  /** As `registry.example.com/53/web`, or the absolute folder of a layout. What a person passes to a tool. */
  readonly reference: string;
  /**
   * Says that what follows is there to write. Some registries let nobody look into a repository that is not there yet but who may make it, so that
   * whoever only looks must not say so: that may be enough for it to be made.
   */
  expectWrites(): void;
  hasBlob(digest: Digest): Promise<boolean>;
  /**
   * Takes a blob in; `content` is only read when it is not there yet, and may be read several times. A registry first tries to take it
   * over from `mountFrom`, names of repositories below the same home. `isNew` says that nobody can have it yet, as what holds random numbers:
   * then nobody is asked for it. `file` should hold the same as `content`: who computes the digest of what arrives anyway may be sent the
   * file as it is, and `content`, which verifies itself, is read when something is wrong with it.
   */
  putBlob(
    blob: SizedDigest,
    content: () => AsyncIterable<Uint8Array>,
    options?: { readonly file?: string; readonly mountFrom?: readonly string[]; readonly isNew?: boolean },
  ): Promise<void>;
  /** The blob's content, verified as it streams; with `size`, never longer than that many bytes. */
  getBlob(digest: Digest, size?: number): AsyncIterable<Uint8Array>;
  /** Puts a manifest or index by digest; with `subject` in it, it becomes a referrer. All that it names must be there. */
  putManifest(content: Uint8Array, mediaType: string): Promise<Descriptor>;
  /** The manifest or index with its descriptor, or undefined when there is none: a tag or a digest. */
  getManifest(reference: string): Promise<{ readonly descriptor: Descriptor; readonly content: Buffer } | undefined>;
  /** All tags, sorted. Tags that only hold the referrers of a digest for the home itself are not among them. */
  tags(options?: TagListOptions): Promise<readonly TagPointer[]>;
  /**
   * Points tags at manifests that are there. In a layout all of them or none become visible; a registry knows no such thing, so that
   * they are moved one after the other, in the order given: what many follow goes last. Tags that are right already are left alone.
   * Of two writers at the same time one wins all tags that both write.
   *
   * Throws `registry/tag-moved` when a tag does not point to what was expected, or when another writer does not stop to move it.
   */
  tag(pointers: readonly TagMove[]): Promise<void>;
  /** Removes tags, as far as the home can do that. Gives back what is still there. */
  untag(tags: readonly string[]): Promise<readonly Kept[]>;
  /** Manifests whose subject is `digest`. */
  referrers(digest: Digest, artifactType?: string): Promise<readonly Descriptor[]>;
  /**
   * Removes manifests by digest with the tags on them, their referrers, and what of their content nothing else in the repository
   * needs, as far as the home can do that. Gives back what is still there.
   */
  deleteManifests(digests: readonly Digest[]): Promise<readonly Kept[]>;
  /** Where a plain GET or a file reader finds a blob. */
  blobUrl(digest: Digest): string;
}
