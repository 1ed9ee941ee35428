import { z } from 'zod';
import { digestSchema } from '../../support/digest-schema.js';

/** What is remembered of a release that was fetched and verified. */
export const fetchedReleaseSchema = z.strictObject({
  /** The blob of `InRelease`, or of `Release`. */
  content: digestSchema,
  /** The blob of `Release.gpg`, where there is no `InRelease`. */
  signature: digestSchema.nullable(),
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
});

/** What is remembered of a release that was fetched and verified. */
export type FetchedRelease = z.infer<typeof fetchedReleaseSchema>;

/** What is remembered of a signature that was found good. */
export const verdictSchema = z.strictObject({
  /** The fingerprint of the trusted primary key. */
  signedBy: z.string(),
  /** When it was verified, in ISO form. */
  from: z.iso.datetime(),
  /** The moment from which on it has to be verified again. */
  until: z.iso.datetime().nullable(),
});

/** The date of the newest release that was seen, in ISO form. */
export const newestReleaseSchema = z.strictObject({ date: z.iso.datetime() });

/** The blobs of a parsed index in its compact form. */
export const compactIndexSchema = z.strictObject({ tables: digestSchema, records: digestSchema });

/** The blobs of a parsed index in its compact form. */
export type CompactIndexBlobs = Readonly<z.infer<typeof compactIndexSchema>>;
