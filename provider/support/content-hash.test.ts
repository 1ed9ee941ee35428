import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { contentHash } from './content-hash.js';

describe('contentHash', () => {
  it.each([
    ['nothing', []],
    ['one piece', ['one']],
    ['several pieces', ['o', 'n', 'e']],
    ['fewer bytes than were announced', ['on'], 3],
    ['an empty piece before all', ['', 'one']],
  ])('is that of all bytes: %s', (_what, pieces, size = pieces.join('').length) => {
    for (const algorithm of ['sha1', 'sha256'] as const) {
      const hash = contentHash(algorithm, size);
      for (const piece of pieces) hash.update(Buffer.from(piece));
      expect(hash.hex()).toBe(createHash(algorithm).update(pieces.join('')).digest('hex'));
    }
  });
});
