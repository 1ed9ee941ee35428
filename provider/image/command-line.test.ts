import { expect, it } from 'vitest';
import { splitCommandLine } from './command-line.js';

it.each<[string, readonly string[]]>([
  ['/usr/bin/python3', ['/usr/bin/python3']],
  ["nginx -g 'daemon off;'", ['nginx', '-g', 'daemon off;']],
  ['a "b c" d\\ e', ['a', 'b c', 'd e']],
  [`"it's" 'say "hi"'`, ["it's", 'say "hi"']],
  ['"a\\"b" "c\\d"', ['a"b', 'c\\d']],
  ["''", ['']],
  ['  a\t b \n', ['a', 'b']],
  ['', []],
  ['a#b # c "', ['a#b']],
  ['# a\nb', ['b']],
  ['nginx \\\n  -g \\\n  x\\\ny', ['nginx', '-g', 'xy']],
  ['"a\\\nb" \\\n"" \\\n', ['ab', '']],
  ['a\u00a0b\u3000c d', ['a\u00a0b\u3000c', 'd']],
])('splits %j', (text, words) => {
  expect(splitCommandLine(text)).toEqual(words);
});

it.each(['"open', "'open", 'end\\'])('refuses %j', (text) => {
  expect(() => splitCommandLine(text)).toThrow(expect.objectContaining({ code: 'image/bad-configuration' }));
});
