import type { Digest } from '../../support/digest.js';
import { isPrivateImageError } from '../../support/errors.js';
import { reachableFrom } from '../layout-graph.js';
import type { ManifestDocument } from '../manifest-document.js';
import type { Descriptor, Kept } from '../registry.js';
import { digestOfReference, readManifest, recallManifest } from './manifests.js';
import type { ManifestMemory } from './manifests.js';
import { changeFallback, fallbackTag, isUnreadable } from './referrers-tag.js';
import { listReferrers } from './referrers.js';
import { addressOf, forget } from './remote.js';
import type { Remote } from './remote.js';
import { listTags } from './tag-list.js';

/** What registries answer that do not delete: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#content-management */
const cannotStatuses = [400, 405, 501];

/** Removes tags. Gives back those that the registry does not remove without the manifest under them. */
export async function removeTags(remote: Remote, tags: readonly string[]): Promise<readonly Kept[]> {
  const kept: Kept[] = [];
  for (const tag of tags) {
    const before = await digestOfReference(remote, tag);
    if (before === undefined) continue;
    const refusal = await remove(remote, tag);
    if (refusal !== undefined) kept.push({ reference: tag, reason: refusal });
  }
  return kept;
}

/**
 * Removes manifests by digest; then what they are over and their referrers, where nothing that a tag leads to needs them. What a digest
 * is made of beyond that, the registry collects by itself. Gives back what it does not delete.
 */
export async function removeManifests(
  remote: Remote,
  memory: ManifestMemory,
  digests: readonly Digest[],
): Promise<readonly Kept[]> {
  const going = await goingWith(remote, memory, digests);
  const kept: Kept[] = [];
  // What is over others goes before them, so that nothing is there that is incomplete.
  for (const digest of going) {
    const subject = (await readable(remote, memory, digest))?.subject;
    const refusal = await remove(remote, digest);
    if (refusal !== undefined) kept.push({ reference: digest, reason: refusal });
    else {
      memory.delete(digest);
      if (subject !== undefined && !going.has(subject)) await unlist(remote, memory, subject, digest);
    }
    kept.push(...(await removeList(remote, memory, digest)));
  }
  forget(remote);
  return kept;
}

/** All manifests that go when `digests` go: first those, then what they are over, then referrers of all of these. */
async function goingWith(
  remote: Remote,
  memory: ManifestMemory,
  digests: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  const wanted = new Set(digests);
  const read = (digest: Digest): Promise<ManifestDocument | undefined> => readable(remote, memory, digest);
  const tags = await listTags(remote, new Map(), {});
  const roots = tags.filter(({ digest }) => !wanted.has(digest)).map(({ digest }) => described(digest));
  const needed = await reachableFrom(roots, read);
  const going = new Set<Digest>();
  const waiting = digests.filter((digest) => !needed.has(digest));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (going.has(next) || needed.has(next)) continue;
    going.add(next);
    waiting.push(...((await read(next))?.manifests ?? []).map(({ digest }) => digest));
    waiting.push(...(await listReferrers(remote, memory, next)).map(({ digest }) => digest));
  }
  return going;
}

/** A manifest that is damaged names nothing; it can be deleted all the same. */
async function readable(remote: Remote, memory: ManifestMemory, digest: Digest): Promise<ManifestDocument | undefined> {
  try {
    return (await recallManifest(remote, memory, digest))?.document;
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}

/** Takes a referrer that is gone out of the list of its subject, which stays. */
async function unlist(remote: Remote, memory: ManifestMemory, subject: Digest, digest: Digest): Promise<void> {
  if ((await digestOfReference(remote, fallbackTag(subject))) === undefined) return;
  await changeFallback(remote, memory, subject, { added: [], removed: new Set([digest]) });
}

/** Removes the list of the referrers of a digest that is gone. */
async function removeList(remote: Remote, memory: ManifestMemory, digest: Digest): Promise<readonly Kept[]> {
  const tag = fallbackTag(digest);
  if (await isGone(remote, tag)) return [];
  const list = await readManifest(remote, memory, tag).catch((error: unknown) => {
    if (isUnreadable(error)) return undefined;
    throw error;
  });
  await remove(remote, tag);
  if (list !== undefined) await remove(remote, list.digest);
  return (await isGone(remote, tag)) ? [] : [{ reference: tag, reason: 'the registry does not delete tags' }];
}

async function isGone(remote: Remote, tag: string): Promise<boolean> {
  return (await digestOfReference(remote, tag)) === undefined;
}

/** Deletes a tag or a manifest; why not, when the registry does not do that. */
async function remove(remote: Remote, reference: string): Promise<string | undefined> {
  const { session, signal } = remote;
  try {
    const answer = await session.send({
      method: 'DELETE',
      url: addressOf(remote, `manifests/${reference}`),
      access: [{ repository: remote.reference.path, actions: ['delete', 'pull'] }],
      expect: [200, 202, 204, 404],
      signal,
    });
    await answer.discard();
    return undefined;
  } catch (error) {
    if (!isPrivateImageError(error, 'registry/refused')) throw error;
    if (!cannotStatuses.some((status) => status === error.data['status'])) throw error;
    return error.message;
  }
}

function described(digest: Digest): Descriptor {
  return { digest, size: 0, mediaType: '' };
}
