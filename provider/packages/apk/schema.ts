import { z } from 'zod';
import { digestSchema, sizedDigestSchema } from '../../support/digest-schema.js';

/** What is remembered of an index that was fetched, by its URL. */
export const fetchedIndexSchema = z.object({
  archive: digestSchema,
  etag: z.string().optional(),
  lastModified: z.string().optional(),
});

/** What is remembered of an index that was verified and packed, by the digest of its archive. */
export const packedIndexSchema = z.object({
  packed: digestSchema,
  description: z.string(),
  madeAt: z.int().nonnegative(),
  signedBy: z.string().nullable(),
});

/** The newest index that was seen of a URL: when it was made, in seconds since the epoch. */
export const newestIndexSchema = z.object({ madeAt: z.int().nonnegative() });

/** Where the archive is in the store that a control checksum belongs to. */
export const storedArchiveSchema = z.object({
  archive: digestSchema,
  head: sizedDigestSchema,
  data: sizedDigestSchema,
});
