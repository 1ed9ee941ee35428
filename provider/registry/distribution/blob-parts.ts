import type { SizedDigest } from '../../support/digest.js';
import type { RequestBody } from './request.js';

/** What a blob is sent from; can be read several times. */
export type BlobContent = () => AsyncIterable<Uint8Array>;

/** The parts of a blob, to be sent one after the other. */
export interface BlobParts {
  /** The bytes from `start` on, `size` of them. */
  part(start: number, size: number): RequestBody;
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
 */
export function blobParts(blob: SizedDigest, content: BlobContent): BlobParts {
  let current: Reading | undefined;

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

  return {
    part: (start, size) => ({
      size,
      async *open() {
        const reading = await readingFrom(start);
        const end = start + size;
        while (reading.position < end) {
          const piece = await take(reading, end - reading.position);
          if (piece === undefined) return;
          yield piece;
        }
        // The end is asked for as well: content that verifies itself does so there, and content that is too long shows it.
        if (end !== blob.size) return;
        const more = await take(reading, 1);
        if (more !== undefined) yield more;
      },
    }),
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
