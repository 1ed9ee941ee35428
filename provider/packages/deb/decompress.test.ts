import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inPieces } from '../testing/tar-maker.js';
import { compressionOf, decompress } from './decompress.js';
import type { Compression } from './decompress.js';

const plain = Buffer.from('hello world\n'.repeat(200));
const xz = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AlfAB9dADQZSe6N6ReJOjNf/LQEscoDPEyP7artGHL+JL9r8AAAAHqGn4+kxLPUAAE74BIAAAB4eyx/scRn+wIAAAAABFla',
  'base64',
);
/** The same with a sha256 check, which xz has and packages do not use. */
const xzSha256 = Buffer.from(
  '/Td6WFoAAArh+wyhAgAhARYAAAB0L+Wj4AlfAB9dADQZSe6N6ReJOjNf/LQEscoDPEyP7artGHL+JL9r8AAAAM1WuEER2GTmEy0SHQGeYxlMzBHxDzoz2NU1SclNeSvfAAFT4BIAAABP9oubtunfHAIAAAAAClla',
  'base64',
);

const packed = new Map<Compression, Buffer>([
  ['xz', xz],
  ['gz', gzipSync(plain)],
  ['zst', Buffer.from('KLUv/QRonQAAYGhlbGxvIHdvcmxkCgEAUblfkjwF9CY=', 'base64')],
]);

async function unpacked(content: Uint8Array, compression: Compression): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of decompress(inPieces(content, 50), compression, 'package t')) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('decompress', () => {
  it('passes plain content on', async () => {
    expect(await unpacked(plain, 'none')).toEqual(plain);
  });

  describe.each<Compression>(['gz', 'xz', 'zst'])('%s', (compression) => {
    const of = (): Buffer => packed.get(compression)!;

    it('gives the content back', async () => {
      expect(await unpacked(of(), compression)).toEqual(plain);
    });

    it('gives streams that follow one another', async () => {
      expect(await unpacked(Buffer.concat([of(), of()]), compression)).toEqual(Buffer.concat([plain, plain]));
    });

    it('refuses what is cut off anywhere', async () => {
      for (let length = 0; length < of().length; length += 1) {
        await expect(unpacked(of().subarray(0, length), compression)).rejects.toMatchObject({
          code: 'archive/truncated',
        });
      }
    });

    it('refuses data behind the end, and other formats', async () => {
      const code = expect.stringMatching(/^archive\//);
      await expect(unpacked(Buffer.concat([of(), Buffer.from('some junk')]), compression)).rejects.toMatchObject({
        code,
      });
      await expect(unpacked(Buffer.from('this is only a text'), compression)).rejects.toMatchObject({
        code: 'archive/malformed',
      });
    });

    it('never gives other content for a flipped bit', async () => {
      for (let bit = 0; bit < of().length * 8; bit += 7) {
        const flipped = Buffer.from(of());
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const result = await unpacked(flipped, compression).catch(() => plain);
        expect(result.equals(plain)).toBe(true);
      }
    });

    it('passes the errors of its source on, and closes it when let go', async () => {
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(of().subarray(0, 20));
        throw new Error('the source broke');
      }
      const reading = (async () => {
        for await (const chunk of decompress(broken(), compression, 'package t')) expect(chunk).toBeDefined();
      })();
      await expect(reading).rejects.toThrow('the source broke');
      for await (const chunk of decompress(inPieces(of()), compression, 'package t')) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      expect(await unpacked(of(), compression)).toEqual(plain);
    });
  });

  it('says so when xz uses what is not supported', async () => {
    await expect(unpacked(xzSha256, 'xz')).rejects.toMatchObject({ code: 'archive/unsupported' });
  });

  it('refuses a zstd frame that states a size beyond all bounds', async () => {
    const frame = Buffer.alloc(20);
    frame.writeUInt32LE(0xfd2fb528, 0);
    frame.writeUInt8(0xe0, 4);
    frame.writeBigUInt64LE(1n << 50n, 5);
    frame.writeUIntLE(1, 13, 3);
    await expect(unpacked(frame.subarray(0, 16), 'zst')).rejects.toMatchObject({
      code: expect.stringMatching(/^archive\//),
    });
  });

  it.each([
    ['data.tar', 'none'],
    ['data.tar.xz', 'xz'],
    ['Packages.gz', 'gz'],
    ['data.tar.zst', 'zst'],
    ['data.tar.bz2', undefined],
    ['control.tar.lzma', undefined],
  ])('knows the compression of %s', (name, compression) => {
    expect(compressionOf(name)).toBe(compression);
  });
});
