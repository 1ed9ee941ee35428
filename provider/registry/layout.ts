import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDigest } from '../support/digest.js';
import type { Digest } from '../support/digest.js';
import { withLock } from './folder-lock.js';
import { layoutFiles, once, sized } from './layout-files.js';
import { reachableFrom, removalOf } from './layout-graph.js';
import { maxManifestBytes, parseManifest } from './manifest-document.js';
import type { ManifestDocument } from './manifest-document.js';
import { registryError } from './registry-error.js';
import type { Descriptor, Repository, TagPointer } from './registry.js';
import { assertExpected, assertTag } from './tag.js';

/** How a layout is opened. */
export interface LayoutOptions {
  /** The path of a file that holds the blob already, to be linked instead of written again. */
  readonly link?: (digest: Digest) => string | undefined;
}

const refName = 'org.opencontainers.image.ref.name';

/**
 * The OCI image layout in `folder` (absolute, made when something is first written) as a repository. Tags are `ref.name`
 * annotations in `index.json`; manifests that no tag and no other manifest leads to are listed there without one. Several
 * processes may write at once: every change of the index is made under a lock, and seen whole or not at all.
 *
 * Throws `registry/missing`, `registry/malformed`, `registry/mismatch`, `registry/bad-tag`, `registry/locked`,
 * `registry/unusable`.
 */
