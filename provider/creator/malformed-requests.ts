import { isAutoName } from '../resolver/auto.js';
import { isPrivateImageError, PrivateImageError } from '../support/errors.js';
import type { PackageSource } from './package-source.js';

/**
 * Throws `request/malformed` for all of `packages` that say nothing in the words of the repository's format: that is no fault of one line,
 * and none that a later run could find mended.
 */
export function refuseMalformedRequests(source: PackageSource, packages: readonly string[]): void {
  const universe = source.universe([], []);
  const faults = packages
    .filter((text) => !isAutoName(text))
    .flatMap((text) => {
      const error = malformedIn(() => universe.request(text));
      return error === undefined ? [] : [{ text, error }];
    });
  const [first] = faults;
  if (first === undefined) return;
  const messages = [...new Set(faults.map(({ error }) => error.message))];
  throw new PrivateImageError('request/malformed', messages.join('; '), {
    ...(first.error.hint === undefined ? {} : { hint: first.error.hint }),
    data: { requests: faults.map(({ text }) => text) },
  });
}

function malformedIn(read: () => unknown): PrivateImageError | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (isPrivateImageError(error, 'request/malformed')) return error;
    throw error;
  }
}
