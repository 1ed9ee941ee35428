import { busyboxApplets } from './busybox-applets.js';
import { rootDirectory } from './root-file-system.js';
import type { RootFileSystem } from './root-file-system.js';

const busybox = 'bin/busybox';
const lists = 'etc/busybox-paths.d';

/** A package as far as it may be busybox. */
export interface BusyboxCandidate {
  readonly name: string;
  readonly provides: readonly string[];
}

/**
 * Makes the links by which busybox is called, as its trigger would: those that the package lists in `/etc/busybox-paths.d`, else
 * those of all applets. What is there already stays. `packages` are in the order of installation.
 */
export async function linkBusybox(root: RootFileSystem, packages: readonly BusyboxCandidate[]): Promise<void> {
  if (!root.exists(busybox)) return;
  const owner = busyboxPackage(packages);
  if (owner === undefined) return;
  const list = `${lists}/${owner}`;
  const stated = root.exists(list) ? (await root.read([list])).get(list)?.toString('utf8').split('\n') : undefined;
  for (const line of stated ?? busyboxApplets) {
    const path = line.split('/').filter(Boolean).join('/');
    if (path === '' || path === busybox || root.entry(path) !== undefined) continue;
    makeFolder(root, path);
    // Through a link of a merged /usr, another name of the same place.
    if (root.entry(path) === undefined) root.symlink(path, `/${busybox}`);
  }
}

function busyboxPackage(packages: readonly BusyboxCandidate[]): string | undefined {
  const named = packages.find(({ name }) => name === 'busybox');
  return (named ?? packages.findLast(({ provides }) => provides.some((atom) => atom.includes('busybox'))))?.name;
}

function makeFolder(root: RootFileSystem, path: string): void {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  if (folder !== '' && root.realPath(folder) === undefined) root.directory(folder, rootDirectory);
}
