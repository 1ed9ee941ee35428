import type { SizedDigest } from '../../support/digest.js';
import { fileBody } from './blob-file.js';
import type { RequestBody } from './request.js';

/** What a blob is sent from; can be read several times. */
export type BlobContent = () => AsyncIterable<Uint8Array>;

/** What a blob is sent from. */
export interface BlobSource {
  /** Verifies itself: it fails when its bytes are not the blob. */
  readonly content: BlobContent;
  /** A file that holds the same, or did. Nobody verifies it. */
  readonly file?: string;
}

/** The parts of a blob, to be sent one after the other. */
export interface BlobParts {
  /** All of it at once: the file as it is, until that is left. */
  whole(): RequestBody;
  /** The bytes from `start` on, `size` of them. */
  part(start: number, size: number): RequestBody;
  /** From now on the content is sent instead of the file. Whether the file was not left before. */
  leaveFile(): boolean;
  /** Reads the content to its end where a file may have been sent in its place: damage is told by what it is in. */
  verify(signal: AbortSignal): Promise<void>;
  /** Lets go of the content. To be called after a failure too, since a part that was given up may still be reading. */
  close(): Promise<void>;
}

/** A content that is being read, and how far. */
interface Reading {
  readonly source: AsyncIterator<Uint8Array>;
  position: number;
  rest: Uint8Array;
}

/**
 * Cuts the content of `blob` into parts. As long as each begins where the one before ended, the content is read once; else, as after a
 * failure, from its beginning.
 *
 * All that is read is verified, but a file that is sent whole need not be so twice: a registry computes the digest of what it is sent, to
 * keep it under that alone, and to compute it here as well takes as long as the rest of sending it. So it is left to a registry that says
 * which digest it has found, and for the first try; parts, tries after that, and what nothing is said of are verified here.
 */
export function blobParts(blob: SizedDigest, { content, file }: BlobSource): BlobParts {
  let current: Reading | undefined;
  let isFileLeft = file === undefined;

  async function close(): Promise<void> {
    const old = current;
    current = undefined;
    await old?.source.return?.();
  }

  async function readingFrom(start: number): Promise<Reading> {
    if (current?.position !== start) {
      await close();
      current = { source: content()[Symbol.asyncIterator](), position: 0, rest: new Uint8Array() };
    }
    const reading = current;
    while (reading.position < start && (await take(reading, start - reading.position)) !== undefined);
    return reading;
  }

  function part(start: number, size: number): RequestBody {
    return {
      size,
      async *open() {
        const reading = await readingFrom(start);
        const end = start + size;
        while (reading.position < end) {
          const piece = await take(reading, end - reading.position);
          if (piece === undefined) return;
          // The end is asked for before the last piece is sent: content that verifies itself does so there, and no registry gets all of
          // what is not the blob. Content that is too long shows it.
          const more = reading.position === blob.size ? await take(reading, 1) : undefined;
          yield piece;
          if (more !== undefined) yield more;
        }
      },
    };
  }

  return {
    whole: () => (file === undefined || isFileLeft ? part(0, blob.size) : fileBody(blob, file)),
    part,
    leaveFile: () => {
      const wasLeft = isFileLeft;
      isFileLeft = true;
      return !wasLeft;
    },
    verify: async (signal) => {
      if (file === undefined) return;
      for await (const _ of content()) signal.throwIfAborted();
    },
    close,
  };
}

/** The next bytes, at most `most` of them; undefined at the end. */
async function take(reading: Reading, most: number): Promise<Uint8Array | undefined> {
  while (reading.rest.length === 0) {
    const next = await reading.source.next();
    if (next.done === true) return undefined;
    reading.rest = next.value;
  }
  const taken = reading.rest.subarray(0, most);
  reading.rest = reading.rest.subarray(taken.length);
  reading.position += taken.length;
  return taken;
}
