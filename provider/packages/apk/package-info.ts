import { archiveError } from '../archive-error.js';
import { latestTime } from '../pax.js';

/** What `.PKGINFO` says of a package (apk-package(5), apk-v2(5)). Lists are single atoms. */
export interface PackageInfo {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly description: string;
  readonly url: string | undefined;
  readonly license: string | undefined;
  readonly origin: string | undefined;
  readonly maintainer: string | undefined;
  readonly commit: string | undefined;
  /** Seconds since the epoch. */
  readonly buildTime: number;
  /** Bytes on disk when installed. */
  readonly installedSize: number;
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  readonly installIf: readonly string[];
  readonly replaces: readonly string[];
  readonly replacesPriority: number;
  readonly providerPriority: number;
  /** Globs of directories whose change runs the trigger script. */
  readonly triggers: readonly string[];
  /** Lowercase hex sha256 of the compressed data section. */
  readonly dataHash: string;
}

const maxInfoBytes = 8 * 1024 * 1024;

/**
 * Reads the text of a `.PKGINFO`: `key = value` lines, a key as often as it has values. Throws `archive/malformed`, and
 * `archive/unsupported` for a package without `datahash`, whose content nothing would vouch for.
 */
export function readPackageInfo(bytes: Buffer, subject: string): PackageInfo {
  if (bytes.length > maxInfoBytes)
    throw archiveError('archive/too-large', subject, 'its .PKGINFO is no one’s metadata');
  const values = new Map<string, string[]>();
  for (const line of bytes.toString('utf8').split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    if (equals < 1)
      throw archiveError('archive/malformed', subject, `its .PKGINFO has a line without a value: ${line.slice(0, 80)}`);
    const key = line.slice(0, equals).trim();
    const value = line.slice(equals + 1).trim();
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  const one = (key: string): string | undefined => values.get(key)?.at(-1) || undefined;
  const atoms = (key: string): readonly string[] =>
    (values.get(key) ?? []).flatMap((value) => value.split(/\s+/).filter(Boolean));
  const dataHash = one('datahash');
  if (dataHash === undefined)
    throw archiveError('archive/unsupported', subject, 'its .PKGINFO has no datahash for its content');
  if (!/^[0-9a-f]{64}$/.test(dataHash)) throw archiveError('archive/malformed', subject, 'its datahash is no sha256');
  return {
    name: required(one('pkgname'), 'pkgname', subject),
    version: required(one('pkgver'), 'pkgver', subject),
    architecture: required(one('arch'), 'arch', subject),
    description: one('pkgdesc') ?? '',
    url: one('url'),
    license: one('license'),
    origin: one('origin'),
    maintainer: one('maintainer'),
    commit: one('commit'),
    buildTime: timeOf(one('builddate'), subject),
    installedSize: count(one('size'), 'size', subject),
    depends: atoms('depend'),
    provides: atoms('provides'),
    installIf: atoms('install_if'),
    replaces: atoms('replaces'),
    replacesPriority: count(one('replaces_priority'), 'replaces_priority', subject),
    providerPriority: count(one('provider_priority'), 'provider_priority', subject),
    triggers: atoms('triggers'),
    dataHash,
  };
}

function required(value: string | undefined, key: string, subject: string): string {
  if (value !== undefined) return value;
  throw archiveError('archive/malformed', subject, `its .PKGINFO has no ${key}`);
}

function timeOf(value: string | undefined, subject: string): number {
  const time = count(value, 'builddate', subject);
  if (time <= latestTime) return time;
  throw archiveError('archive/malformed', subject, `its builddate is no time: ${time}`);
}

function count(value: string | undefined, key: string, subject: string): number {
  if (value === undefined) return 0;
  const number = /^[0-9]{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number)) return number;
  throw archiveError('archive/malformed', subject, `its ${key} is no count: ${JSON.stringify(value.slice(0, 40))}`);
}
