import type { BuiltImage } from '../image/recipe.js';
import type { Repository } from '../registry/registry.js';
import type { SizedDigest } from '../support/digest.js';
import type { BuiltLine } from './build-line.js';
import type { Creator } from './creator.js';
import type { Plan, ResolvedLine } from './plan.js';
import { identityOf } from './plan-store.js';
import { indexMediaType } from './read-index.js';
import { sbomsOf } from './sboms.js';
import { manifestMediaType, putArtifact } from './artifact.js';

/** The artifact type of a line's plan, kept as a referrer of its index: the lock, and what a changelog is made from. */
export const planArtifactType = 'application/vnd.pulumi-private-image.plan.v1+json';

/** Where the SBOMs of a published line are read. */
export interface PublishedSboms {
  readonly whole: string;
  readonly byArchitecture: Readonly<Record<string, string>>;
}

/**
 * Puts a built line into its repository: blobs, manifests, the index, then its plan and its SBOMs as referrers. No tag is moved.
 * What is there already is not written again.
 */
export async function publishLine(
  creator: Creator,
  repository: Repository,
  plan: Plan,
  line: ResolvedLine,
  built: BuiltLine,
): Promise<PublishedSboms> {
  for (const image of built.images) await putImage(creator, repository, image);
  const index = await repository.putManifest(await creator.store.read(built.index.digest), indexMediaType);
  await putArtifact(repository, index, planArtifactType, identityOf(line));
  const byArchitecture: Record<string, string> = {};
  const sboms = await sbomsOf(creator, `${plan.tenant}/${plan.name}`, line, built);
  for (const { image, document } of sboms.images) {
    const subject = { mediaType: manifestMediaType, ...image.manifest };
    const blob = await putArtifact(repository, subject, sboms.mediaType, document);
    byArchitecture[image.architecture] = repository.blobUrl(blob.digest);
  }
  const whole = await putArtifact(repository, index, sboms.mediaType, sboms.whole);
  return { whole: repository.blobUrl(whole.digest), byArchitecture };
}

async function putImage(creator: Creator, repository: Repository, image: BuiltImage): Promise<void> {
  const blobs: readonly SizedDigest[] = [...image.layers, image.config];
  for (const blob of blobs) await repository.putBlob(blob, () => creator.store.open(blob.digest));
  await repository.putManifest(await creator.store.read(image.manifest.digest), manifestMediaType);
}
