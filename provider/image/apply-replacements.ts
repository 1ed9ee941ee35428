import { linkAlternative } from './alternatives.js';
import { listLoginShells } from './login-shells.js';
import { canonicalPath } from './package-layout.js';
import { configurePam } from './pam-profiles.js';
import { enablePhpModules } from './php-modules.js';
import type { RecipeOutline } from './recipe.js';
import type { Replacement } from './replacement.js';
import { rootFile } from './root-file-system.js';
import type { RootFileSystem } from './root-file-system.js';
import { trustPackagedCertificates } from './trust.js';

/** The folders that are links in a system with merged /usr (https://www.debian.org/doc/debian-policy/ch-opersys.html). */
const usrFolders = ['bin', 'sbin', 'lib'];
/** Those that are there only when a package brings something in them. */
const optionalUsrFolders = ['lib32', 'lib64', 'libx32'];

/** Folders that are links in the image whichever package writes below them, for `SegmentSettings.directoryLinks`. */
export function directoryLinksOf(replacements: readonly Replacement[]): Readonly<Record<string, string>> {
  if (!replacements.some(({ kind }) => kind === 'merged-usr')) return {};
  return {
    ...Object.fromEntries([...usrFolders, ...optionalUsrFolders].map((name) => [name, `usr/${name}`])),
    'var/lock': 'run/lock',
    'var/run': 'run',
  };
}

/** Globs of the files that may be setuid, for `SegmentSettings.setuid`. */
export function setuidOf(replacements: readonly Replacement[]): readonly string[] {
  const links = directoryLinksOf(replacements);
  return replacements.flatMap((one) => (one.kind === 'setuid' ? [canonicalPath(relative(one.path), links)] : []));
}

/**
 * Where the files of the package `name` lie that another package of the image has diverted, for `SegmentSettings.diverted`; nothing where
 * all are in their place.
 */
export function divertedFrom(
  name: string,
  { replacements, packages }: Pick<RecipeOutline, 'replacements' | 'packages'>,
): { readonly diverted?: Readonly<Record<string, string>> } {
  const links = directoryLinksOf(replacements);
  const place = (path: string): string => canonicalPath(relative(path), links);
  const moved = replacements.flatMap((one) =>
    one.kind === 'diversion' && one.byPackage !== name && packages.some((other) => other.package.name === one.byPackage)
      ? [[place(one.path), place(one.to)] as const]
      : [],
  );
  return moved.length === 0 ? {} : { diverted: Object.fromEntries(moved) };
}

/** Does what install scripts would have done, in the order of `replacements`; accounts are made elsewhere. */
export async function applyReplacements(
  root: RootFileSystem,
  replacements: readonly Replacement[],
  packages: ReadonlySet<string>,
): Promise<void> {
  for (const one of replacements) await apply(root, one, replacements, packages);
}

async function apply(
  root: RootFileSystem,
  one: Replacement,
  all: readonly Replacement[],
  packages: ReadonlySet<string>,
): Promise<void> {
  switch (one.kind) {
    case 'merged-usr':
      mergeUsr(root);
      return;
    case 'alternative':
      linkAlternative(root, all, one.name);
      return;
    case 'link':
      if (isThere(root, one) && root.entry(relative(one.path)) === undefined)
        root.symlink(relative(one.path), one.target);
      return;
    case 'directory':
      if (packages.has(one.whenPackage)) root.directory(relative(one.path), one);
      return;
    case 'php-modules':
      await enablePhpModules(root, one.version, one.apis);
      return;
    case 'ca-bundle':
      await trustPackagedCertificates(root);
      return;
    case 'base-accounts':
      await copyNameServiceSwitch(root);
      return;
    case 'copy':
      if (packages.has(one.whenPackage)) await copyFile(root, relative(one.from), relative(one.path));
      return;
    case 'file':
      if (packages.has(one.whenPackage) && root.entry(relative(one.path)) === undefined)
        root.writeFile(relative(one.path), one.content, one);
      return;
    case 'login-shells':
      await listLoginShells(root);
      return;
    case 'pam-profiles':
      await configurePam(root);
      return;
    case 'diversion':
    case 'user':
    case 'group':
    case 'setuid':
      return;
  }
}

function mergeUsr(root: RootFileSystem): void {
  for (const name of usrFolders) {
    if (root.entry(`usr/${name}`) === undefined) root.directory(`usr/${name}`, { mode: 0o755, uid: 0, gid: 0 });
    root.symlink(name, `usr/${name}`);
  }
  for (const name of optionalUsrFolders) if (root.entry(`usr/${name}`) !== undefined) root.symlink(name, `usr/${name}`);
  root.directory('run/lock', { mode: 0o1777, uid: 0, gid: 0 });
  root.symlink('var/run', '/run');
  root.symlink('var/lock', '/run/lock');
}

function isThere(
  root: RootFileSystem,
  link: { readonly path: string; readonly target: string; readonly whenPath?: string },
): boolean {
  if (link.whenPath !== undefined) return root.exists(relative(link.whenPath));
  if (link.target.startsWith('/')) return root.exists(relative(link.target));
  const path = relative(link.path);
  return root.exists(`${path.slice(0, path.lastIndexOf('/') + 1)}${link.target}`);
}

/** What libc-bin's script does: without it, names are looked up in another order. */
function copyNameServiceSwitch(root: RootFileSystem): Promise<void> {
  return copyFile(root, 'usr/share/libc-bin/nsswitch.conf', 'etc/nsswitch.conf');
}

/** Copies a file to where nothing is. */
async function copyFile(root: RootFileSystem, from: string, path: string): Promise<void> {
  if (root.entry(path) !== undefined || !root.exists(from)) return;
  const content = (await root.read([from])).get(from);
  if (content !== undefined) root.writeFile(path, content, rootFile);
}

function relative(path: string): string {
  return path.replace(/^\/+/, '').replace(/\/+$/, '');
}
