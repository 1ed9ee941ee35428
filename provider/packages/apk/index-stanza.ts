import type { Architecture } from '../package.js';
import { apkError } from './errors.js';
import { checksumHex } from './apk-package.js';
import type { ApkPackage } from './apk-package.js';

/** What the packages of one index have in common and no stanza says. */
export interface IndexOrigin {
  /**
   * Folder of the archives, without credentials and without a slash at the end:
   * `https://host/alpine/v3.22/main/x86_64`.
   */
  readonly folder: string;
  /** The repository in words, for plans and errors. */
  readonly repository: string;
}

/** apk's names of the architectures that are built. */
export const apkArchitectures: Readonly<Record<Architecture, string>> = { amd64: 'x86_64', arm64: 'aarch64' };

const namePattern = /^[A-Za-z0-9._+-]+$/;
const versionPattern = /^[A-Za-z0-9._+~-]+$/;
const architecturePattern = /^[A-Za-z0-9_]+$/;

/**
 * The fields of one stanza by letter. A field that is there twice keeps its last value, as apk reads it. Throws
 * `repository/malformed` for a line that is none.
 */
function readFields(stanza: string, subject: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of stanza.split('\n')) {
    if (line === '') continue;
    if (line.charAt(1) !== ':')
      throw malformed(subject, `it has a line that is no field: ${JSON.stringify(line.slice(0, 80))}`);
    fields.set(line.charAt(0), line.slice(2));
  }
  return fields;
}

/**
 * The package that a stanza of `APKINDEX` describes (apk-package(5)). Throws `repository/malformed`, naming the
 * package, when a name could not stand in a file name or a number is none.
 */
export function packageOfStanza(stanza: string, origin: IndexOrigin, subject: string): ApkPackage {
  const fields = readFields(stanza, subject);
  const name = required(fields, 'P', namePattern, subject);
  const version = required(fields, 'V', versionPattern, `${subject}: package ${name}`);
  const about = `${subject}: package ${name} ${version}`;
  const checksum = checksumHex(fields.get('C') ?? '');
  if (checksum === undefined) throw malformed(about, `its checksum is no Q1 checksum: ${shown(fields.get('C'))}`);
  return {
    format: 'apk',
    name,
    version,
    architecture: required(fields, 'A', architecturePattern, about),
    origin: { name: text(fields, 'o') ?? name, version },
    description: text(fields, 'T') ?? '',
    homepage: text(fields, 'U'),
    maintainer: text(fields, 'm'),
    license: text(fields, 'L'),
    installedSize: count(fields, 'I', about),
    archive: {
      url: `${origin.folder}/${name}-${version}.apk`,
      size: count(fields, 'S', about),
      checksum: { algorithm: 'sha1-control', value: checksum },
    },
    repository: origin.repository,
    depends: text(fields, 'D'),
    provides: text(fields, 'p'),
    installIf: text(fields, 'i'),
    replaces: text(fields, 'r'),
    replacesPriority: count(fields, 'q', about),
    providerPriority: count(fields, 'k', about),
    buildTime: count(fields, 't', about),
    commit: text(fields, 'c'),
  };
}

function required(fields: ReadonlyMap<string, string>, field: string, pattern: RegExp, about: string): string {
  const value = fields.get(field) ?? '';
  if (pattern.test(value)) return value;
  throw malformed(about, `its field ${field} is ${value === '' ? 'missing' : `not allowed: ${shown(value)}`}`);
}

/** Free text goes to terminals and into images, where a control character has nothing to say. */
function text(fields: ReadonlyMap<string, string>, field: string): string | undefined {
  const value = fields
    .get(field)
    ?.replace(/\p{Cc}/gu, ' ')
    .trim();
  return value === '' ? undefined : value;
}

function count(fields: ReadonlyMap<string, string>, field: string, about: string): number {
  const value = fields.get(field) ?? '';
  if (value === '') return 0;
  const number = /^[0-9]{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw malformed(about, `its field ${field} is no count: ${shown(value)}`);
}

function shown(value: string | undefined): string {
  return JSON.stringify((value ?? '').slice(0, 80));
}

function malformed(about: string, what: string): Error {
  return apkError('repository/malformed', `${about}: ${what}`, {
    hint: 'Report it to whoever publishes the repository.',
    data: { subject: about },
  });
}
