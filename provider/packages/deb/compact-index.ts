import type { ReadBlobPart } from '../../store/blob-part.js';
import {
  compactMagic,
  compactVersion,
  digestWords,
  hashOfName,
  headerWords,
  nameWords,
  recordsInPart,
} from './compact-form.js';
import type { DebIndex } from './deb-index.js';
import { distinct } from './deb-index.js';
import type { DebPackage } from './deb-package.js';
import { packageOfRecord } from './package-record.js';
import type { IndexOrigin } from './package-record.js';
import { repositoryError } from './repository-error.js';

/**
 * The index that a compact form holds; see `compact-form.ts`. Packages become objects when they are first asked for, each once;
 * that is also when their part of the records is read, so everything here throws what `readRecords` throws. `tables` comes from
 * the store, which has verified it. Throws `repository/malformed` for another form.
 */
export function openCompactIndex(tables: Buffer, readRecords: ReadBlobPart, origin: IndexOrigin): DebIndex {
  const words = wordsIn(tables);
  const word = (index: number): number => words[index] ?? 0;
  if (words.length < headerWords || word(0) !== compactMagic || word(1) !== compactVersion) {
    throw repositoryError('repository/malformed', origin.repository, 'its parsed index is of another form');
  }
  const [packageCount, nameCount, slotCount, listLength, textBytes] = [word(2), word(3), word(4), word(5), word(6)];
  const partCount = Math.ceil(packageCount / recordsInPart);
  const nameTable = headerWords + slotCount;
  const lists = nameTable + nameCount * nameWords;
  const recordTable = lists + listLength;
  const parts = recordTable + packageCount + 1;
  const text = (parts + partCount * digestWords) * 4;
  if (text + textBytes !== tables.length) {
    throw repositoryError(
      'repository/malformed',
      origin.repository,
      'its parsed index does not have the length it states',
    );
  }
  const packages = new Map<number, DebPackage>();
  const answers = [new Map<string, readonly DebPackage[]>(), new Map<string, readonly DebPackage[]>()] as const;
  let lastPart: { readonly number: number; readonly bytes: Buffer } | undefined;

  /** Neighbours are often asked for together, so the last part is kept. */
  function partAt(number: number): Buffer {
    if (lastPart?.number === number) return lastPart.bytes;
    const first = number * recordsInPart;
    const offset = word(recordTable + first);
    const digest = (parts + number * digestWords) * 4;
    const bytes = readRecords({
      offset,
      length: word(recordTable + Math.min(first + recordsInPart, packageCount)) - offset,
      sha256: tables.subarray(digest, digest + digestWords * 4),
    });
    lastPart = { number, bytes };
    return bytes;
  }

  function packageAt(number: number): DebPackage {
    const known = packages.get(number);
    if (known !== undefined) return known;
    const part = Math.floor(number / recordsInPart);
    const bytes = partAt(part);
    const start = word(recordTable + part * recordsInPart);
    const record = bytes.toString('utf8', word(recordTable + number) - start, word(recordTable + number + 1) - start);
    const made = packageOfRecord(record, origin);
    packages.set(number, made);
    return made;
  }

  /** Where the entry of a name is in the table of names. */
  function entryOf(name: string): number | undefined {
    for (let slot = hashOfName(name) & (slotCount - 1); ; slot = (slot + 1) & (slotCount - 1)) {
      const number = word(headerWords + slot);
      if (number === 0) return undefined;
      const entry = nameTable + (number - 1) * nameWords;
      if (isNameAt(entry, name)) return entry;
    }
  }

  function isNameAt(entry: number, name: string): boolean {
    const start = text + word(entry);
    const length = word(entry + 1);
    // As many bytes as characters: if all characters are single bytes, they can be told apart one by one.
    if (length !== name.length) return tables.toString('utf8', start, start + length) === name;
    for (let at = 0; at < length; at += 1) if (tables[start + at] !== name.charCodeAt(at)) return false;
    return true;
  }

  function beginsAt(entry: number, prefix: Buffer): boolean {
    const start = text + word(entry);
    if (word(entry + 1) < prefix.length) return false;
    for (let at = 0; at < prefix.length; at += 1) if (tables[start + at] !== prefix[at]) return false;
    return true;
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
    // Of a package that is there twice the first counts, whichever way it is come by.
    const answer = which === 0 ? distinct(found) : found.filter((one) => listOf(one.name, 0).includes(one));
    answers[which].set(name, answer);
    return answer;
  }

  function* names(prefix = ''): Iterable<string> {
    const first = Buffer.from(prefix);
    // Names of packages are plain letters, so a character is a byte; those that are only provided may not be.
    const all = tables.toString('latin1', text, text + textBytes);
    for (let entry = nameTable; entry < lists; entry += nameWords) {
      const start = word(entry);
      if (word(entry + 3) === 0 || !beginsAt(entry, first)) continue;
      yield all.slice(start, start + word(entry + 1));
    }
  }

  function has(name: string): boolean {
    const entry = entryOf(name);
    return entry !== undefined && word(entry + 3) > 0;
  }

  function mentioned(name: string): number | undefined {
    const entry = entryOf(name);
    return entry === undefined ? undefined : word(entry + 6);
  }

  return { get: (name) => listOf(name, 0), providersOf: (name) => listOf(name, 1), has, names, mentioned };
}

/** The words at the front of the tables; a view of them where they lie on a word's boundary. */
function wordsIn(tables: Buffer): Uint32Array {
  const { buffer, byteOffset } = tables.byteOffset % 4 === 0 ? tables : new Uint8Array(tables);
  return new Uint32Array(buffer, byteOffset, Math.floor(tables.length / 4));
}
