import { Readable } from 'node:stream';
import type { EntryHeader } from '../packages/archive.js';
import { paddingOf, tarHeader } from './tar-writer.js';

/** An entry to write, with its content when it is a file. */
export interface WritableEntry extends EntryHeader {
  readonly body: AsyncIterable<Uint8Array>;
}

/** No content. */
export function emptyBody(): AsyncIterable<Uint8Array> {
  return Readable.from([]);
}

/** `content` as a body. */
export function bodyOf(content: Uint8Array): AsyncIterable<Uint8Array> {
  return Readable.from([content]);
}

/** The bytes of `entries` as tar, without the end of the archive, in pieces that depend on nothing but the bytes. */
export function tarOf(entries: AsyncIterable<WritableEntry> | Iterable<WritableEntry>): AsyncIterable<Uint8Array> {
  return inEqualPieces(tarPieces(entries), 1 << 16);
}

async function* tarPieces(entries: AsyncIterable<WritableEntry> | Iterable<WritableEntry>): AsyncGenerator<Uint8Array> {
  for await (const entry of entries) {
    yield tarHeader(entry);
    if (entry.type !== 'file') continue;
    let left = entry.size;
    for await (const chunk of entry.body) {
      left -= chunk.length;
      yield chunk;
    }
    if (left !== 0)
      throw new Error(`${entry.path} has ${entry.size - left} bytes of content where ${entry.size} were announced`);
    if (paddingOf(entry.size) > 0) yield Buffer.alloc(paddingOf(entry.size));
  }
}

/** Joins and cuts, so that compression is not called for every header and does not see how the content came in. */
async function* inEqualPieces(pieces: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let held = Buffer.allocUnsafe(size);
  let bytes = 0;
  for await (const piece of pieces) {
    for (let offset = 0; offset < piece.length; ) {
      const count = Math.min(size - bytes, piece.length - offset);
      held.set(piece.subarray(offset, offset + count), bytes);
      bytes += count;
      offset += count;
      if (bytes < size) continue;
      yield held;
      held = Buffer.allocUnsafe(size);
      bytes = 0;
    }
  }
  if (bytes > 0) yield held.subarray(0, bytes);
}
