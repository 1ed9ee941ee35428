import type { ZodType } from 'zod';
import type { Digest, SizedDigest } from '../support/digest.js';

/** What content must be to be let in. */
export interface Expected {
  readonly digest?: Digest;
  /** Bytes. */
  readonly size?: number;
}

/** A blob that is taken in piece by piece, on the calling thread. Ends with `finish` or with `abandon`. */
export interface BlobWriter {
  /** Takes the next bytes in; they may be overwritten afterwards. Does nothing behind `finish` and `abandon`. */
  write(piece: Uint8Array): void;
  /** Makes the blob one of the store's. Throws `store/mismatch` when it is not what was expected, and nothing is kept. */
  finish(expected?: Expected): SizedDigest;
  /** Keeps nothing. Does nothing behind `finish`. */
  abandon(): void;
}

/**
 * The content-addressed store: blobs by sha256, and small facts that were derived from blobs (a diff ID, a parsed index, an
 * ETag). Everything in it can be deleted at any time; whatever is read is verified. Safe for several processes.
 *
 * Errors: `store/corrupt` (a blob whose bytes do not have its digest; it is removed), `store/missing`, `store/mismatch`
 * (content that is not what was expected; nothing is kept), `store/full`, `store/denied`.
 */
export interface Store {
  /** The store's folder, absolute: another thread opens the same store from it. */
  readonly root: string;
  has(digest: Digest): Promise<boolean>;
  /** Size in bytes, or undefined when it is not here. */
  sizeOf(digest: Digest): Promise<number | undefined>;
  /** Takes content in. Atomic: a blob is there whole or not at all. Throws `store/mismatch` when it is not what was expected. */
  put(content: AsyncIterable<Uint8Array> | Uint8Array | string, expected?: Expected): Promise<SizedDigest>;
  /** As `put`, for who has the bytes at hand and a thread to himself. */
  putAtOnce(content: Uint8Array): SizedDigest;
  /** Begins a blob, for who has its bytes one after the other and a thread to himself. */
  write(): BlobWriter;
  /** The content, hashed as it streams; fails with `store/corrupt` at the end when the bytes are not its digest's. */
  open(digest: Digest): AsyncIterable<Uint8Array>;
  /** The whole content, verified. For small blobs: indexes, configs, file lists. */
  read(digest: Digest): Promise<Buffer>;
  /** The path of the blob's file, for tools that need one (hard links, workers). Does not check that it exists. */
  pathOf(digest: Digest): string;
  /** A fact that was remembered under `kind` and `key`, if it is there and has the shape of `schema`. */
  recall<Value>(kind: string, key: string, schema: ZodType<Value>): Promise<Value | undefined>;
  /** Remembers a small JSON fact. Last writer wins. */
  remember(kind: string, key: string, value: unknown): Promise<void>;
}
