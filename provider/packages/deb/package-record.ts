import type { PackageArchive } from '../package.js';
import type { DebPackage, MultiArch } from './deb-package.js';

/**
 * The fields of a `Packages` stanza that are used, in the order that a record holds them. A record is their values, joined by
 * `\n`; an absent field is an empty value.
 */
export const recordFields = [
  'package',
  'version',
  'architecture',
  'source',
  'description',
  'homepage',
  'maintainer',
  'installed-size',
  'filename',
  'size',
  'sha256',
  'multi-arch',
  'essential',
  'priority',
  'section',
  'depends',
  'pre-depends',
  'provides',
  'conflicts',
  'breaks',
  'replaces',
  'recommends',
  'enhances',
] as const;

/** Where in a record each field is. */
const columns = Object.fromEntries(recordFields.map((field, column) => [field, column])) as Readonly<
  Record<(typeof recordFields)[number], number>
>;

/** Where the packages of an index come from. */
export interface IndexOrigin {
  /** The repository's address, absolute, without credentials, ending in `/`; `Filename` is relative to it. */
  readonly url: string;
  /** The repository in words, as `debian bookworm-security main`. */
  readonly repository: string;
}

const shapes: readonly (readonly [field: (typeof recordFields)[number], shape: RegExp])[] = [
  ['package', /^[A-Za-z0-9][A-Za-z0-9+._-]*$/],
  ['version', /^[A-Za-z0-9][A-Za-z0-9.+~:-]*$/],
  ['architecture', /^[a-z0-9][a-z0-9-]*$/],
  ['installed-size', /^[0-9]{0,12}$/],
  ['size', /^[0-9]{1,15}$/],
  ['sha256', /^[0-9a-f]{64}$/],
  ['multi-arch', /^(?:no|same|foreign|allowed)?$/],
  ['essential', /^(?:yes|no)?$/],
];
const shapeByColumn = shapes.map(([field, shape]) => [recordFields.indexOf(field), field, shape] as const);
const controlCharacter = /[\u0000-\u001f\u007f]/u;
const filenameColumn = recordFields.indexOf('filename');

/**
 * What is wrong with the values of a record, in words; undefined when nothing is. `values` has a value for each of
 * `recordFields`.
 */
export function faultOfRecord(values: readonly string[]): string | undefined {
  for (const [column, field, shape] of shapeByColumn) {
    const value = values[column] ?? '';
    if (!shape.test(value)) return value === '' ? `no ${field}` : `${field} is ${JSON.stringify(value.slice(0, 80))}`;
  }
  const dirty = controlCharacter.test(values.join('')) ? values.findIndex((value) => controlCharacter.test(value)) : -1;
  if (dirty !== -1) return `a control character in ${recordFields[dirty] ?? ''}`;
  const filename = values[filenameColumn] ?? '';
  return isFilename(filename) ? undefined : `filename is ${JSON.stringify(filename.slice(0, 200))}`;
}

/** The package that a record describes. The record has been found without fault. */
export function packageOfRecord(record: string, origin: IndexOrigin): DebPackage {
  const values = record.split('\n');
  const value = (field: (typeof recordFields)[number]): string => values[columns[field]] ?? '';
  const optional = (field: (typeof recordFields)[number]): string | undefined => value(field) || undefined;
  const name = value('package');
  const version = value('version');
  return {
    format: 'deb',
    name,
    version,
    architecture: value('architecture'),
    origin: sourceOf(value('source'), name, version),
    description: value('description'),
    homepage: optional('homepage'),
    maintainer: optional('maintainer'),
    license: undefined,
    installedSize: Number(value('installed-size')) * 1024,
    archive: archiveOf(value('filename'), value('size'), value('sha256'), origin),
    repository: origin.repository,
    multiArch: (optional('multi-arch') ?? 'no') as MultiArch,
    essential: value('essential') === 'yes',
    priority: optional('priority'),
    section: optional('section'),
    depends: optional('depends'),
    preDepends: optional('pre-depends'),
    provides: optional('provides'),
    conflicts: optional('conflicts'),
    breaks: optional('breaks'),
    replaces: optional('replaces'),
    recommends: optional('recommends'),
    enhances: optional('enhances'),
  };
}

/** `Source` names the source package, with its version only where that is not the binary's. */
function sourceOf(source: string, name: string, version: string): { name: string; version: string } {
  if (source === '') return { name, version };
  const match = /^(\S+)(?:\s+\(([^()\s]+)\))?$/.exec(source);
  return { name: match?.[1] ?? name, version: match?.[2] ?? version };
}

/** What is the same in a URL. */
const plainPath = /^[A-Za-z0-9/._~-]*$/;

function archiveOf(filename: string, size: string, sha256: string, origin: IndexOrigin): PackageArchive {
  const relative = filename.startsWith('./') ? filename.slice(2) : filename;
  const path = plainPath.test(relative) ? relative : relative.split('/').map(encodeURIComponent).join('/');
  return { url: `${origin.url}${path}`, size: Number(size), checksum: { algorithm: 'sha256', value: sha256 } };
}

/** A plain path below the repository: no other host, no way up or out, nothing that a server could read another way. */
function isFilename(filename: string): boolean {
  if (filename === '' || filename.length > 1024 || filename.includes('\\') || filename.includes('://')) return false;
  const parts = filename.replace(/^\.\//, '').split('/');
  return parts.every((part) => part !== '' && part !== '.' && part !== '..');
}
