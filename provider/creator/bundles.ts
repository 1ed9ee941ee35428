import type { z } from 'zod';
import { type Digest, digestOf, hexOf, isDigest } from '../support/digest.js';
import { PrivateImageError } from '../support/errors.js';
import { inParallel } from '../support/in-parallel.js';
import { manifestMediaType } from './artifact.js';
import { type Bundle, bundleContent, bundleManifestSchema, filesIn, parseBundle } from './bundle-manifest.js';
import { imagesWithBundle } from './bundle-usage.js';
import { type Claim, claimDigest, putClaim, readClaim } from './claim.js';
import type { Creator } from './creator.js';
import { warnOfKept } from './delete-builds.js';
import { bundleRepository } from './homes.js';
import type { PublishedBundle } from './published.js';
import type { BundleRequest } from './request.js';

export type BundleErrorCode = 'bundle/malformed-reference' | 'bundle/unknown' | 'bundle/damaged' | 'bundle/in-use';

const newestTag = 'latest';

/**
 * Puts a bundle's content into the store and gives the reference by which images can be planned with it. Nothing is published:
 * this may run in a preview.
 */
export async function planBundle(creator: Creator, request: BundleRequest): Promise<PublishedBundle> {
  const content = bundleContent(request);
  await creator.store.put(content.config);
  await creator.store.put(content.manifest, { digest: content.bundle.digest });
  for (const file of Object.values(request.files)) await creator.store.put(file);
  return publishedBundle(creator, content.bundle);
}

/**
 * Publishes a bundle as an OCI artifact, its newest version under the tag `latest`, and lets `claim` own it. Publishing the same content
 * again writes nothing. `tell` hears of the bundle when it is there by digest, before its tags are.
 */
export async function publishBundle(
  creator: Creator,
  request: BundleRequest,
  claim?: Claim,
  tell: (bundle: PublishedBundle) => void = () => undefined,
): Promise<PublishedBundle> {
  const published = await planBundle(creator, request);
  const content = bundleContent(request);
  const repository = bundleRepository(creator, request.name);
  repository.expectWrites();
  const config = { digest: digestOf(content.config), size: Buffer.byteLength(content.config) };
  for (const blob of [config, ...content.bundle.files])
    await repository.putBlob(blob, () => creator.store.open(blob.digest), { file: creator.store.pathOf(blob.digest) });
  const { digest } = await repository.putManifest(Buffer.from(content.manifest), manifestMediaType);
  tell(published);
  const wanted = [newestTag, versionTag(digest)].map((tag) => ({ tag, digest }));
  const standing = await repository.tags();
  const missing = wanted.filter(({ tag }) => standing.find((pointer) => pointer.tag === tag)?.digest !== digest);
  if (claim !== undefined) await putClaim(creator, repository, claim);
  if (missing.length > 0) await repository.tag(missing);
  return published;
}

/** The bundle that a reference names as it stands in the registry, or undefined when it is not there: what a refresh asks. */
export async function readBundle(creator: Creator, reference: string): Promise<PublishedBundle | undefined> {
  const { name, digest } = parseReference(creator, reference);
  if ((await bundleRepository(creator, name).getManifest(digest)) === undefined) return undefined;
  const bundle = await findBundle(creator, reference);
  return bundle === undefined ? undefined : publishedBundle(creator, bundle);
}

/**
 * The bundle that a reference names, with its files in the store: from the store where a preview put it, else from the registry.
 * Throws `bundle/unknown`, `bundle/malformed-reference`, `bundle/damaged`.
 */
export async function loadBundle(creator: Creator, reference: string): Promise<Bundle> {
  const bundle = await findBundle(creator, reference);
  if (bundle !== undefined) return bundle;
  throw new PrivateImageError<BundleErrorCode>('bundle/unknown', `There is no file bundle ${reference}`, {
    hint: 'Create it with a FileBundle in the same registry and tenant, and pass on its `reference`.',
    data: { reference },
  });
}

/**
 * Removes a bundle with all its versions, unless another owner has taken it over, as after a rename of the resource: then false. Throws
 * `bundle/in-use` with the images that were built with any of them.
 */
