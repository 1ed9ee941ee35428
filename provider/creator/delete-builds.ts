import type { Kept, Repository } from '../registry/registry.js';
import { cosignTag } from '../signing/cosign-tag.js';
import type { Digest } from '../support/digest.js';
import type { Creator } from './creator.js';
import { readIndex } from './read-index.js';

/**
 * Deletes builds by the digests of their indexes: the tags on them, manifests, referrers, and the older tags of their signatures. What a
 * tag on something else still leads to stays. What the registry cannot delete is warned of.
 */
export async function deleteBuilds(creator: Creator, repository: Repository, digests: Iterable<Digest>): Promise<void> {
  const builds = new Set(digests);
  if (builds.size === 0) return;
  const members = new Set(builds);
  for (const digest of builds) {
    for (const manifest of (await readIndex(repository, digest))?.manifests ?? []) members.add(manifest.digest);
  }
  const pointers = await repository.tags();
  const kept = [
    ...(await repository.untag(pointers.filter(({ digest }) => builds.has(digest)).map(({ tag }) => tag))),
    ...(await repository.deleteManifests([...builds])),
  ];
  for (const digest of members) {
    if ((await repository.getManifest(digest)) !== undefined) continue;
    for (const suffix of ['sig', 'att'] as const)
      kept.push(...(await deleteTag(repository, cosignTag(digest, suffix))));
  }
  await warnOfKept(creator, repository, kept);
}

/** Deletes a tag with the manifest under it. Gives what is still there. */
export async function deleteTag(repository: Repository, tag: string): Promise<readonly Kept[]> {
  const found = await repository.getManifest(tag);
  if (found === undefined) return [];
  return [...(await repository.untag([tag])), ...(await repository.deleteManifests([found.descriptor.digest]))];
}

/** Warns of what is still there; a tag that went with its manifest is not. */
export async function warnOfKept(creator: Creator, repository: Repository, kept: readonly Kept[]): Promise<void> {
  const left: Kept[] = [];
  for (const one of kept) if ((await repository.getManifest(one.reference)) !== undefined) left.push(one);
  const [first] = left;
  if (first === undefined) return;
  const others = left.length === 1 ? '' : ` and ${left.length - 1} more`;
  creator.report({
    kind: 'warning',
    message: `${repository.reference} keeps ${first.reference}${others}, which was to be deleted: ${first.reason}`,
  });
}
