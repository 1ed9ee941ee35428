import { parseStanza } from './control.js';
import type { InstalledRecord } from './installed-record.js';

/** A file of `/var/lib/dpkg/info`. */
export interface InfoFile {
  /** As `libc6:amd64.list`. */
  readonly name: string;
  readonly content: Buffer;
  /** Permission bits. */
  readonly mode: number;
}

/** What dpkg runs. */
const programs = new Set(['preinst', 'postinst', 'prerm', 'postrm', 'config']);
/** What dpkg writes itself, or keeps under another name. */
const ownFiles = new Set(['list', 'md5sums', 'control']);

/**
 * The name under which dpkg keeps the files of a package: with its architecture where the packages of several may be there at once
 * (https://wiki.debian.org/DpkgMultiArch). Throws `control/malformed`.
 */
export function infoName(record: InstalledRecord): string {
  const fields = parseStanza(record.control, 'control file');
  const name = fields.get('package') ?? '';
  return fields.get('multi-arch') === 'same' ? `${name}:${fields.get('architecture') ?? ''}` : name;
}

/**
 * The files of a package in dpkg's database, sorted by name. What `isThere` says is not in the image, by absolute path, is neither
 * listed nor has a checksum: dpkg would miss it. Throws `control/malformed`.
 */
export function infoFiles(record: InstalledRecord, isThere: (path: string) => boolean): readonly InfoFile[] {
  const name = infoName(record);
  const paths = record.paths.filter((path) => path === '/.' || isThere(path));
  const files = Object.entries(record.files)
    .filter(([file]) => !ownFiles.has(file))
    .map(([file, content]) => ({
      name: `${name}.${file}`,
      content: Buffer.from(content, 'base64'),
      mode: programs.has(file) ? 0o755 : 0o644,
    }));
  const sums = Buffer.from(record.files['md5sums'] ?? '', 'base64').toString('utf8');
  const text = (file: string, content: string): InfoFile => ({
    name: `${name}.${file}`,
    content: Buffer.from(content),
    mode: 0o644,
  });
  return [
    ...files,
    text('list', paths.map((path) => `${path}\n`).join('')),
    text('md5sums', checksumsOf(sums, isThere)),
  ].sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** A line is a checksum, two spaces, and a path without its first slash. */
function checksumsOf(text: string, isThere: (path: string) => boolean): string {
  return text
    .split('\n')
    .filter((line) => line !== '' && isThere(`/${line.replace(/^\S+\s+/, '').replace(/^\.?\//, '')}`))
    .map((line) => `${line}\n`)
    .join('');
}