export function openLayout(folder: string, options: LayoutOptions = {}): Repository {
  const files = layoutFiles(folder);
  // What a digest names never changes.
  const documents = new Map<Digest, ManifestDocument>();

  async function readContent(digest: Digest): Promise<Buffer | undefined> {
    const size = await files.sizeOf(digest);
    if (size === undefined || size > maxManifestBytes) return undefined;
    const chunks: Uint8Array[] = [];
    for await (const chunk of files.readBlob(digest)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async function readDocument(digest: Digest, mediaType?: string): Promise<ManifestDocument | undefined> {
    const known = documents.get(digest);
    if (known !== undefined) return known;
    const content = await readContent(digest);
    if (content === undefined) return undefined;
    const document = parseManifest(content, mediaType, folder);
    documents.set(digest, document);
    return document;
  }

  function change(work: (entries: readonly Descriptor[]) => Promise<readonly Descriptor[]>): Promise<void> {
    return withLock(files.lockFile, folder, async () => {
      const entries = await files.readIndex();
      const next = [...(await work(entries))].sort(byTagAndDigest);
      if (next.length === 0) await files.removeLayout();
      else if (JSON.stringify(next) !== JSON.stringify(entries)) await files.writeIndex(next);
    });
  }

  /** Lists manifests without a tag when nothing else leads to them any more. */
  async function keepReachable(
    entries: readonly Descriptor[],
    candidates: readonly Descriptor[],
  ): Promise<readonly Descriptor[]> {
    const reached = await reachableFrom(entries, readDocument);
    const lost = new Map(
      candidates.filter(({ digest }) => !reached.has(digest)).map((entry) => [entry.digest, withoutTag(entry)]),
    );
    return [...entries, ...lost.values()];
  }

  async function hasBlob(digest: Digest): Promise<boolean> {
    return (await files.sizeOf(digest)) !== undefined;
  }

  async function assertComplete(document: ManifestDocument): Promise<void> {
    for (const { digest, size } of [...document.manifests, ...document.blobs]) {
      const found = await files.sizeOf(digest);
      if (found !== undefined && found === size) continue;
      const what = found === undefined ? 'is not there' : `has ${found} bytes, not ${size}`;
      throw registryError('registry/missing', folder, `a manifest names ${digest}, which ${what}`, {
        hint: 'Put the blobs of a manifest before the manifest.',
        data: { digest },
      });
    }
  }

  return {
    reference: folder,
    expectWrites: () => undefined,
    hasBlob,
    putBlob: async (blob, content) => {
      if ((await files.sizeOf(blob.digest)) === blob.size) return;
      const source = options.link?.(blob.digest);
      if (source !== undefined && (await files.linkBlob(blob, source))) return;
      await files.writeBlob(blob, content());
    },
    getBlob: (digest, size) => readSized(digest, size),
    putManifest: async (content, mediaType) => {
      const document = parseManifest(content, mediaType, folder);
      const blob = sized(content);
      const descriptor: Descriptor = {
        mediaType,
        ...blob,
        ...(document.artifactType === undefined ? {} : { artifactType: document.artifactType }),
      };
      await change(async (entries) => {
        await assertComplete(document);
        if (!(await hasBlob(blob.digest))) await files.writeBlob(blob, once(content));
        const children = new Set(document.manifests.map(({ digest }) => digest));
        // What the new index is over is found through it.
        const others = entries.filter(
          (entry) => tagOf(entry) !== undefined || entry.artifactType !== undefined || !children.has(entry.digest),
        );
        return keepReachable(others, [descriptor]);
      });
      return descriptor;
    },
    getManifest: async (reference) => {
      const entries = await files.readIndex();
      if (!isDigest(reference)) assertTag(folder, reference);
      const entry = entries.find((one) => (isDigest(reference) ? one.digest === reference : tagOf(one) === reference));
      const digest = isDigest(reference) ? reference : entry?.digest;
      const content = digest === undefined ? undefined : await readContent(digest);
      if (digest === undefined || content === undefined) return undefined;
      const document = parseManifest(content, entry?.mediaType, folder);
      return { descriptor: describe({ mediaType: document.mediaType, ...sized(content) }, document), content };
    },
    tags: async ({ only = () => true } = {}) => {
      const entries = await files.readIndex();
      const pointers = entries.flatMap((entry) => pointerOf(entry)).filter(({ tag }) => only(tag));
      return pointers.sort((left, right) => (left.tag < right.tag ? -1 : 1));
    },
    tag: async (pointers) => {
      for (const { tag } of pointers) assertTag(folder, tag);
      await change(async (entries) => {
        const now = new Map(entries.flatMap((entry) => pointerOf(entry)).map(({ tag, digest }) => [tag, digest]));
        for (const move of pointers) assertExpected(folder, move, now.get(move.tag));
        const moved = new Set(pointers.map(({ tag }) => tag));
        const replaced = entries.filter((entry) => moved.has(tagOf(entry) ?? ''));
        const targets = new Set(pointers.map(({ digest }) => digest));
        const others = entries.filter((entry) => {
          const tag = tagOf(entry);
          return tag === undefined ? entry.artifactType !== undefined || !targets.has(entry.digest) : !moved.has(tag);
        });
        const added = await Promise.all(pointers.map((pointer) => tagged(pointer)));
        return keepReachable([...others, ...added], replaced);
      });
    },
    untag: async (tags) => {
      if ((await files.readIndex()).length === 0) return [];
      await change((entries) => {
        const isUntagged = (entry: Descriptor): boolean => tags.includes(tagOf(entry) ?? '');
        return keepReachable(
          entries.filter((entry) => !isUntagged(entry)),
          entries.filter(isUntagged),
        );
      });
      return [];
    },
    referrers: async (digest, artifactType) => {
      const found = new Map<Digest, Descriptor>();
      for (const entry of await files.readIndex()) {
        const document = await readDocument(entry.digest, entry.mediaType);
        if (document?.subject !== digest) continue;
        if (artifactType === undefined || document.artifactType === artifactType)
          found.set(entry.digest, describe(withoutTag(entry), document));
      }
      return [...found.values()].sort(byTagAndDigest);
    },
    deleteManifests: async (digests) => {
      if ((await files.readIndex()).length === 0) return [];
      await change(async (entries) => {
        const { kept, garbage } = await removalOf(entries, digests, readDocument);
        const next = await keepReachable(kept, []);
        // The index first: a crash leaves blobs that nobody needs, never a manifest without its blobs.
        if (next.length > 0) await files.writeIndex([...next].sort(byTagAndDigest));
        await files.removeBlobs(garbage);
        for (const digest of garbage) documents.delete(digest);
        return next;
      });
      return [];
    },
    blobUrl: (digest) => pathToFileURL(path.resolve(files.blobPath(digest))).href,
  };

  async function* readSized(digest: Digest, size: number | undefined): AsyncGenerator<Uint8Array> {
    const found = size === undefined ? undefined : await files.sizeOf(digest);
    if (found !== undefined && found !== size) {
      throw registryError('registry/mismatch', folder, `${digest} has ${found} bytes, not ${size ?? 0}`, {
        hint: 'The content is damaged. Publish it again.',
        data: { digest },
      });
    }
    yield* files.readBlob(digest);
  }

  async function tagged({ tag, digest }: TagPointer): Promise<Descriptor> {
    const size = await files.sizeOf(digest);
    const document = await readDocument(digest);
    if (size === undefined || document === undefined) {
      throw registryError('registry/missing', folder, `the tag ${tag} cannot point to ${digest}, which is not there`, {
        hint: 'Put the manifest before its tags.',
        data: { tag, digest },
      });
    }
    return { mediaType: document.mediaType, digest, size, annotations: { [refName]: tag } };
  }
}

function tagOf(entry: Descriptor): string | undefined {
  return entry.annotations?.[refName];
}

function pointerOf(entry: Descriptor): readonly TagPointer[] {
  const tag = tagOf(entry);
  return tag === undefined ? [] : [{ tag, digest: entry.digest }];
}

function withoutTag({ annotations, ...entry }: Descriptor): Descriptor {
  const { [refName]: _, ...rest } = annotations ?? {};
  return Object.keys(rest).length === 0 ? entry : { ...entry, annotations: rest };
}

/** A manifest's descriptor as the referrers API gives it: with its artifact type and its annotations. */
function describe({ mediaType, digest, size }: Descriptor, document: ManifestDocument): Descriptor {
  const { artifactType, annotations } = document;
  return {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function byTagAndDigest(left: Descriptor, right: Descriptor): number {
  const leftKey = `${tagOf(left) ?? '~'} ${left.digest}`;
  const rightKey = `${tagOf(right) ?? '~'} ${right.digest}`;
  return leftKey < rightKey ? -1 : leftKey > rightKey ? 1 : 0;
}
