import { checksumHex } from './apk-package.js';
import { splitAtoms } from './dependency.js';
import { apkError } from './errors.js';
import type { InstalledEntry } from './installed.js';

/** A package as an installed database tells of it, written by apk itself or by a builder. */
export interface InstalledRecord {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly description: string;
  readonly license: string | undefined;
  readonly origin: string | undefined;
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  /** Lowercase hex; undefined where it is no sha1. */
  readonly controlSha1: string | undefined;
  /** Bytes on disk. */
  readonly installedSize: number;
  /** Folders and files; whether a file is a symlink the database does not say. */
  readonly entries: readonly InstalledEntry[];
}

/**
 * Reads `usr/lib/apk/db/installed` (or `lib/apk/db/installed`). Fields that are not known are passed over. Throws
 * `database/malformed`, naming the line.
 */
export function readInstalled(text: string): readonly InstalledRecord[] {
  const records: InstalledRecord[] = [];
  let fields = new Map<string, string>();
  let entries: InstalledEntry[] = [];
  let folder = '';
  const finish = (line: number): void => {
    if (fields.size > 0 || entries.length > 0) records.push(recordOf(fields, entries, line));
    fields = new Map();
    entries = [];
    folder = '';
  };
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (line === '') {
      finish(index);
      continue;
    }
    if (line.charAt(1) !== ':') throw malformed(index, 'is no field');
    const value = line.slice(2);
    switch (line.charAt(0)) {
      case 'F':
        folder = value;
        if (folder !== '') entries.push({ path: folder, type: 'directory', mode: 0o755, uid: 0, gid: 0 });
        break;
      case 'R':
        entries.push({ path: folder === '' ? value : `${folder}/${value}`, type: 'file', mode: 0o644, uid: 0, gid: 0 });
        break;
      case 'M':
      case 'a':
        entries.push({ ...lastOf(entries, index), ...ownershipOf(value, index) });
        break;
      case 'Z': {
        const checksum = checksumHex(value);
        entries.push({ ...lastOf(entries, index), ...(checksum === undefined ? {} : { checksum }) });
        break;
      }
      default:
        fields.set(line.charAt(0), value);
    }
  }
  finish(lines.length);
  return records;
}

/** Takes the last entry off, for a line that says more of it. */
function lastOf(entries: InstalledEntry[], index: number): InstalledEntry {
  const last = entries.pop();
  if (last === undefined) throw malformed(index, 'speaks of a file, and none was named');
  return last;
}

function ownershipOf(value: string, index: number): Pick<InstalledEntry, 'uid' | 'gid' | 'mode'> {
  const match = /^([0-9]{1,10}):([0-9]{1,10}):([0-7]{1,5})(?::.*)?$/.exec(value);
  if (match === null) throw malformed(index, 'is no owner, group and mode');
  return { uid: Number(match[1]), gid: Number(match[2]), mode: Number.parseInt(match[3] ?? '0', 8) };
}

function recordOf(
  fields: ReadonlyMap<string, string>,
  entries: readonly InstalledEntry[],
  line: number,
): InstalledRecord {
  const name = fields.get('P') ?? '';
  const version = fields.get('V') ?? '';
  if (name === '' || version === '') throw malformed(line - 1, 'ends a package without a name or a version');
  const size = fields.get('I') ?? '0';
  if (!/^[0-9]{1,15}$/.test(size)) throw malformed(line - 1, `ends package ${name}, whose size is no count`);
  return {
    name,
    version,
    architecture: fields.get('A') ?? '',
    description: fields.get('T') ?? '',
    license: fields.get('L') || undefined,
    origin: fields.get('o') || undefined,
    depends: splitAtoms(fields.get('D')),
    provides: splitAtoms(fields.get('p')),
    controlSha1: checksumHex(fields.get('C') ?? ''),
    installedSize: Number(size),
    entries,
  };
}

function malformed(index: number, what: string): Error {
  return apkError('database/malformed', `Line ${index + 1} of the installed database of apk ${what}`, {
    data: { line: index + 1 },
  });
}
