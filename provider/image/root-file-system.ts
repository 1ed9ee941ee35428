import type { PrivateImageError } from '../support/errors.js';
import { digestOf } from '../support/digest.js';
import type { Digest } from '../support/digest.js';
import { ancestorsOf, byPath, parentOf } from './file-list.js';
import type { ListedEntry } from './file-list.js';
import { followLinks } from './follow-links.js';
import { imageError } from './image-error.js';
import type { OwnedEntry } from './merge.js';

/** Mode and owner of something that is made. */
export interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** What is written on top of the packages: one layer. Sorted by path. */
export interface GeneratedEntry extends ListedEntry {
  /** Of files that are made here; the content of others is in the store under `digest`. */
  readonly content?: Buffer;
  /** Of device nodes. */
  readonly device?: { readonly major: number; readonly minor: number };
}

/**
 * The image's files as a tree that can be read and written on. Paths are relative to the root, as in `EntryHeader.path`; links in
 * them are followed within the root, as a container would. What is written has the image's timestamp.
 */
export interface RootFileSystem {
  /** Where `path` leads when links are followed, the last part's too; undefined when it leads nowhere. */
  realPath(path: string): string | undefined;
  /** The entry at `path` itself, links above it followed. */
  entry(path: string): OwnedEntry | undefined;
  exists(path: string): boolean;
  /** Everything below `folder`, links not followed, sorted by path. */
  below(folder: string): readonly OwnedEntry[];
  /** The content of files, by path as given; all must be there. */
  read(paths: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
  /** The place on disk of a package's file, links followed; undefined for everything else. */
  locate(path: string): Promise<string | undefined>;
  /** Throws `image/unsafe-path` when something above `path` is no directory. */
  writeFile(path: string, content: Buffer | string, attributes: Attributes): void;
  /** A file whose content is in the store. */
  writeStoredFile(
    path: string,
    content: { readonly digest: Digest; readonly size: number },
    attributes: Attributes,
  ): void;
  symlink(path: string, target: string): void;
  /** Makes a directory and what is missing above it; an existing one gets the attributes. */
  directory(path: string, attributes: Attributes): void;
  hardlink(path: string, target: string): Promise<void>;
  /** A file of its own with the content, attributes and extended attributes of the file `source`. */
  copy(path: string, source: string): Promise<void>;
  characterDevice(
    path: string,
    device: { readonly major: number; readonly minor: number },
    attributes: Attributes,
  ): void;
  changeAttributes(path: string, attributes: Partial<Attributes>): Promise<void>;
  /** What has been written since the last call, with the folders above it, sorted by path. */
  takeWritten(): readonly GeneratedEntry[];
  /** All entries, sorted by path. */
  entries(): readonly OwnedEntry[];
}

export const rootDirectory: Attributes = { mode: 0o755, uid: 0, gid: 0 };
export const rootFile: Attributes = { mode: 0o644, uid: 0, gid: 0 };

/** Who owns what is no package's. */
export const generated = 'configuration';

/** Brings files of packages into the store: paths with digests, by package name. */
export type Fetch = (owner: string, files: ReadonlyMap<string, Digest>) => Promise<void>;

/** What a root file system stands on. */
export interface RootFileSystemParts {
  readonly tree: Map<string, OwnedEntry>;
  /** Seconds since the epoch, for all that is written. */
  readonly created: number;
  readonly fetch: Fetch;
  readonly readBlob: (digest: Digest) => Promise<Buffer>;
  /** Where the store has a blob on disk. */
  readonly pathOfBlob: (digest: Digest) => string;
}

/** A root file system on the merged packages. `tree` is changed by what is written. */
export function rootFileSystem({ tree, created, fetch, readBlob, pathOfBlob }: RootFileSystemParts): RootFileSystem {
  let written = new Map<string, GeneratedEntry>();
  const contents = new Map<string, Buffer>();

  const follow = (path: string): string | undefined => followLinks(tree, path);

  /** Where something new at `path` lies; makes the folders above it. */
  function placeFor(path: string): string {
    assertCleanPath(path);
    for (const ancestor of ancestorsOf(path)) {
      const real = follow(ancestor);
      if (real === undefined && entry(ancestor) === undefined) {
        const above = follow(parentOf(ancestor)) ?? '';
        put({ ...header(join(above, nameOf(ancestor)), 'directory', rootDirectory) });
      } else if (real === undefined || (real !== '' && tree.get(real)?.type !== 'directory')) {
        throw imageError('image/unsafe-path', `/${path} cannot be made: /${ancestor} is no directory`, {
          hint: 'Choose another path, or leave out the package that brings it.',
          data: { path },
        });
      }
    }
    return join(follow(parentOf(path)) ?? '', nameOf(path));
  }

  function header(path: string, type: ListedEntry['type'], { mode, uid, gid }: Attributes): GeneratedEntry {
    return { path, type, mode, uid, gid, mtime: created, size: 0 };
  }

  function put(made: GeneratedEntry): void {
    const { content, device: _, ...listed } = made;
    if (content !== undefined) contents.set(made.path, content);
    tree.set(made.path, { ...listed, owner: generated });
    written.set(made.path, made);
  }

  function entry(path: string): OwnedEntry | undefined {
    const parent = follow(parentOf(path));
    return parent === undefined ? undefined : tree.get(join(parent, nameOf(path)));
  }

  function putLeaf(made: GeneratedEntry): void {
    if (tree.get(made.path)?.type === 'directory') {
      throw imageError('image/unsafe-path', `/${made.path} cannot be made as a ${made.type}: it is a directory`, {
        hint: 'Choose another path, or leave out the package that brings it.',
        data: { path: made.path },
      });
    }
    put(made);
  }

  async function copyOfFile(found: OwnedEntry): Promise<GeneratedEntry> {
    const { owner, ...listed } = found;
    if (owner === generated) return written.get(found.path) ?? withContent(listed, contents.get(found.path));
    if (found.type === 'hardlink') {
      const target = tree.get(found.linkTarget ?? '');
      if (target === undefined) throw missing(found.path);
      return { ...(await copyOfFile(target)), path: found.path };
    }
    if (found.digest !== undefined) await fetch(owner, new Map([[found.path, found.digest]]));
    return listed;
  }

  async function read(paths: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
    const found = paths.map((path) => [path, fileAt(path)] as const);
    const wanted = new Map<string, Map<string, Digest>>();
    for (const [, file] of found) {
      if (file.owner === generated || file.digest === undefined) continue;
      const files = wanted.get(file.owner) ?? new Map<string, Digest>();
      wanted.set(file.owner, files.set(file.path, file.digest));
    }
    for (const [owner, files] of wanted) await fetch(owner, files);
    const result = new Map<string, Buffer>();
    for (const [path, file] of found) {
      const made = file.owner === generated ? contents.get(file.path) : undefined;
      if (made === undefined && file.digest === undefined) throw missing(path);
      result.set(path, made ?? (await readBlob(file.digest ?? digestOf(''))));
    }
    return result;
  }

  function fileAt(path: string): OwnedEntry {
    const real = follow(path);
    let found = real === undefined ? undefined : tree.get(real);
    if (found?.type === 'hardlink') found = tree.get(found.linkTarget ?? '');
    if (found?.type !== 'file') throw missing(path);
    return found;
  }

  return {
    realPath: (path) => follow(path),
    entry,
    exists: (path) => follow(path) !== undefined,
    below: (folder) =>
      [...tree.values()].filter((one) => folder === '' || one.path.startsWith(`${folder}/`)).sort(byPath),
    read,
    locate: async (path) => {
      const real = follow(path);
      let found = real === undefined ? undefined : tree.get(real);
      if (found?.type === 'hardlink') found = tree.get(found.linkTarget ?? '');
      if (found?.digest === undefined || contents.has(found.path)) return undefined;
      if (found.owner !== generated) await fetch(found.owner, new Map([[found.path, found.digest]]));
      return pathOfBlob(found.digest);
    },
    writeFile: (path, content, attributes) => {
      const bytes = Buffer.from(content);
      const file = { ...header(placeFor(path), 'file', attributes), size: bytes.length, digest: digestOf(bytes) };
      putLeaf({ ...file, content: bytes });
    },
    writeStoredFile: (path, content, attributes) => {
      const place = placeFor(path);
      contents.delete(place);
      putLeaf({ ...header(place, 'file', attributes), size: content.size, digest: content.digest });
    },
    symlink: (path, target) => {
      putLeaf({ ...header(placeFor(path), 'symlink', { mode: 0o777, uid: 0, gid: 0 }), linkTarget: target });
    },
    directory: (path, attributes) => {
      const real = follow(path);
      if (real === undefined && entry(path) === undefined) {
        put(header(placeFor(path), 'directory', attributes));
        return;
      }
      const found = real === undefined ? undefined : tree.get(real);
      if (found?.type !== 'directory') throw notADirectory(path);
      const { xattrs } = found;
      put({ ...header(found.path, 'directory', attributes), ...(xattrs === undefined ? {} : { xattrs }) });
    },
    hardlink: async (path, target) => {
      // A hard link cannot cross layers: the file comes with it.
      const file = await copyOfFile(fileAt(target));
      const place = placeFor(path);
      put(file);
      putLeaf({ ...header(place, 'hardlink', file), linkTarget: file.path });
    },
    copy: async (path, source) => {
      const file = await copyOfFile(fileAt(source));
      const place = placeFor(path);
      if (file.content === undefined) contents.delete(place);
      putLeaf({ ...file, path: place });
    },
    characterDevice: (path, device, attributes) => {
      putLeaf({ ...header(placeFor(path), 'character-device', attributes), device });
    },
    changeAttributes: async (path, attributes) => {
      const real = follow(path);
      const found = real === undefined ? undefined : tree.get(real);
      if (found === undefined) throw missing(path);
      const isFile = found.type === 'file' || found.type === 'hardlink';
      // What has been written may be more than what the tree has: a device has numbers.
      const copy = isFile ? await copyOfFile(found) : (written.get(found.path) ?? withoutOwner(found));
      put({ ...copy, ...attributes });
    },
    takeWritten: () => {
      const layer = withParents(written, tree);
      written = new Map();
      return layer;
    },
    entries: () => [...tree.values()].sort(byPath),
  };
}

function withParents(
  written: ReadonlyMap<string, GeneratedEntry>,
  tree: ReadonlyMap<string, OwnedEntry>,
): readonly GeneratedEntry[] {
  const layer = new Map(written);
  for (const path of written.keys()) {
    for (const ancestor of ancestorsOf(path)) {
      const found = tree.get(ancestor);
      if (found !== undefined && !layer.has(ancestor)) layer.set(ancestor, withoutOwner(found));
    }
  }
  return [...layer.values()].sort(byPath);
}

function withoutOwner({ owner: _, ...listed }: OwnedEntry): ListedEntry {
  return listed;
}

function withContent(listed: ListedEntry, content: Buffer | undefined): GeneratedEntry {
  return content === undefined ? listed : { ...listed, content };
}

function assertCleanPath(path: string): void {
  const parts = path.split('/');
  if (parts.every((part) => part !== '' && part !== '.' && part !== '..' && !part.startsWith('.wh.'))) return;
  throw imageError('image/unsafe-path', `Not a path in an image: ${JSON.stringify(`/${path}`)}`, {
    hint: 'A path has no "..", no empty part, and no name that starts with ".wh.".',
    data: { path },
  });
}

function missing(path: string): PrivateImageError {
  return imageError('image/bad-configuration', `There is no file /${path} in the image`, {
    hint: 'Add the package that brings it, or take the path out of the configuration.',
    data: { path },
  });
}

function notADirectory(path: string): PrivateImageError {
  return imageError('image/unsafe-path', `/${path} cannot be a directory: something else is there`, {
    hint: 'Choose another path, or leave out the package that brings it.',
    data: { path },
  });
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
