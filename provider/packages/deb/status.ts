import type { ControlFields } from './control.js';
import { parseStanzas } from './control.js';
import type { DebControl } from './deb-control.js';

/** One installed package as the package database knows it. */
export interface StatusEntry {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** All fields, by name in lower case. */
  readonly fields: ControlFields;
}

/**
 * The stanza of an installed package for `/var/lib/dpkg/status.d/<name>`, where distroless images keep what dpkg has in
 * `/var/lib/dpkg/status`, and scanners look for it: the control file with `Status` behind `Package`, as dpkg writes it.
 */
export function statusStanza(control: DebControl): string {
  const lines = control.text
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('#') && !/^Status:/i.test(line));
  const first = lines.findIndex((line) => /^Package:/i.test(line));
  const [name] = lines.splice(first, 1);
  return `${[name, 'Status: install ok installed', ...lines].join('\n')}\n`;
}

/**
 * The installed packages of a database text: one file of `status.d`, several one after the other, or dpkg's own `status`.
 * Packages that are not installed are left out. Throws `control/malformed`.
 */
export function readStatus(text: string, subject = 'package database'): readonly StatusEntry[] {
  return parseStanzas(text, subject)
    .filter((fields) => /\binstalled$/.test(fields.get('status') ?? 'install ok installed') && fields.has('package'))
    .map((fields) => ({
      name: fields.get('package') ?? '',
      version: fields.get('version') ?? '',
      architecture: fields.get('architecture') ?? '',
      fields,
    }));
}
