import type { Attributes, RootFileSystem } from './root-file-system.js';

/**
 * Files with several names, which have one mode and one owner: the hard links of packages, and those that a configuration makes.
 * The latter are files of their own in a layer, as a hard link does not lead from one layer to another.
 */
export interface Inodes {
  /** Gives the file at `source` the name `path` as well. */
  link(path: string, source: string): Promise<void>;
  /** Changes what is at `path`, which leads through no link, under all its names. */
  changeAttributes(path: string, attributes: Partial<Attributes>): Promise<void>;
}

/** The inodes of `root`, whose packages bring no more hard links from now on. */
export function inodesOf(root: RootFileSystem): Inodes {
  /** What has been linked here: the first name of the file, by each other name. */
  const firstNames = new Map<string, string>();
  let hardlinks: ReadonlyMap<string, readonly string[]> | undefined;

  function firstName(path: string): string {
    const entry = root.entry(path);
    return firstNames.get(path) ?? (entry?.type === 'hardlink' ? (entry.linkTarget ?? path) : path);
  }

  return {
    link: async (path, source) => {
      const first = firstName(root.realPath(source) ?? source);
      await root.copy(path, source);
      const made = root.entry(path)?.path ?? path;
      if (made !== first) firstNames.set(made, first);
    },
    changeAttributes: async (path, attributes) => {
      hardlinks ??= hardlinksOf(root);
      const first = firstName(path);
      await root.changeAttributes(first, attributes);
      for (const name of hardlinks.get(first) ?? []) {
        if (root.entry(name)?.type === 'hardlink') await root.hardlink(name, first);
      }
      for (const [name, of] of firstNames) if (of === first) await root.changeAttributes(name, attributes);
    },
  };
}

/** The other names of files, by the first. */
function hardlinksOf(root: RootFileSystem): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { path, type, linkTarget } of root.entries()) {
    if (type !== 'hardlink' || linkTarget === undefined) continue;
    const others = names.get(linkTarget);
    if (others === undefined) names.set(linkTarget, [path]);
    else others.push(path);
  }
  return names;
}
