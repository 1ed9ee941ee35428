import type { Digest } from '../support/digest.js';
import { isPrivateImageError } from '../support/errors.js';
import type { Creator } from './creator.js';
import type { ResolvedLine } from './plan.js';

/** Most times that one line is begun: each further time something damaged has left the cache. */
const attempts = 5;

/**
 * Does `work` on a line, and does it again when the cache turns out to be damaged or to have lost something: what is damaged is
 * removed, and the next attempt fetches or makes it anew (BAD-INPUTS: a cache that is deleted or damaged while in use).
 */
export async function withMendedCache<Result>(
  creator: Creator,
  line: ResolvedLine,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts || creator.signal.aborted) throw error;
      const mended = isPrivateImageError(error, 'store/corrupt', 'store/missing') || (await dropDamaged(creator, line));
      if (!mended) throw error;
      creator.report({ kind: 'status', message: `mending the cache for ${line.line}` });
    }
  }
}

/**
 * Hashes the archives of a line, of which the damaged ones leave the store; true when there was one. Who unpacks a damaged archive
 * fails before its end, where the store would have seen that it is damaged.
 */
async function dropDamaged(creator: Creator, line: ResolvedLine): Promise<boolean> {
  const archives = line.architectures.flatMap(({ packages }) =>
    packages.map((planned): Digest => `sha256:${planned.package.archive.checksum.value}`),
  );
  let found = false;
  for (const archive of new Set(archives)) {
    if (!(await creator.store.has(archive))) continue;
    try {
      for await (const _ of creator.store.open(archive)) creator.signal.throwIfAborted();
    } catch (error) {
      if (!isPrivateImageError(error, 'store/corrupt', 'store/missing')) throw error;
      found = true;
    }
  }
  return found;
}
