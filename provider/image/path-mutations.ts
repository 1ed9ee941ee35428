import type { PathMutation } from './configuration.js';
import { imageError } from './image-error.js';
import { rootDirectory } from './root-file-system.js';
import type { Attributes, RootFileSystem } from './root-file-system.js';

const defaultDirectoryMode = 0o755;
const defaultFileMode = 0o644;
const everyonesMode = 0o1777;

/** Makes the folders that every system has and that no package may have brought. */
export function makeStandardFolders(root: RootFileSystem): void {
  const folders: readonly (readonly [string, number])[] = [
    ['dev', 0o755],
    ['etc', 0o755],
    ['proc', 0o755],
    ['root', 0o700],
    ['run', 0o755],
    ['sys', 0o755],
    ['tmp', everyonesMode],
    ['var/tmp', everyonesMode],
  ];
  for (const [path, mode] of folders)
    if (root.entry(path) === undefined) root.directory(path, { ...rootDirectory, mode });
}

/** Applies `mutations` in order (https://github.com/chainguard-dev/apko/blob/main/docs/apko_file.md#paths-top-level-element). */
export async function applyPathMutations(root: RootFileSystem, mutations: readonly PathMutation[]): Promise<void> {
  for (const mutation of mutations) await applyMutation(root, mutation);
}

/** Makes the working directory the default user's, unless it is there already. */
export function makeWorkingDirectory(
  root: RootFileSystem,
  workDir: string | undefined,
  user: { readonly uid: number; readonly gid: number },
): void {
  if (workDir === undefined || workDir === '/' || root.entry(relative(workDir)) !== undefined) return;
  root.directory(relative(workDir), { mode: defaultDirectoryMode, uid: user.uid, gid: user.gid });
}

async function applyMutation(root: RootFileSystem, mutation: PathMutation): Promise<void> {
  const path = relative(mutation.path);
  const { uid, gid } = mutation;
  switch (mutation.type) {
    case 'directory':
      root.directory(path, { mode: mutation.permissions ?? defaultDirectoryMode, uid, gid });
      break;
    case 'empty-file':
      root.writeFile(path, '', { mode: mutation.permissions ?? defaultFileMode, uid, gid });
      return;
    case 'symlink':
      root.symlink(path, sourceOf(mutation));
      return;
    case 'hardlink':
      await root.hardlink(path, relative(sourceOf(mutation)));
      if (mutation.permissions === undefined) return;
      await root.changeAttributes(path, attributesOf(mutation));
      return;
    case 'permissions':
      await root.changeAttributes(path, attributesOf(mutation));
      break;
  }
  if (!mutation.recursive) return;
  for (const below of root.below(root.realPath(path) ?? path)) {
    if (below.type !== 'symlink') await root.changeAttributes(below.path, attributesOf(mutation));
  }
}

function attributesOf({ uid, gid, permissions }: PathMutation): Partial<Attributes> {
  return permissions === undefined ? { uid, gid } : { uid, gid, mode: permissions };
}

/** What a link of `mutation` leads to. Throws `image/bad-configuration` when it does not say. */
export function sourceOf(mutation: PathMutation): string {
  if (mutation.source !== undefined) return mutation.source;
  throw imageError('image/bad-configuration', `The ${mutation.type} ${mutation.path} has no source`, {
    hint: 'Give the path that it leads to as "source".',
    data: { path: mutation.path },
  });
}

function relative(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}
