import { describe, expect, it } from 'vitest';
import { describeError, isPrivateImageError, PrivateImageError } from './errors.js';

describe('an error of ours', () => {
  it('has what it is given', () => {
    const cause = new Error('below');
    const error = new PrivateImageError('room/what', 'the thing is wrong', {
      hint: 'mend it',
      cause,
      data: { path: '/x' },
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'PrivateImageError',
      code: 'room/what',
      message: 'the thing is wrong',
      hint: 'mend it',
      cause,
      data: { path: '/x' },
    });
  });

  it('needs no more than a code and a message', () => {
    const error = new PrivateImageError('room/what', 'wrong');
    expect(error.hint).toBeUndefined();
    expect(error.data).toEqual({});
    expect('cause' in error).toBe(false);
  });

  it.each([
    [new PrivateImageError('a/b', ''), [], true],
    [new PrivateImageError('a/b', ''), ['a/b'], true],
    [new PrivateImageError('a/b', ''), ['c/d', 'a/b'], true],
    [new PrivateImageError('a/b', ''), ['c/d'], false],
    [new Error('a/b'), [], false],
    [{ name: 'PrivateImageError', code: 'a/b' }, [], false],
    [undefined, [], false],
  ])('%o is known by the codes %j: %s', (error, codes, expected) => {
    expect(isPrivateImageError(error, ...codes)).toBe(expected);
  });
});

describe('an error in words', () => {
  const root = new Error('connection refused');

  it.each([
    ['a plain error', root, 'connection refused'],
    ['something that is no error', 'just text', 'just text'],
    ['one of ours without a hint', new PrivateImageError('a/b', 'no index'), 'no index'],
    ['one with a hint', new PrivateImageError('a/b', 'no index', { hint: 'Look again.' }), 'no index\n  Look again.'],
    [
      'a chain',
      new PrivateImageError('a/b', 'no index', { cause: new Error('no mirror', { cause: root }) }),
      'no index: no mirror: connection refused',
    ],
    [
      'a cause that is said already',
      new PrivateImageError('a/b', 'no index: connection refused', { cause: root }),
      'no index: connection refused',
    ],
    [
      'hints at two levels: the outermost counts',
      new PrivateImageError('a/b', 'outer', {
        hint: 'First.',
        cause: new PrivateImageError('c/d', 'inner', { hint: 'Second.' }),
      }),
      'outer: inner\n  First.',
    ],
    [
      'a hint of the cause alone',
      new Error('outer', { cause: new PrivateImageError('c/d', 'inner', { hint: 'Second.' }) }),
      'outer: inner\n  Second.',
    ],
    ['a cause that is text', new Error('outer', { cause: 'inner' }), 'outer: inner'],
  ])('%s', (_, error, text) => {
    expect(describeError(error)).toBe(text);
  });

  it('ends for errors that cause each other', () => {
    const first = new Error('first');
    const second = new Error('second', { cause: first });
    first.cause = second;
    expect(describeError(first)).toBe('first: second');
  });
});
