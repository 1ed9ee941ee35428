import { once } from 'node:events';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import type { InflateRaw } from 'node:zlib';
import { archiveError } from '../archive-error.js';
import { unpackWithZlib } from '../zlib-stream.js';

/** One member of a file of concatenated gzip members. */
export interface GzipMember {
  /** Where the member begins in the file, in bytes. */
  readonly offset: number;
  /** The inflated content, to be read once and to its end; checksum and length are verified there. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Takes a file of gzip members apart, exactly to the byte, without holding it in memory. */
export interface GzipReader {
  /**
   * The next member, or undefined at the end of the file. The content of the one before has to be read. `tap` is
   * given the member's compressed bytes, neither more nor less.
   */
  next(maxBytes: number, tap?: (compressed: Uint8Array) => void): Promise<GzipMember | undefined>;
  /** What is left of the file, compressed as it is. */
  rest(): AsyncIterable<Uint8Array>;
  /** How many bytes of the file the members so far took up. */
  offset(): number;
  /** Ends the source without reading on. */
  close(): Promise<void>;
}

/** Deflate gives at most 1032 bytes for one, so that a slice stays below 17 MiB inflated. */
const sliceSize = 16 * 1024;
/** What is inflated at once, on the calling thread. Bytes. */
const shortContent = 1024 * 1024;
const maxHeaderText = 64 * 1024;

const flag = { headerChecksum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };

/**
 * A reader of the gzip members in `source` (https://www.rfc-editor.org/rfc/rfc1952). `subject` says which archive
 * this is.
 *
 * Throws `archive/malformed`, `archive/truncated`, `archive/trailing-data` (something behind a member that is no
 * member) and `archive/too-large` (more than `maxBytes` inflated).
 */
export function gzipReader(source: AsyncIterable<Uint8Array>, subject: string): GzipReader {
  const cursor = cursorOf(source, subject);

  async function next(
    maxBytes: number,
    tap: (compressed: Uint8Array) => void = ignore,
  ): Promise<GzipMember | undefined> {
    const offset = cursor.offset();
    if ((await cursor.peek()) === undefined) return undefined;
    cursor.tap = tap;
    await readHeader(cursor, subject, offset > 0);
    return { offset, content: inflate(cursor, maxBytes, subject) };
  }

  return { next, rest: () => cursor.rest(), offset: () => cursor.offset(), close: () => cursor.close() };
}

/** The content of all members in `source`, one after the other, as gzip itself reads a file of several. Throws as `gzipReader` does. */
export async function* inflateMembers(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
  subject: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = maxBytes;
  for await (const chunk of unpackWithZlib(source, 'gzip', subject)) {
    left -= chunk.length;
    if (left < 0) throw tooLarge(maxBytes, subject);
    yield chunk;
  }
}

interface Cursor {
  tap: (compressed: Uint8Array) => void;
  /** The bytes at hand, not yet taken; undefined at the end of the source. */
  peek(): Promise<Uint8Array | undefined>;
  /** Passes over `count` of the bytes at hand. */
  take(count: number): void;
  byte(): Promise<number>;
  rest(): AsyncIterable<Uint8Array>;
  offset(): number;
  close(): Promise<void>;
}

function cursorOf(source: AsyncIterable<Uint8Array>, subject: string): Cursor {
  const iterator = source[Symbol.asyncIterator]();
  let chunk: Uint8Array = new Uint8Array(0);
  let offset = 0;
  let done = false;

  async function peek(): Promise<Uint8Array | undefined> {
    while (chunk.length === 0) {
      if (done) return undefined;
      const result = await iterator.next();
      if (result.done === true) done = true;
      else chunk = result.value;
    }
    return chunk;
  }

  function take(count: number): void {
    cursor.tap(chunk.subarray(0, count));
    chunk = chunk.subarray(count);
    offset += count;
  }

  async function byte(): Promise<number> {
    const value = (await peek())?.[0];
    if (value === undefined) throw archiveError('archive/truncated', subject, 'a gzip member ends too early');
    take(1);
    return value;
  }

  async function* rest(): AsyncGenerator<Uint8Array> {
    cursor.tap = ignore;
    for (let bytes = await peek(); bytes !== undefined; bytes = await peek()) {
      take(bytes.length);
      yield bytes;
    }
  }

  async function close(): Promise<void> {
    if (done) return;
    done = true;
    chunk = new Uint8Array(0);
    await iterator.return?.();
  }

  const cursor: Cursor = { tap: ignore, peek, take, byte, rest, offset: () => offset, close };
  return cursor;
}

async function readHeader(cursor: Cursor, subject: string, behindAnother: boolean): Promise<void> {
  const fixed: number[] = [];
  for (let index = 0; index < 10; index += 1) {
    fixed.push(await cursor.byte());
    if (index === 1 && (fixed[0] !== 0x1f || fixed[1] !== 0x8b)) {
      if (behindAnother)
        throw archiveError('archive/trailing-data', subject, 'there is something behind a gzip member that is none');
      throw archiveError('archive/malformed', subject, 'this is no gzip file');
    }
  }
  const flags = fixed[3] ?? 0;
  if (fixed[2] !== 8 || (flags & flag.reserved) !== 0) {
    throw archiveError('archive/malformed', subject, 'a gzip member is compressed in an unknown way');
  }
  if ((flags & flag.extra) !== 0) {
    const length = (await cursor.byte()) + 256 * (await cursor.byte());
    for (let index = 0; index < length; index += 1) await cursor.byte();
  }
  if ((flags & flag.name) !== 0) await skipText(cursor, subject);
  if ((flags & flag.comment) !== 0) await skipText(cursor, subject);
  if ((flags & flag.headerChecksum) !== 0) {
    await cursor.byte();
    await cursor.byte();
  }
}

async function skipText(cursor: Cursor, subject: string): Promise<void> {
  for (let length = 0; length < maxHeaderText; length += 1) {
    if ((await cursor.byte()) === 0) return;
  }
  throw archiveError('archive/malformed', subject, 'a gzip member has a name without an end');
}

async function* inflate(
  cursor: Cursor,
  maxBytes: number,
  subject: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  let checksum = 0;
  for await (const chunk of inflated(cursor, maxBytes, subject)) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes, subject);
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  const expectedChecksum = await readWord(cursor);
  const expectedLength = await readWord(cursor);
  cursor.tap = ignore;
  if (expectedChecksum !== checksum || expectedLength !== bytes % 2 ** 32) {
    throw archiveError('archive/malformed', subject, 'a gzip member does not have its checksum');
  }
}

