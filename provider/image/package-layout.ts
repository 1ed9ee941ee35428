import type { ArchiveEvent, EntryHeader } from '../packages/archive.js';
import { contentHash } from '../support/content-hash.js';
import type { Digest } from '../support/digest.js';
import { ancestorsOf, byPath } from './file-list.js';
import type { ListedEntry } from './file-list.js';
import { globMatcher } from './glob.js';
import { imageError } from './image-error.js';
import { isLibraryName, observeLibrary } from './library-observer.js';
import { interpreterIn, interpreterLineLength } from './script-interpreter.js';
import type { SegmentSettings } from './segment.js';

/** A package's entries where an image has them. */
export interface PackageLayout {
  /**
   * What is to be written of the next events of the archive: directories only for a package that has a layer to itself. To be read to its
   * end before the next.
   */
  events(source: Iterable<ArchiveEvent>): Generator<ArchiveEvent, void, undefined>;
  /** What is to be written behind the last event: the folders that a package with a layer to itself needs and does not state. */
  unstated(): readonly EntryHeader[];
  /** What has been laid out, sorted by path, with every folder that it needs. */
  files(): readonly ListedEntry[];
  /** Seconds since the epoch: the newest timestamp seen. */
  newest(): number;
  /** Paths that are left out although a kept hard link leads to them: the link's content is there. */
  wanted(): readonly string[];
}

const specialBits = 0o6000;
/** By these overlayfs hides and redirects what lower layers have (https://docs.kernel.org/filesystems/overlayfs.html). */
const overlayAttribute = /^(?:trusted|user)\.overlay\./;

/**
 * Lays a package out by `settings`: entries below a directory link move to where it leads, what is excluded or taken over by
 * another package is left out. `subject` is the package in words. `keep` overrules what is excluded.
 *
 * Throws `image/special-file` for device nodes, FIFOs and undeclared setuid programs, `image/unsafe-path` for what a layer would
 * take for a deletion and for a link that contradicts a directory link, `image/file-conflict` for two entries that come to lie at one path.
 */
export function packageLayout(subject: string, settings: SegmentSettings, keep: ReadonlySet<string>): PackageLayout {
  const isExcluded = globMatcher(settings.exclude);
  const mayBeSetuid = globMatcher(settings.setuid);
  const dropped = new Set(settings.dropped);
  const listed = new Map<string, ListedEntry>();
  const emptied = new Map<string, ListedEntry>();
  const left = new Set<string>();
  const wanted = new Set<string>();
  const undeclared: string[] = [];
  let newest = 0;

  function place(header: EntryHeader): EntryHeader | undefined {
    const path = layoutPath(header.path, settings);
    const target = settings.directoryLinks[header.path];
    if (target !== undefined && header.type !== 'directory') {
      if (header.type === 'symlink' && leadsTo(header, target, settings.directoryLinks)) return undefined;
      throw imageError(
        'image/unsafe-path',
        `${subject} brings /${header.path} as a ${header.type}, which is a link to /${target}`,
        {
          hint: 'The package does not fit this distribution.',
          data: { path: header.path, package: subject },
        },
      );
    }
    if (header.type !== 'hardlink') return { ...header, path };
    return { ...header, path, linkTarget: layoutPath(header.linkTarget ?? '', settings) };
  }

  function check(header: EntryHeader): void {
    if (header.path.split('/').some((part) => part.startsWith('.wh.'))) {
      throw imageError(
        'image/unsafe-path',
        `${subject} brings /${header.path}, which a layer would read as a deletion`,
        {
          hint: 'The package cannot be part of an image.',
          data: { path: header.path, package: subject },
        },
      );
    }
    if (header.type === 'character-device' || header.type === 'block-device' || header.type === 'fifo') {
      throw imageError('image/special-file', `${subject} brings the ${header.type} /${header.path}`, {
        hint: 'An image holds no devices: the container runtime makes those that it allows.',
        data: { path: header.path, package: subject },
      });
    }
    for (const name of header.xattrs?.keys() ?? []) {
      if (!overlayAttribute.test(name)) continue;
      throw imageError(
        'image/unsafe-path',
        `${subject} brings /${header.path} with the attribute ${name}, which a layer's file system would obey`,
        {
          hint: 'The package cannot be part of an image.',
          data: { path: header.path, package: subject, attribute: name },
        },
      );
    }
    // Whoever unpacks a layer sets a hard link's mode as well, and with it that of its file.
    const isProgram = header.type === 'file' || header.type === 'hardlink';
    if (isProgram && (header.mode & specialBits) !== 0 && !mayBeSetuid(header.path)) {
      undeclared.push(header.path);
    }
  }

  /** True when the entry is to be written; notes it in the list. */
  function list(entry: ListedEntry): boolean {
    if (dropped.has(entry.path) || (isExcluded(entry.path) && !keep.has(entry.path))) {
      if (entry.type === 'directory') emptied.set(entry.path, entry);
      else left.add(entry.path);
      return false;
    }
    const other = listed.get(entry.path);
    if (other?.type === 'directory' && entry.type === 'directory') return false;
    if (other !== undefined) {
      throw imageError('image/file-conflict', `${subject} brings /${entry.path} twice`, {
        hint: 'The package lays out one file on both sides of a link between directories.',
        data: { path: entry.path, packages: [subject] },
      });
    }
    listed.set(entry.path, entry);
    return entry.type !== 'directory' || settings.alone;
  }

  /** The file whose content goes by. */
  let file: FileLayout | undefined;

  function* events(source: Iterable<ArchiveEvent>): Generator<ArchiveEvent, void, undefined> {
    for (const event of source) {
      if (event instanceof Uint8Array) {
        if (file === undefined) continue;
        file.see(event);
        yield event;
        if (file.isSeen()) conclude(file);
      } else {
        file = undefined;
        const header = begin(event);
        if (header === undefined) continue;
        yield header;
      }
    }
  }

  /** The entry as it is to be written, if it is. */
  function begin(original: EntryHeader): EntryHeader | undefined {
    newest = Math.max(newest, original.mtime);
    const header = place(original);
    if (header === undefined) return undefined;
    const target = header.linkTarget ?? '';
    if (header.type === 'hardlink' && left.has(target) && !dropped.has(header.path) && !isExcluded(header.path)) {
      wanted.add(target);
    }
    const entry = listedEntry(header);
    if (header.type === 'directory') check(header);
    if (!list(entry)) return undefined;
    check(header);
    if (header.type === 'file') {
      file = fileLayout(entry);
      if (file.isSeen()) conclude(file);
    }
    return header;
  }

  function conclude(seen: FileLayout): void {
    const entry = seen.listed();
    listed.set(entry.path, entry);
  }

  function unstated(): readonly EntryHeader[] {
    return settings.alone ? missingFolders().map(({ implied: _, xattrs: __, ...folder }) => folder) : [];
  }

  /** The folders that are needed and that have not been listed. */
  function missingFolders(): readonly ListedEntry[] {
    const missing = new Map<string, ListedEntry>();
    for (const path of listed.keys()) {
      for (const ancestor of ancestorsOf(path)) {
        if (listed.has(ancestor) || missing.has(ancestor)) continue;
        missing.set(ancestor, emptied.get(ancestor) ?? impliedDirectory(ancestor, newest));
      }
    }
    return [...missing.values()].sort(byPath);
  }

  /** All at once: who allows one of them has to know of the others. */
  function refuseUndeclared(): void {
    if (undeclared.length === 0) return;
    const paths = undeclared.map((path) => `/${path}`).sort();
    const [programs, them] = paths.length === 1 ? ['program', 'it'] : ['programs', 'them'];
    throw imageError('image/special-file', `${subject} brings the setuid or setgid ${programs} ${paths.join(', ')}`, {
      hint: `Leave the package out, or allow ${them}: setuidPrograms: ${JSON.stringify(paths)}, on the command line ${paths.map((path) => `--setuid ${path}`).join(' ')}.`,
      data: { paths: undeclared, package: subject },
    });
  }

  function files(): readonly ListedEntry[] {
    refuseUndeclared();
    return [...listed.values(), ...missingFolders()].sort(byPath);
  }

  return { events, unstated, files, newest: () => newest, wanted: () => [...wanted] };
}

