import type { Repository } from '../registry/registry.js';
import { isCosignTag } from '../signing/cosign-tag.js';
import type { Digest } from '../support/digest.js';
import { privateImageLabel, starterLabel } from './annotations.js';
import { bundlesOf, dropUsage } from './bundle-usage.js';
import { claimDigest, claimTag, readClaim } from './claim.js';
import type { Creator } from './creator.js';
import { deleteBuilds, deleteTag, warnOfKept } from './delete-builds.js';
import { imageRepository } from './homes.js';
import { forEachMirror } from './mirrors.js';
import { readIndex } from './read-index.js';

/** What is to be removed, and by whom. */
export interface Removal {
  readonly name: string;
  readonly starter: string;
  /** The resource that goes: the `owner` of its claim. */
  readonly owner: string;
}

/**
 * Removes an image: its tags, then its manifests with their referrers and signatures; from its mirrors as well, where a failure is warned
 * of. When another resource has taken the repository over, as after a replacement under the same name, only builds of a starter that this
 * one does not share go; what is live stays, and where all of it does, this is false. What a registry cannot delete is warned of.
 */
export async function removeImage(creator: Creator, removal: Removal): Promise<boolean> {
  const repository = imageRepository(creator, removal.name);
  const used = await usedBundles(repository);
  const isRemoved = await removeFrom(creator, repository, removal);
  if (used.size > 0) await dropUsage(creator, removal.name, used, await usedBundles(repository));
  await forEachMirror(creator, removal.name, async (mirror) => {
    await removeFrom(creator, mirror, removal);
  });
  return isRemoved;
}

/** Removes those of `builds` that no tag leads to, as an unfinished publish has left them. What a registry cannot delete is warned of. */
export async function removeBuilds(creator: Creator, name: string, builds: readonly Digest[]): Promise<void> {
  const repository = imageRepository(creator, name);
  const tagged = new Set((await repository.tags()).map(({ digest }) => digest));
  await deleteBuilds(
    creator,
    repository,
    builds.filter((digest) => !tagged.has(digest)),
  );
}

async function usedBundles(repository: Repository): Promise<ReadonlySet<string>> {
  return new Set([...(await bundlesOf(repository)).values()].flat());
}

async function removeFrom(creator: Creator, repository: Repository, removal: Removal): Promise<boolean> {
  const owner = await readClaim(repository);
  const isOwner = owner === undefined || owner === removal.owner;
  const liveStarters = isOwner ? new Set<string>() : await startersOf(repository, removal);
  if (liveStarters.has(removal.starter)) return false;
  const digests = new Set<Digest>();
  for (const { digest } of await repository.tags({ only: (tag) => !isCosignTag(tag) })) {
    const index = await readIndex(repository, digest);
    if (index?.annotations[starterLabel] === removal.starter) digests.add(digest);
  }
  await deleteBuilds(creator, repository, digests);
  // The claim goes last: a removal that was cut off is known to be ours when it is done again.
  if (!isOwner) return true;
  await warnOfKept(creator, repository, [
    ...(await deleteTag(repository, claimTag)),
    ...(await repository.deleteManifests([claimDigest(removal.owner)])),
  ]);
  return true;
}

/** The starters of what the floating tag `latest` points to: what the present owner has published. */
async function startersOf(repository: Repository, removal: Removal): Promise<ReadonlySet<string>> {
  const latest = await repository.getManifest('latest');
  const index = latest === undefined ? undefined : await readIndex(repository, latest.descriptor.digest);
  if (index?.annotations[privateImageLabel] !== 'true') return new Set([removal.starter]);
  return new Set([index.annotations[starterLabel] ?? removal.starter]);
}
