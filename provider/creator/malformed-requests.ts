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
      const error = constrainedAutoPackage(text) ?? malformedIn(() => universe.request(text));
      return error === undefined ? [] : [{ text, error }];
    });
  if (faults.length === 0) return;
  const hints = [...new Set(faults.flatMap(({ error }) => error.hint ?? []))];
  const messages = [...new Set(faults.map(({ error }) => error.message))];
  throw new PrivateImageError('request/malformed', messages.join('; '), {
    ...(hints.length === 0 ? {} : { hint: hints.join(' ') }),
    data: { requests: faults.map(({ text }) => text) },
  });
}

/** An auto package stands for another package in each line: a version of all of them would be none. */
function constrainedAutoPackage(text: string): PrivateImageError | undefined {
  const name = /^([^\s<>=~@]+)\s*[<>=~]/u.exec(text.trim())?.[1];
  if (name === undefined || !isAutoName(name)) return undefined;
  return new PrivateImageError('request/malformed', `An auto package has no version: ${JSON.stringify(text)}`, {
    hint: `Write "${name}", which takes the newest that each line has, or the package of one line with its version.`,
    data: { request: text },
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
