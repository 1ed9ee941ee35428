import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Repository } from '../registry/registry.js';
import { isDigest } from '../support/digest.js';
import { bundlesAnnotation } from './annotations.js';
import { putAnnotatedArtifact } from './artifact.js';
import type { Creator } from './creator.js';
import { deleteReplaced } from './delete-replaced.js';
import { bundleRepository, homeOf, imageRepository } from './homes.js';
import { readIndex } from './read-index.js';
import { hasTimestamp } from './tags.js';

const usageArtifactType = 'application/vnd.pulumi-private-image.file-bundle.usage.v1+json';
const imageAnnotation = 'dev.pulumi-private-image.used-by';
/** A bundle's repository has a tag for each image that uses it: a registry need not list its repositories. */
const usagePrefix = 'used-by-';

/**
 * Leaves word in the repository of each bundle that `image` uses it. To be done before the image can be seen to, so that no bundle in use
 * is ever without it; what is left of it after a crash says nothing by itself.
 */
export async function noteUsage(creator: Creator, image: string, references: Iterable<string>): Promise<void> {
  for (const reference of references) {
    const [name, digest] = partsOf(reference);
    const repository = bundleRepository(creator, name);
    // A bundle that is in the store alone cannot be deleted.
    if (digest === undefined || !isDigest(digest) || (await repository.getManifest(digest)) === undefined) continue;
    const tag = `${usagePrefix}${image}`;
    if ((await repository.getManifest(tag)) !== undefined) continue;
    const usage = await putAnnotatedArtifact(repository, usageArtifactType, { [imageAnnotation]: image });
    await repository.tag([{ tag, digest: usage.digest }]);
  }
}

/** Takes that word back from all bundles of `before` that are none of `now`. */
export async function dropUsage(
  creator: Creator,
  image: string,
  before: Iterable<string>,
  now: Iterable<string>,
): Promise<void> {
  const names = new Set([...before].map((reference) => partsOf(reference)[0]));
  for (const reference of now) names.delete(partsOf(reference)[0]);
  for (const name of names) {
    const repository = bundleRepository(creator, name);
    const tag = `${usagePrefix}${image}`;
    const found = await repository.getManifest(tag);
    if (found !== undefined) await deleteReplaced(repository, [found.descriptor.digest], [tag]);
  }
}

/** The references of the bundles that the current builds of an image hold. Digests that only a timestamp tag names are history. */
export async function bundlesOf(repository: Repository): Promise<ReadonlyMap<string, readonly string[]>> {
  const pointers = await repository.tags({ only: (tag) => !hasTimestamp(tag) });
  const found = new Map<string, readonly string[]>();
  for (const { tag, digest } of pointers) {
    const references = (await readIndex(repository, digest))?.annotations[bundlesAnnotation]?.split(' ') ?? [];
    if (references.length > 0) found.set(tag, references);
  }
  return found;
}

/** The tenant's images whose current builds hold any version of the bundle, as `53/web:8.4`, sorted. */
export async function imagesWithBundle(creator: Creator, bundle: string): Promise<readonly string[]> {
  const { tenant } = creator.settings;
  const users: string[] = [];
  for (const image of await candidates(creator, bundle)) {
    for (const [tag, references] of await bundlesOf(imageRepository(creator, image))) {
      if (!references.some((reference) => reference.startsWith(`${tenant}/${bundle}@`))) continue;
      users.push(`${tenant}/${image}:${tag}`);
      break;
    }
  }
  return users;
}

/** The images that may use a bundle: all that left word, and in a folder, where it costs nothing, all there are. */
async function candidates(creator: Creator, bundle: string): Promise<readonly string[]> {
  const tags = await bundleRepository(creator, bundle).tags({ only: (tag) => tag.startsWith(usagePrefix) });
  const names = new Set(tags.map(({ tag }) => tag.slice(usagePrefix.length)));
  const home = homeOf(creator);
  if (home.kind === 'layout') {
    const folders = await readdir(path.join(home.reference, creator.settings.tenant)).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    });
    for (const folder of folders) if (folder !== 'file_bundle') names.add(folder);
  }
  return [...names].sort();
}

/** Name and digest of `53/corporate-ca@sha256:…`. */
function partsOf(reference: string): readonly [string, string | undefined] {
  const [name = '', digest] = reference.split('@', 2);
  return [name.slice(name.indexOf('/') + 1), digest];
}
