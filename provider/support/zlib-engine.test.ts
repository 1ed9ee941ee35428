import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { Gunzip, ZlibError } from 'minizlib';
import { describe, expect, it } from 'vitest';
import { throughZlib } from './zlib-engine.js';

async function* pieces(content: Uint8Array, size: number, failure?: Error): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < content.length; offset += size)
    yield await Promise.resolve(content.subarray(offset, offset + size));
  if (failure !== undefined) throw failure;
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('throughZlib', () => {
  const content = Buffer.concat([randomBytes(100_000), Buffer.alloc(3_000_000, 'zeros and more ')]);
  const packed = gzipSync(content);
  const behindPacked = (more: Buffer): Buffer => Buffer.concat([packed, more]);
  const behind = (): Error => new Error('there is more behind the end');

  it.each([1000, 40_000, packed.length])('gives what the bytes hold, in pieces of %i', async (size) => {
    expect((await collect(throughZlib(pieces(packed, size), new Gunzip({}), behind))).equals(content)).toBe(true);
  });

  it('gives a bomb a little at a time, so that whoever has enough can let go', async () => {
    const bomb = gzipSync(Buffer.alloc(300_000_000));
    let most = 0;
    let all = 0;
    for await (const chunk of throughZlib(pieces(bomb, bomb.length), new Gunzip({}))) {
      most = Math.max(most, chunk.length);
      all += chunk.length;
      // Whoever has enough lets go here.
      if (all > 40_000_000) break;
    }
    expect(most).toBeLessThan(1_000_000);
  });

  it.each([Buffer.alloc(512), Buffer.from('trailing')])('tells bytes behind the end', async (more) => {
    for (const size of [packed.length, packed.length + more.length]) {
      const read = collect(throughZlib(pieces(behindPacked(more), size), new Gunzip({}), behind));
      await expect(read).rejects.toThrow(/behind the end|incorrect header/);
    }
  });

  it('lets an error of the source stand, also behind the end', async () => {
    const failure = new Error('the source broke');
    for (const bytes of [packed.subarray(0, 5000), packed, ...[Buffer.alloc(9), Buffer.from('more')].map(behindPacked)])
      await expect(collect(throughZlib(pieces(bytes, 1000, failure), new Gunzip({}), behind))).rejects.toBe(failure);
  });

  it.each([packed.subarray(0, -1), Buffer.concat([packed.subarray(0, -8), Buffer.alloc(8)])])(
    'fails with what zlib says of a stream that is cut off or damaged',
    async (bytes) => {
      await expect(collect(throughZlib(pieces(bytes, 1000), new Gunzip({})))).rejects.toBeInstanceOf(ZlibError);
    },
  );
});
