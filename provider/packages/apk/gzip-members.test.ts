import { Readable } from 'node:stream';
import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPrivateImageError } from '../../support/errors.js';
import { drainBytes } from './byte-stream.js';
import { gzipReader, inflateMembers } from './gzip-members.js';

interface Read {
  readonly offset: number;
  readonly compressed: Buffer;
  readonly content: Buffer;
}

async function readAll(chunks: readonly Uint8Array[], maxBytes = 1e6): Promise<readonly Read[]> {
  const reader = gzipReader(Readable.from(chunks), 'test');
  const found: Read[] = [];
  for (;;) {
    const compressed: Buffer[] = [];
    const member = await reader.next(maxBytes, (bytes) => compressed.push(Buffer.from(bytes)));
    if (member === undefined) return found;
    const content: Uint8Array[] = [];
    for await (const chunk of member.content) content.push(chunk);
    found.push({ offset: member.offset, compressed: Buffer.concat(compressed), content: Buffer.concat(content) });
  }
}

function slices(bytes: Buffer, size: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

const failure = (code: string): unknown => expect.objectContaining({ code });

describe('gzipReader', () => {
  it('takes members apart to the byte, however the bytes come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 0, max: 9 }),
        async (contents, size, level) => {
          const members = contents.map((content) => gzipSync(content, { level }));
          const read = await readAll(slices(Buffer.concat(members), size));
          expect(read.map((member) => member.compressed)).toEqual(members);
          expect(read.map((member) => member.content)).toEqual(contents.map((content) => Buffer.from(content)));
          expect(read.map((member) => member.offset)).toEqual(
            members.map((_, index) => Buffer.concat(members.slice(0, index)).length),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it('gives what follows a member as it stands', async () => {
    const first = gzipSync('one');
    const reader = gzipReader(Readable.from([Buffer.concat([first, Buffer.from('rest')])]), 'test');
    const member = await reader.next(100);
    if (member !== undefined) await drainBytes(member.content);
    expect(reader.offset()).toBe(first.length);
    const rest: Uint8Array[] = [];
    for await (const chunk of reader.rest()) rest.push(chunk);
    expect(Buffer.concat(rest).toString()).toBe('rest');
  });

  it('reads names, comments, extra fields and header checksums', async () => {
    const plain = gzipSync('hello');
    const header = Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 255]);
    const fields = Buffer.concat([Buffer.from([3, 0, 1, 2, 3]), Buffer.from('name\0comment\0'), Buffer.from([9, 9])]);
    const [member] = await readAll([Buffer.concat([header, fields, plain.subarray(10)])]);
    expect(member?.content.toString()).toBe('hello');
  });

  it('refuses a bomb before it is inflated', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    await expect(readAll([bomb], 1_000_000)).rejects.toThrow(failure('archive/too-large'));
  });

  it('refuses every cut', async () => {
    const whole = gzipSync(Buffer.from('some content that is long enough'));
    for (let length = 1; length < whole.length; length += 1) {
      await expect(readAll([whole.subarray(0, length)])).rejects.toThrow(failure('archive/truncated'));
    }
  });

  it('notices every flipped bit behind the header', async () => {
    const whole = gzipSync(Buffer.from('abcabcabcabc, some content'));
    for (let bit = 80; bit < whole.length * 8; bit += 1) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      // The last byte of deflate ends in bits that nobody reads.
      const outcome = await readAll([flipped]).then(
        ([member]) => member?.content.toString(),
        (error: unknown) => (isPrivateImageError(error) && error.code.startsWith('archive/') ? 'refused' : error),
      );
      expect(['refused', 'abcabcabcabc, some content']).toContain(outcome);
    }
  });

  it.each([
    ['text', Buffer.from('this is no gzip'), 'archive/malformed'],
    ['another method', Buffer.concat([Buffer.from([0x1f, 0x8b, 7]), gzipSync('x').subarray(3)]), 'archive/malformed'],
    [
      'reserved flags',
      Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0x20]), gzipSync('x').subarray(4)]),
      'archive/malformed',
    ],
    [
      'an endless name',
      Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]), Buffer.alloc(100_000, 65)]),
      'archive/malformed',
    ],
    ['something behind', Buffer.concat([gzipSync('x'), Buffer.from('trailing')]), 'archive/trailing-data'],
    ['zeros behind', Buffer.concat([gzipSync('x'), Buffer.alloc(512)]), 'archive/trailing-data'],
    ['a wrong length', Buffer.concat([gzipSync('x').subarray(0, -4), Buffer.from([2, 0, 0, 0])]), 'archive/malformed'],
    ['no deflate', Buffer.concat([gzipSync('').subarray(0, 10), Buffer.alloc(40, 0xff)]), 'archive/malformed'],
    ['raw deflate', deflateRawSync('x'), 'archive/malformed'],
  ])('refuses %s', async (_, bytes, code) => {
    await expect(readAll([bytes])).rejects.toThrow(failure(code));
  });
});

describe('inflateMembers', () => {
  it('reads all members as one', async () => {
    const file = Buffer.concat([gzipSync('second '), gzipSync('third')]);
    const found: Uint8Array[] = [];
    for await (const chunk of inflateMembers(Readable.from(slices(file, 7)), 100, 'test')) found.push(chunk);
    expect(Buffer.concat(found).toString()).toBe('second third');
  });

  it('bounds all of them together', async () => {
    const file = Buffer.concat([gzipSync(Buffer.alloc(60)), gzipSync(Buffer.alloc(60))]);
    const all = drainBytes(inflateMembers(Readable.from([file]), 100, 'test'));
    await expect(all).rejects.toThrow(failure('archive/too-large'));
  });
});
