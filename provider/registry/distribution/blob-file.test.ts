import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { appendFile, copyFile, mkdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { flipBit } from '../../../tests/fixtures/flip-bit.js';
import { startMemoryRegistry } from '../../../tests/registry/memory-registry.js';
import type { MemoryRegistry } from '../../../tests/registry/memory-registry.js';
import { openTestRepository } from '../../../tests/registry/open-test-repository.js';
import { contentOf } from '../../../tests/registry/sample-image.js';
import type { RegistryManner } from '../../../tests/registry/stored-repository.js';
import { openStore } from '../../store/open-store.js';
import type { Store } from '../../store/store.js';
import { digestOf } from '../../support/digest.js';
import { layoutFiles } from '../layout-files.js';

/** Several pieces and the beginning of one. */
const bytes = randomBytes(5 * 1024 * 1024 + 17);
const blob = { digest: digestOf(bytes), size: bytes.length };

function unread(): AsyncIterable<Uint8Array> {
  throw new Error('is not read');
}

describe('a blob in a file', () => {
  let folder: string;
  let store: Store;
  let file: string;
  let registry: MemoryRegistry;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'blob-file-'));
    store = openStore(path.join(folder, 'store'));
    await store.put(bytes);
    file = store.pathOf(blob.digest);
  });
  afterEach(async () => {
    await registry.close();
    rmSync(folder, { recursive: true });
  });

  async function start(manner: RegistryManner = {}): Promise<void> {
    registry = await startMemoryRegistry({ manner });
  }

  function sent(): Buffer | undefined {
    return registry.repository('web').blobs.get(blob.digest);
  }

  const content = () => store.open(blob.digest);

  it('is sent as it is, without its content being read', async () => {
    await start();
    await openTestRepository(registry, 'web').putBlob(blob, unread, { file });
    expect(sent()?.equals(bytes)).toBe(true);
    expect(registry.requests.map((request) => request.split(' ')[0])).toEqual(['HEAD', 'POST', 'PUT']);
  });

  it('is sent beside others, each whole', async () => {
    await start();
    const repository = openTestRepository(registry, 'web');
    const others = await Promise.all([1, 2, 3, 4].map((seed) => store.put(Buffer.alloc(3_000_000 + seed, seed))));
    await Promise.all(others.map((other) => repository.putBlob(other, unread, { file: store.pathOf(other.digest) })));
    for (const { digest } of others) expect(digestOf(registry.repository('web').blobs.get(digest)!)).toBe(digest);
  });

  const harms: [string, () => Promise<void>, string][] = [
    ['has a damaged bit', () => flipBit(file), 'store/corrupt'],
    ['is too short', () => truncate(file, 4_000_000), 'store/corrupt'],
    ['is empty', () => truncate(file, 0), 'store/corrupt'],
    ['is too long', () => appendFile(file, 'more'), 'store/corrupt'],
    ['is gone', () => rm(file), 'store/missing'],
    [
      'cannot be read',
      async () => {
        await rm(file);
        await mkdir(file);
      },
      'store/',
    ],
  ];

  describe.each<[string, RegistryManner, number]>([
    ['a registry that verifies', {}, Infinity],
    ['a registry that says nothing of what it has got', { verifies: false }, Infinity],
    ['a registry that takes pieces', { monolithic: false }, Infinity],
    ['a registry that is sent pieces', {}, 1_000_000],
    ['a registry that says nothing and is sent pieces', { verifies: false }, 1_000_000],
  ])('that is damaged, for %s', (_, manner, monolithic) => {
    it.each(harms)('and %s, is named', async (harm, damage, code) => {
      await start(manner);
      await damage();
      const repository = openTestRepository(registry, 'web', { transfer: { monolithic, chunk: 2_000_000 } });
      const put = repository.putBlob(blob, content, { file });
      await expect(put).rejects.toMatchObject({ code: expect.stringContaining(code) });
      if (harm !== 'cannot be read') await expect(put).rejects.toThrow(blob.digest);
      expect(await store.has(blob.digest)).toBe(false);
      expect(registry.openUploads()).toBe(0);
      // Who takes anything for a blob has it now, and no manifest that names it.
      const takesAnything = manner.verifies === false && monolithic > blob.size;
      if (!takesAnything) expect(registry.repository('web').blobs.size).toBe(0);
      // Nor is it taken for put: the next try asks, and sends what is right by then.
      registry.repository('web').blobs.clear();
      if (harm === 'cannot be read') await rm(file, { recursive: true });
      await store.put(bytes);
      await repository.putBlob(blob, content, { file });
      expect(sent()?.equals(bytes)).toBe(true);
    });
  });

  it('of a layout is named by the layout', async () => {
    await start();
    const files = layoutFiles(path.join(folder, 'layout'));
    const place = files.blobPath(blob.digest);
    await mkdir(path.dirname(place), { recursive: true });
    await copyFile(file, place);
    await flipBit(place);
    const put = openTestRepository(registry, 'web').putBlob(blob, () => files.readBlob(blob.digest), { file: place });
    await expect(put).rejects.toMatchObject({ code: 'registry/mismatch', data: { digest: blob.digest } });
    await expect(put).rejects.toThrow(path.join(folder, 'layout'));
    expect(registry.repository('web').blobs.size).toBe(0);
  });

  it('that is not what it should be is no harm where the content is', async () => {
    await start();
    await flipBit(file);
    await openTestRepository(registry, 'web').putBlob(blob, contentOf(bytes), { file });
    expect(sent()?.equals(bytes)).toBe(true);
    expect(registry.openUploads()).toBe(0);
  });
});
