import { z } from 'zod';
import { descriptorSchema } from '../schema.js';

/** What a registry says with an error (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes). */
export const errorsSchema = z.object({
  errors: z.array(z.object({ code: z.string(), message: z.string().nullish() })).min(1),
});

/** A page of tags. */
export const tagListSchema = z.object({ tags: z.array(z.string()).nullish() });

/** A page of the catalog. */
export const catalogSchema = z.object({ repositories: z.array(z.string()).nullish() });

/** Referrers, from the API or under a tag. */
export const referrersSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal('application/vnd.oci.image.index.v1+json').optional(),
  manifests: z.array(descriptorSchema).nullish(),
});

/** A token (https://distribution.github.io/distribution/spec/auth/token/). `access_token` is the name of OAuth 2 for the same. */
export const tokenSchema = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().positive().optional().catch(undefined),
  refresh_token: z.string().optional(),
});
