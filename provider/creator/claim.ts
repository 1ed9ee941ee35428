import { z } from 'zod';
import type { Repository } from '../registry/registry.js';
import type { Digest } from '../support/digest.js';
import { annotatedDigest, putAnnotatedArtifact } from './artifact.js';
import type { Creator } from './creator.js';
import { deleteReplaced } from './delete-replaced.js';

/** Who stands behind a write to an image's repository. */
export interface Claim {
  /** The identity of the resource: given when it is created, kept for life. */
  readonly owner: string;
  /** The identity of this run, shown with each error. */
  readonly traceId: string;
  /** True where it replaces the resource whose repository this was: then nobody is surprised. */
  readonly isReplacement?: boolean;
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

/** Makes `claim.owner` the owner of the repository, unless it is already. To take it from another resource is warned of. */
export async function putClaim(creator: Creator, repository: Repository, claim: Claim): Promise<void> {
  const before = await repository.getManifest(claimTag);
  const owner = before === undefined ? undefined : ownerOf(before.content);
  if (owner === claim.owner) return;
  if (owner !== undefined && claim.isReplacement !== true) {
    creator.report({ kind: 'warning', message: takeover(repository.reference) });
  }
  const { digest } = await putAnnotatedArtifact(repository, claimArtifactType, { [ownerAnnotation]: claim.owner });
  await repository.tag([{ tag: claimTag, digest }]);
  if (before !== undefined) await deleteReplaced(repository, [before.descriptor.digest]);
}

/** What to say before, and when, a resource takes over what another has published. */
export function takeover(place: string): string {
  return `${place} belongs to another resource, of another stack or of an earlier run: this one takes it over, and its tags are moved. Where both are wanted, give one of them another name or tenant; an image that is to be kept as it is comes into a stack by \`pulumi import\``;
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
