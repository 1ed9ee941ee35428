import { enablePhpModules } from './php-modules.js';
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
  return replacements.flatMap((one) => (one.kind === 'setuid' ? [relative(one.path)] : []));
}

/** Does what install scripts would have done, in the order of `replacements`; accounts are made elsewhere. */
export async function applyReplacements(
  root: RootFileSystem,
  replacements: readonly Replacement[],
  packages: ReadonlySet<string>,
): Promise<void> {
  for (const one of replacements) await apply(root, one, packages);
}

async function apply(root: RootFileSystem, one: Replacement, packages: ReadonlySet<string>): Promise<void> {
  switch (one.kind) {
    case 'merged-usr':
      mergeUsr(root);
      return;
    case 'alternative':
      if (!root.exists(relative(one.target)) || root.entry(relative(one.link)) !== undefined) return;
      root.symlink(`etc/alternatives/${one.name}`, one.target);
      root.symlink(relative(one.link), `/etc/alternatives/${one.name}`);
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
async function copyNameServiceSwitch(root: RootFileSystem): Promise<void> {
  const template = 'usr/share/libc-bin/nsswitch.conf';
  if (root.entry('etc/nsswitch.conf') !== undefined || !root.exists(template)) return;
  const content = (await root.read([template])).get(template);
  if (content !== undefined) root.writeFile('etc/nsswitch.conf', content, rootFile);
}

function relative(path: string): string {
  return path.replace(/^\/+/, '').replace(/\/+$/, '');
}
