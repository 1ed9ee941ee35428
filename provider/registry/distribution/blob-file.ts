import { filePieces } from '../../support/file-pieces.js';
import type { SizedDigest } from '../../support/digest.js';
import type { RequestBody } from './request.js';

/**
 * The file that should hold `blob` as a body. Nothing of it is verified here, and what cannot be read is left out: whoever is sent it
 * computes its digest, and a body that is too short is not sent to its end.
 */
export function fileBody(blob: SizedDigest, file: string): RequestBody {
  return { size: blob.size, open: () => readable(filePieces(file, blob.size)) };
}

/** The pieces up to the first that cannot be read. */
async function* readable(pieces: AsyncGenerator<Uint8Array, void, undefined>): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const next = await pieces.next().catch(() => undefined);
      if (next?.done !== false) return;
      yield next.value;
    }
  } finally {
    await pieces.return();
  }
}
