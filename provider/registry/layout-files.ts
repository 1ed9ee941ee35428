import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { digestOf, hexOf, parseDigest } from '../support/digest.js';
import { filePieces } from '../support/file-pieces.js';
import type { Digest, SizedDigest } from '../support/digest.js';
import { isPrivateImageError } from '../support/errors.js';
import { plainDescriptor } from './manifest-document.js';
import { registryError, unusableFolder } from './registry-error.js';
import type { Descriptor } from './registry.js';
import { layoutIndexSchema } from './schema.js';

/** The files of an OCI image layout (https://github.com/opencontainers/image-spec/blob/main/image-layout.md) in one folder. */
export interface LayoutFiles {
  /** The file that guards all writes. */
  readonly lockFile: string;
  blobPath(digest: Digest): string;
  /** Bytes; undefined when it is not there. */
  sizeOf(digest: Digest): Promise<number | undefined>;
  /** The content, hashed as it streams; throws `registry/mismatch` at its end when it is not the digest's. */
  readBlob(digest: Digest): AsyncIterable<Uint8Array>;
  /** Takes a blob in as a hard link to `source` when that works; false when it does not. */
  linkBlob(blob: SizedDigest, source: string): Promise<boolean>;
  writeBlob(blob: SizedDigest, content: AsyncIterable<Uint8Array>): Promise<void>;
  removeBlobs(digests: Iterable<Digest>): Promise<void>;
  readIndex(): Promise<readonly Descriptor[]>;
  /** Replaces the index in one step, after the rest of the layout is there. */
  writeIndex(manifests: readonly Descriptor[]): Promise<void>;
  /** Removes what a layout without manifests is made of, and its folder when nothing else is in it. */
  removeLayout(): Promise<void>;
}

const indexMediaType = 'application/vnd.oci.image.index.v1+json';
const refusals = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'ENOSYS', 'ENOENT', 'EACCES']);

/** The files of the layout in `folder`, which need not exist. */
export function layoutFiles(folder: string): LayoutFiles {
  const blobs = path.join(folder, 'blobs', 'sha256');
  const partial = path.join(folder, '.partial');
  const indexFile = path.join(folder, 'index.json');
  const versionFile = path.join(folder, 'oci-layout');
  const blobPath = (digest: Digest): string => path.join(blobs, hexOf(parseDigest(digest)));

  async function writeAtomically(
    target: string,
    content: AsyncIterable<Uint8Array>,
    expected?: SizedDigest,
  ): Promise<void> {
    await mkdir(partial, { recursive: true });
    await mkdir(path.dirname(target), { recursive: true });
    const temporary = path.join(partial, randomUUID());
    try {
      const written = await writeHashed(temporary, content);
      if (expected !== undefined) assertIs(folder, written, expected);
      await rename(temporary, target);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async function writeText(target: string, text: string): Promise<void> {
    await writeAtomically(target, once(Buffer.from(text)));
  }

  return {
    lockFile: path.join(folder, '.lock'),
    blobPath,
    sizeOf: (digest) => guarded(folder, () => sizeOfFile(blobPath(digest))),
    readBlob: (digest) => readVerified(folder, blobPath(digest), digest),
    linkBlob: (blob, source) =>
      guarded(folder, async () => {
        try {
          assertIs(folder, await hashFile(source, blob.size), blob);
          await mkdir(blobs, { recursive: true });
          await link(source, blobPath(blob.digest));
          return true;
        } catch (error) {
          if (errorCode(error) === 'EEXIST') return (await sizeOfFile(blobPath(blob.digest))) === blob.size;
          if (refusals.has(errorCode(error) ?? '') || isPrivateImageError(error, 'registry/mismatch')) return false;
          throw error;
        }
      }),
    writeBlob: (blob, content) => guarded(folder, () => writeAtomically(blobPath(blob.digest), content, blob)),
    removeBlobs: (digests) =>
      guarded(folder, async () => {
        for (const digest of digests) await rm(blobPath(digest), { force: true });
      }),
    readIndex: () => guarded(folder, () => readIndexFile(folder, indexFile)),
    writeIndex: (manifests) =>
      guarded(folder, async () => {
        if ((await sizeOfFile(versionFile)) === undefined)
          await writeText(versionFile, '{"imageLayoutVersion":"1.0.0"}');
        await writeText(indexFile, JSON.stringify({ schemaVersion: 2, mediaType: indexMediaType, manifests }));
      }),
    removeLayout: () =>
      guarded(folder, async () => {
        for (const file of [indexFile, versionFile]) await rm(file, { force: true });
        await rm(partial, { recursive: true, force: true });
        await rm(path.join(folder, '.lock'), { force: true });
        for (const directory of [blobs, path.dirname(blobs), folder]) await removeEmpty(directory);
      }),
  };
}

async function readIndexFile(folder: string, file: string): Promise<readonly Descriptor[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  const parsed = layoutIndexSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data.manifests.map(plainDescriptor);
  throw registryError(
    'registry/malformed',
    folder,
    `index.json is no image index: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`,
    {
      hint: 'The folder is no OCI image layout, or its index is damaged. Choose another folder, or restore the file.',
    },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function writeHashed(file: string, content: AsyncIterable<Uint8Array>): Promise<SizedDigest> {
  const hash = createHash('sha256');
  let size = 0;
  const handle = await open(file, 'wx', 0o644);
  try {
    for await (const chunk of content) {
      hash.update(chunk);
      size += chunk.length;
      await handle.writeFile(chunk);
    }
  } finally {
    await handle.close();
  }
  return { digest: `sha256:${hash.digest('hex')}`, size };
}

async function hashFile(file: string, likelySize: number): Promise<SizedDigest> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of filePieces(file, likelySize)) {
    hash.update(piece);
    size += piece.length;
  }
  return { digest: `sha256:${hash.digest('hex')}`, size };
}

async function* readVerified(folder: string, file: string, digest: Digest): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      yield chunk;
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw unusableFolder(folder, error);
    throw registryError('registry/missing', folder, `there is no blob ${digest}`, {
      hint: 'Publish the image again.',
      data: { digest },
    });
  }
  assertDigest(folder, `sha256:${hash.digest('hex')}`, digest);
}

function assertIs(folder: string, actual: SizedDigest, expected: SizedDigest): void {
  assertDigest(folder, actual.digest, expected.digest);
  if (actual.size === expected.size) return;
  throw registryError(
    'registry/mismatch',
    folder,
    `${expected.digest} has ${actual.size} bytes, not ${expected.size}`,
    {
      hint: 'The content is damaged. Publish it again.',
      data: { digest: expected.digest },
    },
  );
}

function assertDigest(folder: string, actual: Digest, expected: Digest): void {
  if (actual === expected) return;
  throw registryError('registry/mismatch', folder, `the content of ${expected} has the digest ${actual}`, {
    hint: 'The content is damaged. Publish it again.',
    data: { digest: expected, actual },
  });
}

async function sizeOfFile(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function removeEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    // Somebody's own files are in it, or somebody was quicker.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errorCode(error) ?? '')) throw error;
  }
}

/** Runs `work`; errors of the file system are told as ours. */
async function guarded<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw unusableFolder(folder, error);
  }
}

/** The digest and size of `content`. */
export function sized(content: Uint8Array): SizedDigest {
  return { digest: digestOf(content), size: content.length };
}

/** `content` as a stream. */
export function once(content: Uint8Array): AsyncIterable<Uint8Array> {
  return Readable.from([content]);
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
