import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import type { SizedDigest } from '../../support/digest.js';
import type { RequestBody } from './request.js';

/** What is read at a time: enough that reading and sending take longer than asking for it, and few enough to stay near the processor. Bytes. */
const pieceSize = 512 * 1024;

/** After so many pieces everybody else on the thread has a turn. */
const piecesInTurn = 8;

/**
 * The file that should hold `blob` as a body. Nothing of it is verified here, and what cannot be read is left out: whoever is sent it
 * computes its digest, and a body that is too short is not sent to its end.
 */
export function fileBody(blob: SizedDigest, file: string): RequestBody {
  return { size: blob.size, open: () => piecesOf(file, Math.min(blob.size, pieceSize)) };
}

async function* piecesOf(file: string, size: number): AsyncGenerator<Uint8Array> {
  const handle = openFile(file);
  if (handle === undefined) return;
  try {
    // One for all: the memory of new ones would take longer to get than they take to be sent.
    const buffer = Buffer.allocUnsafeSlow(size);
    for (let pieces = 1; ; pieces += 1) {
      const bytes = fill(handle, buffer);
      if (bytes > 0) {
        // Before a piece and not after it: a connection is lost to us whose answer comes before we have said that there is no more.
        if (pieces % piecesInTurn === 0) await turn();
        yield buffer.subarray(0, bytes);
      }
      if (bytes < size) return;
    }
  } finally {
    closeSync(handle);
  }
}

function openFile(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch {
    return undefined;
  }
}

/** Reads up to the end of `buffer` or of the file, and gives how many bytes. */
function fill(handle: number, buffer: Buffer): number {
  let filled = 0;
  try {
    for (let read = 1; read > 0 && filled < buffer.length; filled += read) {
      read = readSync(handle, buffer, { offset: filled });
    }
  } catch {
    return 0;
  }
  return filled;
}
