import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BlobPart, blobPartReader } from './blob-part.js';
import { openStore } from './open-store.js';
import type { Store } from './store.js';

describe('blobPartReader', () => {
  let root: string;
  let store: Store;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'private-image-part-'));
    store = openStore(root);
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const content = Buffer.from('one two three');

  function part(offset: number, length: number): BlobPart {
    const sha256 = createHash('sha256')
      .update(content.subarray(offset, offset + length))
      .digest();
    return { offset, length, sha256 };
  }

  it('gives each part by itself, in any order and of any length', async () => {
    const { digest } = await store.put(content);
    const read = blobPartReader(store, digest);
    const parts = [part(4, 3), part(0, 3), part(0, content.length), part(8, 5), part(3, 0)];
    expect(parts.map((one) => read(one).toString())).toEqual(['two', 'one', 'one two three', 'three', '']);
  });

  it.each([
    ['other bytes', 'one TWO three'],
    ['a blob that ends too early', 'one t'],
  ])('refuses %s, and removes the blob', async (_what, damaged) => {
    const { digest } = await store.put(content);
    const read = blobPartReader(store, digest);
    await writeFile(store.pathOf(digest), damaged);
    expect(read(part(0, 3)).toString()).toBe('one');
    expect(() => read(part(4, 3))).toThrow(expect.objectContaining({ code: 'store/corrupt' }));
    expect(existsSync(store.pathOf(digest))).toBe(false);
  });

  it('gives neighbours one after the other, and goes back', async () => {
    const { digest } = await store.put(content);
    const read = blobPartReader(store, digest);
    const offsets = [...content.keys(), ...[...content.keys()].reverse()];
    expect(offsets.map((offset) => read(part(offset, 1)).toString()).join('')).toBe('one two threeeerht owt eno');
  });

  it('says what is missing', async () => {
    const { digest } = await store.put(content);
    const read = blobPartReader(store, digest);
    await rm(store.pathOf(digest));
    expect(() => read(part(0, 3))).toThrow(expect.objectContaining({ code: 'store/missing' }));
  });
});
