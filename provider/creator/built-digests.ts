import type { Store } from '../store/store.js';
import type { Digest } from '../support/digest.js';
import { findBuiltLine } from './build-line.js';
import { isResolved } from './plan.js';
import { loadPlan } from './plan-store.js';
import { productionOf } from './variant.js';

/**
 * The digests that the plan under `digest` gives, line to digest, when each of its lines was built before and is in the store still.
 * Undefined when that cannot be said of all of them: nothing is built or fetched to know it. Throws `plan/missing`.
 */
export async function builtDigests(
  store: Store,
  digest: Digest,
): Promise<Readonly<Record<string, Digest>> | undefined> {
  const { lines } = await loadPlan(store, digest);
  const digests: [string, Digest][] = [];
  for (const line of lines) {
    // What becomes of a line that fails is decided by the registry: it may have a last good build.
    const built = isResolved(line) ? await findBuiltLine(store, productionOf(line)) : undefined;
    if (built === undefined) return undefined;
    digests.push([line.line, built.index.digest]);
  }
  return Object.fromEntries(digests);
}
