import { PrivateImageError } from '../support/errors.js';

/** What can be wrong with a repository of images. */
export type RegistryErrorCode =
  /** A blob, manifest or tag that is asked for is not there. */
  | 'registry/missing'
  /** A manifest or index that is no such document, or that contradicts itself. */
  | 'registry/malformed'
  /** Content that does not have the digest or size that it is to have. */
  | 'registry/mismatch'
  /** A tag that is no tag. */
  | 'registry/bad-tag'
  /** Another process does not let go of the repository. */
  | 'registry/locked'
  /** The folder of a layout cannot be read or written. */
  | 'registry/unusable';

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
