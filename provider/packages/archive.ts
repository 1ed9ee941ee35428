/** What an archive entry is, in tar's terms. */
export type EntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'character-device' | 'block-device' | 'fifo';

/** The metadata of one entry of a package archive or a layer. */
export interface EntryHeader {
  /** Relative to the root, `/` between parts, no leading `./` or `/`, no trailing `/`, no `.` or `..`; never empty. */
  readonly path: string;
  readonly type: EntryType;
  /** Permission bits with setuid, setgid and sticky, without the type. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since the epoch, whole. */
  readonly mtime: number;
  /** Bytes of content; 0 for all but files. */
  readonly size: number;
  /** Symlink: the target as it stands. Hard link: the path of the other entry, in the form of `path`. */
  readonly linkTarget?: string;
  /** Devices only. */
  readonly device?: { readonly major: number; readonly minor: number };
  /** Extended attributes by name, as `security.capability`; values are bytes. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
}

/** An entry with its content. `body` has to be read to its end, or left alone, before the next entry is asked for. */
export interface ArchiveEntry extends EntryHeader {
  readonly body: AsyncIterable<Uint8Array>;
}
