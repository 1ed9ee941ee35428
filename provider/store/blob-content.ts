import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { type Digest, digestOf } from '../support/digest.js';
import { PrivateImageError } from '../support/errors.js';
import { atOnce } from './small-file.js';
import { type StoreErrorCode, storeError } from './store-error.js';

/** What is read of a large file at a time. Bytes. */
const pieceSize = 128 * 1024;

/** After so many pieces everybody else on the thread has a turn. */
const piecesInTurn = 32;

/** A blob's content, hashed as it streams. Throws `store/missing`, and `store/corrupt` at the end. */
export async function* readVerified(file: string, digest: Digest): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const handle = forReading(() => openSync(file, 'r'), digest);
  try {
    const size = Math.min(Math.max(fstatSync(handle).size, 1), pieceSize);
    for (let pieces = 1; ; pieces += 1) {
      // A new one each time: whoever has got the last may hold on to it.
      const piece = Buffer.allocUnsafeSlow(size);
      const bytes = forReading(() => readSync(handle, piece), digest);
      if (bytes === 0) break;
      const chunk = piece.subarray(0, bytes);
      hash.update(chunk);
      yield chunk;
      if (pieces % piecesInTurn === 0) await turn();
    }
  } finally {
    closeSync(handle);
  }
  if (`sha256:${hash.digest('hex')}` !== digest) throw await removeCorrupt(file, digest);
}

function forReading<Value>(read: () => Value, digest: Digest): Value {
  try {
    return read();
  } catch (error) {
    throw storeError(error, digest);
  }
}

/** A blob's whole content, verified. One buffer of its size is all that is held. */
export async function readWhole(file: string, digest: Digest): Promise<Buffer> {
  let content: Buffer;
  try {
    content = statSync(file).size <= atOnce ? readFileSync(file) : await readFile(file);
  } catch (error) {
    throw storeError(error, digest);
  }
  if (digestOf(content) !== digest) throw await removeCorrupt(file, digest);
  return content;
}

async function removeCorrupt(file: string, digest: Digest): Promise<Error> {
  await rm(file, { force: true });
  return new PrivateImageError<StoreErrorCode>('store/corrupt', `The cached blob ${digest} is damaged`, {
    hint: 'It has been removed from the cache; run again and it is fetched or built anew.',
    data: { digest, path: file },
  });
}
