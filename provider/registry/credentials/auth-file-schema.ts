import { z } from 'zod';

/** One registry in `auths`. All of it is optional: docker leaves an empty entry where a helper has the secret. */
export const authEntrySchema = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
  registrytoken: z.string().optional(),
});

/** One registry in `auths`, as it was read. */
export type AuthEntry = z.output<typeof authEntrySchema>;

/** docker's `config.json` and podman's `auth.json`, as far as they are about credentials. */
export const authFileSchema = z.object({
  auths: z.record(z.string(), authEntrySchema).optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
  credsStore: z.string().optional(),
});

/** An authentication file, as it was read. */
export type AuthFile = z.output<typeof authFileSchema>;

/** What a credential helper answers (https://github.com/docker/docker-credential-helpers#usage). */
export const helperAnswerSchema = z.object({ Username: z.string(), Secret: z.string() });
