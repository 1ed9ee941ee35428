import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ZodType } from 'zod';
import { type Digest, digestOf, hexOf, parseDigest, type SizedDigest } from '../support/digest.js';
import { PrivateImageError } from '../support/errors.js';
import type { Expected, Store } from './store.js';

type StoreErrorCode =
  | 'store/corrupt'
  | 'store/missing'
  | 'store/mismatch'
  | 'store/full'
  | 'store/denied'
  | 'store/failed';

/** Opens the store in `root` (absolute), which need not exist yet. Nothing is read or written until it is asked for. */
export function openStore(root: string): Store {
  const pathOf = (digest: Digest): string => {
    const hex = hexOf(parseDigest(digest));
    return path.join(root, 'sha256', hex.slice(0, 2), hex);
  };
  const factPath = (kind: string, key: string): string => {
    const hex = hexOf(digestOf(`${kind}\n${key}`));
    return path.join(root, 'facts', kind.replaceAll(/[^a-z0-9-]/gu, '-'), hex.slice(0, 2), `${hex}.json`);
  };
  return {
    root,
    pathOf,
    has: async (digest) => (await sizeOfFile(pathOf(digest))) !== undefined,
    sizeOf: (digest) => sizeOfFile(pathOf(digest)),
    put: (content, expected) => put(root, pathOf, content, expected ?? {}),
    open: (digest) => readVerified(pathOf(digest), digest),
    read: (digest) => readWhole(pathOf(digest), digest),
    recall: (kind, key, schema) => recall(factPath(kind, key), schema),
    remember: (kind, key, value) => writeAtomically(root, factPath(kind, key), `${JSON.stringify(value)}\n`),
  };
}

async function sizeOfFile(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw storeError(error, file);
  }
}

async function put(
  root: string,
  pathOf: (digest: Digest) => string,
  content: AsyncIterable<Uint8Array> | Uint8Array | string,
  expected: Expected,
): Promise<SizedDigest> {
  const temporary = await temporaryPath(root);
  const failures: unknown[] = [];
  try {
    const written = await writeHashed(temporary, chunksOf(content, failures), expected);
    if (expected.digest !== undefined && expected.digest !== written.digest) {
      throw mismatch(`expected ${expected.digest}, got ${written.digest}`);
    }
    if (expected.size !== undefined && expected.size !== written.size) {
      throw mismatch(`expected ${expected.size} bytes, got ${written.size}`);
    }
    const target = pathOf(written.digest);
    await mkdir(path.dirname(target), { recursive: true });
    await rename(temporary, target);
    return written;
  } catch (error) {
    await rm(temporary, { force: true });
    // What the content's source says is no word about the store, though it may be a file system's as well.
    throw failures.includes(error) ? error : storeError(error, root);
  }
}

async function writeHashed(file: string, content: AsyncIterable<Uint8Array>, expected: Expected): Promise<SizedDigest> {
  const hash = createHash('sha256');
  let size = 0;
  const handle = await open(file, 'wx', 0o644);
  try {
    for await (const chunk of content) {
      size += chunk.length;
      if (expected.size !== undefined && size > expected.size) {
        throw mismatch(`expected ${expected.size} bytes, got more`);
      }
      hash.update(chunk);
      await writeAll(handle, chunk);
    }
  } finally {
    await handle.close();
  }
  return { digest: `sha256:${hash.digest('hex')}`, size };
}

/** The content piece by piece; an error of its source is put into `failures` as well. */
async function* chunksOf(
  content: AsyncIterable<Uint8Array> | Uint8Array | string,
  failures: unknown[],
): AsyncGenerator<Uint8Array> {
  if (typeof content === 'string') yield Buffer.from(content);
  else if (content instanceof Uint8Array) yield content;
  else {
    try {
      yield* content;
    } catch (error) {
      failures.push(error);
      throw error;
    }
  }
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, offset);
    offset += bytesWritten;
  }
}

async function* readVerified(file: string, digest: Digest): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      yield chunk;
    }
  } catch (error) {
    throw storeError(error, digest);
  }
  if (`sha256:${hash.digest('hex')}` !== digest) throw await removeCorrupt(file, digest);
}

/** One buffer of the blob's size is all that is held. */
async function readWhole(file: string, digest: Digest): Promise<Buffer> {
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (error) {
    throw storeError(error, digest);
  }
  if (digestOf(content) !== digest) throw await removeCorrupt(file, digest);
  return content;
}

async function removeCorrupt(file: string, digest: Digest): Promise<Error> {
  await rm(file, { force: true });
  return new PrivateImageError<StoreErrorCode>('store/corrupt', `The cached blob ${digest} is damaged`, {
    hint: 'It has been removed from the cache; run again and it is fetched or built anew.',
    data: { digest, path: file },
  });
}

async function recall<Value>(file: string, schema: ZodType<Value>): Promise<Value | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw storeError(error, file);
  }
  // A damaged or outdated fact is as good as none: it is derived again.
  const parsed = schema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function writeAtomically(root: string, file: string, content: string): Promise<void> {
  const temporary = await temporaryPath(root);
  try {
    const handle = await open(temporary, 'wx', 0o644);
    try {
      await writeAll(handle, Buffer.from(content));
    } finally {
      await handle.close();
    }
    await mkdir(path.dirname(file), { recursive: true });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw storeError(error, file);
  }
}

async function temporaryPath(root: string): Promise<string> {
  const folder = path.join(root, 'tmp');
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw storeError(error, root);
  }
  return path.join(folder, randomUUID());
}

function mismatch(message: string): PrivateImageError<StoreErrorCode> {
  return new PrivateImageError<StoreErrorCode>('store/mismatch', `Content is not what was expected: ${message}`);
}

/** A file system error as ours; every other error as it is. */
function storeError(error: unknown, subject: string): unknown {
  switch (errorCode(error)) {
    case 'ENOENT':
      return new PrivateImageError<StoreErrorCode>('store/missing', `Not in the cache: ${subject}`, {
        hint: 'It was deleted while in use; run again and it is fetched or built anew.',
        cause: error,
      });
    case 'ENOSPC':
    case 'EDQUOT':
      return new PrivateImageError<StoreErrorCode>('store/full', `No space left for the cache in ${subject}`, {
        hint: 'Free some space, or point XDG_CACHE_HOME (or the cache setting) at a larger disk.',
        cause: error,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new PrivateImageError<StoreErrorCode>('store/denied', `No permission to use the cache in ${subject}`, {
        hint: 'Point XDG_CACHE_HOME (or the cache setting) at a folder that this user can write.',
        cause: error,
      });
    case 'EEXIST':
    case 'EISDIR':
    case 'ENOTDIR':
    case 'ENOTEMPTY':
    case 'EIO':
      return new PrivateImageError<StoreErrorCode>('store/failed', `The cache in ${subject} cannot be used`, {
        cause: error,
      });
    default:
      return error;
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
