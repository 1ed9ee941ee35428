import { createHash, randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, type Stats, statSync, writeSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ZodType } from 'zod';
import { type Digest, digestOf, hexOf, parseDigest, type SizedDigest } from '../support/digest.js';
import { readVerified, readWhole } from './blob-content.js';
import { atOnce, temporaryFolder, writeAtomically } from './small-file.js';
import type { Expected, Store } from './store.js';
import { errorCode, mismatch, storeError } from './store-error.js';

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
    has: async (digest) => Promise.resolve(sizeOfFile(pathOf(digest)) !== undefined),
    sizeOf: async (digest) => Promise.resolve(sizeOfFile(pathOf(digest))),
    put: async (content, expected = {}) => {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      return bytes instanceof Uint8Array && bytes.length <= atOnce
        ? putAtOnce(root, pathOf, bytes, expected)
        : put(root, pathOf, bytes, expected);
    },
    open: (digest) => readVerified(pathOf(digest), digest),
    read: (digest) => readWhole(pathOf(digest), digest),
    recall: async (kind, key, schema) => Promise.resolve(recall(factPath(kind, key), schema)),
    remember: async (kind, key, value) => {
      writeAtomically(root, factPath(kind, key), Buffer.from(`${JSON.stringify(value)}\n`));
      return Promise.resolve();
    },
  };
}

function sizeOfFile(file: string): number | undefined {
  let found: Stats | undefined;
  try {
    found = statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw storeError(error, file);
  }
  return found?.isFile() === true ? found.size : undefined;
}

function putAtOnce(
  root: string,
  pathOf: (digest: Digest) => string,
  content: Uint8Array,
  expected: Expected,
): SizedDigest {
  const written = { digest: digestOf(content), size: content.length };
  assertExpected(written, expected);
  writeAtomically(root, pathOf(written.digest), content);
  return written;
}

async function put(
  root: string,
  pathOf: (digest: Digest) => string,
  content: AsyncIterable<Uint8Array> | Uint8Array,
  expected: Expected,
): Promise<SizedDigest> {
  const temporary = await temporaryPath(root);
  const failures: unknown[] = [];
  try {
    const written = await writeHashed(temporary, chunksOf(content, failures), expected);
    assertExpected(written, expected);
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

function assertExpected(written: SizedDigest, { digest, size }: Expected): void {
  if (digest !== undefined && digest !== written.digest) {
    throw mismatch(`expected ${digest}, got ${written.digest}`);
  }
  if (size !== undefined && size !== written.size) throw mismatch(`expected ${size} bytes, got ${written.size}`);
}

async function writeHashed(file: string, content: AsyncIterable<Uint8Array>, expected: Expected): Promise<SizedDigest> {
  const hash = createHash('sha256');
  let size = 0;
  const handle = openSync(file, 'wx', 0o644);
  try {
    for await (const chunk of content) {
      size += chunk.length;
      if (expected.size !== undefined && size > expected.size) {
        throw mismatch(`expected ${expected.size} bytes, got more`);
      }
      hash.update(chunk);
      writeAll(handle, chunk);
    }
  } finally {
    closeSync(handle);
  }
  return { digest: `sha256:${hash.digest('hex')}`, size };
}

/** The content piece by piece; an error of its source is put into `failures` as well. */
async function* chunksOf(
  content: AsyncIterable<Uint8Array> | Uint8Array,
  failures: unknown[],
): AsyncGenerator<Uint8Array> {
  if (content instanceof Uint8Array) yield content;
  else {
    try {
      yield* content;
    } catch (error) {
      failures.push(error);
      throw error;
    }
  }
}

function recall<Value>(file: string, schema: ZodType<Value>): Value | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
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

function writeAll(handle: number, chunk: Uint8Array): void {
  for (let offset = 0; offset < chunk.length; ) offset += writeSync(handle, chunk, offset);
}

async function temporaryPath(root: string): Promise<string> {
  const folder = temporaryFolder(root);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw storeError(error, root);
  }
  return path.join(folder, randomUUID());
}
