import { createHash, randomUUID } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Digest, SizedDigest } from '../support/digest.js';
import { inFolder, moveInto, removeIfThere, temporaryFolder } from './small-file.js';
import type { BlobWriter, Expected } from './store.js';
import { mismatch, storeError } from './store-error.js';

/** A writer of one blob of the store in `root`, whose file is where `pathOf` says. Throws `store/…`. */
export function blobWriter(root: string, pathOf: (digest: Digest) => string): BlobWriter {
  const temporary = path.join(temporaryFolder(root), randomUUID());
  const hash = createHash('sha256');
  let size = 0;
  let isOpen = true;
  const handle = orStoreError(root, () => inFolder(path.dirname(temporary), () => openSync(temporary, 'wx', 0o644)));

  function abandon(): void {
    if (!isOpen) return;
    isOpen = false;
    closeSync(handle);
    removeIfThere(temporary);
  }

  function write(piece: Uint8Array): void {
    // What a stream that has been left still has to say comes late: by then the handle's number may be another file's.
    if (!isOpen) return;
    hash.update(piece);
    size += piece.length;
    orStoreError(root, () => {
      for (let offset = 0; offset < piece.length; ) offset += writeSync(handle, piece, offset);
    });
  }

  function finish(expected: Expected = {}): SizedDigest {
    if (!isOpen) throw new Error('A writer that was let go of has nothing to finish');
    try {
      const written: SizedDigest = { digest: `sha256:${hash.digest('hex')}`, size };
      assertExpected(written, expected);
      isOpen = false;
      orStoreError(root, () => {
        closeSync(handle);
        moveInto(temporary, pathOf(written.digest));
      });
      return written;
    } catch (error) {
      abandon();
      removeIfThere(temporary);
      throw error;
    }
  }

  return { write, finish, abandon };
}

/** Throws `store/mismatch` for what is not as expected. */
export function assertExpected(written: SizedDigest, { digest, size }: Expected): void {
  if (digest !== undefined && digest !== written.digest) {
    throw mismatch(`expected ${digest}, got ${written.digest}`);
  }
  if (size !== undefined && size !== written.size) throw mismatch(`expected ${size} bytes, got ${written.size}`);
}

function orStoreError<Value>(root: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw storeError(error, root);
  }
}
