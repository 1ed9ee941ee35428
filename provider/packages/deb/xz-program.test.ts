import { describe, expect, it } from 'vitest';
import { isPlainXz, xzHeadSize } from './xz-program.js';

/** The head of a stream: its check, then the flags, filters and sizes of its first block. */
function head(check: number, ...block: readonly number[]): Buffer {
  const bytes = Buffer.alloc(xzHeadSize);
  Buffer.from('fd377a585a00', 'hex').copy(bytes);
  bytes[7] = check;
  Buffer.from([2, ...block]).copy(bytes, 12);
  return bytes;
}

const lzma2 = [0x21, 1];

describe('isPlainXz', () => {
  it.each([
    ['CRC64', head(4, 0, ...lzma2, 22)],
    ['CRC32', head(1, 0, ...lzma2, 22)],
    ['no check', head(0, 0, ...lzma2, 22)],
    ['both sizes', head(4, 0xc0, 0x80, 0x80, 4, 0xff, 1, ...lzma2, 22)],
    ['a dictionary of 64 MiB', head(4, 0, ...lzma2, 28)],
  ])('takes %s', (_, bytes) => {
    expect(isPlainXz(bytes)).toBe(true);
  });

  it.each([
    ['SHA-256', head(10, 0, ...lzma2, 22)],
    ['a dictionary of 96 MiB', head(4, 0, ...lzma2, 29)],
    ['two filters', head(4, 1, 3, 1, 0, ...lzma2, 22)],
    ['another filter', head(4, 0, 4, 1, 22)],
    ['another format', Buffer.alloc(xzHeadSize, 'gzip')],
    ['a stream that is too short', head(4, 0, ...lzma2, 22).subarray(0, 20)],
  ])('leaves %s to the own decoder', (_, bytes) => {
    expect(isPlainXz(bytes)).toBe(false);
  });
});
