import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync } from 'node:fs';
import type { Digest } from '../support/digest.js';
import { PrivateImageError } from '../support/errors.js';
import type { Store } from './store.js';

/** A part of a blob with a sha256 of its own. */
export interface BlobPart {
  /** Bytes from the beginning of the blob. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
  /** The 32 bytes of its sha256. */
  readonly sha256: Uint8Array;
}

/** Gives the bytes of a part, which are good until the next part is read. */
export type ReadBlobPart = (part: BlobPart) => Buffer;

/** What is read at once by who reads one part after the other. Bytes. */
const readAhead = 256 * 1024;

/**
 * A reader of parts of one blob, each verified by itself: of a big blob only what is asked for is read. A read blocks for as long
 * as a few pages of a file take. It throws `store/missing`, and `store/corrupt`, with the blob removed.
 */
export function blobPartReader(store: Pick<Store, 'pathOf'>, blob: Digest): ReadBlobPart {
  const path = store.pathOf(blob);
  // One buffer for all: thousands of small ones would be the collector's work.
  let buffer: Buffer = Buffer.alloc(0);
  let held: { readonly offset: number; readonly bytes: Buffer } = { offset: 0, bytes: buffer };
  let next = 0;

  function bytesOf({ offset, length }: BlobPart): Buffer {
    const start = offset - held.offset;
    if (start < 0 || start + length > held.bytes.length) {
      const wanted = offset === next && offset > 0 ? Math.max(length, readAhead) : length;
      if (buffer.length < wanted) buffer = Buffer.allocUnsafeSlow(wanted);
      held = { offset, bytes: readRange(path, blob, offset, buffer.subarray(0, wanted)) };
    }
    next = offset + length;
    return held.bytes.subarray(offset - held.offset, next - held.offset);
  }

  return (part) => {
    const bytes = bytesOf(part);
    if (createHash('sha256').update(bytes).digest().equals(part.sha256)) return bytes;
    rmSync(path, { force: true });
    throw new PrivateImageError('store/corrupt', `The cached blob ${blob} is damaged`, {
      hint: 'It has been removed from the cache; run again and it is fetched or built anew.',
      data: { digest: blob, path },
    });
  };
}

/** Bytes of a file that fill `buffer`; fewer where the file ends before. */
function readRange(path: string, blob: Digest, offset: number, buffer: Buffer): Buffer {
  const file = openBlob(path, blob);
  try {
    let done = 0;
    for (let read = 1; done < buffer.length && read > 0; done += read) {
      read = readSync(file, buffer, done, buffer.length - done, offset + done);
    }
    return buffer.subarray(0, done);
  } finally {
    closeSync(file);
  }
}

function openBlob(path: string, blob: Digest): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new PrivateImageError('store/missing', `Not in the cache: ${blob}`, {
      hint: 'It was deleted while in use; run again and it is fetched or built anew.',
      cause,
      data: { digest: blob, path },
    });
  }
}
