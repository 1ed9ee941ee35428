import { busyboxApplets } from './busybox-applets.js';
import { imageError } from './image-error.js';
import { rootDirectory } from './root-file-system.js';
import type { RootFileSystem } from './root-file-system.js';

const busybox = 'bin/busybox';
const lists = 'etc/busybox-paths.d';

/** A package as far as it may be busybox. */
export interface BusyboxCandidate {
  readonly name: string;
  readonly version: string;
  readonly provides: readonly string[];
}

/**
 * Makes the links by which busybox is called, as its trigger would: those that the package lists in `/etc/busybox-paths.d`, else
 * those of all applets. What is there already stays. `packages` are in the order of installation. Throws `image/bad-configuration`
 * for a folder in the place of a link.
 */
export async function linkBusybox(root: RootFileSystem, packages: readonly BusyboxCandidate[]): Promise<void> {
  if (!root.exists(busybox)) return;
  const owner = busyboxPackage(packages);
  if (owner === undefined) return;
  const list = `${lists}/${owner.name}`;
  const stated = root.exists(list) ? (await root.read([list])).get(list)?.toString('utf8').split('\n') : undefined;
  for (const line of stated ?? busyboxApplets(owner.version)) {
    const path = line.split('/').filter(Boolean).join('/');
    // A name without a folder is none of busybox's.
    if (path === '' || path === busybox || !line.includes('/')) continue;
    if (root.realPath(path) !== undefined && root.entry(root.realPath(path) ?? path)?.type === 'directory') {
      if (root.entry(path)?.type !== 'symlink') throw folderThere(path, owner.name);
    }
    if (root.entry(path) !== undefined) continue;
    makeFolder(root, path);
    // Through a link of a merged /usr, another name of the same place.
    if (root.entry(path) === undefined) root.symlink(path, `/${busybox}`);
  }
}

function busyboxPackage(packages: readonly BusyboxCandidate[]): BusyboxCandidate | undefined {
  const named = packages.find(({ name }) => name === 'busybox');
  return named ?? packages.findLast(({ provides }) => provides.some((atom) => atom.includes('busybox')));
}

function folderThere(path: string, owner: string): Error {
  return imageError('image/bad-configuration', `/${path} is a folder, but ${owner} is called by that name`, {
    hint: 'Leave out the package that brings the folder.',
    data: { path, package: owner },
  });
}

function makeFolder(root: RootFileSystem, path: string): void {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  if (folder !== '' && root.realPath(folder) === undefined) root.directory(folder, rootDirectory);
}