/** Where a package's file at `path` lies in the image. */
export function layoutPath(
  path: string,
  { directoryLinks, diverted }: Pick<SegmentSettings, 'directoryLinks' | 'diverted'>,
): string {
  const place = canonicalPath(path, directoryLinks);
  return diverted?.[place] ?? place;
}

/** Where `path` lies when directory links are followed; links do not lead to one another. */
export function canonicalPath(path: string, directoryLinks: Readonly<Record<string, string>>): string {
  for (const [link, target] of Object.entries(directoryLinks)) {
    if (path === link) return target;
    if (path.startsWith(`${link}/`)) return `${target}${path.slice(link.length)}`;
  }
  return path;
}

/** True for a link to `target`, whether or not it states the way from its own folder, or through another directory link. */
function leadsTo(
  { path, linkTarget = '' }: EntryHeader,
  target: string,
  directoryLinks: Readonly<Record<string, string>>,
): boolean {
  const plain = linkTarget
    .replace(/^\/+/, '')
    .replace(/\/+$/, '')
    .replace(/^(?:\.\.?\/)+/, '');
  const inFolder = linkTarget.startsWith('/') ? plain : [...path.split('/').slice(0, -1), plain].join('/');
  return [plain, inFolder].some((place) => place === target || directoryLinks[place] === target);
}

function impliedDirectory(path: string, mtime: number): ListedEntry {
  return { path, type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime, size: 0, implied: true };
}

function listedEntry(header: EntryHeader): ListedEntry {
  const { path, type, mode, uid, gid, mtime, size, linkTarget, xattrs } = header;
  return {
    path,
    type,
    mode,
    uid,
    gid,
    mtime,
    size,
    ...(linkTarget === undefined ? {} : { linkTarget }),
    ...(xattrs === undefined || xattrs.size === 0
      ? {}
      : {
          xattrs: Object.fromEntries([...xattrs].map(([name, value]) => [name, Buffer.from(value).toString('base64')])),
        }),
  };
}

/** A file while its content goes by. */
interface FileLayout {
  see(piece: Uint8Array): void;
  /** Whether all of it has been seen. */
  isSeen(): boolean;
  /** The entry with what its content tells. */
  listed(): ListedEntry;
}

function fileLayout(entry: ListedEntry): FileLayout {
  const hash = contentHash('sha256', entry.size);
  const observer = isLibraryName(nameOf(entry.path)) ? observeLibrary() : undefined;
  const head = Buffer.alloc((entry.mode & 0o111) === 0 ? 0 : Math.min(entry.size, interpreterLineLength));
  let left = entry.size;
  return {
    see: (piece) => {
      const at = entry.size - left;
      if (at < head.length) head.set(piece.subarray(0, head.length - at), at);
      left -= piece.length;
      hash.update(piece);
      observer?.update(piece);
    },
    isSeen: () => left === 0,
    listed: () => {
      const library = observer?.library();
      const digest: Digest = `sha256:${hash.hex()}`;
      const interpreter = interpreterIn(head);
      return {
        ...entry,
        digest,
        ...(library === undefined ? {} : { library }),
        ...(interpreter === undefined ? {} : { interpreter }),
      };
    },
  };
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
