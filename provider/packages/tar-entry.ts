import type { EntryHeader, EntryType } from './archive.js';
import { archiveError } from './archive-error.js';
import { entryPath, symlinkTarget } from './entry-path.js';
import { latestTime, paxCount, paxTime, paxXattrs, readPax } from './pax.js';
import type { PaxRecords } from './pax.js';
import { untilNul } from './tar-header.js';
import type { TarHeader } from './tar-header.js';

/** An entry of a tar with its raw PAX records, in which formats keep data of their own; they are good until the next event. */
export interface TarEntryHeader extends EntryHeader {
  readonly pax: PaxRecords;
  /** Names of owner and group as the header has them; empty where it has none. */
  readonly userName: string;
  readonly groupName: string;
}

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

/** What headers have said of the entry that comes next. */
export interface TarMetadata {
  pax: PaxRecords;
  longName: Buffer | undefined;
  longLink: Buffer | undefined;
}

/** Nothing yet. */
export function noMetadata(): TarMetadata {
  return { pax: new Map(), longName: undefined, longLink: undefined };
}

/** True for a header whose body describes the next entry, or all. */
export function isDescription({ type }: TarHeader): boolean {
  return type === 'x' || type === 'g' || type === 'L' || type === 'K';
}

/** Takes in what the body of a header of `type` says of the next entry. */
export function takeMetadata(metadata: TarMetadata, type: string, body: Buffer, subject: string): void {
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

/**
 * The entry that `header` is of, with what has been said of it before; its path is empty for the root's. Throws `archive/unsupported`,
 * `archive/contradiction`, `archive/bad-name`, `archive/bad-link`, `archive/malformed`.
 */
export function entryOf(header: TarHeader, metadata: TarMetadata, subject: string): TarEntryHeader {
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
    pax,
    userName: header.userName,
    groupName: header.groupName,
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
