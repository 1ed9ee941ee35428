import { PrivateImageError } from '../support/errors.js';

/** What can be wrong when an image is put together. */
export type ImageErrorCode =
  /** Two packages bring the same path, and nothing says whose it is. */
  | 'image/file-conflict'
  /** A path that leaves the root, goes through a link, or that no layer may hold. */
  | 'image/unsafe-path'
  /** A device node, FIFO, or setuid program that nothing declares. */
  | 'image/special-file'
  /** The configuration asks for something that cannot be: an unknown user, a link to nothing. */
  | 'image/bad-configuration'
  /** A certificate that cannot be read. */
  | 'image/bad-certificate'
  /** A production image with a shell, package manager, compiler or core utility in it. */
  | 'image/not-distroless';

/** What an error of this room may carry. */
export interface ImageErrorDetails {
  readonly hint: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error about an image. */
export function imageError(
  code: ImageErrorCode,
  message: string,
  details: ImageErrorDetails,
): PrivateImageError<ImageErrorCode> {
  return new PrivateImageError<ImageErrorCode>(code, message, details);
}
