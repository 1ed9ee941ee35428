import { describe, expect, it } from 'vitest';
import { dataLimit, longestData } from './data-limit.js';

describe('dataLimit', () => {
  it.each([
    ['nothing', 0, 100],
    ['a size', 50, 200],
    ['more than any package has', Number.MAX_SAFE_INTEGER, longestData],
    ['the longest', longestData, longestData],
  ])('of %s', (_, installedSize, limit) => {
    expect(dataLimit(installedSize, 2, 100)).toBe(limit);
  });
});
