import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Digest } from '../support/digest.js';
import type { Store } from './store.js';

/**
 * Does `work`, which reads the blob `digest` and may fail on what it finds in it. Who unpacks a damaged blob fails before its end,
 * where the store would have seen the damage: so the blob is hashed after a failure. When it is damaged the error is
 * `store/corrupt` (the blob is removed), and when it is gone `store/missing`; not what that looked like to the reader.
 */
export async function readingBlob<Result>(store: Store, digest: Digest, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    await finished(Readable.from(store.open(digest)).resume());
    throw error;
  }
}
