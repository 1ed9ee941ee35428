import { isPrivateImageError, PrivateImageError } from '../support/errors.js';

/** What can be wrong with a repository of images. */
export type RegistryErrorCode =
  /** A blob, manifest or tag that is asked for is not there. */
  | 'registry/missing'
  /** A manifest or index that is no such document, or that contradicts itself; an answer that no registry gives. */
  | 'registry/malformed'
  /** Content that does not have the digest or size that it is to have. */
  | 'registry/mismatch'
  /** A tag that is no tag. */
  | 'registry/bad-tag'
  /** Another process does not let go of the repository. */
  | 'registry/locked'
  /** The folder of a layout cannot be read or written. */
  | 'registry/unusable'
  /** Text that names no repository of a registry. */
  | 'registry/bad-reference'
  /** A file with credentials or certificates that cannot be read, or a helper program that fails. */
  | 'registry/bad-credentials'
  /** The registry wants credentials, and has not got any that it takes. */
  | 'registry/unauthorized'
  /** The registry knows who asks, and says no. */
  | 'registry/denied'
  /** The registry understands, and does not do it. */
  | 'registry/refused'
  /** The registry, or the way to it, is out of order: too many requests, 5xx, resets, time-outs, after all retries. */
  | 'registry/unavailable'
  /** The registry sends us where we do not go. */
  | 'registry/redirect'
  /** A tag does not point to where it was put, or was expected: somebody else has moved it. */
  | 'registry/tag-moved'
  /** The time for a whole piece of work is over. */
  | 'registry/deadline'
  /** The work was given up on request. */
  | 'registry/aborted';

/** An error about a repository. `data` names the digest or tag. */
export function registryError(
  code: RegistryErrorCode,
  repository: string,
  what: string,
  details: { readonly hint: string; readonly data?: Readonly<Record<string, unknown>>; readonly cause?: unknown },
): PrivateImageError<RegistryErrorCode> {
  return new PrivateImageError<RegistryErrorCode>(code, `${repository}: ${what}`, {
    hint: details.hint,
    data: { repository, ...details.data },
    ...(details.cause === undefined ? {} : { cause: details.cause }),
  });
}

/** An error of the file system as one of the registry in `folder`; any other as it is. */
export function unusableFolder(folder: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (isPrivateImageError(error) || typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) return error;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return registryError('registry/unusable', folder, isFull ? 'there is no space left' : `it cannot be used (${code})`, {
    hint: isFull ? 'Free some space, or choose another folder.' : 'Choose a folder that this user can write.',
    cause: error,
  });
}
