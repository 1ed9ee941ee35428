import type { Repository } from '../registry/registry.js';
import type { Digest } from '../support/digest.js';
import { privateImageLabel, starterLabel } from './annotations.js';
import { claimTag, readClaim } from './claim.js';
import type { Creator } from './creator.js';
import { imageRepository } from './homes.js';
import { readIndex } from './read-index.js';

/** What is to be removed, and by whom. */
export interface Removal {
  readonly name: string;
  readonly starter: string;
  /** The resource that goes: the `owner` of its claim. */
  readonly owner: string;
}

/**
 * Removes an image: its tags, then its manifests with their referrers. When another resource has taken the repository over, as
 * after a replacement under the same name, only builds of a starter that this one does not share go; what is live stays.
 */
export async function removeImage(creator: Creator, removal: Removal): Promise<void> {
  const repository = imageRepository(creator, removal.name);
  const owner = await readClaim(repository);
  const isOwner = owner === undefined || owner === removal.owner;
  const liveStarters = isOwner ? new Set<string>() : await startersOf(repository, removal);
  if (liveStarters.has(removal.starter)) return;
  const pointers = await repository.tags();
  const digests = new Set<Digest>();
  for (const { digest } of pointers) {
    const index = await readIndex(repository, digest);
    if (index?.annotations[starterLabel] === removal.starter) digests.add(digest);
  }
  const tags = pointers.filter(({ digest }) => digests.has(digest)).map(({ tag }) => tag);
  const claim = isOwner ? pointers.filter(({ tag }) => tag === claimTag) : [];
  await repository.untag([...tags, ...claim.map(({ tag }) => tag)]);
  await repository.deleteManifests([...digests, ...claim.map(({ digest }) => digest)]);
}

/** The starters of what the floating tag `latest` points to: what the present owner has published. */
async function startersOf(repository: Repository, removal: Removal): Promise<ReadonlySet<string>> {
  const latest = (await repository.tags()).find(({ tag }) => tag === 'latest');
  const index = latest === undefined ? undefined : await readIndex(repository, latest.digest);
  if (index?.annotations[privateImageLabel] !== 'true') return new Set([removal.starter]);
  return new Set([index.annotations[starterLabel] ?? removal.starter]);
}
