import { digestOf, hexOf } from '../../support/digest.js';
import type { Digest } from '../../support/digest.js';
import { isPrivateImageError } from '../../support/errors.js';
import { parseManifest } from '../manifest-document.js';
import { registryError } from '../registry-error.js';
import type { Descriptor } from '../registry.js';
import { referrersSchema } from './answer-schema.js';
import { readManifest, writeManifest } from './manifests.js';
import type { ManifestMemory } from './manifests.js';
import { plainDescriptor } from '../manifest-document.js';
import type { Remote } from './remote.js';

const indexType = 'application/vnd.oci.image.index.v1+json';
/** How often a list is written again because somebody else wrote it at the same time. */
const mostTries = 6;

/**
 * The tag under which the referrers of a digest are listed where the registry has no API for it
 * (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema).
 */
export function fallbackTag(digest: Digest): string {
  return `sha256-${hexOf(digest)}`;
}

/** Whether a tag lists referrers. */
export function isFallbackTag(tag: string): boolean {
  return /^sha256-[0-9a-f]{64}$/u.test(tag);
}

/** What the tag lists, as it is said there, which need not be true; nothing when there is no such tag. Throws `registry/malformed`. */
export async function readFallback(
  remote: Remote,
  memory: ManifestMemory,
  subject: Digest,
): Promise<readonly Descriptor[]> {
  const found = await readManifest(remote, memory, fallbackTag(subject));
  if (found === undefined) return [];
  const parsed = referrersSchema.safeParse(JSON.parse(found.content.toString('utf8')));
  if (parsed.success && found.document.mediaType === indexType)
    return (parsed.data.manifests ?? []).map(plainDescriptor);
  throw registryError(
    'registry/malformed',
    remote.session.repository,
    `the tag ${fallbackTag(subject)} lists no referrers`,
    {
      hint: 'Something else uses this tag, which is reserved. Delete it.',
      data: { digest: subject },
    },
  );
}

/**
 * Brings `added` into the list of `subject`, and takes `removed` out of it, beside other writers: the list is read again after it was
 * written, and when it is not so, merged and written again. Gives back the list. Throws `registry/tag-moved` when they do not stop.
 */
export async function changeFallback(
  remote: Remote,
  memory: ManifestMemory,
  subject: Digest,
  change: { readonly added: readonly Descriptor[]; readonly removed: ReadonlySet<Digest> },
): Promise<void> {
  const { session, settings, signal } = remote;
  for (let tries = 1; ; tries += 1) {
    const before = await readFallback(remote, memory, subject);
    const after = merged(before, change.added, change.removed);
    if (isSame(before, after)) return;
    if (tries > mostTries) throw busy(remote, subject);
    if (tries > 1) {
      // Two that meet are not to meet again.
      const later = registryError('registry/unavailable', session.repository, 'another writer is at work', {
        hint: 'Run it again.',
        data: { temporary: true, retryAfter: (session.patience.pause / 1000) * tries * settings.random() },
      });
      await session.pause(later, 1, signal);
    }
    const content = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: after }));
    const document = parseManifest(content, indexType, session.repository);
    await writeManifest(remote, memory, { digest: digestOf(content), content, document }, fallbackTag(subject));
  }
}

function merged(
  before: readonly Descriptor[],
  added: readonly Descriptor[],
  removed: ReadonlySet<Digest>,
): readonly Descriptor[] {
  const all = new Map(before.map((descriptor) => [descriptor.digest, descriptor]));
  for (const descriptor of added) all.set(descriptor.digest, descriptor);
  for (const digest of removed) all.delete(digest);
  return [...all.values()].sort((left, right) => (left.digest < right.digest ? -1 : 1));
}

function isSame(left: readonly Descriptor[], right: readonly Descriptor[]): boolean {
  const digests = (list: readonly Descriptor[]): string =>
    JSON.stringify(list.map(({ digest, artifactType }) => [digest, artifactType]));
  return left.length === right.length && digests(merged(left, [], new Set())) === digests(right);
}

function busy(remote: Remote, subject: Digest): Error {
  return registryError(
    'registry/tag-moved',
    remote.session.repository,
    `others do not stop to write the tag ${fallbackTag(subject)}`,
    { hint: 'Run it again when they are done.', data: { digest: subject } },
  );
}

/** Whether `error` says that what a list names is damaged or gone, so that this entry of it counts for nothing. */
export function isUnreadable(error: unknown): boolean {
  return isPrivateImageError(error, 'registry/malformed', 'registry/mismatch');
}
