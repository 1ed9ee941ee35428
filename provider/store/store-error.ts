import { PrivateImageError } from '../support/errors.js';

/** What can be wrong with the store. */
export type StoreErrorCode =
  | 'store/corrupt'
  | 'store/missing'
  | 'store/mismatch'
  | 'store/full'
  | 'store/denied'
  | 'store/failed';

/** The error for content that is not what was expected. */
export function mismatch(message: string): PrivateImageError<StoreErrorCode> {
  return new PrivateImageError<StoreErrorCode>('store/mismatch', `Content is not what was expected: ${message}`);
}

/** The error for what is not in the cache, or no longer. `subject` is what was looked for. */
export function missing(subject: string, cause?: unknown): PrivateImageError<StoreErrorCode> {
  return new PrivateImageError<StoreErrorCode>('store/missing', `Not in the cache: ${subject}`, {
    hint: 'It was deleted while in use; run again and it is fetched or built anew.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A file system error as ours; every other error as it is. `subject` is what was read or written. */
export function storeError(error: unknown, subject: string): unknown {
  switch (isRefusedFolder(error) ? 'EROFS' : errorCode(error)) {
    case 'ENOENT':
      return missing(subject, error);
    case 'ENOSPC':
    case 'EDQUOT':
      return new PrivateImageError<StoreErrorCode>('store/full', `No space left for the cache in ${subject}`, {
        hint: 'Free some space, or point XDG_CACHE_HOME (or the cache setting) at a larger disk.',
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new PrivateImageError<StoreErrorCode>('store/denied', `No permission to use the cache in ${subject}`, {
        hint: 'Point XDG_CACHE_HOME (or the cache setting) at a folder that this user can write.',
        cause: error,
      });
    case 'EEXIST':
    case 'EISDIR':
    case 'ENOTDIR':
    case 'ENOTEMPTY':
    case 'EIO':
      return new PrivateImageError<StoreErrorCode>('store/failed', `The cache in ${subject} cannot be used`, {
        cause: error,
      });
    default:
      return error;
  }
}

/** Node says that of a folder which is made with all above it where the file system lets nobody write: nothing was deleted. */
function isRefusedFolder(error: unknown): boolean {
  return errorCode(error) === 'ENOENT' && error instanceof Error && 'syscall' in error && error.syscall === 'mkdir';
}

/** The system's name of an error, as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
