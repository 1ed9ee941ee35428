import { entriesOf } from './archive.js';
import type { ArchiveEvent, EntryHeader, EntryType } from './archive.js';
import { archiveError } from './archive-error.js';
import { entryPath, symlinkTarget } from './entry-path.js';
import { latestTime, paxCount, paxTime, paxXattrs, readPax } from './pax.js';
import type { PaxRecords } from './pax.js';
import { blockSize, isZeroBlock, readTarHeader, untilNul } from './tar-header.js';
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

/** An entry of a tar with its raw PAX records, in which formats keep data of their own; they are good until the next event. */
export interface TarEntryHeader extends EntryHeader {
  readonly pax: PaxRecords;
  /** Names of owner and group as the header has them; empty where it has none. */
  readonly userName: string;
  readonly groupName: string;
}

/** An entry of a tar with its content. */
export interface TarEntry extends TarEntryHeader {
  readonly body: AsyncIterable<Uint8Array>;
}

/** Names and PAX records beyond this are no one's metadata. */
const maxMetadataBytes = 1024 * 1024;

const largestOctalSize = 0o77777777777;
/** The last number of Linux means that there is none. */
const largestId = 0xfffffffe;

const entryTypes: Readonly<Record<string, EntryType>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
};

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
    const { userName, groupName } = header;
    const entry = { ...entryOf(header, metadata, subject), pax: metadata.pax, userName, groupName };
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

interface Metadata {
  pax: PaxRecords;
  longName: Buffer | undefined;
  longLink: Buffer | undefined;
}

function noMetadata(): Metadata {
  return { pax: new Map(), longName: undefined, longLink: undefined };
}

/** True for a header whose body describes the next entry, or all. */
function isDescription({ type }: TarHeader): boolean {
  return type === 'x' || type === 'g' || type === 'L' || type === 'K';
}

/** Takes in what the body of a header of `type` says of the next entry. */
function takeMetadata(metadata: Metadata, type: string, body: Buffer, subject: string): void {
  switch (type) {
    case 'x':
      if (metadata.pax.size > 0) throw archiveError('archive/contradiction', subject, 'an entry has two PAX headers');
      metadata.pax = readPax(body, subject);
      return;
    case 'g':
      for (const key of readPax(body, subject).keys()) {
        if (key !== 'comment')
          throw archiveError('archive/unsupported', subject, `a PAX header sets ${key} for all entries`);
      }
      return;
    case 'L':
      if (metadata.longName !== undefined)
        throw archiveError('archive/contradiction', subject, 'an entry has two names');
      metadata.longName = untilNul(body);
      return;
    default:
      if (metadata.longLink !== undefined)
        throw archiveError('archive/contradiction', subject, 'a link has two targets');
      metadata.longLink = untilNul(body);
  }
}

function entryOf(header: TarHeader, metadata: Metadata, subject: string): EntryHeader {
  const { pax } = metadata;
  for (const key of pax.keys()) {
    if (key.startsWith('GNU.sparse.')) throw archiveError('archive/unsupported', subject, 'the tar has a sparse file');
  }
  const rawName = onlyOne('path', pax, metadata.longName, subject) ?? header.name;
  const isFolderByName = rawName.at(-1) === 0x2f;
  // Archives from before ustar have no type for directories but a slash at the end of the name.
  const type = header.type === '\0' && isFolderByName ? 'directory' : entryTypes[header.type];
  if (type === undefined) {
    throw archiveError('archive/unsupported', subject, `the tar has an entry of type ${JSON.stringify(header.type)}`);
  }
  const path = entryPath(rawName, subject);
  if (type === 'file' && isFolderByName) {
    throw archiveError('archive/contradiction', subject, `${path} is a file with the name of a folder`, { path });
  }
  if (path === '' && type !== 'directory') {
    throw archiveError('archive/bad-name', subject, `the tar has a ${type} in place of its root`);
  }
  const rawTarget = onlyOne('linkpath', pax, metadata.longLink, subject) ?? header.linkName;
  const xattrs = paxXattrs(pax);
  return {
    path,
    type,
    mode: header.mode,
    uid: notBeyond(paxCount(pax, 'uid', subject) ?? header.uid, largestId, 'user ID', subject),
    gid: notBeyond(paxCount(pax, 'gid', subject) ?? header.gid, largestId, 'group ID', subject),
    mtime: notBeyond(paxTime(pax, 'mtime', subject) ?? header.mtime, latestTime, 'time', subject),
    size: sizeOf(header, pax, type, subject),
    ...(type === 'symlink' ? { linkTarget: symlinkTarget(rawTarget, subject) } : {}),
    ...(type === 'hardlink' ? { linkTarget: entryPath(rawTarget, subject) } : {}),
    ...(type === 'character-device' || type === 'block-device' ? { device: header.device } : {}),
    ...(xattrs === undefined ? {} : { xattrs }),
  };
}

/** The name in PAX or GNU's form. Which of two counts, and what an empty one means, is for each reader something else. */
function onlyOne(
  key: 'path' | 'linkpath',
  pax: PaxRecords,
  long: Buffer | undefined,
  subject: string,
): Buffer | undefined {
  const name = pax.get(key);
  if (name === undefined) return long;
  if (name.length > 0 && long === undefined) return name;
  const [shown = name] = [long, name].filter((one) => one !== undefined && one.length > 0);
  throw archiveError(
    'archive/contradiction',
    subject,
    `an entry has ${long === undefined ? 'an empty' : 'a second'} ${key} in PAX: ${JSON.stringify(shown.toString('utf8', 0, 200))}`,
  );
}

function notBeyond(value: number, largest: number, what: string, subject: string): number {
  if (value <= largest) return value;
  throw archiveError(
    'archive/malformed',
    subject,
    `the tar has an entry with the ${what} ${value}, which no system has`,
  );
}

function sizeOf(header: TarHeader, pax: PaxRecords, type: EntryType, subject: string): number {
  const stated = paxCount(pax, 'size', subject);
  // A writer repeats the size in PAX only when the header cannot hold it; any other difference hides one entry in another.
  if (stated !== undefined && stated !== header.size && stated <= largestOctalSize) {
    throw archiveError(
      'archive/contradiction',
      subject,
      `a size is ${header.size} in the tar header and ${stated} in PAX`,
    );
  }
  const size = stated ?? header.size;
  if (size !== 0 && type !== 'file') {
    throw archiveError('archive/contradiction', subject, `the tar has a ${type} with ${size} bytes of content`);
  }
  return size;
}

function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}
