import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { pacedStream } from './paced-stream.js';

/** Pieces from one buffer, and how many were asked for and whether it was let go. */
function source(most: number) {
  const seen = { asked: 0, isOver: false };
  async function* content(): AsyncGenerator<Uint8Array> {
    const buffer = Buffer.alloc(100_000);
    try {
      while (seen.asked < most) {
        seen.asked += 1;
        yield await Promise.resolve(buffer.fill(seen.asked));
      }
    } finally {
      seen.isOver = true;
    }
  }
  return { seen, content: content() };
}

/** Until everything that is about to happen has happened. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 10; turns += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('a paced stream', () => {
  it('asks for no piece before its reader goes on', async () => {
    const { seen, content } = source(3);
    const stream = pacedStream(content);
    await settle();
    expect(seen.asked).toBe(0);
    const found: number[] = [];
    stream.on('data', (piece: Buffer) => {
      stream.pause();
      found.push(piece.length, piece[0] ?? 0);
    });
    for (let pieces = 1; pieces <= 3; pieces += 1) {
      await settle();
      expect(seen.asked).toBe(pieces);
      stream.resume();
    }
    await finished(stream);
    expect(found).toEqual([100_000, 1, 100_000, 2, 100_000, 3]);
    expect(seen.isOver).toBe(true);
  });

  it('lets go of its content when it is destroyed', async () => {
    const { seen, content } = source(3);
    const stream = pacedStream(content);
    stream.once('data', () => stream.destroy());
    await once(stream, 'close');
    expect(seen).toEqual({ asked: 1, isOver: true });
  });

  it('fails with the error of its content', async () => {
    async function* content(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('a'));
      throw new Error('the disk is gone');
    }
    await expect(finished(pacedStream(content()).resume())).rejects.toThrow('the disk is gone');
  });
});
