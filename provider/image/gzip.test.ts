import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gunzipMembers, gzipMember } from './gzip.js';

/** Content that is neither all noise nor all the same. */
function contentOf(bytes: number): Buffer {
  const words = Array.from({ length: 512 }, (_, at) =>
    createHash('sha256')
      .update(`${at}`)
      .digest('hex')
      .slice(at % 60),
  );
  const parts: string[] = [];
  for (let at = 0, length = 0; length < bytes; at += 1) {
    const word = words[(at * at) % words.length] ?? '';
    parts.push(word);
    length += word.length;
  }
  return Buffer.from(parts.join('')).subarray(0, bytes);
}

async function* inPieces(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += 1 << 16)
    yield await Promise.resolve(content.subarray(at, at + (1 << 16)));
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** The member as a stream of zlib makes it, piece by piece. */
async function streamed(content: Buffer): Promise<Buffer> {
  const gzip = createGzip({ level: 4 });
  const [member] = await Promise.all([collect(gzip), pipeline(Readable.from(inPieces(content)), gzip)]);
  member[9] = 255;
  return member;
}

describe('gzipMember', () => {
  it.each([0, 1, 65_536, 300_000, 1 << 18, (1 << 18) + 1, 3_000_000])(
    'is the same at once and piece by piece, %i bytes',
    async (bytes) => {
      const content = contentOf(bytes);
      const member = await collect(gzipMember(inPieces(content)));
      expect(member.equals(await streamed(content))).toBe(true);
      expect((await collect(gunzipMembers(inPieces(member)))).equals(content)).toBe(true);
    },
  );

  it.each([10, 2_000_000])('passes on what its source throws after %i bytes, and lets go of it', async (bytes) => {
    const seen: string[] = [];
    async function* broken(): AsyncGenerator<Uint8Array> {
      try {
        yield* inPieces(contentOf(bytes));
        throw new Error('the source broke');
      } finally {
        seen.push('closed');
      }
    }
    await expect(collect(gzipMember(broken()))).rejects.toThrow('the source broke');
    expect(seen).toEqual(['closed']);
  });
});
