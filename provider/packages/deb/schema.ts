import { z } from 'zod';
import { isDigest } from '../../support/digest.js';
import type { Digest } from '../../support/digest.js';

const digest = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value));

/** What is remembered of a release that was fetched and verified. */
export const fetchedReleaseSchema = z.strictObject({
  /** The blob of `InRelease`, or of `Release`. */
  content: digest,
  /** The blob of `Release.gpg`, where there is no `InRelease`. */
  signature: digest.nullable(),
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
});

/** What is remembered of a release that was fetched and verified. */
export type FetchedRelease = z.infer<typeof fetchedReleaseSchema>;

/** The date of the newest release that was seen, in ISO form. */
export const newestReleaseSchema = z.strictObject({ date: z.iso.datetime() });

/** The blobs of a parsed index in its compact form. */
export const compactIndexSchema = z.strictObject({ tables: digest, records: digest });

/** The blobs of a parsed index in its compact form. */
export type CompactIndexBlobs = Readonly<z.infer<typeof compactIndexSchema>>;
