import type { EntryHeader, EntryType } from '../packages/archive.js';

/** Bytes of a tar block. */
export const blockSize = 512;
const largestOctalSize = 0o77777777777;
const largestOctalId = 0o7777777;

const typeFlags: Readonly<Record<EntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
};

/** The two zero blocks that end a tar. */
export const endOfArchive: Uint8Array = new Uint8Array(2 * blockSize);

/**
 * The header blocks of an entry: ustar, with a PAX header before it for what ustar cannot hold
 * (https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13). The same entry always gives the same bytes.
 */
export function tarHeader(entry: EntryHeader): Buffer {
  const path = entry.type === 'directory' ? `${entry.path}/` : entry.path;
  const target = entry.linkTarget ?? '';
  const records: [string, Uint8Array][] = [];
  const name = splitName(path);
  if (name === undefined) records.push(['path', Buffer.from(path)]);
  if (!fits(target, 100)) records.push(['linkpath', Buffer.from(target)]);
  if (entry.size > largestOctalSize) records.push(['size', Buffer.from(String(entry.size))]);
  if (entry.uid > largestOctalId) records.push(['uid', Buffer.from(String(entry.uid))]);
  if (entry.gid > largestOctalId) records.push(['gid', Buffer.from(String(entry.gid))]);
  if (entry.mtime < 0 || entry.mtime > largestOctalSize) records.push(['mtime', Buffer.from(String(entry.mtime))]);
  for (const [key, value] of [...(entry.xattrs ?? [])].sort(([left], [right]) => (left < right ? -1 : 1))) {
    records.push([`SCHILY.xattr.${key}`, value]);
  }
  const block = headerBlock({
    name: name?.name ?? truncated(path),
    prefix: name?.prefix ?? '',
    mode: entry.mode,
    uid: entry.uid > largestOctalId ? 0 : entry.uid,
    gid: entry.gid > largestOctalId ? 0 : entry.gid,
    size: entry.size > largestOctalSize ? 0 : entry.size,
    mtime: entry.mtime < 0 || entry.mtime > largestOctalSize ? 0 : entry.mtime,
    type: typeFlags[entry.type],
    target: fits(target, 100) ? target : truncated(target),
    device: entry.device ?? { major: 0, minor: 0 },
  });
  return records.length === 0 ? block : Buffer.concat([paxHeader(records), block]);
}

/** Zero bytes from the end of content of `size` bytes to the next block. */
export function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

interface HeaderFields {
  readonly name: string;
  readonly prefix: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly type: string;
  readonly target: string;
  readonly device: { readonly major: number; readonly minor: number };
}

function headerBlock(fields: HeaderFields): Buffer {
  const block = Buffer.alloc(blockSize);
  block.write(fields.name, 0, 100, 'utf8');
  writeOctal(block, fields.mode, 100, 8);
  writeOctal(block, fields.uid, 108, 8);
  writeOctal(block, fields.gid, 116, 8);
  writeOctal(block, fields.size, 124, 12);
  writeOctal(block, fields.mtime, 136, 12);
  block.fill(' ', 148, 156);
  block.write(fields.type, 156, 1, 'latin1');
  block.write(fields.target, 157, 100, 'utf8');
  block.write('ustar\0' + '00', 257, 8, 'latin1');
  writeOctal(block, fields.device.major, 329, 8);
  writeOctal(block, fields.device.minor, 337, 8);
  block.write(fields.prefix, 345, 155, 'utf8');
  let sum = 0;
  for (let index = 0; index < blockSize; index += 1) sum += block[index] ?? 0;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
  return block;
}

function writeOctal(block: Buffer, value: number, offset: number, length: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, length, 'latin1');
}

function paxHeader(records: readonly (readonly [string, Uint8Array])[]): Buffer {
  const body = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  const header = headerBlock({
    name: 'PaxHeaders/entry',
    prefix: '',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: body.length,
    mtime: 0,
    type: 'x',
    target: '',
    device: { major: 0, minor: 0 },
  });
  return Buffer.concat([header, body, Buffer.alloc(paddingOf(body.length))]);
}

/** A record says its own length, the digits of the length included. */
function paxRecord(key: string, value: Uint8Array): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** The name and prefix fields for `path`, or undefined when it takes a PAX record. */
function splitName(path: string): { readonly name: string; readonly prefix: string } | undefined {
  if (fits(path, 100)) return { name: path, prefix: '' };
  if (!fits(path, 256)) return undefined;
  // The slash of a directory's name is no place to split at.
  for (let slash = path.lastIndexOf('/', path.length - 2); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    if (path.length - slash - 1 > 100) return undefined;
    if (slash <= 155) return { name: path.slice(slash + 1), prefix: path.slice(0, slash) };
  }
  return undefined;
}

/** True when `text` is plain ASCII of at most `length` bytes. */
function fits(text: string, length: number): boolean {
  return text.length <= length && /^[\x20-\x7e]*$/.test(text);
}

function truncated(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '_').slice(0, 100);
}
