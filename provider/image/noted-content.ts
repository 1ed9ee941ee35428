import type { ArchiveEvent, EntryHeader } from '../packages/archive.js';
import type { Store } from '../store/store.js';

const copyrightPath = /^usr\/share\/doc\/[^/]+\/copyright$/;

/** Bytes of a text that is held in memory until it is kept. A longer one is read anew by who wants it. */
const maxHeld = 4 * 1024 * 1024;

/** Takes note of the parts of one archive, one after the other. */
export type NoteEvents = <Header extends EntryHeader>(
  source: Iterable<ArchiveEvent<Header>>,
) => Generator<ArchiveEvent<Header>, void, undefined>;

/** Gives events as they are, and puts the copyright files, which an SBOM reads, into the store as they go by. */
export function copyrightKeeper(store: Store): NoteEvents {
  let pieces: Buffer[] | undefined;
  let left = 0;
  return function* (source) {
    for (const event of source) {
      if (!(event instanceof Uint8Array)) {
        pieces = isCopyright(event) && event.size > 0 && event.size <= maxHeld ? [] : undefined;
        left = event.size;
      } else if (pieces !== undefined) {
        // A copy: the piece is good for this turn alone.
        pieces.push(Buffer.from(event));
        left -= event.length;
        if (left === 0) store.putAtOnce(Buffer.concat(pieces));
      }
      yield event;
    }
  };
}

function isCopyright({ path, type }: EntryHeader): boolean {
  return type === 'file' && copyrightPath.test(path);
}
