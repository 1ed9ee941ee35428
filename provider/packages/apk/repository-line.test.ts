import { describe, expect, it } from 'vitest';
import { parseRepositories, parseRepositoryLine, withoutCredentials } from './repository-line.js';

describe('parseRepositoryLine', () => {
  it.each([
    ['https://host/alpine/main', undefined, 'https://host/alpine/main'],
    ['https://host/alpine/main//', undefined, 'https://host/alpine/main'],
    ['@edge https://host/edge', 'edge', 'https://host/edge'],
    ['  @edge\thttp://host/edge ', 'edge', 'http://host/edge'],
    ['/srv/packages', undefined, 'file:///srv/packages'],
    ['file:///srv/packages/', undefined, 'file:///srv/packages'],
    ['repo-a', undefined, 'file:///work/repo-a'],
    ['@local ./repo b'.replace(' b', '-b'), 'local', 'file:///work/repo-b'],
  ])('reads %j', (line, tag, url) => {
    expect(parseRepositoryLine(line, '/work')).toEqual({ tag, url });
  });

  it.each([
    '',
    '@edge',
    'a b c',
    'ftp://host/x',
    'https://host/x?token=s3cret',
    'https://host/x#s3cret',
    'https://s3cret@:x',
    '@ä https://host',
  ])('refuses %j without repeating it', (line) => {
    const failure = (() => {
      try {
        return parseRepositoryLine(line, '/work');
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toMatchObject({ code: 'repository/malformed' });
    expect(String(failure)).not.toContain('s3cret');
  });

  it('does not resolve a relative path against nothing', () => {
    expect(() => parseRepositoryLine('repo-a')).toThrow(expect.objectContaining({ code: 'repository/malformed' }));
  });
});

it('reads a whole file, without comments', () => {
  expect(parseRepositories('# main\nhttps://host/a\n\n@x https://host/b\n')).toEqual([
    { tag: undefined, url: 'https://host/a' },
    { tag: 'x', url: 'https://host/b' },
  ]);
});

it('takes credentials out of a URL', () => {
  expect(withoutCredentials('https://joe:s3cret@host:8443/x/')).toBe('https://host:8443/x');
});
