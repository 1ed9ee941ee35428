import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from './open-store.js';
import { readingBlob } from './reading-blob.js';
import type { Store } from './store.js';

describe('readingBlob', () => {
  let folder: string;
  let store: Store;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'reading-blob-'));
    store = openStore(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const failure = new Error('no archive');
  const fail = (): Promise<never> => Promise.reject(failure);

  it('gives what the work gives', async () => {
    const { digest } = await store.put('content');
    expect(await readingBlob(store, digest, () => store.read(digest))).toEqual(Buffer.from('content'));
  });

  it('lets the failure stand when the blob is as it should be', async () => {
    const { digest } = await store.put('content');
    await expect(readingBlob(store, digest, fail)).rejects.toBe(failure);
    expect(await store.has(digest)).toBe(true);
  });

  it('says that the blob is not there any more', async () => {
    const { digest } = await store.put('content');
    await rm(store.pathOf(digest));
    await expect(readingBlob(store, digest, fail)).rejects.toMatchObject({ code: 'store/missing' });
  });

  it('says that the blob is damaged, and removes it', async () => {
    const { digest } = await store.put('content');
    await writeFile(store.pathOf(digest), 'contend');
    await expect(readingBlob(store, digest, fail)).rejects.toMatchObject({ code: 'store/corrupt', data: { digest } });
    expect(await store.has(digest)).toBe(false);
  });
});
