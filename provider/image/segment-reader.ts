import { readTar } from '../packages/tar.js';
import { readingBlob } from '../store/reading-blob.js';
import type { Store } from '../store/store.js';
import type { Digest } from '../support/digest.js';
import { gunzipMembers } from './gzip.js';
import type { Segment } from './segment.js';

/**
 * Puts the content of some files of a segment into the store, each under its own digest. `files` are paths with the digests of
 * their content; those that the store has are not read.
 */
export async function extractFiles(store: Store, segment: Segment, files: ReadonlyMap<string, Digest>): Promise<void> {
  const missing = new Map<string, Digest>();
  for (const [path, digest] of files) if (!(await store.has(digest))) missing.set(path, digest);
  if (missing.size === 0) return;
  await readingBlob(store, segment.blob.digest, () => extract(store, segment, missing));
}

/** Takes what it has found out of `missing`. */
async function extract(store: Store, segment: Segment, missing: Map<string, Digest>): Promise<void> {
  const limits = { subject: `segment ${segment.blob.digest}`, maxBytes: segment.tarSize, end: 'open' as const };
  for await (const entry of readTar(gunzipMembers(store.open(segment.blob.digest)), limits)) {
    const digest = missing.get(entry.path);
    if (digest === undefined) continue;
    await store.put(entry.body, { digest });
    missing.delete(entry.path);
    if (missing.size === 0) return;
  }
}
