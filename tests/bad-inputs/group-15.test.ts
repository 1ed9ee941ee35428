import { afterEach, describe, expect, it } from 'vitest';
import type { Repository } from '../../provider/registry/registry.js';
import { digestOf } from '../../provider/support/digest.js';
import type { Digest } from '../../provider/support/digest.js';
import { startMemoryRegistry } from '../registry/memory-registry.js';
import type { Interceptor, MemoryRegistry } from '../registry/memory-registry.js';
import { openTestRepository } from '../registry/open-test-repository.js';
import { bytesIn, manifestType, putContent, putSampleImage } from '../registry/sample-image.js';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(before?: Interceptor): Promise<[MemoryRegistry, Repository]> {
  const registry = await startMemoryRegistry(before === undefined ? {} : { before });
  cleanups.push(() => registry.close());
  return [registry, openTestRepository(registry, 'web')];
}

describe('group 15: the content of a registry', () => {
  it.each([
    'sha256:../../../etc/passwd',
    'sha256:x',
    `sha256:${'A'.repeat(64)}`,
    `sha512:${'a'.repeat(128)}`,
    '../latest',
  ])('a digest %j is never part of an address', async (text) => {
    const [registry, repository] = await start();
    const digest = text as Digest;
    const malformed = { code: 'digest/malformed' };
    await expect(repository.hasBlob(digest)).rejects.toMatchObject(malformed);
    await expect(repository.referrers(digest)).rejects.toMatchObject(malformed);
    await expect(repository.deleteManifests([digest])).rejects.toMatchObject(malformed);
    expect(() => repository.getBlob(digest)).toThrow(expect.objectContaining(malformed));
    expect(() => repository.blobUrl(digest)).toThrow(expect.objectContaining(malformed));
    await expect(repository.getManifest(text)).rejects.toMatchObject({ code: 'registry/bad-tag' });
    expect(registry.requests).toEqual([]);
  });

  it('a blob with another digest, or longer or shorter than it is to be, is not given for it', async () => {
    const [registry, repository] = await start();
    const { digest, size } = await putContent(repository, 'the right one');
    registry.repository('web').blobs.set(digest, Buffer.from('the wrong one'));
    await expect(bytesIn(repository.getBlob(digest))).rejects.toMatchObject({ code: 'registry/mismatch' });
    registry.repository('web').blobs.set(digest, Buffer.from('the right one and more'));
    await expect(bytesIn(repository.getBlob(digest, size))).rejects.toMatchObject({ code: 'registry/mismatch' });
    registry.repository('web').blobs.set(digest, Buffer.from('short'));
    await expect(bytesIn(repository.getBlob(digest, size))).rejects.toMatchObject({ code: 'registry/mismatch' });
  });

  it('a blob without an end is given up at its size', async () => {
    const [, repository] = await start((request, response) => {
      if (request.method !== 'GET' || !(request.url ?? '').includes('blobs')) return false;
      const write = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.writeHead(200).on('drain', write);
      write();
      return true;
    });
    await expect(bytesIn(repository.getBlob(digestOf('x'), 100_000))).rejects.toMatchObject({
      code: 'registry/mismatch',
    });
  });

  it('a manifest that is not what its digest, or the registry, says is refused', async () => {
    const [registry, repository] = await start();
    const image = await putSampleImage(repository, 'one');
    const other = await putSampleImage(repository, 'two');
    const { manifests } = registry.repository('web');
    manifests.set(image.digest, manifests.get(other.digest)!);
    registry.repository('web').tags.set('latest', image.digest);
    const fresh = openTestRepository(registry, 'web');
    await expect(fresh.getManifest(image.digest)).rejects.toMatchObject({ code: 'registry/mismatch' });
    await expect(fresh.getManifest('latest')).rejects.toMatchObject({ code: 'registry/mismatch' });
    await expect(fresh.tag([{ tag: 'other', digest: image.digest }])).rejects.toMatchObject({
      code: 'registry/mismatch',
    });
  });

  it.each([
    ['announced', true],
    ['never ending', false],
  ])('an enormous manifest, %s, is not read', async (_, announced) => {
    const [, repository] = await start((request, response) => {
      if (request.method !== 'GET') return false;
      response.writeHead(200, {
        'content-type': manifestType,
        ...(announced ? { 'content-length': 10_000_000_000 } : {}),
      });
      const write = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, ' ')));
      };
      response.on('drain', write);
      write();
      return true;
    });
    await expect(repository.getManifest('latest')).rejects.toMatchObject({ code: 'registry/malformed' });
  });

  it('a download that is cut off goes on where it ended', async () => {
    const big = Buffer.alloc(1_000_000, 'layer');
    let cuts = 0;
    const [registry, repository] = await start((request, response) => {
      if (request.method !== 'GET' || cuts >= 2) return false;
      cuts += 1;
      const start = Number(/=(\d+)-/u.exec(request.headers.range ?? '')?.[1] ?? 0);
      const part = big.subarray(start);
      const range = start === 0 ? {} : { 'content-range': `bytes ${start}-${big.length - 1}/${big.length}` };
      response.writeHead(start === 0 ? 200 : 206, { 'content-length': part.length, ...range });
      response.write(part.subarray(0, 300_000), () => setTimeout(() => request.socket.destroy(), 20));
      return true;
    });
    const { digest } = await putContent(repository, big);
    expect((await bytesIn(repository.getBlob(digest))).equals(big)).toBe(true);
    expect(registry.headers.filter(({ range }) => range !== undefined).length).toBeGreaterThan(0);
  });
});
