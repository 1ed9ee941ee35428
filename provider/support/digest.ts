import { createHash } from 'node:crypto';
import { PrivateImageError } from './errors.js';

/** A content digest in OCI form; sha256 is the only algorithm we write. */
export type Digest = `sha256:${string}`;

/** A digest with the size in bytes of what it names. */
export interface SizedDigest {
  readonly digest: Digest;
  readonly size: number;
}

const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** True for exactly `sha256:` and 64 lowercase hex digits, so a digest can be used in a path. */
export function isDigest(text: string): text is Digest {
  return digestPattern.test(text);
}

/** `text` as a digest. Throws `digest/malformed`. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new PrivateImageError<'digest/malformed'>('digest/malformed', `Not a sha256 digest: ${JSON.stringify(text)}`, {
    hint: 'A digest is "sha256:" and 64 lowercase hex digits.',
  });
}

/** The digest of `content`; text is hashed as UTF-8. */
export function digestOf(content: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** The 64 hex digits of a digest. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}
