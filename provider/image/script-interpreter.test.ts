import { describe, expect, it } from 'vitest';
import { interpreterIn, scriptsWithoutInterpreter } from './script-interpreter.js';
import { rootOf } from './testing/root-dsl.js';

describe('interpreterIn', () => {
  it.each([
    ['#!/bin/sh\nexit', '/bin/sh'],
    ['#! /usr/bin/perl  -w\r\n', '/usr/bin/perl -w'],
    ['#!/usr/bin/env python3', '/usr/bin/env python3'],
    ['#!perl\n', undefined],
    ['\x7fELF', undefined],
    ['', undefined],
  ])('reads %j', (text, words) => {
    expect(interpreterIn(Buffer.from(text))).toBe(words);
  });
});

describe('scripts without an interpreter', () => {
  const root = rootOf(
    'bin>usr/bin',
    'usr/',
    'usr/bin/',
    'usr/bin/env=',
    'usr/bin/python3>python3.13',
    'usr/bin/python3.13=',
  );
  const warnings = (interpreters: readonly string[], from: 'added' | 'starter' = 'added', folder = 'usr/bin') =>
    scriptsWithoutInterpreter(root, [
      {
        recipe: { from, package: { name: 'tools', version: '1' } },
        files: interpreters.map((interpreter, index) => ({
          path: `${folder}/${'abcdefg'.charAt(index)}`,
          interpreter,
        })),
      },
    ]);

  it('are named with their package and what they need', () => {
    expect(warnings(['/usr/bin/perl -w'])).toEqual([
      'Package tools 1: /usr/bin/a cannot run: it needs /usr/bin/perl, which is not in the image',
    ]);
    expect(warnings(['/usr/bin/env -S ruby -w'])).toEqual([expect.stringMatching(/needs ruby,/u)]);
  });

  it('are counted when there are many, each interpreter for itself', () => {
    expect(warnings(['/bin/sh', '/bin/sh', '/usr/bin/perl', '/bin/sh', '/bin/sh', '/bin/sh'])).toEqual([
      'Package tools 1: /usr/bin/a, /usr/bin/b, /usr/bin/d and 2 more cannot run: they need /bin/sh, which is not in the image',
      'Package tools 1: /usr/bin/c cannot run: it needs /usr/bin/perl, which is not in the image',
    ]);
  });

  it('are none that the image can run, none of a starter, and none that are no programs', () => {
    expect(warnings(['/bin/python3', '/usr/bin/env python3', '/usr/bin/env A=b python3'])).toEqual([]);
    expect(warnings(['/bin/sh'], 'starter')).toEqual([]);
    expect(warnings(['/bin/sh'], 'added', 'usr/lib/git-core')).toEqual([]);
  });
});
