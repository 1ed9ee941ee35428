import { z } from 'zod';
import { type Digest, isDigest } from './digest.js';

/** A digest in foreign JSON. */
export const digestSchema = z.custom<Digest>(
  (value) => typeof value === 'string' && isDigest(value),
  'is not a sha256 digest',
);
