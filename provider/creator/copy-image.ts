import { fileURLToPath } from 'node:url';
import { parseManifest } from '../registry/manifest-document.js';
import { registryError } from '../registry/registry-error.js';
import type { Repository } from '../registry/registry.js';
import { cosignTag, isCosignTag } from '../signing/cosign-tag.js';
import { addLayers, taggedLayers } from '../signing/cosign-tags.js';
import type { Digest, SizedDigest } from '../support/digest.js';
import { inParallel } from '../support/in-parallel.js';
import type { Creator } from './creator.js';
import { byExactness } from './exactness.js';
import { largestFirst } from './largest-first.js';

/**
 * Copies what `tags` point to from one repository to another, with all that stands beside it: blobs, manifests, referrers, signatures
 * under older tags, and the tags last. What is there already is not written again, and signatures of others stay.
 */
export async function copyImage(
  creator: Creator,
  from: Repository,
  to: Repository,
  tags: Readonly<Record<string, Digest>>,
): Promise<void> {
  const signed = new Set((await from.tags({ only: isCosignTag })).map(({ tag }) => tag));
  const done = new Set<Digest>();

  async function copy(digest: Digest): Promise<void> {
    if (done.has(digest)) return;
    done.add(digest);
    const found = await from.getManifest(digest);
    if (found === undefined) {
      throw registryError('registry/missing', from.reference, `${digest} is not there to be copied`, {
        hint: 'Something deletes while this program publishes: run it again.',
        data: { digest },
      });
    }
    const { mediaType } = found.descriptor;
    const document = parseManifest(found.content, mediaType, from.reference);
    for (const child of document.manifests) await copy(child.digest);
    await copyBlobs(document.blobs);
    await to.putManifest(found.content, mediaType);
    for (const referrer of await from.referrers(digest)) await copy(referrer.digest);
    for (const suffix of ['sig', 'att'] as const) await copySignatures(digest, suffix);
  }

  async function copyBlobs(blobs: readonly SizedDigest[]): Promise<void> {
    await inParallel(
      largestFirst(blobs),
      async (blob) => {
        creator.signal.throwIfAborted();
        await to.putBlob(blob, () => contentOf(creator, from, blob), await fileOf(creator, from, blob));
      },
      creator.settings.concurrency,
    );
  }

  /** As they are where there are none; else they join those that others have put there. */
  async function copySignatures(subject: Digest, suffix: 'sig' | 'att'): Promise<void> {
    const tag = cosignTag(subject, suffix);
    if (!signed.has(tag)) return;
    const { manifest: digest, layers } = await taggedLayers(from, subject, suffix);
    if (digest === undefined) return;
    if ((await to.getManifest(tag)) === undefined) {
      await copy(digest);
      await to.tag([{ tag, digest }]);
      return;
    }
    await copyBlobs(layers);
    await addLayers(to, subject, suffix, layers);
  }

  for (const digest of new Set(Object.values(tags))) await copy(digest);
  const pointers = Object.entries(tags).map(([tag, digest]) => ({ tag, digest }));
  await to.tag(pointers.sort((left, right) => byExactness(left.tag, right.tag)));
}

async function* contentOf(creator: Creator, from: Repository, blob: SizedDigest): AsyncGenerator<Uint8Array> {
  yield* (await creator.store.has(blob.digest))
    ? creator.store.open(blob.digest)
    : from.getBlob(blob.digest, blob.size);
}

/** The file of a blob, where it is in the store or comes from a folder. */
async function fileOf(
  { store }: Creator,
  from: Repository,
  { digest }: SizedDigest,
): Promise<{ readonly file?: string }> {
  if (await store.has(digest)) return { file: store.pathOf(digest) };
  const url = from.blobUrl(digest);
  return url.startsWith('file:') ? { file: fileURLToPath(url) } : {};
}
