import { expect, it } from 'vitest';
import { globMatcher } from './glob.js';

it.each<[readonly string[], string, boolean]>([
  [['usr/share/man/**'], 'usr/share/man/man1/a.1.gz', true],
  [['usr/share/man/**'], 'usr/share/man', true],
  [['usr/share/man/**'], 'usr/share/mandoc', false],
  [['/usr/share/man/**'], 'usr/share/man/x', true],
  [['usr/share/doc/*/copyright'], 'usr/share/doc/libc6/copyright', true],
  [['usr/share/doc/*/copyright'], 'usr/share/doc/a/b/copyright', false],
  [['usr/share/doc/**', '!usr/share/doc/*/copyright'], 'usr/share/doc/libc6/copyright', false],
  [['usr/share/doc/**', '!usr/share/doc/*/copyright'], 'usr/share/doc/libc6/changelog.gz', true],
  [['**/*.pyc'], 'a/b/c.pyc', true],
  [['**/*.pyc'], 'c.pyc', true],
  [['usr/bin/php?.?'], 'usr/bin/php8.4', true],
  [['usr/bin/php?.?'], 'usr/bin/php8x4', false],
  [['usr/{bin,sbin}/x'], 'usr/sbin/x', true],
  [['usr/lib/[a-c]*'], 'usr/lib/big', true],
  [['usr/lib/[!a-c]*'], 'usr/lib/big', false],
  [['a+b(c)'], 'a+b(c)', true],
  [[], 'a', false],
])('%j on %s is %s', (patterns, path, expected) => {
  expect(globMatcher(patterns)(path)).toBe(expected);
});
