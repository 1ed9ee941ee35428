/** A library that the dynamic linker finds by its name. */
export interface CachedLibrary {
  /** What programs ask for: `libc.so.6`. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** `e_machine` of the library. */
  readonly machine: number;
}

const magic = 'glibc-ld.so.cache1.1';
const headerSize = 48;
const entrySize = 24;
const alignment = 16;
const elfLibc6 = 0x0003;
/** Which libraries a processor takes: its flag beside `elfLibc6`, by `e_machine`. */
const machineFlags: Readonly<Record<number, number>> = { 62: 0x0300, 183: 0x0a00 };

/** True when the cache can hold libraries of this processor. */
export function isCachedMachine(machine: number): boolean {
  return machineFlags[machine] !== undefined;
}

/**
 * The content of `/etc/ld.so.cache` in glibc's new format (sysdeps/generic/dl-cache.h): header, entries, names. The linker searches
 * in it by halves, so entries are in the falling order that `order` compares names by; those of one name stay in their order.
 */
export function libraryCache(
  libraries: readonly CachedLibrary[],
  order: (left: string, right: string) => number,
): Buffer {
  const sorted = [...libraries].sort((left, right) => order(right.name, left.name));
  const base = headerSize + sorted.length * entrySize;
  const table = Buffer.alloc(base);
  table.write(magic, 0, 'latin1');
  const names: Buffer[] = [];
  let position = base;
  for (const [index, { path, machine }] of sorted.entries()) {
    const text = Buffer.from(`${path}\0`, 'utf8');
    const at = headerSize + index * entrySize;
    table.writeUInt32LE(elfLibc6 | (machineFlags[machine] ?? 0), at);
    // The name is the end of the path: one text is both.
    table.writeUInt32LE(position + Buffer.byteLength(path.slice(0, path.lastIndexOf('/') + 1)), at + 4);
    table.writeUInt32LE(position, at + 8);
    names.push(text);
    position += text.length;
  }
  table.writeUInt32LE(sorted.length, 20);
  table.writeUInt32LE(position - base, 24);
  return Buffer.concat([table, ...names, Buffer.alloc(alignment - (position % alignment))]);
}

/**
 * The linker's own order of names (`_dl_cache_libcmp`): numbers within them by value, and before them what is no number.
 */
export function compareLibraryNames(left: string, right: string): number {
  let one = 0;
  let other = 0;
  while (one < left.length) {
    const leftDigits = digitsAt(left, one);
    const rightDigits = digitsAt(right, other);
    if (leftDigits !== '') {
      if (rightDigits === '') return 1;
      const difference = BigInt(leftDigits) - BigInt(rightDigits);
      if (difference !== 0n) return difference < 0n ? -1 : 1;
      one += leftDigits.length;
      other += rightDigits.length;
    } else if (rightDigits !== '') {
      return -1;
    } else if (left.charCodeAt(one) !== right.charCodeAt(other)) {
      return left.charCodeAt(one) - (other < right.length ? right.charCodeAt(other) : 0);
    } else {
      one += 1;
      other += 1;
    }
  }
  return other < right.length ? -right.charCodeAt(other) : 0;
}

function digitsAt(text: string, offset: number): string {
  return /^\d*/.exec(text.slice(offset))?.[0] ?? '';
}
