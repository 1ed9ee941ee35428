import { databaseEntries, lockedNames } from '../packages/apk/database.js';
import { apkKey, keyringOf } from '../packages/apk/keyring.js';
import type { ApkRecipe } from './apk-recipe.js';
import type { ApkRecord } from './apk-record.js';
import { canonicalPath } from './package-layout.js';
import type { ImageRecipe } from './recipe.js';
import { rootDirectory } from './root-file-system.js';
import { supervisorPackage } from './supervision-tree.js';
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

/** Makes the base folders and devices as they were there before every package, and `links`, folders that are links. */
export function makeBase(root: RootFileSystem, links: Readonly<Record<string, string>>): void {
  for (const [path, target] of Object.entries(links)) root.symlink(path, target);
  for (const [path, mode] of baseFolders) root.directory(path, { ...rootDirectory, mode });
  makeDevices(root);
}

/** Makes the device nodes that a container runtime would put there as well. */
function makeDevices(root: RootFileSystem): void {
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
): Promise<void> {
  const owners = fileOwners(root, packages);
  const entries = await databaseEntries({
    architecture: recipe.architecture,
    packages: packages.map((one) => ({ ...one.record, entries: keptEntries(one, owners) })),
    repositories: [...new Set(apk.repositories.map((line) => line.replace(/\/+$/, '')))].sort(),
    world: worldOf(
      recipe,
      packages.map(({ record }) => record.info),
    ),
    keyring: keyringOf(apk.keys.map(({ name, pem }) => apkKey(name, pem))),
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

/** What is in the image, each at its exact version, as apko locks it; a service bundle asks for its supervisor once more. */
export function worldOf(
  { apk, configuration }: ImageRecipe,
  packages: readonly { readonly name: string; readonly version: string }[],
): readonly string[] {
  const locked = apk?.installation?.world ?? lockedNames(packages, apk?.requests);
  return configuration.entrypoint?.type === 'service-bundle' ? [...locked, supervisorPackage] : locked;
}

/** True when `/lib` is `/usr/lib`: then the link to the database would lie in its own place. */
function isMergedLib(root: RootFileSystem): boolean {
  return root.realPath('lib') === 'usr/lib';
}

/** Whose a regular file is, by where it lies: also of one that a link has replaced since, whose record apko keeps. */
function fileOwners(root: RootFileSystem, packages: readonly RecordedPackage[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const { record, directoryLinks } of packages) {
    for (const entry of record.entries) {
      if (entry.type !== 'file') continue;
      const path = canonicalPath(entry.path, directoryLinks);
      const there = root.entry(path);
      owners.set(path, there?.type === 'file' ? there.owner : (owners.get(path) ?? record.info.name));
    }
  }
  return owners;
}

/** What a package is recorded with: a regular file that is another package's is not its own, everything else stays. */
function keptEntries(
  { record, directoryLinks }: RecordedPackage,
  owners: ReadonlyMap<string, string>,
): ApkRecord['entries'] {
  return record.entries.filter((entry) => {
    const owner = owners.get(canonicalPath(entry.path, directoryLinks));
    return entry.type === 'directory' || owner === undefined || owner === record.info.name;
  });
}
