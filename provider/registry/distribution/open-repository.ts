import pLimit from 'p-limit';
import type { LimitFunction } from 'p-limit';
import { digestOf, parseDigest } from '../../support/digest.js';
import type { Digest } from '../../support/digest.js';
import { parseManifest } from '../manifest-document.js';
import { registryError } from '../registry-error.js';
import type { Descriptor, Repository } from '../registry.js';
import type { BlobSource } from './blob-parts.js';
import { downloadBlob } from './download-blob.js';
import { assertComplete, describeManifest, digestOfReference, readManifest, writeManifest } from './manifests.js';
import type { ManifestMemory } from './manifests.js';
import { changeFallback } from './referrers-tag.js';
import { listReferrers } from './referrers.js';
import { removeManifests, removeTags } from './removal.js';
import { remember } from './remote.js';
import type { Remote } from './remote.js';
import { listTags } from './tag-list.js';
import { moveTags } from './tag-writer.js';
import { hasBlob, uploadBlob } from './upload-blob.js';

/** What a repository in a registry is worked on with. */
export interface RepositoryParts {
  readonly remote: Omit<Remote, 'signal'>;
  /** Ends everything. */
  readonly signal: AbortSignal;
  /** Longest time for one call, in milliseconds. */
  readonly deadline: number;
  /** The path in the registry of a repository below the same home. */
  readonly pathOf: (name: string) => string;
  /** Uploads at the same time, over all repositories of a registry. */
  readonly uploads: LimitFunction;
}

/** A repository in a registry. */
export function openRepository({ remote: parts, signal, deadline, pathOf, uploads }: RepositoryParts): Repository {
  const { reference, knowledge, session } = parts;
  const memory: ManifestMemory = new Map();
  const settled = new Map<string, Digest>();
  const coming = new Map<Digest, Promise<void>>();
  // Lists of referrers that this process has written itself; another writer may have overwritten one.
  const listed = new Map<Digest, Map<Digest, Descriptor>>();
  const lists = pLimit(1);

  /** Runs one call under the signal and a deadline, and says which of them ended it. */
  async function call<Result>(work: (remote: Remote) => Promise<Result>): Promise<Result> {
    const limit = AbortSignal.timeout(deadline);
    try {
      return await work({ ...parts, signal: AbortSignal.any([signal, limit]) });
    } catch (error) {
      throw endedBy(error, limit);
    }
  }

  function endedBy(error: unknown, limit: AbortSignal): unknown {
    if (signal.aborted) {
      return registryError('registry/aborted', session.repository, 'the work was given up on request', {
        hint: 'What was done so far is kept. Run it again to go on.',
        cause: error,
      });
    }
    if (!limit.aborted) return error;
    return registryError('registry/deadline', session.repository, `it took longer than ${deadline / 1000} seconds`, {
      hint: 'What was done so far is kept. Run it again to go on.',
      cause: error,
    });
  }

  function putBlob(
    blob: { readonly digest: Digest; readonly size: number },
    source: BlobSource,
    from: readonly string[],
    isNew: boolean,
  ): Promise<void> {
    const known = coming.get(blob.digest);
    if (known !== undefined) return known;
    const places = [knowledge.blobs, knowledge.named].flatMap((known) => [...(known.get(blob.digest) ?? [])]);
    const sources = [...new Set([...from.map(pathOf), ...places])]
      .filter((path) => path !== reference.path)
      .slice(0, 3);
    const work = uploads(() => call((remote) => uploadBlob(remote, blob, source, { sources, isNew }))).finally(() =>
      coming.delete(blob.digest),
    );
    coming.set(blob.digest, work);
    return work;
  }

  async function noteSubject(remote: Remote, subject: Digest, descriptor: Descriptor): Promise<void> {
    listed.set(subject, (listed.get(subject) ?? new Map<Digest, Descriptor>()).set(descriptor.digest, descriptor));
    await lists(() => changeFallback(remote, memory, subject, { added: [descriptor], removed: new Set() }));
  }

  /** Between our writing of a list and now, a writer that had read it before may have written it without what we added. */
  async function mendLists(remote: Remote): Promise<void> {
    for (const [subject, added] of listed) {
      await lists(() => changeFallback(remote, memory, subject, { added: [...added.values()], removed: new Set() }));
    }
    listed.clear();
  }

  return {
    reference: reference.text,
    expectWrites: () => session.expectWrites(reference.path),
    hasBlob: (digest) => call((remote) => hasBlob(remote, parseDigest(digest))),
    putBlob: ({ digest, size }, content, { file, mountFrom = [], isNew = false } = {}) => {
      const source = { content, ...(file === undefined ? {} : { file }) };
      return putBlob({ digest: parseDigest(digest), size }, source, mountFrom, isNew);
    },
    getBlob: (digest, size) => {
      parseDigest(digest);
      return downloadBlob({ ...parts, signal }, digest, size);
    },
    putManifest: (content, mediaType) =>
      call(async (remote) => {
        const document = parseManifest(content, mediaType, session.repository);
        const manifest = { digest: digestOf(content), content: Buffer.from(content), document };
        const descriptor = describeManifest(manifest);
        await assertComplete(remote, document);
        const { subject } = document;
        if (subject === undefined && (await digestOfReference(remote, manifest.digest)) !== undefined) {
          memory.set(manifest.digest, manifest);
          remember(remote, manifest.digest);
          return descriptor;
        }
        const { subjectNoted } = await writeManifest(remote, memory, manifest, manifest.digest);
        if (subject !== undefined && !subjectNoted && !knowledge.referrersApi) {
          await noteSubject(remote, subject, descriptor);
        }
        return descriptor;
      }),
    getManifest: (wanted) =>
      call(async (remote) => {
        const found = await readManifest(remote, memory, wanted);
        return found === undefined ? undefined : { descriptor: describeManifest(found), content: found.content };
      }),
    tags: (options = {}) => call((remote) => listTags(remote, settled, options)),
    tag: (moves) =>
      call(async (remote) => {
        await mendLists(remote);
        await moveTags(remote, memory, moves);
        for (const { tag, digest } of moves) if (settled.has(tag)) settled.set(tag, digest);
      }),
    untag: (tags) =>
      call((remote) => {
        for (const tag of tags) settled.delete(tag);
        return removeTags(remote, tags);
      }),
    referrers: (digest, artifactType) =>
      call((remote) => listReferrers(remote, memory, parseDigest(digest), artifactType)),
    deleteManifests: (digests) =>
      call((remote) => {
        settled.clear();
        for (const digest of digests) listed.delete(digest);
        return removeManifests(remote, memory, digests.map(parseDigest));
      }),
    blobUrl: (digest) => new URL(`/v2/${reference.path}/blobs/${parseDigest(digest)}`, reference.origin).href,
  };
}
