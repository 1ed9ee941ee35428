import type { EntryType } from '../packages/archive.js';
import type { Store } from '../store/store.js';
import type { Digest } from '../support/digest.js';
import type { SharedLibrary } from './elf.js';

/** One entry of a package or image as it is laid out, without its content. Plain JSON. */
export interface ListedEntry {
  /** In the form of `EntryHeader.path`. */
  readonly path: string;
  readonly type: EntryType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  readonly size: number;
  /** Files only: of the content. */
  readonly digest?: Digest;
  readonly linkTarget?: string;
  /** By name, base64. */
  readonly xattrs?: Readonly<Record<string, string>>;
  /** A directory that no package states, but that must be there for what lies in it. */
  readonly implied?: true;
  /** Files with the name of a library only: what the dynamic linker looks for in it, null when it is none. Absent: nobody has looked. */
  readonly library?: SharedLibrary | null;
  /** Scripts that may be run as programs: the words behind `#!`. */
  readonly interpreter?: string;
}

/** The order of file lists and generated layers: a directory comes before what it holds. */
export function byPath(left: { readonly path: string }, right: { readonly path: string }): number {
  return left.path < right.path ? -1 : left.path > right.path ? 1 : 0;
}

/** The folder that `path` lies in; the empty string for the root. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}

/** Every folder above `path`, outermost first, without the root. */
export function ancestorsOf(path: string): readonly string[] {
  const ancestors: string[] = [];
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1))
    ancestors.push(path.slice(0, slash));
  return ancestors;
}

/** Keeps `entries` in the store; gives the digest of the list. */
export async function storeFileList(store: Store, entries: readonly ListedEntry[]): Promise<Digest> {
  const { digest } = await store.put(JSON.stringify(entries));
  return digest;
}

/** A list that `storeFileList` kept; the store has verified that these are the bytes it wrote. */
export async function readFileList(store: Store, digest: Digest): Promise<readonly ListedEntry[]> {
  return JSON.parse((await store.read(digest)).toString('utf8')) as readonly ListedEntry[];
}
