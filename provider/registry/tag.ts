import type { Digest } from '../support/digest.js';
import { registryError } from './registry-error.js';
import type { TagMove } from './registry.js';

const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/u;

/** Whether `text` can be a tag. */
export function isTag(text: string): boolean {
  return tagPattern.test(text);
}

/** Throws `registry/bad-tag` unless `tag` can be one. */
export function assertTag(repository: string, tag: string): void {
  if (isTag(tag)) return;
  throw registryError('registry/bad-tag', repository, `not a tag: ${JSON.stringify(tag)}`, {
    hint: 'A tag has up to 128 letters, digits, "_", "." and "-", and does not start with "." or "-".',
    data: { tag },
  });
}

/** Throws `registry/tag-moved` when `move` expects its tag elsewhere than at `actual`, and it is not at its goal already. */
export function assertExpected(repository: string, move: TagMove, actual: Digest | undefined): void {
  if (!('expected' in move) || actual === move.expected || actual === move.digest) return;
  throw tagMoved(repository, move, actual);
}

/** The error for a tag that points to `actual` and not to where it should. */
export function tagMoved(repository: string, move: TagMove, actual: Digest | undefined): Error {
  const { tag, digest, expected } = move;
  return registryError('registry/tag-moved', repository, `the tag ${tag} was moved by somebody else`, {
    hint: 'Refresh, look at what is published now, and run it again.',
    data: { tag, digest, ...(expected === undefined ? {} : { expected }), ...(actual === undefined ? {} : { actual }) },
  });
}
