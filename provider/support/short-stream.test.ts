import { describe, expect, it } from 'vitest';
import { lookInto } from './short-stream.js';

/** Pieces of these lengths; what becomes of the stream is noted in `seen`. */
async function* pieces(lengths: readonly number[], seen: string[] = []): AsyncGenerator<Uint8Array> {
  try {
    for (const [at, length] of lengths.entries()) yield await Promise.resolve(Buffer.alloc(length, at + 1));
    seen.push('read');
  } finally {
    seen.push('closed');
  }
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('lookInto', () => {
  it.each([
    ['nothing', [], true],
    ['less than the limit', [3, 4], true],
    ['just the limit', [5, 5], true],
    ['more than the limit', [5, 6], false],
    ['much more', [5, 5, 5, 5], false],
  ])('gives a short stream as a whole and every stream as it was: %s', async (_, lengths, isShort) => {
    const { whole, all } = await lookInto(pieces(lengths), 10);
    const content = await collect(pieces(lengths));
    expect(whole).toEqual(isShort ? content : undefined);
    expect(await collect(all)).toEqual(content);
  });

  it('reads no further than it has to, and lets go of what is not read to its end', async () => {
    const seen: string[] = [];
    const { all } = await lookInto(pieces([5, 6, 7], seen), 10);
    expect(seen).toEqual([]);
    for await (const piece of all) {
      expect(piece).toHaveLength(5);
      break;
    }
    expect(seen).toEqual(['closed']);
  });
});
