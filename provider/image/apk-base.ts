import { databaseEntries } from '../packages/apk/database.js';
import { apkKey, keyringOf } from '../packages/apk/keyring.js';
import type { ApkRecipe } from './apk-recipe.js';
import type { ApkRecord } from './apk-record.js';
import { canonicalPath } from './package-layout.js';
import type { ImageRecipe } from './recipe.js';
import { rootDirectory } from './root-file-system.js';
import type { RootFileSystem } from './root-file-system.js';

/** An apk package as it lies in the image. */
export interface RecordedPackage {
  readonly record: ApkRecord;
  readonly directoryLinks: Readonly<Record<string, string>>;
}

/** Folders that every image of apk packages has, whatever the packages bring, with their modes. */
export const baseFolders: readonly (readonly [string, number])[] = [
  ['tmp', 0o1777],
  ['dev', 0o755],
  ['etc', 0o755],
  ['opt', 0o755],
  ['proc', 0o555],
  ['var', 0o755],
  ['usr', 0o755],
  ['etc/apk', 0o755],
  ['etc/apk/keys', 0o755],
  ['usr/lib', 0o755],
  ['usr/lib/apk', 0o755],
  ['usr/lib/apk/db', 0o755],
  ['usr/lib/apk/exec', 0o755],
  ['var/cache', 0o755],
  ['var/cache/apk', 0o755],
  ['var/cache/misc', 0o755],
];

const devices: readonly (readonly [name: string, major: number, minor: number, mode: number])[] = [
  ['zero', 1, 5, 0o666],
  ['urandom', 1, 9, 0o666],
  ['null', 1, 3, 0o666],
  ['random', 1, 8, 0o666],
  ['console', 5, 1, 0o620],
];

/** Makes the base folders as they were there before every package, and `links`, folders that are links. */
export function makeBase(root: RootFileSystem, links: Readonly<Record<string, string>>): void {
  for (const [path, target] of Object.entries(links)) root.symlink(path, target);
  for (const [path, mode] of baseFolders) root.directory(path, { ...rootDirectory, mode });
}

/** Makes the device nodes that a container runtime would put there as well. */
export function makeDevices(root: RootFileSystem): void {
  for (const [name, major, minor, mode] of devices) {
    if (root.entry(`dev/${name}`) !== undefined) continue;
    root.characterDevice(`dev/${name}`, { major, minor }, { mode, uid: 0, gid: 0 });
  }
}

/**
 * Writes what apk and scanners look for: `/etc/apk`, the installed database with scripts and triggers, and `/lib/apk` as a link to
 * it. `packages` are in apk's order of installation.
 */
export async function writeDatabase(
  root: RootFileSystem,
  recipe: ImageRecipe,
  apk: ApkRecipe,
  packages: readonly RecordedPackage[],
  created: number,
): Promise<void> {
  const entries = await databaseEntries({
    architecture: recipe.architecture,
    packages: packages.map((one) => ({ ...one.record, entries: keptEntries(root, one) })),
    repositories: apk.repositories,
    keyring: keyringOf(apk.keys.map(({ name, pem }) => apkKey(name, pem))),
    mtime: created,
  });
  for (const entry of entries) {
    const attributes = { mode: entry.mode, uid: 0, gid: 0 };
    if (entry.type === 'file') root.writeFile(entry.path, entry.content, attributes);
    else if (entry.type === 'directory') root.directory(entry.path, attributes);
    else if (!isMergedLib(root)) {
      if (root.entry('lib') === undefined) root.directory('lib', rootDirectory);
      root.symlink(entry.path, entry.linkTarget);
    }
  }
}

/** True when `/lib` is `/usr/lib`: then the link to the database would lie in its own place. */
function isMergedLib(root: RootFileSystem): boolean {
  return root.realPath('lib') === 'usr/lib';
}

/** What a package is recorded with: a regular file that is another package's is not its own, everything else stays. */
function keptEntries(root: RootFileSystem, { record, directoryLinks }: RecordedPackage): ApkRecord['entries'] {
  return record.entries.filter((entry) => {
    const there = root.entry(canonicalPath(entry.path, directoryLinks));
    return there?.type !== 'file' || entry.type === 'directory' || there.owner === record.info.name;
  });
}
