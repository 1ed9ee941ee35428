import { Readable } from 'node:stream';
import type { ArchiveEvent, EntryHeader } from '../packages/archive.js';
import { blockSize, paddingOf, tarHeader } from './tar-writer.js';

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

/** What is written of a tar at a time: compression is not called for every header, and does not see how the content came in. Bytes. */
const pieceSize = 1 << 16;

/** Packs the events of an archive as tar, in pieces of one size that depend on nothing but the bytes. */
export interface TarPacker {
  /** Adds an entry, when all of the content of the one before has been added, or the next bytes of that. */
  add(event: ArchiveEvent): void;
  /** The pieces that are full and have not been taken. */
  full(): readonly Uint8Array[];
  /** What is left, without the end of the archive. Throws when content is missing. */
  end(): readonly Uint8Array[];
}

/** A packer of one tar. */
export function tarPacker(): TarPacker {
  let full: Uint8Array[] = [];
  let held = Buffer.allocUnsafeSlow(pieceSize);
  let bytes = 0;
  let entry: EntryHeader | undefined;
  let left = 0;

  function write(piece: Uint8Array): void {
    for (let offset = 0; offset < piece.length; ) {
      const count = Math.min(pieceSize - bytes, piece.length - offset);
      held.set(count === piece.length ? piece : piece.subarray(offset, offset + count), bytes);
      bytes += count;
      offset += count;
      if (bytes < pieceSize) continue;
      full.push(held);
      held = Buffer.allocUnsafeSlow(pieceSize);
      bytes = 0;
    }
  }

  function add(event: ArchiveEvent): void {
    if (event instanceof Uint8Array) {
      left -= event.length;
      write(event);
    } else {
      assertWhole();
      entry = event;
      left = event.type === 'file' ? event.size : 0;
      write(tarHeader(event));
    }
    if (left === 0 && entry?.type === 'file') write(zeros.subarray(0, paddingOf(entry.size)));
  }

  function assertWhole(): void {
    if (left !== 0 && entry !== undefined)
      throw new Error(`${entry.path} has ${entry.size - left} bytes of content where ${entry.size} were announced`);
  }

  function take(): readonly Uint8Array[] {
    const taken = full;
    full = [];
    return taken;
  }

  function end(): readonly Uint8Array[] {
    assertWhole();
    return bytes === 0 ? take() : [...take(), held.subarray(0, bytes)];
  }

  return { add, full: take, end };
}

const zeros = new Uint8Array(blockSize);

/** The bytes of `entries` as tar, without the end of the archive, as `tarPacker` packs them. */
export async function* tarOf(
  entries: AsyncIterable<WritableEntry> | Iterable<WritableEntry>,
): AsyncGenerator<Uint8Array> {
  const packer = tarPacker();
  for await (const { body, ...header } of entries) {
    packer.add(header);
    if (header.type === 'file') {
      for await (const piece of body) {
        packer.add(piece);
        yield* packer.full();
      }
    }
    yield* packer.full();
  }
  yield* packer.end();
}
