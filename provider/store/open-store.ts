import { readFileSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { ZodType } from 'zod';
import { type Digest, digestOf, hexOf, parseDigest, type SizedDigest } from '../support/digest.js';
import { readVerified, readWhole } from './blob-content.js';
import { assertExpected, blobWriter } from './blob-writer.js';
import { atOnce, writeAtomically } from './small-file.js';
import type { BlobWriter, Expected, Store } from './store.js';
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
      if (!(bytes instanceof Uint8Array)) return put(blobWriter(root, pathOf), bytes, expected);
      return bytes.length <= atOnce
        ? putAtOnce(root, pathOf, bytes, expected)
        : put(blobWriter(root, pathOf), piecesOf(bytes), expected);
    },
    putAtOnce: (content) => putAtOnce(root, pathOf, content, {}),
    write: () => blobWriter(root, pathOf),
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

async function put(writer: BlobWriter, content: AsyncIterable<Uint8Array>, expected: Expected): Promise<SizedDigest> {
  try {
    let size = 0;
    for await (const piece of content) {
      size += piece.length;
      if (expected.size !== undefined && size > expected.size) {
        throw mismatch(`expected ${expected.size} bytes, got more`);
      }
      writer.write(piece);
    }
    return writer.finish(expected);
  } finally {
    writer.abandon();
  }
}

/** What is written of a large content at a time, before everybody else on the thread has a turn. Bytes. */
const pieceSize = 1024 * 1024;

async function* piecesOf(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < content.length; offset += pieceSize) {
    yield content.subarray(offset, offset + pieceSize);
    await turn();
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
