import { z } from 'zod';
import type { Repository } from '../registry/registry.js';
import type { Digest } from '../support/digest.js';
import { annotatedDigest, putAnnotatedArtifact } from './artifact.js';
import { deleteReplaced } from './delete-replaced.js';

/** Who stands behind a write to an image's repository. */
export interface Claim {
  /** The identity of the resource: given when it is created, kept for life. */
  readonly owner: string;
  /** The identity of this run, shown with each error. */
  readonly traceId: string;
}

/**
 * The tag under which a repository says which resource owns it. After a replacement under the same name the new resource's claim
 * stands there, and the deletion of the old one leaves alone what is live.
 */
export const claimTag = 'private-image';
const claimArtifactType = 'application/vnd.pulumi-private-image.claim.v1+json';
const ownerAnnotation = 'dev.pulumi-private-image.owner';
const claimSchema = z.object({
  artifactType: z.literal(claimArtifactType),
  annotations: z.object({ [ownerAnnotation]: z.string() }),
});

/** Makes `claim.owner` the owner of the repository, unless it is already. */
export async function putClaim(repository: Repository, claim: Claim): Promise<void> {
  const before = await repository.getManifest(claimTag);
  if (before !== undefined && ownerOf(before.content) === claim.owner) return;
  const { digest } = await putAnnotatedArtifact(repository, claimArtifactType, { [ownerAnnotation]: claim.owner });
  await repository.tag([{ tag: claimTag, digest }]);
  if (before !== undefined) await deleteReplaced(repository, [before.descriptor.digest]);
}

/** The digest of the claim of `owner`: where putting it was cut off, it has no tag. */
export function claimDigest(owner: string): Digest {
  return annotatedDigest(claimArtifactType, { [ownerAnnotation]: owner });
}

/** The owner of a repository, or undefined when nobody has claimed it. */
export async function readClaim(repository: Repository): Promise<string | undefined> {
  const found = await repository.getManifest(claimTag);
  return found === undefined ? undefined : ownerOf(found.content);
}

function ownerOf(manifest: Buffer): string | undefined {
  const parsed = claimSchema.safeParse(JSON.parse(manifest.toString('utf8')));
  return parsed.success ? parsed.data.annotations[ownerAnnotation] : undefined;
}
