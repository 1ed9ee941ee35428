import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, hexOf, isDigest, parseDigest } from './digest.js';
import { isPrivateImageError } from './errors.js';

const good = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('a digest', () => {
  it.each([
    ['', 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ])('of %j is the one of the standard', (text, digest) => {
    expect(digestOf(text)).toBe(digest);
    expect(digestOf(Buffer.from(text))).toBe(digest);
  });

  it('of text is that of its UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => digestOf(text) === digestOf(Buffer.from(text, 'utf8'))),
    );
  });

  it('reads back as itself', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const digest = digestOf(bytes);
        expect(parseDigest(digest)).toBe(digest);
        expect(hexOf(digest)).toBe(createHash('sha256').update(bytes).digest('hex'));
      }),
    );
  });

  it('is accepted in its one form', () => {
    expect(isDigest(good)).toBe(true);
  });

  it.each([
    '',
    'sha256:',
    good.slice(0, -1),
    `${good}0`,
    `${good}\n`,
    ` ${good}`,
    good.toUpperCase(),
    good.replace('sha256', 'SHA256'),
    good.replace('sha256', 'sha512'),
    good.replace('0', 'g'),
    `sha256:../${'a'.repeat(61)}`,
    good.slice('sha256:'.length),
  ])('%j is none', (text) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow(
      expect.toSatisfy((error: unknown) => isPrivateImageError(error, 'digest/malformed')),
    );
  });
});
