import { entriesOf } from './archive.js';
import type { ArchiveEvent } from './archive.js';
import { archiveError } from './archive-error.js';
import { entryOf, isDescription, noMetadata, takeMetadata } from './tar-entry.js';
import type { TarEntryHeader } from './tar-entry.js';
import { blockSize, isZeroBlock, readTarHeader } from './tar-header.js';
import type { TarHeader } from './tar-header.js';
import { treeOfEntries } from './tar-tree.js';

/** What a tar may be. */
export interface TarLimits {
  /** Which archive this is, for errors: `package curl 7.88.1-10 amd64`. */
  readonly subject: string;
  /** Bytes of the whole tar stream; longer ones are refused with `archive/too-large`. */
  readonly maxBytes: number;
  /** Entries; 1,000,000 when not given. */
  readonly maxEntries?: number;
  /**
   * How the archive ends: `marked` (the default) by the two zero blocks that tell a whole archive from a cut one; `open`
   * also by the end of the stream between two entries, as the first segments of an apk do.
   */
  readonly end?: 'marked' | 'open';
}

/** An entry of a tar with its content. */
export interface TarEntry extends TarEntryHeader {
  readonly body: AsyncIterable<Uint8Array>;
}

/** Names and PAX records beyond this are no one's metadata. */
const maxMetadataBytes = 1024 * 1024;

/**
 * The entries of an uncompressed tar (ustar, GNU or PAX), as they come, the root entry `./` left out. Strict as `tarEvents`, and throws what it
 * throws.
 */
export function readTar(
  source: AsyncIterable<Uint8Array>,
  limits: TarLimits,
): AsyncGenerator<TarEntry, void, undefined> {
  return entriesOf(tarEvents(source, limits));
}

/**
 * What each piece of `source`, an uncompressed tar, holds, to be read to its end before the next is asked for: entries and their content, the
 * root entry `./` left out.
 *
 * Strict: everything that readers disagree on is refused. Throws `archive/malformed`, `archive/truncated`,
 * `archive/trailing-data`, `archive/bad-name`, `archive/bad-link` (a hard link to what is no earlier file, an entry beneath a
 * symlink), `archive/duplicate-entry`, `archive/too-large`, `archive/contradiction`, `archive/unsupported` (sparse files).
 */
export async function* tarEvents(
  source: AsyncIterable<Uint8Array>,
  limits: TarLimits,
): AsyncGenerator<Iterable<ArchiveEvent<TarEntryHeader>>, void, undefined> {
  const decoder = tarDecoder(limits);
  for await (const piece of source) yield decoder.events(piece);
  decoder.end();
}

interface TarDecoder {
  /** What the next bytes of the tar hold. */
  events(piece: Uint8Array): Generator<ArchiveEvent<TarEntryHeader>, void, undefined>;
  /** Throws when the tar may not end here. */
  end(): void;
}

function tarDecoder(limits: TarLimits): TarDecoder {
  const { subject } = limits;
  const tree = treeOfEntries(subject, limits.maxEntries ?? 1_000_000);
  const input = heldInput();
  let bytes = 0;
  /** Bytes of content, and of the padding behind it, that are to come before the next header. */
  let content = 0;
  let padding = 0;
  let zeroBlocks = 0;
  let metadata = noMetadata();
  /** A header that describes the next entry, while its body is awaited. */
  let described: TarHeader | undefined;
  /** Whether such a header has been met, and no entry yet. */
  let isPending = false;

  function* events(piece: Uint8Array): Generator<ArchiveEvent<TarEntryHeader>, void, undefined> {
    bytes += piece.length;
    if (bytes > limits.maxBytes) throw tooLong(limits);
    input.add(piece);
    for (;;) {
      if (content > 0) {
        const some = input.some(content);
        if (some.length === 0) return;
        content -= some.length;
        yield some;
      } else if (padding > 0) {
        const passed = input.some(padding).length;
        if (passed === 0) return;
        padding -= passed;
      } else if (zeroBlocks === 2) {
        if (!isZeroBlock(input.some(Number.MAX_SAFE_INTEGER)))
          throw archiveError('archive/trailing-data', subject, 'the tar has data behind its end');
        return;
      } else if (described !== undefined) {
        const body = input.exactly(described.size + paddingOf(described.size));
        if (body === undefined) return;
        takeMetadata(metadata, described.type, body.subarray(0, described.size), subject);
        described = undefined;
      } else {
        const block = input.exactly(blockSize);
        if (block === undefined) return;
        const entry = entryIn(block);
        if (entry !== undefined) yield entry;
      }
    }
  }

  /** The entry that a block is the header of; undefined for the root's, for what describes another, and for the end. */
  function entryIn(block: Buffer): TarEntryHeader | undefined {
    if (isZeroBlock(block)) {
      if (isPending) throw missingEntry(subject);
      zeroBlocks += 1;
      return undefined;
    }
    if (zeroBlocks > 0)
      throw archiveError('archive/malformed', subject, 'the tar has a block of zeros between entries');
    const header = readTarHeader(block, subject);
    if (isDescription(header)) {
      if (header.size > maxMetadataBytes)
        throw archiveError(
          'archive/too-large',
          subject,
          `a tar header has ${header.size} bytes of names or attributes`,
        );
      described = header;
      isPending = true;
      return undefined;
    }
    const entry = entryOf(header, metadata, subject);
    metadata = noMetadata();
    isPending = false;
    if (entry.path === '') return undefined;
    tree.add(entry);
    if (entry.size > limits.maxBytes) throw tooLong(limits);
    content = entry.size;
    padding = paddingOf(entry.size);
    return entry;
  }

  function end(): void {
    if (content > 0 || padding > 0 || input.isWithin())
      throw archiveError('archive/truncated', subject, 'the tar ends within an entry');
    if (isPending) throw missingEntry(subject);
    if (zeroBlocks < 2 && limits.end !== 'open') throw archiveError('archive/truncated', subject, 'the tar has no end');
  }

  return { events, end };
}

/** The bytes that have come and are not read yet. */
interface HeldInput {
  /** Adds a piece, when the one before has been read as far as it goes. */
  add(piece: Uint8Array): void;
  /** The next bytes, at most `limit`; none when there are no more. */
  some(limit: number): Uint8Array;
  /** Exactly `count` bytes; undefined, and all that there is is held for the next piece, while there are fewer. */
  exactly(count: number): Buffer | undefined;
  /** Whether bytes are held that were too few. */
  isWithin(): boolean;
}

function heldInput(): HeldInput {
  let piece: Uint8Array = new Uint8Array(0);
  let parts: Uint8Array[] = [];
  let held = 0;

  function some(limit: number): Uint8Array {
    const taken = piece.subarray(0, limit);
    piece = piece.subarray(taken.length);
    return taken;
  }

  function exactly(count: number): Buffer | undefined {
    const taken = some(count - held);
    if (held === 0 && taken.length === count) return Buffer.from(taken.buffer, taken.byteOffset, count);
    // A copy: the piece may be gone when the rest has come.
    parts.push(Buffer.from(taken));
    held += taken.length;
    if (held < count) return undefined;
    const whole = Buffer.concat(parts, count);
    parts = [];
    held = 0;
    return whole;
  }

  return { add: (next) => (piece = next), some, exactly, isWithin: () => held > 0 };
}

function tooLong({ subject, maxBytes }: TarLimits): Error {
  return archiveError('archive/too-large', subject, `the tar is longer than ${maxBytes} bytes`);
}

function missingEntry(subject: string): Error {
  return archiveError('archive/truncated', subject, 'the tar ends before the entry that a header announces');
}

function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}