export async function removeBundle(creator: Creator, reference: string, owner?: string): Promise<boolean> {
  const { name, digest } = parseReference(creator, reference);
  const repository = bundleRepository(creator, name);
  if (owner !== undefined && ((await readClaim(repository)) ?? owner) !== owner) return false;
  const users = await imagesWithBundle(creator, name);
  if (users.length > 0) {
    throw new PrivateImageError<BundleErrorCode>(
      'bundle/in-use',
      `The file bundle ${creator.settings.tenant}/${name} is in use by ${users.join(', ')}`,
      { hint: 'Remove it from these images, or delete them, first.', data: { bundle: name, images: users } },
    );
  }
  const pointers = await repository.tags();
  const kept = [...(await repository.untag(pointers.map((pointer) => pointer.tag)))];
  // What was not published to its end has no tag.
  const untagged = owner === undefined ? [digest] : [digest, claimDigest(owner)];
  kept.push(
    ...(await repository.deleteManifests([...new Set([...pointers.map((pointer) => pointer.digest), ...untagged])])),
  );
  await warnOfKept(creator, repository, kept);
  return true;
}

/** Who owns the bundle of this name; undefined when nobody does. */
export function bundleOwner(creator: Creator, name: string): Promise<string | undefined> {
  return readClaim(bundleRepository(creator, name));
}

/** Each version keeps a tag of its own, so that none is ever lost: the first digits of its digest. */
function versionTag(digest: Digest): string {
  return `v-${hexOf(digest).slice(0, 16)}`;
}

/** The files of the bundle that a reference names, by its manifest alone; undefined when it is nowhere any more. Throws as `loadBundle`. */
export async function filesOfReference(
  creator: Creator,
  reference: string,
): Promise<PublishedBundle['files'] | undefined> {
  const manifest = await findManifest(creator, reference);
  return manifest === undefined ? undefined : filesIn(manifest);
}

async function findManifest(
  creator: Creator,
  reference: string,
): Promise<z.infer<typeof bundleManifestSchema> | undefined> {
  const { name, digest } = parseReference(creator, reference);
  const manifest = (await creator.store.has(digest))
    ? await creator.store.read(digest)
    : (await bundleRepository(creator, name).getManifest(digest))?.content;
  if (manifest === undefined) return undefined;
  const parsed = bundleManifestSchema.safeParse(parseJson(manifest));
  if (!parsed.success) throw damaged(reference, parsed.error);
  return parsed.data;
}

async function findBundle(creator: Creator, reference: string): Promise<Bundle | undefined> {
  const { name, digest } = parseReference(creator, reference);
  const repository = bundleRepository(creator, name);
  const manifest = await findManifest(creator, reference);
  if (manifest === undefined) return undefined;
  const fetch = async (blob: { readonly digest: Digest; readonly size: number }): Promise<void> => {
    if (await creator.store.has(blob.digest)) return;
    await creator.store.put(repository.getBlob(blob.digest), { digest: blob.digest, size: blob.size });
  };
  await inParallel([manifest.config, ...manifest.layers], fetch);
  const config = await creator.store.read(manifest.config.digest);
  const bundle = parseBundle(digest, manifest, config.toString('utf8'));
  if (bundle.name !== name) throw damaged(reference, new Error(`its content is named ${bundle.name}`));
  return bundle;
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function damaged(reference: string, cause: unknown): PrivateImageError {
  return new PrivateImageError<BundleErrorCode>('bundle/damaged', `${reference} is not a file bundle`, {
    cause,
    hint: 'Something else was written in its place: delete it and create the bundle again.',
    data: { reference },
  });
}

/**
 * `53/corporate-ca@sha256:…` in parts. The tenant is the provider's own: a bundle of another tenant is not reachable, and throws
 * `bundle/unknown`.
 */
function parseReference(creator: Creator, reference: string): { readonly name: string; readonly digest: Digest } {
  const match = /^(?<tenant>[^/@]+)\/(?<name>[a-z0-9-]+)@(?<digest>.+)$/u.exec(reference);
  const { tenant, name, digest } = match?.groups ?? {};
  if (name === undefined || digest === undefined || !isDigest(digest)) {
    throw new PrivateImageError<BundleErrorCode>(
      'bundle/malformed-reference',
      `Not a file bundle's reference: ${JSON.stringify(reference)}`,
      { hint: 'A reference is `<tenant>/<name>@sha256:…`, as `FileBundle.reference` gives it.' },
    );
  }
  const own = creator.settings.tenant;
  if (tenant === own) return { name, digest };
  throw new PrivateImageError<BundleErrorCode>('bundle/unknown', `${reference} is not a file bundle of tenant ${own}`, {
    hint: `Make a FileBundle in tenant ${own}: images take bundles of their own tenant alone.`,
    data: { reference, tenant: own },
  });
}

function publishedBundle(creator: Creator, bundle: Bundle): PublishedBundle {
  return {
    reference: `${creator.settings.tenant}/${bundle.name}@${bundle.digest}`,
    version: bundle.digest,
    files: bundle.files,
  };
}
