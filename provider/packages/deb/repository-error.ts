import { PrivateImageError } from '../../support/errors.js';

/** What can be wrong with a Debian repository. */
export type RepositoryErrorCode =
  /** Not reached, or it does not have what its address promises. */
  | 'repository/unreachable'
  | 'repository/not-found'
  /** No signature where one has to be, or text beside the signed part. */
  | 'repository/unsigned'
  /** A signature that is not good, or no signature by its form. */
  | 'repository/bad-signature'
  /** Only signatures by keys that are not in the keyring. */
  | 'repository/untrusted-key'
  /** Signed by a trusted key that is expired or revoked, or the signature is expired. */
  | 'repository/expired-key'
  /** Signed with an algorithm that is broken. */
  | 'repository/weak-signature'
  /** The keyring has no key, or something that is none. */
  | 'repository/bad-keyring'
  /** Past its `Valid-Until`. */
  | 'repository/expired'
  /** Dated in the future. */
  | 'repository/not-yet-valid'
  /** Older than one that was seen before. */
  | 'repository/rolled-back'
  /** The index that the release names is not there, twice in a row. */
  | 'repository/changed-while-reading'
  /** A file that is not what the signed release says. */
  | 'repository/mismatch'
  /** A release or index that does not follow its format. */
  | 'repository/malformed'
  /** The release has no such component or architecture. */
  | 'repository/no-such-component'
  /** Only the store may be used, and it does not have the repository. */
  | 'repository/not-in-store';

/** An error about a Debian repository; `repository` names it, as `http://mirror/debian bookworm`, without credentials. */
export function repositoryError(
  code: RepositoryErrorCode,
  repository: string,
  what: string,
  details: { hint?: string; cause?: unknown; data?: Readonly<Record<string, unknown>> } = {},
): PrivateImageError<RepositoryErrorCode> {
  return new PrivateImageError<RepositoryErrorCode>(code, `${repository}: ${what}`, {
    ...details,
    data: { repository, ...details.data },
  });
}