/** What a member holds, its compressed bytes taken from the cursor, neither more nor less. */
async function* inflated(
  cursor: Cursor,
  maxBytes: number,
  subject: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const short = inflatedAtOnce(await cursor.peek(), Math.min(maxBytes, shortContent));
  if (short === undefined) {
    yield* inflatedInSlices(cursor, subject);
    return;
  }
  cursor.take(short.engine.bytesWritten);
  if (short.buffer.length > 0) yield short.buffer;
}

/** What zlib gives with `info`, which its types do not know of. */
interface WithEngine {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** A short member that is at hand as a whole; undefined for all others, and for what is wrong, which is told slice by slice. */
function inflatedAtOnce(atHand: Uint8Array | undefined, maxBytes: number): WithEngine | undefined {
  if (atHand === undefined || maxBytes === 0) return undefined;
  try {
    return inflateRawSync(atHand, { info: true, maxOutputLength: maxBytes }) as unknown as WithEngine;
  } catch {
    return undefined;
  }
}

async function* inflatedInSlices(cursor: Cursor, subject: string): AsyncGenerator<Uint8Array, void, undefined> {
  const engine = createInflateRaw({ chunkSize: 64 * 1024 });
  const ready: Buffer[] = [];
  engine.on('data', (chunk: Buffer) => ready.push(chunk));
  // Every error is met where a slice is written; without a listener it would end the process as well.
  engine.on('error', ignore);
  const state = { ended: false };
  engine.once('end', () => {
    state.ended = true;
  });
  try {
    while (!state.ended) {
      const slice = (await cursor.peek())?.subarray(0, sliceSize);
      if (slice === undefined) throw archiveError('archive/truncated', subject, 'a gzip member ends too early');
      const before = engine.bytesWritten;
      await write(engine, slice, subject);
      cursor.take(engine.bytesWritten - before);
      yield* ready.splice(0);
    }
  } finally {
    engine.destroy();
  }
}

/** Writes a slice and waits until it is used up, or until the compressed data ends within it. */
async function write(engine: InflateRaw, slice: Uint8Array, subject: string): Promise<void> {
  const stop = new AbortController();
  const ended = once(engine, 'end', { signal: stop.signal }).catch(ignore);
  const written = new Promise<void>((resolve, reject) => {
    engine.write(slice, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
  try {
    await Promise.race([written, ended.then(() => undefined)]);
    const failure = engine.errored;
    if (failure !== null) throw failure;
  } catch (error) {
    throw archiveError('archive/malformed', subject, 'a gzip member is damaged', {}, error);
  } finally {
    written.catch(ignore);
    stop.abort();
  }
}

function tooLarge(maxBytes: number, subject: string): Error {
  return archiveError('archive/too-large', subject, `it inflates to more than ${maxBytes} bytes`, { maxBytes });
}

async function readWord(cursor: Cursor): Promise<number> {
  let word = 0;
  for (let shift = 0; shift < 4; shift += 1) word += (await cursor.byte()) * 256 ** shift;
  return word;
}

function ignore(): void {
  return undefined;
}
