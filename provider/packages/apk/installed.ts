import type { EntryHeader } from '../archive.js';
import { checksumText } from './apk-package.js';
import type { PackageInfo } from './package-info.js';

/** A package as the installed database records it. */
export interface InstalledPackage {
  readonly info: PackageInfo;
  /** Bytes of the archive. */
  readonly size: number;
  /** Lowercase hex sha1 of the control member. */
  readonly controlSha1: string;
  /** Everything it put into the root, in any order, with the checksums of files and symlinks. */
  readonly entries: readonly InstalledEntry[];
}

/** The metadata of an entry with its checksum. */
export interface InstalledEntry extends Pick<EntryHeader, 'path' | 'type' | 'mode' | 'uid' | 'gid'> {
  /** Lowercase hex sha1 of a file's content or of a symlink's target. */
  readonly checksum?: string;
}

/**
 * The text of `usr/lib/apk/db/installed` for `packages`, in their order, byte for byte as apko writes it: fields,
 * then each folder (`F:`) with the files in it (`R:`), ownership and mode where they are not the usual (`M:`, `a:`),
 * and checksums (`Z:`). An entry of which a parent folder is not in the archive is left out, as apk would not find
 * it.
 */
export function writeInstalled(packages: readonly InstalledPackage[]): string {
  return packages.map((one) => `${[...fieldsOf(one), ...filesOf(one.entries)].join('\n')}\n\n`).join('');
}

function fieldsOf({ info, size, controlSha1 }: InstalledPackage): readonly string[] {
  return [
    `P:${info.name}`,
    `V:${info.version}`,
    `A:${info.architecture}`,
    `L:${asIniValue(info.license)}`,
    `T:${asIniValue(info.description)}`,
    `o:${asIniValue(info.origin)}`,
    `m:${asIniValue(info.maintainer)}`,
    `U:${asIniValue(info.url)}`,
    `D:${once(info.depends)}`,
    `p:${once(info.provides)}`,
    ...(info.replaces.length === 0 ? [] : [`r:${once(info.replaces)}`]),
    `c:${info.commit ?? ''}`,
    `i:[${info.installIf.join(' ')}]`,
    `t:${info.buildTime}`,
    `S:${size}`,
    `I:${info.installedSize}`,
    `k:${info.providerPriority}`,
    `C:${checksumText(controlSha1)}`,
  ];
}

/** apko reads `.PKGINFO` as an INI file: `#` and `;` begin a comment wherever they stand, and quotes around a value are none of it. */
function asIniValue(text = ''): string {
  if (text.startsWith('`') && text.indexOf('`', 1) > 0) return text.slice(1, text.lastIndexOf('`'));
  const value = text.replace(/[#;].*$/, '').trim();
  return /^'([^']*)'$/.exec(value)?.[1] ?? /^"([^"]*)"$/.exec(value)?.[1] ?? value;
}

/** The atoms of a list, each once. */
function once(atoms: readonly string[]): string {
  return [...new Set(atoms)].join(' ');
}

interface Folder {
  readonly entry: InstalledEntry | undefined;
  readonly files: Map<string, InstalledEntry>;
  readonly folders: Map<string, Folder>;
}

function filesOf(entries: readonly InstalledEntry[]): readonly string[] {
  const root = treeOf(entries);
  const lines: string[] = root.files.size === 0 ? [] : ['F:'];
  writeFolder(root, lines);
  return lines;
}

/** The entries as a tree; what lies beneath no entry of the archive is left out. */
function treeOf(entries: readonly InstalledEntry[]): Folder {
  const root: Folder = { entry: undefined, files: new Map(), folders: new Map() };
  const folders = new Map<string, Folder>([['', root]]);
  const ordered = [...entries].sort((one, other) => compareBytes(one.path, other.path));
  for (const entry of ordered) {
    const slash = entry.path.lastIndexOf('/');
    const parent = folders.get(slash < 0 ? '' : entry.path.slice(0, slash));
    const name = entry.path.slice(slash + 1);
    if (parent === undefined) continue;
    if (entry.type !== 'directory') {
      parent.files.set(name, entry);
      continue;
    }
    const folder: Folder = { entry, files: new Map(), folders: new Map() };
    parent.folders.set(name, folder);
    folders.set(entry.path, folder);
  }
  return root;
}

function writeFolder(folder: Folder, lines: string[]): void {
  if (folder.entry !== undefined) {
    lines.push(`F:${folder.entry.path}`, ...ownership('M', folder.entry, 0o755));
  }
  for (const [name, entry] of inOrder(folder.files)) {
    lines.push(`R:${name}`, ...ownership('a', entry, 0o644));
    if (entry.checksum !== undefined) lines.push(`Z:${checksumText(entry.checksum)}`);
  }
  for (const [, child] of inOrder(folder.folders)) writeFolder(child, lines);
}

function ownership(field: 'M' | 'a', { uid, gid, mode }: InstalledEntry, usualMode: number): readonly string[] {
  if (uid === 0 && gid === 0 && mode === usualMode) return [];
  return [`${field}:${uid}:${gid}:${mode.toString(8).padStart(4, '0')}`];
}

function inOrder<Value>(map: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] {
  return [...map].sort(([one], [other]) => compareBytes(one, other));
}

function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one, 'utf8'), Buffer.from(other, 'utf8'));
}
