import type { InstalledRecord } from './installed-record.js';
import { parseRelations } from './relation.js';
import type { DebAlternative } from './relation.js';

/** The order in which dpkg writes the fields that it knows; all others follow as they come (`fieldinfos` in dpkg's lib/dpkg/parse.c). */
const knownFields = [
  'Package',
  'Essential',
  'Protected',
  'Status',
  'Priority',
  'Section',
  'Installed-Size',
  'Origin',
  'Maintainer',
  'Bugs',
  'Architecture',
  'Multi-Arch',
  'Source',
  'Version',
  'Config-Version',
  'Replaces',
  'Provides',
  'Depends',
  'Pre-Depends',
  'Recommends',
  'Suggests',
  'Breaks',
  'Conflicts',
  'Enhances',
  'Conffiles',
  'Description',
];
const relationFields = new Set([
  'replaces',
  'provides',
  'depends',
  'pre-depends',
  'recommends',
  'suggests',
  'breaks',
  'conflicts',
  'enhances',
]);
/** What dpkg takes from the archive or the state of the machine, never from the control file. */
const ownFields = new Set(['status', 'conffiles', 'config-version']);

/**
 * The stanza of an installed and configured package in `/var/lib/dpkg/status`, as dpkg writes it: its fields in dpkg's order, its
 * relations in dpkg's spelling, its configuration files with their checksums. `control` has been read before. Throws
 * `relation/malformed`.
 */
export function dpkgStanza({ control, conffiles }: InstalledRecord): string {
  const lines = new Map<string, string>();
  for (const [name, value] of fieldsOf(control)) {
    const key = name.toLowerCase();
    if (ownFields.has(key) || value === '') continue;
    const text = relationFields.has(key) ? relationsIn(value) : value;
    lines.set(key, `${canonicalName(name)}: ${text}\n`);
  }
  lines.set('status', 'Status: install ok installed\n');
  const configuration = Object.entries(conffiles).map(([path, md5]) => ` ${path} ${md5}\n`);
  if (configuration.length > 0) lines.set('conffiles', `Conffiles:\n${configuration.join('')}`);
  const order = knownFields.map((name) => name.toLowerCase());
  const first = order.flatMap((key) => lines.get(key) ?? []);
  const others = [...lines].filter(([key]) => !order.includes(key)).map(([, line]) => line);
  return [...first, ...others].join('');
}

/** Names and values as they stand, to the last space; lines that go on with the space that they begin with. */
function fieldsOf(control: string): readonly (readonly [string, string])[] {
  const fields: [string, string][] = [];
  for (const line of control.split('\n')) {
    const last = fields.at(-1);
    const [, name, value = ''] = /^([^\s#:][^\s:]*):[ \t]*(.*)$/.exec(line) ?? [];
    if (name !== undefined) fields.push([name, value]);
    else if (/^[ \t]/.test(line) && last !== undefined) last[1] += `\n${line}`;
  }
  return fields;
}

function relationsIn(value: string): string {
  return parseRelations(value)
    .map(({ alternatives }) => alternatives.map(inWords).join(' | '))
    .join(', ');
}

function inWords({ name, qualifier, constraint }: DebAlternative): string {
  const place = qualifier === undefined ? name : `${name}:${qualifier}`;
  return constraint === undefined ? place : `${place} (${constraint.operator} ${constraint.version})`;
}

function canonicalName(name: string): string {
  return knownFields.find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;
}
