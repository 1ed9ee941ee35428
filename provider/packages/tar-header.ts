import { archiveError } from './archive-error.js';

/** Bytes of a tar block. */
export const blockSize = 512;

/** The fields of one header block as they stand in it; names are bytes without the closing NUL. */
export interface TarHeader {
  readonly name: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  /** The type flag, the NUL of old archives too. */
  readonly type: string;
  readonly linkName: Buffer;
  /** Names of owner and group; empty where the archive has none. */
  readonly userName: string;
  readonly groupName: string;
  readonly device: { readonly major: number; readonly minor: number };
}

/**
 * Reads one header block (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html, "ustar Interchange Format",
 * with GNU's base-256 numbers). Throws `archive/malformed` and `archive/unsupported`.
 */
export function readTarHeader(block: Buffer, subject: string): TarHeader {
  verifyChecksum(block, subject);
  const flavour = flavourOf(block, subject);
  // With star's mark a reader takes the last 24 bytes of the prefix for times, or does not: the name would be one or another.
  if (flavour === 'ustar' && block.toString('latin1', 508, 512) === 'tar\0') {
    throw archiveError('archive/unsupported', subject, 'a tar header is of the form that star once wrote');
  }
  if (flavour !== 'v7') {
    requireTerminated(block.subarray(265, 297), 'user name', subject);
    requireTerminated(block.subarray(297, 329), 'group name', subject);
  }
  const number = (from: number, to: number, what: string): number =>
    readNumber(block.subarray(from, to), what, subject);
  const flag = block.toString('latin1', 156, 157);
  const name = untilNul(block.subarray(0, 100));
  const prefix = flavour === 'ustar' ? untilNul(block.subarray(345, 500)) : Buffer.alloc(0);
  const device = flag === '3' || flag === '4';
  return {
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    mode: number(100, 108, 'mode') & 0o7777,
    uid: number(108, 116, 'user ID'),
    gid: number(116, 124, 'group ID'),
    size: number(124, 136, 'size'),
    mtime: number(136, 148, 'time'),
    type: flag,
    linkName: untilNul(block.subarray(157, 257)),
    userName: flavour === 'v7' ? '' : untilNul(block.subarray(265, 297)).toString('utf8'),
    groupName: flavour === 'v7' ? '' : untilNul(block.subarray(297, 329)).toString('utf8'),
    device: {
      major: device ? number(329, 337, 'device number') : 0,
      minor: device ? number(337, 345, 'device number') : 0,
    },
  };
}

/** True for a block of zeros, two of which end an archive. */
export function isZeroBlock(block: Uint8Array): boolean {
  for (const byte of block) if (byte !== 0) return false;
  return true;
}

/** The bytes before the first NUL. */
export function untilNul(field: Buffer): Buffer {
  const end = field.indexOf(0);
  return end === -1 ? field : field.subarray(0, end);
}

function flavourOf(block: Buffer, subject: string): 'ustar' | 'gnu' | 'v7' {
  const magic = block.toString('latin1', 257, 265);
  if (magic === 'ustar\u000000') return 'ustar';
  if (magic === 'ustar  \0') return 'gnu';
  if (magic === '\0'.repeat(8)) return 'v7';
  throw archiveError('archive/malformed', subject, 'a tar header has an unknown magic');
}

function verifyChecksum(block: Buffer, subject: string): void {
  const stated = readNumber(block.subarray(148, 156), 'checksum', subject);
  let unsigned = 0;
  let signed = 0;
  // By index: an iterator over every byte of every header is what reading small files would mostly cost.
  for (let index = 0; index < blockSize; index += 1) {
    const counted = index >= 148 && index < 156 ? 0x20 : (block[index] ?? 0);
    unsigned += counted;
    signed += counted > 127 ? counted - 256 : counted;
  }
  // Some old writers summed signed characters.
  if (stated !== unsigned && stated !== signed) {
    throw archiveError('archive/malformed', subject, 'a tar header does not have its checksum');
  }
}

function requireTerminated(field: Buffer, what: string, subject: string): void {
  if (field.includes(0)) return;
  throw archiveError('archive/malformed', subject, `a tar header has a ${what} without an end`);
}

function readNumber(field: Buffer, what: string, subject: string): number {
  const value = (field[0] ?? 0) & 0x80 ? readBase256(field) : readOctal(field);
  if (value !== undefined && Number.isSafeInteger(value)) return value;
  throw archiveError(
    'archive/malformed',
    subject,
    `a tar header has a ${what} that is no count: ${field.toString('hex')}`,
  );
}

function readOctal(field: Buffer): number | undefined {
  const digits = /^ *([0-7]*)[ \0]*$/.exec(untilNul(field).toString('latin1'))?.[1];
  if (digits === undefined) return undefined;
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

/** Big-endian two's complement in all but the top bit, which marks the form. Negative numbers count nothing. */
function readBase256(field: Buffer): number | undefined {
  const first = field[0] ?? 0;
  if (first & 0x40) return undefined;
  let value = first & 0x3f;
  for (const byte of field.subarray(1)) {
    value = value * 256 + byte;
    if (!Number.isSafeInteger(value)) return undefined;
  }
  return value;
}
