import type { ArchiveEntry, EntryHeader, EntryType } from './archive.js';
import { archiveError } from './archive-error.js';
import { byteReader } from './byte-reader.js';
import type { ByteReader } from './byte-reader.js';
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

/** An entry of a tar with its raw PAX records, in which formats keep data of their own. */
export interface TarEntry extends ArchiveEntry {
  readonly pax: PaxRecords;
  /** Names of owner and group as the header has them; empty where it has none. */
  readonly userName: string;
  readonly groupName: string;
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
 * The entries of an uncompressed tar (ustar, GNU or PAX), as they come, the root entry `./` left out.
 *
 * Strict: everything that readers disagree on is refused. Throws `archive/malformed`, `archive/truncated`,
 * `archive/trailing-data`, `archive/bad-name`, `archive/bad-link` (a hard link to what is no earlier file, an entry beneath a
 * symlink), `archive/duplicate-entry`, `archive/too-large`, `archive/contradiction`, `archive/unsupported` (sparse files).
 */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  limits: TarLimits,
): AsyncGenerator<TarEntry, void, undefined> {
  const { subject } = limits;
  const reader = byteReader(counted(source, limits), () =>
    archiveError('archive/truncated', subject, 'the tar ends within an entry'),
  );
  const tree = treeOfEntries(subject, limits.maxEntries ?? 1_000_000);
  try {
    for (;;) {
      const next = await readEntry(reader, limits);
      if (next === undefined) return;
      const { header, pax, userName, groupName } = next;
      if (header.path === '') continue;
      tree.add(header);
      if (header.size > limits.maxBytes) throw tooLong(limits);
      const content = bodyOf(reader, header.size);
      yield { ...header, pax, userName, groupName, body: content.body };
      await reader.skip(content.left() + paddingOf(header.size));
    }
  } finally {
    await reader.close();
  }
}

async function* counted(source: AsyncIterable<Uint8Array>, limits: TarLimits): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > limits.maxBytes) {
      throw tooLong(limits);
    }
    yield chunk;
  }
}

function tooLong({ subject, maxBytes }: TarLimits): Error {
  return archiveError('archive/too-large', subject, `the tar is longer than ${maxBytes} bytes`);
}

interface Metadata {
  pax: PaxRecords;
  longName: Buffer | undefined;
  longLink: Buffer | undefined;
}

async function readEntry(
  reader: ByteReader,
  limits: TarLimits,
): Promise<(Pick<TarEntry, 'pax' | 'userName' | 'groupName'> & { header: EntryHeader }) | undefined> {
  const { subject } = limits;
  const metadata: Metadata = { pax: new Map(), longName: undefined, longLink: undefined };
  for (let pending = false; ; pending = true) {
    const block = await reader.exactly(blockSize);
    if (block === undefined || isZeroBlock(block)) {
      if (pending)
        throw archiveError('archive/truncated', subject, 'the tar ends before the entry that a header announces');
      await readEnd(reader, block !== undefined, limits);
      return undefined;
    }
    const header = readTarHeader(block, subject);
    if (!(await readMetadata(reader, header, metadata, subject))) {
      const { userName, groupName } = header;
      return { header: entryOf(header, metadata, subject), pax: metadata.pax, userName, groupName };
    }
  }
}

/** Reads what describes the next entry; false when `header` is the entry itself. */
async function readMetadata(
  reader: ByteReader,
  header: TarHeader,
  metadata: Metadata,
  subject: string,
): Promise<boolean> {
  switch (header.type) {
    case 'x': {
      if (metadata.pax.size > 0) throw archiveError('archive/contradiction', subject, 'an entry has two PAX headers');
      metadata.pax = readPax(await readShort(reader, header, subject), subject);
      return true;
    }
    case 'g': {
      const records = readPax(await readShort(reader, header, subject), subject);
      for (const key of records.keys()) {
        if (key !== 'comment')
          throw archiveError('archive/unsupported', subject, `a PAX header sets ${key} for all entries`);
      }
      return true;
    }
    case 'L': {
      if (metadata.longName !== undefined)
        throw archiveError('archive/contradiction', subject, 'an entry has two names');
      metadata.longName = untilNul(await readShort(reader, header, subject));
      return true;
    }
    case 'K': {
      if (metadata.longLink !== undefined)
        throw archiveError('archive/contradiction', subject, 'a link has two targets');
      metadata.longLink = untilNul(await readShort(reader, header, subject));
      return true;
    }
    default:
      return false;
  }
}

async function readShort(reader: ByteReader, header: TarHeader, subject: string): Promise<Buffer> {
  if (header.size > maxMetadataBytes) {
    throw archiveError('archive/too-large', subject, `a tar header has ${header.size} bytes of names or attributes`);
  }
  const padded = await reader.exactly(header.size + paddingOf(header.size));
  if (padded === undefined) throw archiveError('archive/truncated', subject, 'the tar ends within a header');
  return padded.subarray(0, header.size);
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

/** Reads to the end of the stream behind the last entry; `zeroBlock` when one zero block has been read. */
async function readEnd(reader: ByteReader, zeroBlock: boolean, limits: TarLimits): Promise<void> {
  const { subject } = limits;
  const open = limits.end === 'open';
  const second = zeroBlock ? await reader.exactly(blockSize) : undefined;
  if (second === undefined) {
    if (open) return;
    throw archiveError('archive/truncated', subject, 'the tar has no end');
  }
  if (!isZeroBlock(second))
    throw archiveError('archive/malformed', subject, 'the tar has a block of zeros between entries');
  for (;;) {
    const rest = await reader.some(Number.MAX_SAFE_INTEGER);
    if (rest === undefined) return;
    if (!isZeroBlock(rest)) throw archiveError('archive/trailing-data', subject, 'the tar has data behind its end');
  }
}

function bodyOf(reader: ByteReader, size: number): { body: AsyncIterable<Uint8Array>; left(): number } {
  let left = size;
  async function* read(): AsyncGenerator<Uint8Array> {
    while (left > 0) {
      const chunk = await reader.some(left);
      if (chunk === undefined) {
        await reader.skip(left);
        return;
      }
      left -= chunk.length;
      yield chunk;
    }
  }
  return { body: { [Symbol.asyncIterator]: read }, left: () => left };
}

function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}
