import { createHash } from 'node:crypto';
import type { PackageRecord } from './packages-file.js';

/**
 * The form in which a parsed index lies in the store: ready to use as it is read, without making an object of what is not
 * asked for. It has two blobs. The records, as text one after the other, are read in parts of `recordsInPart`, each verified by
 * itself; the tables are read whole. All numbers of the tables are 32 bits, in the machine's own order.
 *
 * ```
 * header      magic, version, packages, names, slots, lists, bytes of the names' text
 * slots       hash table over the names: name number + 1, or 0
 * names       per name: text offset, length; list start and count of its packages; the same of its providers; its first mention
 * lists       package numbers
 * records     offset of each package's record in the other blob, and the end of the last
 * parts       sha256 of each part of the records
 * text        the names, UTF-8
 * ```
 */
export const compactMagic = 0x78646270;

/** Has to change with the form, with `recordFields` and with what is refused while parsing. */
export const compactVersion = 6;

/** Records that are read together: some 4 kB. */
export const recordsInPart = 8;

/** Words of the header. */
export const headerWords = 7;

/** Words of a name in the table of names. */
export const nameWords = 7;

/** Words of a sha256. */
export const digestWords = 8;

/** Bytes of records that are handed on together. */
const blockBytes = 256 * 1024;

interface NameEntry {
  readonly packages: number[];
  readonly providers: number[];
}

/** What is gathered while records stream by. */
interface Gathered {
  /** All names that are mentioned, in the order of their first mention. */
  readonly names: Map<string, NameEntry>;
  /** Where each record begins, and where the last one ends. */
  readonly offsets: number[];
  readonly partDigests: Uint8Array[];
}

/**
 * Brings records into the compact form: `keep` takes the records' blob as it streams; what it says and the tables, which are
 * some 60 bytes a name, are given back.
 */
export async function compactIndexOf<Kept>(
  batches: AsyncIterable<readonly PackageRecord[]>,
  keep: (records: AsyncIterable<Uint8Array>) => Promise<Kept>,
): Promise<{ readonly tables: Buffer; readonly records: Kept }> {
  const gathered: Gathered = { names: new Map(), offsets: [0], partDigests: [] };
  const records = await keep(blocksOf(batches, gathered));
  return { tables: layOut(gathered), records };
}

async function* blocksOf(
  batches: AsyncIterable<readonly PackageRecord[]>,
  gathered: Gathered,
): AsyncGenerator<Uint8Array, void, undefined> {
  let part: string[] = [];
  let block: Uint8Array[] = [];
  let begin = 0;
  let end = 0;
  for await (const batch of batches) {
    for (const record of batch) {
      enter(record, gathered);
      end += Buffer.byteLength(record.record);
      gathered.offsets.push(end);
      if (part.push(record.record) < recordsInPart) continue;
      block.push(closePart(part, gathered));
      part = [];
      if (end - begin < blockBytes) continue;
      yield Buffer.concat(block);
      block = [];
      begin = end;
    }
  }
  if (part.length > 0) block.push(closePart(part, gathered));
  yield Buffer.concat(block);
}

function closePart(part: readonly string[], { partDigests }: Gathered): Uint8Array {
  const bytes = Buffer.from(part.join(''));
  partDigests.push(createHash('sha256').update(bytes).digest());
  return bytes;
}

function enter({ name, provides, mentions }: PackageRecord, { names, offsets }: Gathered): void {
  const number = offsets.length - 1;
  for (const mention of mentions) entryOf(names, mention);
  entryOf(names, name).packages.push(number);
  for (const provided of provides) entryOf(names, provided).providers.push(number);
}

function entryOf(names: Map<string, NameEntry>, name: string): NameEntry {
  const known = names.get(name);
  if (known !== undefined) return known;
  const entry = { packages: [], providers: [] };
  // A copy: a part of a text keeps the whole text in memory.
  names.set(Buffer.from(name).toString(), entry);
  return entry;
}

function layOut({ names, offsets, partDigests }: Gathered): Buffer {
  const mentions = [...names].map(([name, entry], mention) => ({ name, mention, ...entry }));
  const used = mentions
    .filter(({ packages, providers }) => packages.length > 0 || providers.length > 0)
    // Whoever goes through all names goes through the records from front to back.
    .sort((left, right) => (left.packages[0] ?? offsets.length) - (right.packages[0] ?? offsets.length));
  const slotCount = 2 ** Math.ceil(Math.log2(Math.max(2, used.length * 2)));
  const slots = new Uint32Array(slotCount);
  const nameTable = new Uint32Array(used.length * nameWords);
  const lists: number[] = [];
  let textBytes = 0;
  for (const [number, { name, mention, packages, providers }] of used.entries()) {
    let slot = hashOfName(name) & (slotCount - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (slotCount - 1);
    slots[slot] = number + 1;
    const length = Buffer.byteLength(name);
    const providersStart = lists.length + packages.length;
    const entry = [textBytes, length, lists.length, packages.length, providersStart, providers.length, mention];
    nameTable.set(entry, number * nameWords);
    for (const one of packages) lists.push(one);
    for (const one of providers) lists.push(one);
    textBytes += length;
  }
  const header = [compactMagic, compactVersion, offsets.length - 1, used.length, slotCount, lists.length, textBytes];
  const text = Buffer.from(used.map(({ name }) => name).join(''));
  return Buffer.concat([...[header, slots, nameTable, lists, offsets].map(wordsOf), ...partDigests, text]);
}

function wordsOf(words: ArrayLike<number>): Uint8Array {
  return new Uint8Array(Uint32Array.from(words).buffer);
}

/** FNV-1a over UTF-16 units, 32 bits. */
export function hashOfName(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
