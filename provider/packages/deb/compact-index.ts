import type { DebIndex } from './deb-index.js';
import type { DebPackage } from './deb-package.js';
import { packageOfRecord } from './package-record.js';
import type { IndexOrigin } from './package-record.js';
import type { PackageRecord } from './packages-file.js';
import { repositoryError } from './repository-error.js';

/**
 * The form in which a parsed index lies in the store: ready to use as it is read, without making an object of what is not
 * asked for. All numbers are 32 bits, little-endian.
 *
 * ```
 * header      magic, version, packages, names, slots, lists, text bytes
 * slots       hash table over the names: name number + 1, or 0
 * names       per name: text offset, length; list start and count of its packages; the same of its providers; its first mention
 * lists       package numbers
 * records     text offset of each package's record, and the end of the last
 * text        names, then records, UTF-8
 * ```
 */
const magic = 0x78646270;

/** Has to change with the form, with `recordFields` and with what is refused while parsing. */
export const compactVersion = 2;

const headerWords = 7;
const nameWords = 7;

interface NameEntry {
  readonly packages: number[];
  readonly providers: number[];
}

/** Gathers records into the compact form, which is as long as the records and some 40 bytes a name. */
export async function compactIndexOf(batches: AsyncIterable<readonly PackageRecord[]>): Promise<Buffer> {
  const names = new Map<string, NameEntry>();
  const texts: Buffer[] = [];
  const entryOf = (name: string): NameEntry => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const entry = { packages: [], providers: [] };
    names.set(name, entry);
    return entry;
  };
  const mentioned = new Map<string, number>();
  for await (const batch of batches) {
    for (const { name, provides, mentions, record } of batch) {
      for (const mention of mentions) if (!mentioned.has(mention)) mentioned.set(mention, mentioned.size);
      entryOf(name).packages.push(texts.length);
      for (const provided of provides) entryOf(provided).providers.push(texts.length);
      texts.push(Buffer.from(record));
    }
  }
  return layOut(names, texts, mentioned);
}

function layOut(
  names: ReadonlyMap<string, NameEntry>,
  texts: readonly Buffer[],
  mentioned: ReadonlyMap<string, number>,
): Buffer {
  const slotCount = 2 ** Math.ceil(Math.log2(Math.max(2, names.size * 2)));
  const lists: number[] = [];
  const nameTable: number[] = [];
  const nameTexts: Buffer[] = [];
  const slots = new Uint32Array(slotCount);
  let textBytes = 0;
  for (const [name, { packages, providers }] of names) {
    const text = Buffer.from(name);
    let slot = hashOf(text) & (slotCount - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (slotCount - 1);
    slots[slot] = nameTexts.length + 1;
    const providersStart = lists.length + packages.length;
    nameTable.push(textBytes, text.length, lists.length, packages.length, providersStart, providers.length);
    nameTable.push(mentioned.get(name) ?? 0);
    for (const number of packages) lists.push(number);
    for (const number of providers) lists.push(number);
    nameTexts.push(text);
    textBytes += text.length;
  }
  const recordTable: number[] = [textBytes];
  for (const text of texts) {
    textBytes += text.length;
    recordTable.push(textBytes);
  }
  const header = [magic, compactVersion, texts.length, names.size, slotCount, lists.length, textBytes];
  return Buffer.concat([...[header, slots, nameTable, lists, recordTable].map(wordsOf), ...nameTexts, ...texts]);
}

function wordsOf(words: ArrayLike<number>): Buffer {
  const bytes = Buffer.allocUnsafe(words.length * 4);
  for (let index = 0; index < words.length; index += 1) bytes.writeUInt32LE(words[index] ?? 0, index * 4);
  return bytes;
}

/**
 * The index that a compact form holds. Packages become objects when they are first asked for, each once. `bytes` comes from the
 * store, which has verified it. Throws `repository/malformed` for another form.
 */
export function openCompactIndex(bytes: Buffer, origin: IndexOrigin): DebIndex {
  const word = (index: number): number => bytes.readUInt32LE(index * 4);
  if (bytes.length < headerWords * 4 || word(0) !== magic || word(1) !== compactVersion) {
    throw repositoryError('repository/malformed', origin.repository, 'its parsed index is of another form');
  }
  const [packageCount, nameCount, slotCount, listLength, textBytes] = [word(2), word(3), word(4), word(5), word(6)];
  const nameTable = headerWords + slotCount;
  const lists = nameTable + nameCount * nameWords;
  const recordTable = lists + listLength;
  const text = (recordTable + packageCount + 1) * 4;
  if (text + textBytes !== bytes.length) {
    throw repositoryError(
      'repository/malformed',
      origin.repository,
      'its parsed index does not have the length it states',
    );
  }
  const packages = new Map<number, DebPackage>();
  const answers = [new Map<string, readonly DebPackage[]>(), new Map<string, readonly DebPackage[]>()] as const;

  function packageAt(number: number): DebPackage {
    const known = packages.get(number);
    if (known !== undefined) return known;
    const record = bytes.toString('utf8', text + word(recordTable + number), text + word(recordTable + number + 1));
    const made = packageOfRecord(record, origin);
    packages.set(number, made);
    return made;
  }

  function entryOf(name: string): number | undefined {
    const wanted = Buffer.from(name);
    for (let slot = hashOf(wanted) & (slotCount - 1); ; slot = (slot + 1) & (slotCount - 1)) {
      const number = word(headerWords + slot);
      if (number === 0) return undefined;
      const entry = nameTable + (number - 1) * nameWords;
      const start = text + word(entry);
      if (wanted.compare(bytes, start, start + word(entry + 1)) === 0) return entry;
    }
  }

  function listOf(name: string, which: 0 | 1): readonly DebPackage[] {
    const known = answers[which].get(name);
    if (known !== undefined) return known;
    const entry = entryOf(name);
    const found: DebPackage[] = [];
    if (entry !== undefined) {
      const start = lists + word(entry + 2 + which * 2);
      for (let index = 0; index < word(entry + 3 + which * 2); index += 1) found.push(packageAt(word(start + index)));
    }
    answers[which].set(name, found);
    return found;
  }

  function* names(): Iterable<string> {
    for (let entry = nameTable; entry < lists; entry += nameWords) {
      if (word(entry + 3) === 0) continue;
      const start = text + word(entry);
      yield bytes.toString('utf8', start, start + word(entry + 1));
    }
  }

  function mentioned(name: string): number | undefined {
    const entry = entryOf(name);
    return entry === undefined ? undefined : word(entry + 6);
  }

  return { get: (name) => listOf(name, 0), providersOf: (name) => listOf(name, 1), names, mentioned };
}

/** FNV-1a, 32 bits. */
function hashOf(text: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of text) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
