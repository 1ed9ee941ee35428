import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance } from '../support/edit-distance.js';
import { nearestNames } from './nearest.js';

const names = ['base', 'nginx', 'node', 'php', 'python', 'ruby'];

describe('nearest names', () => {
  it.each([
    ['pyton', ['python']],
    ['Python', ['python']],
    ['python3', ['python']],
    ['nodejs', ['node']],
    ['ngnix', ['nginx']],
    ['phq', ['php']],
    ['kubernetes', []],
    ['', []],
  ])('%j is near to %j', (word, expected) => {
    expect(nearestNames(word, names)).toEqual(expected);
  });

  it('gives at most as many as asked for, best first', () => {
    expect(nearestNames('php', ['php8', 'php82', 'phar', 'php'], 2)).toEqual(['php', 'php8']);
  });
});

describe('edit distance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['ngnix', 'nginx', 1],
  ])('of %j and %j is %i', (left, right, distance) => {
    expect(editDistance(left, right)).toBe(distance);
  });

  it('is the same both ways, zero only for the same, at most the longer length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (left, right) => {
        const distance = editDistance(left, right);
        expect(editDistance(right, left)).toBe(distance);
        expect(distance === 0).toBe(left === right);
        expect(distance).toBeLessThanOrEqual(Math.max(left.length, right.length));
      }),
    );
  });
});
