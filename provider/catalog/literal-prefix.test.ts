import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { literalPrefix } from './literal-prefix.js';

describe('literalPrefix', () => {
  it.each([
    [/^php(?<line>\d+\.\d+)-cli$/, 'php'],
    [/^python3-minimal$/, 'python3-minimal'],
    [/^php-?\d/, 'php'],
    [/^ab*c$/, 'a'],
    [/^ab{0,2}c$/, 'a'],
    [/^nginx$/, 'nginx'],
    [/^lib\.so/, 'lib'],
    [/^a|b$/, ''],
    [/nginx/, ''],
    [/^NGINX/i, ''],
    [/^nginx/u, 'nginx'],
    [/^nginx/i, ''],
    [/^nginx/m, ''],
    [/^(?:a)b/, ''],
  ])('of %s is %j', (pattern, expected) => {
    expect(literalPrefix(pattern)).toBe(expected);
  });

  it('leaves out nothing that the pattern matches', () => {
    const patterns = fc.stringMatching(/^\^[ab]{1,4}[?*+.]?[ab]{0,2}\$?$/).map((source) => new RegExp(source));
    fc.assert(
      fc.property(patterns, fc.stringMatching(/^[ab]{0,6}$/), (pattern, text) => {
        expect(pattern.test(text) && !text.startsWith(literalPrefix(pattern))).toBe(false);
      }),
    );
  });
});
