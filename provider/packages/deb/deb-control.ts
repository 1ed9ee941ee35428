import { archiveError } from '../archive-error.js';
import { readTar } from '../tar.js';
import { parseStanza } from './control.js';
import type { ControlFields } from './control.js';

/** What the control archive of a package says (https://manpages.debian.org/deb-control.5). */
export interface DebControl {
  /** The control file as it stands, with one newline at its end. */
  readonly text: string;
  /** Its fields, by name in lower case. */
  readonly fields: ControlFields;
  /** The `md5sums` file as it stands. */
  readonly md5sums: string | undefined;
  /** The absolute paths in `conffiles`. */
  readonly conffiles: readonly string[];
  /** `preinst`, `postinst`, `prerm`, `postrm` and `config` by name. They are read and never run. */
  readonly scripts: ReadonlyMap<string, string>;
  /** The `triggers` file as it stands. */
  readonly triggers: string | undefined;
  /** Everything beside `control` by name, as dpkg keeps it in its database. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Control archives hold texts; one with more bytes than this is none. */
const maxControlBytes = 64 * 1024 * 1024;

const scriptNames = ['preinst', 'postinst', 'prerm', 'postrm', 'config'];
const known = new Set(['control', 'md5sums', 'conffiles', 'triggers', ...scriptNames]);

/** What dpkg takes for a file of its database. */
const fileName = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

/** Reads an unpacked `control.tar`. Throws `archive/…` and `control/malformed`. */
export async function readDebControl(source: AsyncIterable<Uint8Array>, subject: string): Promise<DebControl> {
  const files = new Map<string, Buffer>();
  for await (const entry of readTar(source, { subject, maxBytes: maxControlBytes, maxEntries: 10_000 })) {
    if (entry.type !== 'file' && known.has(entry.path)) {
      throw archiveError('archive/malformed', subject, `${entry.path} in its control archive is a ${entry.type}`);
    }
    if (entry.type !== 'file' || !fileName.test(entry.path)) continue;
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry.body) chunks.push(chunk);
    files.set(entry.path, Buffer.concat(chunks));
  }
  const textOf = (name: string): string | undefined => files.get(name)?.toString('utf8');
  const text = textOf('control');
  if (text === undefined) throw archiveError('archive/malformed', subject, 'its control archive has no control file');
  const fields = parseStanza(text, subject);
  for (const field of ['package', 'version', 'architecture']) {
    if ((fields.get(field) ?? '') === '')
      throw archiveError('archive/malformed', subject, `its control file has no ${field}`);
  }
  return {
    text: `${text.trim()}\n`,
    fields,
    md5sums: textOf('md5sums'),
    conffiles: conffilesOf(textOf('conffiles') ?? ''),
    scripts: new Map(scriptNames.flatMap((name) => (files.has(name) ? [[name, textOf(name) ?? '']] : []))),
    triggers: textOf('triggers'),
    files: new Map([...files].filter(([name]) => name !== 'control')),
  };
}

/** A line is a path, with flags before it (https://manpages.debian.org/deb-conffiles.5). */
function conffilesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.slice(Math.max(line.indexOf('/'), 0)).trim())
    .filter((path) => path.startsWith('/'));
}
