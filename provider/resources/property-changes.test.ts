import { describe, expect, it } from 'vitest';
import { propertyChanges } from './property-changes.js';
import type { Properties, PropertyChange } from './resource.js';

const comparison = { keys: ['a', 'set'], unordered: new Set(['set']), in: 'inputs' } as const;

describe('propertyChanges', () => {
  it.each<[string, Properties, Properties, Readonly<Record<string, PropertyChange['kind']>>]>([
    ['nothing', { a: { b: [1] } }, { a: { b: [1] } }, {}],
    ['no list and an empty one', { a: [] }, {}, {}],
    ['a new value', {}, { a: 1 }, { a: 'add' }],
    ['a value that is gone', { a: 1 }, {}, { a: 'delete' }],
    ['another value', { a: 1 }, { a: 2 }, { a: 'update' }],
    ['another type', { a: { b: 1 } }, { a: 'b' }, { a: 'update' }],
    [
      'entries of a map',
      { a: { b: 1, c: 1 } },
      { a: { b: 2, 'd.e': 1 } },
      { 'a.b': 'update', 'a.c': 'delete', 'a["d.e"]': 'add' },
    ],
    ['the order of a set', { set: ['x', 'y'] }, { set: ['y', 'x'] }, {}],
    [
      'items of a set',
      { set: ['x', 'y'] },
      { set: ['y', 'z', 'u'] },
      { 'set[0]': 'delete', 'set[1]': 'add', 'set[2]': 'add' },
    ],
    ['an item in the place of another', { set: ['x'] }, { set: ['y'] }, { 'set[0]': 'update' }],
    ['a key that nobody looks at', { b: 1 }, { b: 2 }, {}],
  ])('of %s', (_, olds, news, kinds) => {
    const changes = propertyChanges(olds, news, comparison);
    expect(Object.fromEntries(Object.entries(changes).map(([path, { kind }]) => [path, kind]))).toEqual(kinds);
  });
});
