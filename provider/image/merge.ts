import { byPath, parentOf } from './file-list.js';
import type { ListedEntry } from './file-list.js';
import { imageError } from './image-error.js';

/** A package with what it lays out. */
export interface MergePackage {
  readonly name: string;
  readonly version: string;
  readonly files: readonly ListedEntry[];
  /** True when this package may take over the other's files. */
  replaces(other: { readonly name: string; readonly version: string }): boolean;
}

/** Whose a path is that two packages bring: the one's that was there, the one's that comes, or nobody's. */
export type Keeper = 'holder' | 'newcomer' | 'nobody';

/** How a format decides between packages. */
export interface MergeRules {
  /** True when it makes no difference which of two entries at one path is taken. */
  isSame(left: ListedEntry, right: ListedEntry): boolean;
  keeperOf(holder: MergePackage, newcomer: MergePackage): Keeper;
}

/** Either package may say that it replaces the other, whichever comes first; what is the same in every way is shared. */
const replacesRules: MergeRules = {
  isSame,
  keeperOf: (holder, newcomer) =>
    newcomer.replaces(holder) ? 'newcomer' : holder.replaces(newcomer) ? 'holder' : 'nobody',
};

/** An entry of the image with the package it comes from. */
export interface OwnedEntry extends ListedEntry {
  readonly owner: string;
}

/** All packages as one tree. */
export interface MergedFiles {
  readonly tree: Map<string, OwnedEntry>;
  /** By package name: the paths that it loses to another. */
  readonly dropped: ReadonlyMap<string, readonly string[]>;
}

/**
 * Lays packages over one another by their file lists, in the order given. A directory is the first package's; a file that two
 * packages bring is the one's that replaces the other, or either's when they are the same.
 *
 * Throws `image/file-conflict` with the path and both packages, and `image/unsafe-path` when a package writes through another's
 * (or its own) symbolic link.
 */
export function mergePackages(packages: readonly MergePackage[], rules: MergeRules = replacesRules): MergedFiles {
  const tree = new Map<string, OwnedEntry>();
  const byName = new Map(packages.map((one) => [one.name, one]));
  const dropped = new Map<string, string[]>();

  function drop(owner: string, path: string): void {
    const paths = dropped.get(owner);
    if (paths === undefined) dropped.set(owner, [path]);
    else paths.push(path);
  }

  function add(entry: ListedEntry, from: MergePackage): void {
    const other = tree.get(entry.path);
    // What is there only because something lies in it yields to everything; what lies in it is checked at the end.
    if (other === undefined || other.implied) {
      if (other === undefined || !entry.implied) tree.set(entry.path, { ...entry, owner: from.name });
      return;
    }
    if (entry.implied || (other.type === 'directory' && entry.type === 'directory')) return;
    const holder = byName.get(other.owner);
    if (holder === undefined) throw new Error(`${other.owner} is no package of this image`);
    if (other.type === 'directory' || entry.type === 'directory') throw conflict(entry, from, other, holder);
    const keeper = rules.isSame(entry, other) ? 'holder' : rules.keeperOf(holder, from);
    if (keeper === 'nobody') throw conflict(entry, from, other, holder);
    if (keeper === 'holder') {
      drop(from.name, entry.path);
      return;
    }
    drop(holder.name, entry.path);
    tree.set(entry.path, { ...entry, owner: from.name });
  }

  for (const one of packages) for (const entry of one.files) add(entry, one);
  // Only now: whether a folder is a link does not depend on the order of packages.
  for (const entry of [...tree.values()].sort(byPath)) checkParent(entry, tree);
  return { tree, dropped };
}

function checkParent(entry: OwnedEntry, tree: ReadonlyMap<string, OwnedEntry>): void {
  const parent = parentOf(entry.path);
  const found = parent === '' ? undefined : tree.get(parent);
  if (parent === '' || found?.type === 'directory') return;
  throw imageError(
    'image/unsafe-path',
    `Package ${entry.owner} brings /${entry.path}, but /${parent} is ${found === undefined ? 'not there' : `a ${found.type} of package ${found.owner}`}`,
    {
      hint: 'Files are never written through a link. Leave one of the packages out.',
      data: { path: entry.path, packages: found === undefined ? [entry.owner] : [entry.owner, found.owner] },
    },
  );
}

function isSame(left: ListedEntry, right: ListedEntry): boolean {
  return (
    left.type === right.type &&
    left.digest === right.digest &&
    left.linkTarget === right.linkTarget &&
    left.mode === right.mode &&
    left.uid === right.uid &&
    left.gid === right.gid &&
    JSON.stringify(left.xattrs) === JSON.stringify(right.xattrs)
  );
}

function conflict(entry: ListedEntry, from: MergePackage, other: OwnedEntry, holder: MergePackage): Error {
  const what =
    entry.type === other.type ? 'with different content' : `one as a ${other.type}, the other as a ${entry.type}`;
  return imageError(
    'image/file-conflict',
    `Packages ${holder.name} ${holder.version} and ${from.name} ${from.version} both bring /${entry.path}, ${what}`,
    {
      hint: 'Neither says that it replaces the other. Leave one of them out.',
      data: { path: entry.path, packages: [holder.name, from.name] },
    },
  );
}
