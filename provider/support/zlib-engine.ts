import type { Gunzip, ZlibOptions, ZstdDecompress } from 'minizlib';

/** A compressor or decompressor of minizlib: zlib's own, working on the calling thread. */
export type ZlibEngine = Pick<Gunzip | ZstdDecompress, 'on' | 'write' | 'end' | 'close'> & {
  /** Tells, after a `write`, how many of the bytes have been used. */
  readonly handle: { readonly bytesWritten: number } | undefined;
};

/** What zlib is told: all of it reaches zlib, though the library's types leave out the bytes that come out at a time. */
export type EngineOptions = ZlibOptions & { readonly chunkSize: number };

/**
 * What goes into an engine at a time, bytes: deflate gives at most 1032 for one, and all that comes out of a piece is held at once.
 */
const pieceSize = 32 * 1024;

/**
 * Puts `source` through `engine`, to its end, and gives what comes out. Zlib's own streams hand each piece to another thread and wait for
 * it, which costs a build more than unpacking does: here whoever reads works, and builds read on threads of their own.
 *
 * Throws `ZlibError` of the engine, and what `behindEnd` gives for bytes that are behind the end of what the engine reads; errors of `source` pass as
 * they are.
 */
export async function* throughZlib(
  source: AsyncIterable<Uint8Array>,
  engine: ZlibEngine,
  behindEnd?: () => Error,
): AsyncGenerator<Buffer, void, undefined> {
  const ready: Buffer[] = [];
  const state: { failure?: Error; isOver: boolean } = { isOver: false };
  engine.on('data', (chunk: Buffer) => ready.push(chunk));
  engine.on('error', (error: unknown) => {
    state.failure = error as Error;
  });
  try {
    for await (const chunk of source) {
      for (let offset = 0; offset < chunk.length && !state.isOver; offset += pieceSize) {
        const piece = chunk.subarray(offset, offset + pieceSize);
        engine.write(piece);
        state.isOver = state.failure !== undefined || engine.handle?.bytesWritten !== piece.length;
        yield* ready.splice(0);
      }
    }
    // Told at the end of the source, whose own errors say more.
    if (state.failure === undefined && state.isOver && behindEnd !== undefined) throw behindEnd();
    if (state.failure === undefined) engine.end();
    if (state.failure !== undefined) throw state.failure;
    yield* ready.splice(0);
  } finally {
    engine.close();
  }
}
