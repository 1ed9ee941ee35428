import { PrivateImageError } from '../../support/errors.js';
import type { ErrorDetails } from '../../support/errors.js';

/** Every error code that the apk format raises, beside those of archives (`../archive-error.ts`). */
export type ApkErrorCode =
  /** A request that is no package atom. */
  | 'request/malformed'
  /** An index, or a package in it, that is not what the format asks for. */
  | 'repository/malformed'
  /** An index without a signature. */
  | 'repository/unsigned'
  /** An index that is signed, but by no key of the keyring. */
  | 'repository/untrusted-key'
  /** A signature in the name of a trusted key that is not its own. */
  | 'repository/bad-signature'
  /** A key that cannot be used: of the wrong kind, too small, private, or not the pinned one. */
  | 'repository/unusable-key'
  /** An index that cannot be fetched. */
  | 'repository/unreachable'
  /** An index that is older than one that was seen before. */
  | 'repository/rolled-back'
  /** Nothing of the repository is in the store, and the network is off. */
  | 'repository/not-stored'
  /** An archive that is not the one the index speaks of. */
  | 'archive/checksum-mismatch'
  /** Text that is no installed database. */
  | 'database/malformed';

/** An error of this room; its message names the repository, package or path. */
export function apkError(
  code: ApkErrorCode,
  message: string,
  details: ErrorDetails = {},
): PrivateImageError<ApkErrorCode> {
  return new PrivateImageError<ApkErrorCode>(code, message, details);
}
