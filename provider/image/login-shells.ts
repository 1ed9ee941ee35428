import { rootFile } from './root-file-system.js';
import type { RootFileSystem } from './root-file-system.js';

const template = 'usr/share/debianutils/shells';
const folder = 'usr/share/debianutils/shells.d';
const list = 'etc/shells';
const state = 'var/lib/shells.state';

/**
 * Writes `/etc/shells`, and what `update-shells` remembers of it (https://manpages.debian.org/update-shells.8): the shells that packages
 * name, and the same by their real folders. Does nothing without debianutils, or where there is a list.
 */
export async function listLoginShells(root: RootFileSystem): Promise<void> {
  if (!root.exists(template) || root.entry(list) !== undefined) return;
  const named = root
    .below(folder)
    .filter(({ type }) => type === 'file')
    .map(({ path }) => path);
  const contents = await root.read([template, ...named]);
  const lines = [...contents.values()].flatMap((content) => content.toString('utf8').split('\n'));
  const shells = lines.map((line) => line.replace(/#.*/, '')).filter((line) => line !== '');
  const all = [...new Set(shells.flatMap((shell) => [shell, realShell(root, shell)]))];
  const comments = (contents.get(template)?.toString('utf8') ?? '').split('\n').filter((line) => line.startsWith('#'));
  const text = (some: readonly string[]): string => some.map((line) => `${line}\n`).join('');
  root.writeFile(list, text([...comments, ...all]), rootFile);
  root.writeFile(state, text(all), rootFile);
}

/** Its folder's links followed, its own not. */
function realShell(root: RootFileSystem, shell: string): string {
  const path = shell.replace(/^\/+/, '');
  const slash = path.lastIndexOf('/');
  const real = root.realPath(path.slice(0, Math.max(slash, 0)));
  return real === undefined ? shell : `/${real}${path.slice(slash)}`;
}
