import type { Digest } from '../../support/digest.js';
import { isPrivateImageError } from '../../support/errors.js';
import { inParallel } from '../../support/in-parallel.js';
import { plainDescriptor } from '../manifest-document.js';
import type { Descriptor } from '../registry.js';
import { referrersSchema } from './answer-schema.js';
import { describeManifest, recallManifest } from './manifests.js';
import type { ManifestMemory } from './manifests.js';
import { readPages } from './pages.js';
import { isUnreadable, readFallback } from './referrers-tag.js';
import { addressOf } from './remote.js';
import type { Remote } from './remote.js';

/**
 * The manifests whose subject is `digest`, sorted by digest: by the API, or where the registry has none, as the tag of the digest lists
 * them. What a list says of an artifact type counts for nothing without the manifest saying so too.
 */
export async function listReferrers(
  remote: Remote,
  memory: ManifestMemory,
  digest: Digest,
  artifactType?: string,
): Promise<readonly Descriptor[]> {
  const byApi = await readApi(remote, digest, artifactType);
  const found = byApi ?? (await verified(remote, memory, digest, await readFallback(remote, memory, digest)));
  // Whether the registry has filtered by itself is of no interest: to filter what is filtered changes nothing.
  const wanted = found.filter((descriptor) => artifactType === undefined || descriptor.artifactType === artifactType);
  return [...wanted].sort((left, right) => (left.digest < right.digest ? -1 : 1));
}

/** What the API lists; undefined when the registry has none. */
async function readApi(
  remote: Remote,
  digest: Digest,
  artifactType: string | undefined,
): Promise<readonly Descriptor[] | undefined> {
  const first = addressOf(remote, `referrers/${digest}`);
  if (artifactType !== undefined) first.search = `?artifactType=${encodeURIComponent(artifactType)}`;
  const pages = await readPages(remote, { first, schema: referrersSchema, absent: [400, 404, 405, 501] }).catch(
    (error: unknown) => {
      // A web site for people answers to every address, with a page that is no list.
      if (isPrivateImageError(error, 'registry/malformed')) return undefined;
      throw error;
    },
  );
  if (pages === undefined) return undefined;
  remote.knowledge.referrersApi = true;
  return pages.flatMap(({ page }) => (page.manifests ?? []).map(plainDescriptor));
}

/** The descriptors of those manifests that are there and have the subject, as they say themselves. */
async function verified(
  remote: Remote,
  memory: ManifestMemory,
  subject: Digest,
  listed: readonly Descriptor[],
): Promise<readonly Descriptor[]> {
  const found = await inParallel(
    listed,
    async ({ digest }) => {
      const manifest = await recallManifest(remote, memory, digest).catch((error: unknown) => {
        if (isUnreadable(error)) return undefined;
        throw error;
      });
      return manifest?.document.subject === subject ? [describeManifest(manifest)] : [];
    },
    remote.settings.concurrency,
  );
  return found.flat();
}
