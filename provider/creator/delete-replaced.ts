import type { Repository } from '../registry/registry.js';
import type { Digest } from '../support/digest.js';
import { isPrivateImageError } from '../support/errors.js';

/**
 * Deletes manifests that have a successor, with the tags of them that are named. They stay where the registry does not delete, or lets us publish and
 * not delete: what is published is no worse for them.
 */
export async function deleteReplaced(
  repository: Repository,
  digests: readonly Digest[],
  tags: readonly string[] = [],
): Promise<void> {
  try {
    await repository.untag(tags);
    await repository.deleteManifests(digests);
  } catch (error) {
    if (!isPrivateImageError(error, 'registry/denied', 'registry/unauthorized')) throw error;
  }
}
