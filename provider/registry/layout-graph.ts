import type { Digest } from '../support/digest.js';
import type { ManifestDocument } from './manifest-document.js';
import type { Descriptor } from './registry.js';

/** Reads a manifest that may be missing. */
export type ReadDocument = (digest: Digest, mediaType: string) => Promise<ManifestDocument | undefined>;

/** Everything that `roots` are made of: the manifests themselves, what they are over, their configs and layers. */
export async function reachableFrom(roots: Iterable<Descriptor>, read: ReadDocument): Promise<ReadonlySet<Digest>> {
  const reached = new Set<Digest>();
  const waiting: { readonly digest: Digest; readonly mediaType: string }[] = [...roots];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (reached.has(next.digest)) continue;
    reached.add(next.digest);
    const document = await read(next.digest, next.mediaType);
    if (document === undefined) continue;
    waiting.push(...document.manifests);
    for (const { digest } of document.blobs) reached.add(digest);
  }
  return reached;
}

/** What stays and what goes when manifests are deleted. */
export interface Removal {
  readonly kept: readonly Descriptor[];
  readonly garbage: ReadonlySet<Digest>;
}

/**
 * Takes `digests` out of `entries`, with the referrers of what is gone by that. Only what the removed manifests are made of is
 * garbage, so that blobs that another writer has just brought in are left alone.
 */
export async function removalOf(
  entries: readonly Descriptor[],
  digests: readonly Digest[],
  read: ReadDocument,
): Promise<Removal> {
  const gone = new Set(digests);
  let kept = entries.filter(({ digest }) => !gone.has(digest));
  let removed = entries.filter(({ digest }) => gone.has(digest));
  for (;;) {
    const needed = await reachableFrom(kept, read);
    const released = new Set(
      [...(await reachableFrom(removed, read)), ...gone].filter((digest) => !needed.has(digest)),
    );
    const orphans = new Set<Descriptor>();
    for (const entry of kept) {
      const subject = (await read(entry.digest, entry.mediaType))?.subject;
      if (subject !== undefined && released.has(subject)) orphans.add(entry);
    }
    if (orphans.size === 0) return { kept, garbage: released };
    kept = kept.filter((entry) => !orphans.has(entry));
    removed = [...removed, ...orphans];
  }
}
