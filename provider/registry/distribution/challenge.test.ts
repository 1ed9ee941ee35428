import { describe, expect, it } from 'vitest';
import { mergeScopes, rightsOf, scopesOf } from './access.js';
import { parseChallenges } from './challenge.js';
import { nextLink } from './pages.js';

describe('challenges', () => {
  it.each([
    ['Basic realm="x"', [['basic', { realm: 'x' }]]],
    ['basic', [['basic', {}]]],
    [
      'Bearer realm="https://a.example/t",service="s",scope="repository:a/b:pull,push"',
      [['bearer', { realm: 'https://a.example/t', service: 's', scope: 'repository:a/b:pull,push' }]],
    ],
    ['Bearer Realm = "a" , SERVICE=b', [['bearer', { realm: 'a', service: 'b' }]]],
    [
      'Negotiate, Basic realm="a", Bearer realm="b"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'a' }],
        ['bearer', { realm: 'b' }],
      ],
    ],
    [
      'Negotiate dG9rZW4=, Basic realm="a"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'a' }],
      ],
    ],
    ['Basic realm="a \\"quoted\\", and \\\\ more"', [['basic', { realm: 'a "quoted", and \\ more' }]]],
    ['Bearer realm="unended', [['bearer', {}]]],
    ['', []],
    ['"', []],
  ])('%s', (header, expected) => {
    expect(parseChallenges(header).map(({ scheme, parameters }) => [scheme, { ...parameters }])).toEqual(expected);
  });
});

describe('scopes', () => {
  it('name each repository once', () => {
    expect(
      scopesOf([
        { repository: 'b', actions: ['push', 'pull'] },
        { repository: 'a', actions: ['pull'] },
        { repository: 'b', actions: ['delete'] },
      ]),
    ).toEqual(['repository:a:pull', 'repository:b:delete,pull,push']);
    expect(mergeScopes(['registry:catalog:*', 'repository:a:pull', 'repository:a:push'])).toEqual([
      'registry:catalog:*',
      'repository:a:pull,push',
    ]);
    expect(rightsOf(['repository:a/b:pull,push'])).toEqual(['repository:a/b:pull', 'repository:a/b:push']);
  });
});

describe('the next page', () => {
  it.each([
    ['</v2/a/tags/list?n=2&last=b>; rel="next"', '/v2/a/tags/list?n=2&last=b'],
    ['<https://a.example/x>; title="y"; rel=next', 'https://a.example/x'],
    ['</first>; rel="first", </second>; rel="next"', '/second'],
    ['</first>; rel="prev"', undefined],
    ['nothing', undefined],
    [undefined, undefined],
  ])('%s', (header, expected) => {
    expect(nextLink(header)).toBe(expected);
  });
});
