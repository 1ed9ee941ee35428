import { Readable } from 'node:stream';

/**
 * `content` as a stream that asks for a piece only when its reader wants one, and never ahead: who waits for a socket to write out a piece
 * before it reads on finds that piece as it was, also where all pieces share a buffer.
 */
export function pacedStream(content: AsyncIterable<Uint8Array>): Readable {
  const pieces = content[Symbol.asyncIterator]();
  const stream = new Readable({
    highWaterMark: 0,
    read: () => {
      pieces.next().then(
        ({ done, value }) => stream.push(done === true ? null : value),
        (error: unknown) => stream.destroy(asError(error)),
      );
    },
    destroy: (error, callback) => {
      const end = (): void => callback(error);
      Promise.resolve(pieces.return?.()).then(end, end);
    },
  });
  return stream;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
