import { describe, expect, it } from 'vitest';
import { byExactness } from './exactness.js';

describe('tags by exactness', () => {
  it.each([
    [
      ['latest', '8', '8.4.12', '8.4'],
      ['8.4.12', '8.4', '8', 'latest'],
    ],
    [
      ['20', 'latest'],
      ['20', 'latest'],
    ],
    [
      ['latest', '8.4.12-20260101000000', '8.4.12'],
      ['8.4.12-20260101000000', '8.4.12', 'latest'],
    ],
    [
      ['b1', 'a1'],
      ['a1', 'b1'],
    ],
    [
      ['latest-dev', '8-dev', '8.4.12-dev'],
      ['8.4.12-dev', '8-dev', 'latest-dev'],
    ],
  ])('%j', (tags, sorted) => {
    expect([...tags].sort(byExactness)).toEqual(sorted);
    expect([...tags].reverse().sort(byExactness)).toEqual(sorted);
  });
});
