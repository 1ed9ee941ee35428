import { describe, expect, it } from 'vitest';
import { meets, nameOfAtom, parseDependency, readDependency, readProvision, splitAtoms } from './dependency.js';

describe('parseDependency', () => {
  it.each([
    ['curl', { name: 'curl' }],
    ['gtk+3.0', { name: 'gtk+3.0' }],
    ['curl=8.9.0-r0', { name: 'curl', constraint: { operator: '=', version: '8.9.0-r0' } }],
    ['curl<8', { name: 'curl', constraint: { operator: '<', version: '8' } }],
    ['curl<=8', { name: 'curl', constraint: { operator: '<=', version: '8' } }],
    ['curl=<8', { name: 'curl', constraint: { operator: '<=', version: '8' } }],
    ['curl>8', { name: 'curl', constraint: { operator: '>', version: '8' } }],
    ['curl>=8.1', { name: 'curl', constraint: { operator: '>=', version: '8.1' } }],
    ['python3~3.12', { name: 'python3', constraint: { operator: '~', version: '3.12' } }],
    ['python3~=3.12', { name: 'python3', constraint: { operator: '~', version: '3.12' } }],
    ['python3=~3.12', { name: 'python3', constraint: { operator: '~', version: '3.12' } }],
    ['python3>~3.12', { name: 'python3', constraint: { operator: '>~', version: '3.12' } }],
    ['python3<~3.12', { name: 'python3', constraint: { operator: '<~', version: '3.12' } }],
    ['!sendmail', { name: 'sendmail', negative: true }],
    ['!go<1.2', { name: 'go', negative: true, constraint: { operator: '<', version: '1.2' } }],
    ['so:libc.musl-x86_64.so.1', { name: 'so:libc.musl-x86_64.so.1' }],
    ['so:libssl.so.3=3', { name: 'so:libssl.so.3', constraint: { operator: '=', version: '3' } }],
    ['cmd:[', { name: 'cmd:[' }],
    ['pc:zlib>=1.2', { name: 'pc:zlib', constraint: { operator: '>=', version: '1.2' } }],
    ['/bin/sh', { name: '/bin/sh' }],
    ['py3.12:foo', { name: 'py3.12:foo' }],
    ['nginx@edge', { name: 'nginx', tag: 'edge' }],
    ['nginx@edge=1.2', { name: 'nginx', tag: 'edge', constraint: { operator: '=', version: '1.2' } }],
    ['nginx=1.2@edge', { name: 'nginx', tag: 'edge', constraint: { operator: '=', version: '1.2' } }],
    ['aspell-ru=0.99f7-r1', { name: 'aspell-ru', constraint: { operator: '=', version: '0.99f7-r1' } }],
    [
      '.made><Q1AQIDBAUGBwgJCgsMDQ4PEBESExQ=',
      { name: '.made', constraint: { operator: '><', version: 'Q1AQIDBAUGBwgJCgsMDQ4PEBESExQ=' } },
    ],
  ])('reads %s', (text, expected) => {
    expect(parseDependency(text)).toEqual({
      text,
      negative: false,
      tag: undefined,
      constraint: undefined,
      ...expected,
    });
  });

  it.each([
    ...[
      '',
      '!',
      '=1',
      'a=',
      'a>',
      'a=b',
      'a==',
      'a b',
      'a\nb',
      'a@',
      'a@x@y',
      'a@x=1@y',
      'a<>1',
      'a<=>1',
      'a;rm',
      'a$b',
      'ä',
      'a=1 2',
    ],
    ...['a@../x', '!!a', 'a><1', 'a\u0000'],
  ])('refuses %j', (text) => {
    expect(readDependency(text)).toBeUndefined();
    expect(() => parseDependency(text)).toThrow(expect.objectContaining({ code: 'request/malformed' }));
  });

  it.each(['a=1.2*', 'a=1.2.*', 'a=~1.2.*'])('says how %j is written', (text) => {
    expect(() => parseDependency(text)).toThrow(
      expect.objectContaining({ hint: 'Write a~1.2 for every version that begins so.' }),
    );
  });

  it('does not repeat endless text', () => {
    expect(() => parseDependency('!'.repeat(100_000))).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{1,300}$/) }),
    );
  });
});

describe('readProvision', () => {
  it.each([
    ['cmd:sh', { name: 'cmd:sh', version: undefined }],
    ['cmd:[=9.1-r0', { name: 'cmd:[', version: '9.1-r0' }],
    ['so:libz.so.1=1.3.1', { name: 'so:libz.so.1', version: '1.3.1' }],
    // Both stand in Alpine 3.17.
    ['pc:librtmp=v2.4', { name: 'pc:librtmp', version: 'v2.4' }],
    ['pc:jemalloc=5.3.0_', { name: 'pc:jemalloc', version: '5.3.0_' }],
  ])('reads %s', (text, expected) => {
    expect(readProvision(text)).toEqual(expected);
  });

  it.each(['', '=1', 'a=', 'a>=1', 'a=1=2', 'a b'])('refuses %j', (text) => {
    expect(readProvision(text)).toBeUndefined();
  });
});

describe('meets', () => {
  it.each([
    ['a', undefined, true],
    ['a', '1', true],
    ['a>=2', '1', false],
    ['a>=2', '2-r0', true],
    // A virtual provide has no version to hold a constraint against.
    ['a>=2', undefined, false],
  ])('%s by version %s is %s', (text, version, expected) => {
    expect(meets(parseDependency(text), version)).toBe(expected);
  });
});

describe('lists', () => {
  it('are split at blanks', () => {
    expect(splitAtoms(' a  b=1\t!c ')).toEqual(['a', 'b=1', '!c']);
    expect(splitAtoms(undefined)).toEqual([]);
  });

  it.each([
    ['!a', 'a'],
    ['a@b', 'a'],
    ['so:x.so.1=2', 'so:x.so.1'],
    ['<', ''],
  ])('name of %s is %j', (atom, name) => {
    expect(nameOfAtom(atom)).toBe(name);
  });
});
