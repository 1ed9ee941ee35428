import { expect, it } from 'vitest';
import { digestOf } from '../support/digest.js';
import { largestFirst } from './largest-first.js';

it('puts large blobs before small ones, and leaves the order of others', () => {
  const blobs = [3, 1, 4, 1, 5].map((size, index) => ({ digest: digestOf(String(index)), size }));
  const [three, one, four, another, five] = blobs;
  expect(largestFirst(blobs)).toEqual([five, four, three, one, another]);
});
