import { describeError, isPrivateImageError, PrivateImageError } from '../support/errors.js';

/** What to throw to one who shows the message of an error and nothing else: causes and hint of one of ours are in its message. */
export function describedError(error: unknown): Error {
  if (!isPrivateImageError(error)) return error instanceof Error ? error : new Error(String(error));
  const { code, data } = error;
  return new PrivateImageError(code, describeError(error), { data });
}
