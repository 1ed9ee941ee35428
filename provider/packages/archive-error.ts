import { PrivateImageError } from '../support/errors.js';

/** What can be wrong with a package archive. */
export type ArchiveErrorCode =
  /** Bytes that are no archive of this kind: a bad magic, checksum, number or record. */
  | 'archive/malformed'
  /** The archive ends before it is complete. */
  | 'archive/truncated'
  /** There is something behind the end. */
  | 'archive/trailing-data'
  /** A name that leaves the root, or that no file of an image may have. */
  | 'archive/bad-name'
  /** A link whose target is outside, missing, or no file; or an entry beneath something that is no directory. */
  | 'archive/bad-link'
  /** Two entries of one name. */
  | 'archive/duplicate-entry'
  /** More bytes, entries or levels than allowed: a decompression bomb, or nearly one. */
  | 'archive/too-large'
  /** Two parts of the archive say different things. */
  | 'archive/contradiction'
  /** A form of archive that nobody should make any more, or that has no place in a package. */
  | 'archive/unsupported';

/** An error about an archive. `subject` says which one, as `package curl 7.88.1-10 amd64`. */
export function archiveError(
  code: ArchiveErrorCode,
  subject: string,
  what: string,
  data: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): PrivateImageError<ArchiveErrorCode> {
  return new PrivateImageError<ArchiveErrorCode>(code, `${subject}: ${what}`, {
    hint: 'The archive was refused and nothing of it is used. Report it to whoever publishes the package repository.',
    data: { archive: subject, ...data },
    ...(cause === undefined ? {} : { cause }),
  });
}
