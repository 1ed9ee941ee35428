import { describe, expect, it } from 'vitest';
import { formatByteChange, formatBytes } from './byte-count.js';

describe('a number of bytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [3_440_000, '3.4 MB'],
    [2_000_000_000, '2.0 GB'],
    [5_000_000_000_000_000, '5000.0 TB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [61_200_000, 63_000_000, '61.2 MB → 63.0 MB (+1.8 MB)'],
    [63_000_000, 61_200_000, '63.0 MB → 61.2 MB (-1.8 MB)'],
    [61_200_000, 61_203_000, '61.2 MB → 61.2 MB (+3.0 kB)'],
  ])('that was %d and is %d is %s', (before, after, text) => {
    expect(formatByteChange(before, after)).toBe(text);
  });
});
