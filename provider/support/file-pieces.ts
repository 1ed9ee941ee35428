import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';

/** What is read at a time: enough that reading takes longer than asking for it, and few enough to stay near the processor. Bytes. */
const pieceSize = 512 * 1024;

/** After so many pieces everybody else on the thread has a turn. */
const piecesInTurn = 8;

/**
 * The content of a file in pieces that are good until the next is asked for: they share one buffer, for the memory of new ones would take
 * longer to get than most of what is done with them. `size` is about what the file holds, in bytes. Throws what the file system throws.
 */
export async function* filePieces(file: string, size: number): AsyncGenerator<Buffer, void, undefined> {
  const handle = openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafeSlow(Math.max(1, Math.min(size, pieceSize)));
    for (let pieces = 1; ; pieces += 1) {
      const bytes = fill(handle, buffer);
      if (bytes > 0) {
        // Before a piece and not after it: what waits for the last piece need not wait for a turn as well.
        if (pieces % piecesInTurn === 0) await turn();
        yield buffer.subarray(0, bytes);
      }
      if (bytes < buffer.length) return;
    }
  } finally {
    closeSync(handle);
  }
}

/** Reads up to the end of `buffer` or of the file, and gives how many bytes. */
function fill(handle: number, buffer: Buffer): number {
  let filled = 0;
  for (let read = 1; read > 0 && filled < buffer.length; filled += read) {
    read = readSync(handle, buffer, { offset: filled });
  }
  return filled;
}
