import { z } from 'zod';
import { type Digest, isDigest } from './digest.js';

/** A digest in foreign JSON. */
export const digestSchema = z.custom<Digest>(
  (value) => typeof value === 'string' && isDigest(value),
  'is not a sha256 digest',
);

/** A digest with its size in bytes. */
export const sizedDigestSchema = z.object({ digest: digestSchema, size: z.number().int().nonnegative() });
