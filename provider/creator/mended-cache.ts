import { isPrivateImageError } from '../support/errors.js';
import type { Creator } from './creator.js';

/**
 * Does `work`, and does it again when the cache turns out to be damaged or to have lost something: what is damaged has left the
 * cache, and the next attempt fetches or makes it anew. Gives up when the same thing is missing a second time.
 */
export async function withMendedCache<Result>(creator: Creator, work: () => Promise<Result>): Promise<Result> {
  const seen = new Set<string>();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isPrivateImageError(error, 'store/corrupt', 'store/missing') || seen.has(error.message)) throw error;
      seen.add(error.message);
      // An open suite reads its index from the cache piece by piece.
      creator.suites.clear();
      creator.report({ kind: 'status', message: 'mending the cache' });
    }
  }
}
