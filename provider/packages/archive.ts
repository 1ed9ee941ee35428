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

/**
 * What is met in an archive, in its order: an entry, and behind a file's the pieces of its content, none of them empty, as many bytes as its
 * size says. A piece is good until the next event is asked for.
 */
export type ArchiveEvent<Header extends EntryHeader = EntryHeader> = Header | Uint8Array;

/**
 * The entries of an archive that is read by its events, each with its content as a stream. Who has thousands of small files before him reads
 * events: a stream for each costs many times what reading it does.
 */
export async function* entriesOf<Header extends EntryHeader>(
  source: AsyncIterable<Iterable<ArchiveEvent<Header>>>,
): AsyncGenerator<Header & { readonly body: AsyncIterable<Uint8Array> }, void, undefined> {
  const pieces = source[Symbol.asyncIterator]();
  let events: Iterator<ArchiveEvent<Header>> | undefined;

  async function next(): Promise<ArchiveEvent<Header> | undefined> {
    for (;;) {
      const event = events?.next();
      if (event?.done === false) return event.value;
      const more = await pieces.next();
      if (more.done === true) return undefined;
      events = more.value[Symbol.iterator]();
    }
  }

  try {
    for (let event = await next(); event !== undefined; event = await next()) {
      // What nobody has read of the content before.
      if (event instanceof Uint8Array) continue;
      let left = event.size;
      async function* body(): AsyncGenerator<Uint8Array> {
        while (left > 0) {
          const piece = await next();
          if (!(piece instanceof Uint8Array)) return;
          left -= piece.length;
          yield piece;
        }
      }
      yield { ...event, body: { [Symbol.asyncIterator]: body } };
    }
  } finally {
    await pieces.return?.();
  }
}
