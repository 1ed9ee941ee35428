import { digestOf, isDigest } from '../../support/digest.js';
import type { Digest } from '../../support/digest.js';
import { isPrivateImageError } from '../../support/errors.js';
import { maxManifestBytes, parseManifest } from '../manifest-document.js';
import type { ManifestDocument } from '../manifest-document.js';
import { registryError } from '../registry-error.js';
import type { Descriptor } from '../registry.js';
import { assertTag } from '../tag.js';
import { addressOf, forget, isKnown, remember, rememberNamed } from './remote.js';
import type { Remote } from './remote.js';
import { bodyOf } from './request.js';
import { hasBlob } from './upload-blob.js';

/** A manifest or index as it was read, verified. */
export interface ReadManifest {
  readonly digest: Digest;
  readonly content: Buffer;
  readonly document: ManifestDocument;
}

/** The documents that are read: https://github.com/opencontainers/image-spec and docker's schema 2. */
const mediaTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** The manifests that were read or put, by digest: what a digest names never changes. */
export type ManifestMemory = Map<Digest, ReadManifest>;

/** How many manifests are remembered. They have some kilobytes each. */
const longestMemory = 500;

/**
 * The manifest under a tag or digest; undefined when the registry says that there is none. Throws `registry/malformed` when it is none,
 * contradicts its media type or has another one than before, and `registry/mismatch` when it is not what its digest says.
 */
export async function readManifest(
  remote: Remote,
  memory: ManifestMemory,
  reference: string,
): Promise<ReadManifest | undefined> {
  const { session, signal } = remote;
  if (!isDigest(reference)) assertTag(session.repository, reference);
  const answer = await session.read({
    method: 'GET',
    url: addressOf(remote, `manifests/${reference}`),
    headers: { accept: mediaTypes.join(', ') },
    access: [{ repository: remote.reference.path, actions: ['pull'] }],
    expect: [200, 404],
    maxBytes: maxManifestBytes,
    signal,
  });
  if (answer.status === 404) return undefined;
  const { content } = answer;
  const digest = digestOf(content);
  const stated = isDigest(reference) ? reference : answer.headers['docker-content-digest'];
  if (stated !== undefined && stated !== digest)
    throw mismatch(remote, reference, `has the digest ${digest}, not ${stated}`);
  const mediaType = answer.headers['content-type']?.split(';', 1)[0]?.trim();
  const document = parseManifest(content, mediaType, session.repository);
  const known = memory.get(digest);
  if (known !== undefined && known.document.mediaType !== document.mediaType) {
    const types = `${known.document.mediaType} before, and now ${document.mediaType}`;
    throw registryError('registry/malformed', session.repository, `${digest} was called ${types}`, {
      hint: 'One document that is two things is read as one by some and as the other by others. Do not use it.',
      data: { digest },
    });
  }
  const read = { digest, content, document };
  for (const blob of document.blobs) rememberNamed(remote, blob.digest);
  keep(memory, read);
  return read;
}

/** As `readManifest` by digest, but without asking again for what is known. */
export async function recallManifest(
  remote: Remote,
  memory: ManifestMemory,
  digest: Digest,
): Promise<ReadManifest | undefined> {
  return memory.get(digest) ?? (await readManifest(remote, memory, digest));
}

/** The digest that a tag points to, or that is there; undefined when the registry says that there is none. */
export async function digestOfReference(remote: Remote, reference: string): Promise<Digest | undefined> {
  const answer = await remote.session.send({
    method: 'HEAD',
    url: addressOf(remote, `manifests/${reference}`),
    headers: { accept: mediaTypes.join(', ') },
    access: [{ repository: remote.reference.path, actions: ['pull'] }],
    expect: [200, 404],
    signal: remote.signal,
  });
  await answer.discard();
  if (answer.status === 404) return undefined;
  const digest = answer.headers['docker-content-digest'];
  if (digest !== undefined && isDigest(digest)) return digest;
  // Some registries say it only with the document.
  return (await readManifest(remote, new Map(), reference))?.digest;
}

/**
 * Puts a manifest under `reference`, its digest or a tag. All that it names has to be there. Gives back whether the registry says that
 * it has taken note of the subject. Throws `registry/missing` when a part of it is not there.
 */
export async function writeManifest(
  remote: Remote,
  memory: ManifestMemory,
  { digest, content, document }: ReadManifest,
  reference: string,
): Promise<{ readonly subjectNoted: boolean }> {
  const { session, signal } = remote;
  const answer = await session
    .send({
      method: 'PUT',
      url: addressOf(remote, `manifests/${reference}`),
      headers: { 'content-type': document.mediaType },
      body: bodyOf(content),
      access: [{ repository: remote.reference.path, actions: ['pull', 'push'] }],
      expect: [201, 200, 202, 204],
      signal,
    })
    .catch((error: unknown) => {
      // The registry misses something that was there: others have deleted it, so nothing is known any more.
      if (isPrivateImageError(error, 'registry/refused', 'registry/missing')) forget(remote);
      throw error;
    });
  await answer.discard();
  const stated = answer.headers['docker-content-digest'];
  if (stated !== undefined && stated !== digest)
    throw mismatch(remote, reference, `was taken for ${stated}, not ${digest}`);
  remember(remote, digest);
  keep(memory, { digest, content, document });
  return { subjectNoted: answer.headers['oci-subject'] !== undefined };
}

/** Throws `registry/missing` when something that `document` names is not in the repository. */
export async function assertComplete(remote: Remote, document: ManifestDocument): Promise<void> {
  for (const { digest } of document.manifests) {
    if (isKnown(remote, digest)) continue;
    if ((await digestOfReference(remote, digest)) === undefined) throw incomplete(remote, digest);
    remember(remote, digest);
  }
  for (const { digest, size } of document.blobs) {
    if (!(await hasBlob(remote, digest, size))) throw incomplete(remote, digest);
  }
}

/** A manifest's descriptor as the referrers API gives it: with its artifact type and its annotations. */
export function describeManifest({ digest, content, document }: ReadManifest): Descriptor {
  const { mediaType, artifactType, annotations } = document;
  return {
    mediaType,
    digest,
    size: content.length,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function keep(memory: ManifestMemory, read: ReadManifest): void {
  memory.delete(read.digest);
  memory.set(read.digest, read);
  for (const oldest of memory.keys()) {
    if (memory.size <= longestMemory) return;
    memory.delete(oldest);
  }
}

function incomplete(remote: Remote, digest: Digest): Error {
  return registryError(
    'registry/missing',
    remote.session.repository,
    `a manifest names ${digest}, which is not there`,
    {
      hint: 'Put the blobs of a manifest before the manifest.',
      data: { digest },
    },
  );
}

function mismatch(remote: Remote, reference: string, what: string): Error {
  return registryError('registry/mismatch', remote.session.repository, `${reference} ${what}`, {
    hint: 'The registry, or somebody on the way, has damaged it. Run it again; if it stays so, ask who runs the registry.',
    data: { reference },
  });
}
