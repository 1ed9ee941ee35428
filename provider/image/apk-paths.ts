import type { PathMutation } from './configuration.js';
import { imageError } from './image-error.js';
import { inodesOf } from './inodes.js';
import { sourceOf } from './path-mutations.js';
import { generated, rootDirectory } from './root-file-system.js';
import type { Attributes, RootFileSystem } from './root-file-system.js';
import { throughLinks } from './through-links.js';

/**
 * Applies `mutations` in order, as apko does it: what states no permissions has none, attributes of a link are those of what it
 * leads to, all names of a file have the same, and a package's file keeps its content.
 * (https://github.com/chainguard-dev/apko/blob/main/docs/apko_file.md#paths-top-level-element).
 *
 * Throws `image/bad-configuration` for a source that is not there, `image/unsafe-path` for a path that cannot be made.
 */
export async function applyApkPaths(root: RootFileSystem, mutations: readonly PathMutation[]): Promise<void> {
  const inodes = inodesOf(root);

  async function change(path: string, attributes: Partial<Attributes>): Promise<void> {
    const real = root.realPath(path);
    // A link may lead to what is there only at run time; the root itself is in no layer.
    if (real !== undefined && real !== '') await inodes.changeAttributes(real, attributes);
  }

  async function make(mutation: PathMutation, path: string, mode: number): Promise<void> {
    switch (mutation.type) {
      case 'directory':
        makeFolders(root, path, mode);
        return;
      case 'empty-file':
        makeEmptyFile(root, path, mode);
        return;
      case 'hardlink':
        await inodes.link(path, relative(sourceOf(mutation)));
        return;
      case 'symlink':
        if (path === '' || root.entry(path) !== undefined) throw exists(mutation);
        root.symlink(path, sourceOf(mutation));
        return;
      case 'permissions':
        return;
    }
  }

  for (const mutation of mutations) {
    const path = relative(mutation.path);
    const mode = mutation.permissions ?? 0;
    const attributes = mutation.keepsOwner === true ? { mode } : { mode, uid: mutation.uid, gid: mutation.gid };
    await make(mutation, path, mode);
    if (mutation.type === 'permissions' && root.realPath(path) === undefined) throw missing(mutation);
    await change(path, attributes);
    if (!mutation.recursive) continue;
    const below = root.below(root.realPath(path) ?? path);
    for (const { path: inner } of below) await change(inner, attributes);
  }
}

/** Missing folders above have the same mode, and are root's. */
function makeFolders(root: RootFileSystem, path: string, mode: number): void {
  if (path === '') return;
  const parts = path.split('/');
  for (const index of parts.keys()) {
    const folder = parts.slice(0, index + 1).join('/');
    if (root.realPath(folder) === undefined) root.directory(folder, { ...rootDirectory, mode });
  }
  const real = root.realPath(path);
  if (real === undefined || (real !== '' && root.entry(real)?.type !== 'directory'))
    root.directory(path, { ...rootDirectory, mode });
}

/** A file that is there through a link is the one that is meant, and what a package has put there stays. */
function makeEmptyFile(root: RootFileSystem, path: string, mode: number): void {
  const place = throughLinks(root, path);
  const there = root.entry(place);
  const stays = there !== undefined && there.type !== 'directory' && there.owner !== generated;
  if (!stays && there?.type !== 'character-device') root.writeFile(place, '', { mode, uid: 0, gid: 0 });
}

function relative(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

function exists({ path, type }: PathMutation): Error {
  return imageError('image/bad-configuration', `The ${type} ${path} cannot be made: something is there already`, {
    hint: 'Choose another path, or leave out the package that brings it.',
    data: { path },
  });
}

function missing({ path }: PathMutation): Error {
  return imageError('image/bad-configuration', `There is no ${path} in the image to change the permissions of`, {
    hint: 'Add the package that brings it, or take the path out of the configuration.',
    data: { path },
  });
}
