import { closeSync, openSync, readSync } from 'node:fs';
import { readSharedLibrary } from './elf.js';
import type { SharedLibrary } from './elf.js';
import { globMatcher } from './glob.js';
import { compareLibraryNames, isCachedMachine, libraryCache } from './ld-cache.js';
import type { CachedLibrary } from './ld-cache.js';
import { isLibraryName } from './library-observer.js';
import { rootFile } from './root-file-system.js';
import type { RootFileSystem } from './root-file-system.js';

/**
 * Whose cache it is. apko reads `/lib` and then the folders of the configuration, takes every name that a library is linked by,
 * and sorts names as text; ldconfig reads the folders of the configuration first, takes sonames alone, and sorts as the linker
 * searches.
 */
export type CacheMaker = 'apko' | 'ldconfig';

const configuration = 'etc/ld.so.conf';
const cache = 'etc/ld.so.cache';
/** Debian's linker has the folder of its own architecture built in. */
const systemFolders = ['/lib/x86_64-linux-gnu', '/lib/aarch64-linux-gnu', '/lib', '/usr/lib'];
/** The linkers of glibc. */
const linkers = ['lib64/ld-linux-x86-64.so.2', 'lib/ld-linux-aarch64.so.1'];
const maxIncludes = 32;

/**
 * Writes `/etc/ld.so.cache` for the shared libraries in the folders of `/etc/ld.so.conf` (ldconfig(8)), which is what ldconfig would
 * do after installation. Does nothing in an image without glibc's linker; apko asks for `/etc/ld.so.conf` instead.
 */
export async function updateLibraryCache(root: RootFileSystem, maker: CacheMaker): Promise<void> {
  const isConfigured = root.exists(configuration);
  if (maker === 'apko' ? !isConfigured : !linkers.some((path) => root.exists(path))) return;
  const configured = isConfigured ? await foldersOf(root, configuration, maxIncludes, maker) : [];
  const folders = maker === 'apko' ? ['/lib', ...configured] : [...configured, ...systemFolders];
  const found: CachedLibrary[] = [];
  const seen = new Set<string>();
  for (const folder of folders) {
    const real = root.realPath(trimmed(folder));
    if (real === undefined || (maker === 'ldconfig' && seen.has(real))) continue;
    seen.add(real);
    found.push(...(await librariesIn(root, folder.replace(/\/+$/, ''), real, maker)));
  }
  const order = maker === 'apko' ? compareText : compareLibraryNames;
  root.writeFile(cache, libraryCache(found, order), rootFile);
}

/** The folders that a configuration file names, in its order, with those of the files it includes; apko reads no further than an `include`. */
async function foldersOf(
  root: RootFileSystem,
  path: string,
  left: number,
  maker: CacheMaker,
): Promise<readonly string[]> {
  const text = (await root.read([path])).get(path)?.toString('utf8') ?? '';
  const folders: string[] = [];
  for (const line of text.split('\n').map((one) => one.replace(/#.*/, '').trim())) {
    const [, pattern] = /^include\s+(.*)$/.exec(line) ?? [];
    if (pattern !== undefined && left > 0) {
      for (const included of matching(root, trimmed(pattern)))
        folders.push(...(await foldersOf(root, included, left - 1, maker)));
      if (maker === 'apko') return folders;
    } else if (line !== '' && pattern === undefined && !folders.includes(line)) {
      folders.push(line);
    }
  }
  return folders;
}

function matching(root: RootFileSystem, pattern: string): readonly string[] {
  const matches = globMatcher([pattern]);
  const folder = pattern.slice(0, Math.max(0, pattern.lastIndexOf('/')));
  return root
    .below(folder)
    .filter(({ path, type }) => type !== 'directory' && matches(path) && root.exists(path))
    .map(({ path }) => path);
}

async function librariesIn(
  root: RootFileSystem,
  folder: string,
  real: string,
  maker: CacheMaker,
): Promise<readonly CachedLibrary[]> {
  const found = new Map<string, CachedLibrary>();
  const entries = root.below(real).filter(({ path }) => !path.slice(real.length + 1).includes('/'));
  for (const { path, type } of entries) {
    const file = path.slice(real.length + 1);
    if (type === 'directory' || !isLibraryName(file)) continue;
    const library = await libraryAt(root, path);
    if (library === undefined || !isCachedMachine(library.machine)) continue;
    const soname = library.soname ?? (file.endsWith('.so') ? file : undefined);
    if (soname === undefined || !isLibraryName(soname)) continue;
    const stem = soname.endsWith('.so') ? soname : soname.slice(0, soname.lastIndexOf('.so.') + 3);
    const isNamed = file === soname || (maker === 'apko' && file === stem);
    if (isNamed) found.set(file, { name: file, path: `${folder}/${file}`, machine: library.machine });
  }
  return [...found.values()];
}

async function libraryAt(root: RootFileSystem, path: string): Promise<SharedLibrary | undefined> {
  const real = root.realPath(path);
  const entry = real === undefined ? undefined : root.entry(real);
  const file = entry?.type === 'hardlink' ? root.entry(entry.linkTarget ?? '') : entry;
  if (file?.library !== undefined) return file.library ?? undefined;
  const place = await root.locate(path);
  if (place === undefined) return undefined;
  const handle = openSync(place, 'r');
  try {
    return readSharedLibrary((offset, length) => {
      const buffer = Buffer.alloc(length);
      return buffer.subarray(0, readSync(handle, buffer, 0, length, offset));
    });
  } finally {
    closeSync(handle);
  }
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function trimmed(path: string): string {
  return path.replace(/^\/+/, '').replace(/\/+$/, '');
}
