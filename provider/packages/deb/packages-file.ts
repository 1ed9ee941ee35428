import { providedNames } from './deb-index.js';
import { faultOfRecord, recordFields } from './package-record.js';
import { mentionedNames } from './relation.js';
import { repositoryError } from './repository-error.js';

/** What an index is made of: one record a package, with the names that it answers to. */
export interface PackageRecord {
  readonly name: string;
  readonly provides: readonly string[];
  /** The names that the stanza mentions, its own first, in the order in which apt reads its fields. */
  readonly mentions: readonly string[];
  /** See `recordFields`. */
  readonly record: string;
}

/** A stanza longer than this is no one's package. Characters. */
const maxStanza = 4 * 1024 * 1024;

/** `suggests` is read for what it mentions, and is not part of a record. */
const readFields = [...recordFields, 'suggests'] as const;
const columns: ReadonlyMap<string, number> = new Map(readFields.map((field, column) => [field, column]));
const mentionColumns = (
  [
    'pre-depends',
    'depends',
    'conflicts',
    'breaks',
    'recommends',
    'suggests',
    'replaces',
    'enhances',
    'provides',
  ] as const
).map((field) => readFields.indexOf(field));
const wordColumns = (['multi-arch', 'essential'] as const).map((field) => recordFields.indexOf(field));
const nameColumn = recordFields.indexOf('package');
const architectureColumn = recordFields.indexOf('architecture');
const providesColumn = recordFields.indexOf('provides');
const descriptionColumn = recordFields.indexOf('description');

/**
 * The records of a `Packages` file (https://wiki.debian.org/DebianRepository/Format#A.22Packages.22_Indices) for one
 * architecture and for `all`, as it streams by, in batches. Throws `repository/malformed` for a stanza that lacks what is
 * needed, or that has what no honest index has; what is refused is refused with the whole index.
 */
export async function* readPackagesFile(
  source: AsyncIterable<Uint8Array>,
  architecture: string,
  subject: string,
): AsyncGenerator<readonly PackageRecord[], void, undefined> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  for await (const chunk of source) {
    const text = rest + decoder.decode(chunk, { stream: true });
    const end = text.lastIndexOf('\n\n') + 2;
    rest = end < 2 ? text : text.slice(end);
    if (rest.length > maxStanza) throw malformed(subject, 'a stanza without an end');
    if (end >= 2) yield [...readStanzas(text.slice(0, end), architecture, subject)];
  }
  yield [...readStanzas(`${rest}${decoder.decode()}\n\n`, architecture, subject)];
}

function* readStanzas(text: string, architecture: string, subject: string): Generator<PackageRecord, void, undefined> {
  let values = emptyValues();
  let column: number | undefined;
  let begun = false;
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    const stop = end === -1 ? text.length : end;
    const first = text.charCodeAt(start);
    if (stop === start) {
      if (begun) {
        const record = recordOf(values, architecture, subject);
        if (record !== undefined) yield record;
        values = emptyValues();
        begun = false;
      }
      column = undefined;
    } else if (first === 0x20 || first === 0x09) {
      if (!begun) throw malformed(subject, 'a line goes on where no field has begun');
      // The first line of a description is all that is kept of it.
      if (column !== undefined && column !== descriptionColumn) {
        values[column] = `${values[column] ?? ''} ${text.slice(start, stop).trim()}`.trim();
      }
    } else {
      const colon = text.indexOf(':', start);
      if (colon === -1 || colon > stop)
        throw malformed(subject, `no field in ${JSON.stringify(text.slice(start, Math.min(stop, start + 80)))}`);
      const field = text.slice(start, colon);
      column = columns.get(lowerCase(field));
      if (column !== undefined) {
        if (values[column] !== undefined) throw malformed(subject, `${field} is there twice in one stanza`);
        values[column] = text.slice(colon + 1, stop).trim();
      }
      begun = true;
    }
    start = stop + 1;
  }
}

function recordOf(
  found: readonly (string | undefined)[],
  architecture: string,
  subject: string,
): PackageRecord | undefined {
  const values = found.slice(0, recordFields.length).map((value) => value ?? '');
  const its = values[architectureColumn];
  if (its !== architecture && its !== 'all' && its !== '') return undefined;
  // As for dpkg, capitals make no difference in these.
  for (const column of wordColumns) values[column] = (values[column] ?? '').toLowerCase();
  const name = values[nameColumn] ?? '';
  const fault = faultOfRecord(values);
  if (fault !== undefined) throw malformed(subject, `package ${JSON.stringify(name.slice(0, 80))}: ${fault}`);
  return {
    name,
    provides: providedNames(values[providesColumn] || undefined),
    mentions: [name, ...mentionColumns.flatMap((column) => mentionedNames(found[column] ?? ''))],
    record: values.join('\n'),
  };
}

function emptyValues(): (string | undefined)[] {
  return new Array<string | undefined>(readFields.length).fill(undefined);
}

const lowerCased = new Map<string, string>(readFields.map((field) => [capitalised(field), field]));

/** Field names are the same in any case; nearly all are written like `Pre-Depends`. */
function lowerCase(field: string): string {
  return lowerCased.get(field) ?? field.toLowerCase();
}

function capitalised(field: string): string {
  if (field === 'sha256') return 'SHA256';
  return field.replaceAll(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

function malformed(subject: string, what: string): Error {
  return repositoryError('repository/malformed', subject, `its Packages index cannot be used: ${what}`, {
    hint: 'Report it to whoever publishes the repository, or use another mirror.',
  });
}
