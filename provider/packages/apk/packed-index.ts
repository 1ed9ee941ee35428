import type { ApkIndex } from './apk-index.js';
import { mentionedNames, triggerOf } from './apk-index.js';
import type { ApkPackage } from './apk-package.js';
import { apkError } from './errors.js';
import { packageOfStanza } from './index-stanza.js';
import type { IndexOrigin } from './index-stanza.js';

/**
 * The packed form of an index: the text of its stanzas, and for each kind of name a sorted table of which stanzas it
 * leads to. It is used as it lies in memory: opening it parses nothing, a look-up is a binary search, and only
 * packages that somebody asks for become objects.
 *
 *     magic · u32 stanzas · u32 length of the text · text · u32 ends of the stanzas · 3 tables
 *     table: u32 keys · u32 bytes of keys · u32 values · bytes of keys · u32 ends of the keys · u32 ends of the
 * values · u32 values
 *
 * The tables are: names, provided names, triggers of install_if. Numbers are little-endian.
 */
const magic = Buffer.from('apk-index/1\n', 'latin1');

/** No repository comes near it; an index of more is an attack on memory. */
const maxPackages = 1_000_000;
const maxStanzaBytes = 4 * 1024 * 1024;

const nowhere: IndexOrigin = { folder: 'file:///', repository: '' };

/**
 * Packs the text of an `APKINDEX`, having read every stanza once; the first of two packages with the same name and
 * version is kept. Throws `repository/malformed`.
 */
export function packIndex(text: Buffer, subject: string): Buffer {
  const stanzas: Buffer[] = [];
  const ends: number[] = [];
  const tables = [new Map<string, number[]>(), new Map<string, number[]>(), new Map<string, number[]>()] as const;
  const seen = new Set<string>();
  let size = 0;
  for (const stanza of stanzasOf(text)) {
    if (stanza.length > maxStanzaBytes) throw tooLarge(subject, `a package of ${stanza.length} bytes`);
    const one = packageOfStanza(stanza.toString('utf8'), nowhere, subject);
    const identity = `${one.name} ${one.version}`;
    if (seen.has(identity)) continue;
    seen.add(identity);
    if (seen.size > maxPackages) throw tooLarge(subject, `more than ${maxPackages} packages`);
    const number = stanzas.length;
    stanzas.push(stanza);
    size += stanza.length;
    ends.push(size);
    append(tables[0], one.name, number);
    for (const name of mentionedNames(one.provides)) append(tables[1], name, number);
    const trigger = triggerOf(one.installIf);
    if (trigger !== undefined) append(tables[2], trigger, number);
  }
  return Buffer.concat([magic, words([stanzas.length, size]), ...stanzas, words(ends), ...tables.flatMap(packTable)]);
}

/** An index over its packed form, as `packIndex` made it. */
export function openPackedIndex(packed: Buffer, origin: IndexOrigin): ApkIndex {
  const count = packed.readUInt32LE(magic.length);
  const textStart = magic.length + 8;
  const endsStart = textStart + packed.readUInt32LE(magic.length + 4);
  const names = openTable(packed, endsStart + 4 * count);
  const provided = openTable(packed, names.end);
  const triggers = openTable(packed, provided.end);
  const packages = new Map<number, ApkPackage>();

  function packageAt(number: number): ApkPackage {
    const known = packages.get(number);
    if (known !== undefined) return known;
    const start = number === 0 ? 0 : packed.readUInt32LE(endsStart + 4 * (number - 1));
    const stanza = packed.toString('utf8', textStart + start, textStart + packed.readUInt32LE(endsStart + 4 * number));
    const one = packageOfStanza(stanza, origin, origin.repository);
    packages.set(number, one);
    return one;
  }

  function lookUp(table: Table): (name: string) => readonly ApkPackage[] {
    const known = new Map<string, readonly ApkPackage[]>();
    return (name) => {
      const before = known.get(name);
      if (before !== undefined) return before;
      const found = table.valuesOf(name).map(packageAt);
      known.set(name, found);
      return found;
    };
  }

  return {
    get: lookUp(names),
    providersOf: lookUp(provided),
    triggeredBy: lookUp(triggers),
    names: () => names.keys(),
  };
}

/** The stanzas of an index: blocks of lines with empty lines between them. */
function* stanzasOf(text: Buffer): Iterable<Buffer> {
  for (let start = 0; start < text.length; ) {
    if (text[start] === 0x0a) {
      start += 1;
      continue;
    }
    const gap = text.indexOf('\n\n', start, 'latin1');
    const end = gap === -1 ? text.length : gap;
    yield text.subarray(start, end);
    start = end;
  }
}

function packTable(table: ReadonlyMap<string, readonly number[]>): readonly Buffer[] {
  const entries = [...table].map(([key, values]) => ({ key: Buffer.from(key, 'utf8'), values }));
  entries.sort((one, other) => Buffer.compare(one.key, other.key));
  const keyEnds = runningSums(entries.map(({ key }) => key.length));
  const valueEnds = runningSums(entries.map(({ values }) => values.length));
  const values = entries.flatMap((entry) => entry.values);
  return [
    words([entries.length, keyEnds.at(-1) ?? 0, values.length]),
    ...entries.map(({ key }) => key),
    words(keyEnds),
    words(valueEnds),
    words(values),
  ];
}

interface Table {
  /** Where the table ends in the packed form. */
  readonly end: number;
  valuesOf(key: string): readonly number[];
  keys(): Iterable<string>;
}

function openTable(packed: Buffer, start: number): Table {
  const count = packed.readUInt32LE(start);
  const keysStart = start + 12;
  const keyEnds = keysStart + packed.readUInt32LE(start + 4);
  const valueEnds = keyEnds + 4 * count;
  const values = valueEnds + 4 * count;
  const endIn = (table: number, index: number): number => (index < 0 ? 0 : packed.readUInt32LE(table + 4 * index));
  const keyStart = (index: number): number => keysStart + endIn(keyEnds, index - 1);

  function valuesOf(key: string): readonly number[] {
    const wanted = Buffer.from(key, 'utf8');
    let low = 0;
    let high = count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const order = packed.compare(wanted, 0, wanted.length, keyStart(middle), keyStart(middle + 1));
      if (order === 0) return valuesAt(middle);
      if (order < 0) low = middle + 1;
      else high = middle - 1;
    }
    return [];
  }

  function valuesAt(index: number): readonly number[] {
    const found: number[] = [];
    const end = endIn(valueEnds, index);
    for (let value = endIn(valueEnds, index - 1); value < end; value += 1)
      found.push(packed.readUInt32LE(values + 4 * value));
    return found;
  }

  function* keys(): Iterable<string> {
    for (let index = 0; index < count; index += 1) yield packed.toString('utf8', keyStart(index), keyStart(index + 1));
  }

  return { end: values + 4 * packed.readUInt32LE(start + 8), valuesOf, keys };
}

function words(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32LE(number, 4 * index);
  return bytes;
}

function runningSums(numbers: readonly number[]): readonly number[] {
  let sum = 0;
  return numbers.map((number) => (sum += number));
}

function append(map: Map<string, number[]>, key: string, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function tooLarge(subject: string, what: string): Error {
  return apkError('repository/malformed', `${subject} has ${what}`, {
    hint: 'No honest repository has. Report it to whoever publishes it.',
    data: { subject },
  });
}
