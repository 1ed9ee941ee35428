/** What the dynamic linker looks for in a shared library. */
export interface SharedLibrary {
  /** The number of the processor (`e_machine`): 62 is x86-64, 183 is AArch64. */
  readonly machine: number;
  /** `DT_SONAME`; undefined when there is none. */
  readonly soname: string | undefined;
}

/** Reads `length` bytes from `offset` of a file; fewer at its end. */
export type ReadAt = (offset: number, length: number) => Buffer;

const fileHeaderSize = 64;
const programHeaderSize = 56;
const dynamicEntrySize = 16;
const sharedObject = 3;
const segmentTypes = { load: 1, dynamic: 2 };
const tags = { end: 0, stringTable: 5, soname: 14 };
/** More than any library has; what states more is not read. */
const maxHeaders = 128;
const maxDynamicBytes = 1024 * 1024;
const maxNameBytes = 4096;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/**
 * Reads a 64-bit little-endian shared object (https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.dynamic.html) by its program
 * headers, as the dynamic linker does. Undefined for everything else, damaged files included.
 */
export function readSharedLibrary(read: ReadAt): SharedLibrary | undefined {
  const headers = headersIn(read(0, fileHeaderSize));
  if (headers === undefined) return undefined;
  const segments = segmentsIn(read(headers.offset, headers.size), headers.size);
  const dynamic = dynamicOf(segments);
  if (dynamic === undefined) return undefined;
  return { machine: headers.machine, soname: sonameOf(read, segments, dynamic) };
}

/**
 * Where in a shared object its dynamic section lies, in bytes, by the beginning of the file; undefined when that is none, or does not
 * tell.
 */
export function dynamicSection(head: Buffer): { readonly offset: number; readonly size: number } | undefined {
  const headers = headersIn(head.subarray(0, fileHeaderSize));
  if (headers === undefined) return undefined;
  return dynamicOf(segmentsIn(head.subarray(headers.offset, headers.offset + headers.size), headers.size));
}

interface Headers {
  readonly machine: number;
  /** Of the program headers, in bytes. */
  readonly offset: number;
  readonly size: number;
}

function headersIn(header: Buffer): Headers | undefined {
  if (header.length < fileHeaderSize || header.readUInt32BE(0) !== 0x7f454c46) return undefined;
  if (header.readUInt8(4) !== 2 || header.readUInt8(5) !== 1 || header.readUInt16LE(16) !== sharedObject)
    return undefined;
  const count = header.readUInt16LE(56);
  if (header.readUInt16LE(54) !== programHeaderSize || count > maxHeaders) return undefined;
  const offset = Number(header.readBigUInt64LE(32));
  return { machine: header.readUInt16LE(18), offset, size: count * programHeaderSize };
}

function segmentsIn(table: Buffer, size: number): readonly Segment[] {
  if (table.length < size) return [];
  return Array.from({ length: size / programHeaderSize }, (_, index) => segmentAt(table, index * programHeaderSize));
}

function dynamicOf(segments: readonly Segment[]): Segment | undefined {
  const dynamic = segments.find(({ type }) => type === segmentTypes.dynamic);
  return dynamic === undefined || dynamic.size > maxDynamicBytes ? undefined : dynamic;
}

function sonameOf(read: ReadAt, segments: readonly Segment[], dynamic: Segment): string | undefined {
  const entries = read(dynamic.offset, dynamic.size);
  let name: number | undefined;
  let strings: number | undefined;
  for (let offset = 0; offset + dynamicEntrySize <= entries.length; offset += dynamicEntrySize) {
    const tag = Number(entries.readBigInt64LE(offset));
    const value = Number(entries.readBigUInt64LE(offset + 8));
    if (tag === tags.end) break;
    if (tag === tags.soname) name = value;
    if (tag === tags.stringTable) strings = value;
  }
  if (name === undefined || strings === undefined) return undefined;
  const address = strings;
  const loaded = segments.find(
    (one) => one.type === segmentTypes.load && address >= one.address && address < one.address + one.size,
  );
  if (loaded === undefined) return undefined;
  const text = read(address - loaded.address + loaded.offset + name, maxNameBytes);
  const end = text.indexOf(0);
  return end <= 0 ? undefined : text.toString('latin1', 0, end);
}

function segmentAt(table: Buffer, offset: number): Segment {
  return {
    type: table.readUInt32LE(offset),
    offset: Number(table.readBigUInt64LE(offset + 8)),
    address: Number(table.readBigUInt64LE(offset + 16)),
    size: Number(table.readBigUInt64LE(offset + 32)),
  };
}
