/** What the dynamic linker looks for in a shared library. */
export interface SharedLibrary {
  /** The number of the processor (`e_machine`): 62 is x86-64, 183 is AArch64. */
  readonly machine: number;
  /** `DT_SONAME`; undefined when there is none. */
  readonly soname: string | undefined;
}

/** Reads `length` bytes from `offset` of a file; fewer at its end. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>;

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
export async function readSharedLibrary(read: ReadAt): Promise<SharedLibrary | undefined> {
  const header = await read(0, fileHeaderSize);
  if (header.length < fileHeaderSize || header.readUInt32BE(0) !== 0x7f454c46) return undefined;
  if (header.readUInt8(4) !== 2 || header.readUInt8(5) !== 1 || header.readUInt16LE(16) !== sharedObject)
    return undefined;
  const machine = header.readUInt16LE(18);
  const count = header.readUInt16LE(56);
  if (header.readUInt16LE(54) !== programHeaderSize || count > maxHeaders) return undefined;
  const table = await read(Number(header.readBigUInt64LE(32)), count * programHeaderSize);
  if (table.length < count * programHeaderSize) return undefined;
  const segments = Array.from({ length: count }, (_, index) => segmentAt(table, index * programHeaderSize));
  const dynamic = segments.find(({ type }) => type === segmentTypes.dynamic);
  if (dynamic === undefined || dynamic.size > maxDynamicBytes) return undefined;
  return { machine, soname: await sonameOf(read, segments, dynamic) };
}

async function sonameOf(read: ReadAt, segments: readonly Segment[], dynamic: Segment): Promise<string | undefined> {
  const entries = await read(dynamic.offset, dynamic.size);
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
  const text = await read(address - loaded.address + loaded.offset + name, maxNameBytes);
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
