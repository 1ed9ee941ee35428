import { isDigest } from '../../support/digest.js';
import type { SizedDigest } from '../../support/digest.js';
import { isPrivateImageError } from '../../support/errors.js';
import { parseStanza } from './control.js';
import type { ControlFields } from './control.js';
import { repositoryError } from './repository-error.js';

/** What a signed `Release` says (https://wiki.debian.org/DebianRepository/Format#A.22Release.22_files). */
export interface Release {
  readonly origin: string | undefined;
  readonly label: string | undefined;
  readonly suite: string | undefined;
  readonly codename: string | undefined;
  /** The point release, as `13.7`. */
  readonly version: string | undefined;
  /** When it was made. */
  readonly date: Date;
  readonly validUntil: Date | undefined;
  readonly architectures: readonly string[];
  /** Without the `updates/` that the security archive puts before its components. */
  readonly components: readonly string[];
  readonly acquireByHash: boolean;
  /** Whether packages of architecture `all` are in the index of each architecture already. */
  readonly allInEachIndex: boolean;
  /** The files of the `SHA256` section by path, relative to the Release itself. */
  readonly files: ReadonlyMap<string, SizedDigest>;
}

/** Reads the text of a Release whose signature has been verified. Throws `repository/malformed`. */
export function parseRelease(text: string, repository: string): Release {
  const fields = stanzaOf(text, repository);
  const date = dateOf(fields, 'date', repository);
  if (date === undefined) throw malformed(repository, 'no Date');
  return {
    origin: fields.get('origin'),
    label: fields.get('label'),
    suite: fields.get('suite'),
    codename: fields.get('codename'),
    version: fields.get('version'),
    date,
    validUntil: dateOf(fields, 'valid-until', repository),
    architectures: wordsOf(fields, 'architectures'),
    components: wordsOf(fields, 'components').map((component) => component.replace(/^updates\//, '')),
    acquireByHash: fields.get('acquire-by-hash') === 'yes',
    allInEachIndex: wordsOf(fields, 'no-support-for-architecture-all').includes('Packages'),
    files: filesOf(fields, repository),
  };
}

function stanzaOf(text: string, repository: string): ControlFields {
  try {
    return parseStanza(text, repository);
  } catch (error) {
    if (!isPrivateImageError(error, 'control/malformed')) throw error;
    throw repositoryError('repository/malformed', repository, 'its Release cannot be read', { cause: error });
  }
}

function wordsOf(fields: ControlFields, name: string): readonly string[] {
  return (fields.get(name) ?? '').split(/\s+/).filter((word) => word !== '');
}

/** A date as `Sat, 12 Sep 2026 07:55:41 UTC`; only UTC is allowed. */
function dateOf(fields: ControlFields, name: string, repository: string): Date | undefined {
  const text = fields.get(name);
  if (text === undefined) return undefined;
  const shape = /^(?:[A-Z][a-z]{2}, )? ?\d{1,2} [A-Z][a-z]{2} \d{4} \d{1,2}:\d{2}:\d{2} (?:UTC|GMT|Z|\+0000)$/;
  const time = shape.test(text) ? Date.parse(text.replace(/(?:UTC|Z|\+0000)$/, 'GMT')) : Number.NaN;
  if (Number.isNaN(time))
    throw malformed(repository, `${name} is no date in UTC: ${JSON.stringify(text.slice(0, 80))}`);
  return new Date(time);
}

function filesOf(fields: ControlFields, repository: string): ReadonlyMap<string, SizedDigest> {
  const section = fields.get('sha256');
  if (section === undefined) throw malformed(repository, 'no SHA256 section');
  const files = new Map<string, SizedDigest>();
  for (const line of section.split('\n')) {
    if (line.trim() === '') continue;
    const match = /^\s*([0-9a-f]{64})\s+([0-9]{1,15})\s+(\S+)\s*$/.exec(line);
    const [, hex = '', size = '', path = ''] = match ?? [];
    const digest = `sha256:${hex}`;
    if (!isDigest(digest)) throw malformed(repository, `no checksum in ${JSON.stringify(line.slice(0, 160))}`);
    const known = files.get(path);
    if (known !== undefined && known.digest !== digest) throw malformed(repository, `two checksums for ${path}`);
    files.set(path, { digest, size: Number(size) });
  }
  return files;
}

function malformed(repository: string, what: string): Error {
  return repositoryError('repository/malformed', repository, `its Release cannot be used: ${what}`);
}
