import { afterEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../provider/support/digest.js';
import { startMemoryRegistry } from '../registry/memory-registry.js';
import type { Interceptor, MemoryRegistry } from '../registry/memory-registry.js';
import type { RegistryManner } from '../registry/stored-repository.js';
import { openTestRepository } from '../registry/open-test-repository.js';
import { contentOf, manifestType, putSampleImage } from '../registry/sample-image.js';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(before?: Interceptor, manner: RegistryManner = {}): Promise<MemoryRegistry> {
  const registry = await startMemoryRegistry({ manner, ...(before === undefined ? {} : { before }) });
  cleanups.push(() => registry.close());
  return registry;
}

describe('group 16: a registry with rules and writers of its own', () => {
  it.each([400, 401, 403, 404, 405])('a mount refused with %i is an upload as usual', async (status) => {
    const registry = await start((request, response) => {
      if (!(request.url ?? '').includes('mount=')) return false;
      response.writeHead(status, { 'docker-distribution-api-version': 'registry/2.0' }).end();
      return true;
    });
    const blob = { digest: digestOf('a layer'), size: 7 };
    const repository = openTestRepository(registry, 'web');
    await repository.putBlob(blob, contentOf('a layer'), { mountFrom: ['base', 'other'] });
    expect(registry.repository('web').blobs.has(blob.digest)).toBe(true);
    expect(registry.openUploads()).toBe(0);
  });

  it('a tag that another writer moves meanwhile is moved again', async () => {
    let moves = 1;
    const registry = await start((request) => {
      if (
        moves > 0 &&
        request.method === 'HEAD' &&
        (request.url ?? '').includes('manifests/latest') &&
        registry.repository('web').tags.has('latest')
      ) {
        moves -= 1;
        registry.repository('web').tags.set('latest', other.digest);
      }
      return false;
    });
    const repository = openTestRepository(registry, 'web');
    const other = await putSampleImage(repository, 'other');
    const image = await putSampleImage(repository, 'one');
    await repository.tag([{ tag: 'latest', digest: image.digest }]);
    expect(registry.repository('web').tags.get('latest')).toBe(image.digest);
    expect(moves).toBe(0);
  });

  it('a tag that another writer does not stop to move is an error', async () => {
    const registry = await start((request) => {
      if (request.method === 'HEAD' && (request.url ?? '').includes('manifests/latest')) {
        registry.repository('web').tags.set('latest', other.digest);
      }
      return false;
    });
    const repository = openTestRepository(registry, 'web');
    const other = await putSampleImage(repository, 'other');
    const image = await putSampleImage(repository, 'one');
    await expect(repository.tag([{ tag: 'latest', digest: image.digest }])).rejects.toMatchObject({
      code: 'registry/tag-moved',
      data: { tag: 'latest', digest: image.digest, actual: other.digest },
    });
  });

  it('no tag is moved when one is not where it is expected', async () => {
    const registry = await start();
    const repository = openTestRepository(registry, 'web');
    const [before, after] = [await putSampleImage(repository, 'before'), await putSampleImage(repository, 'after')];
    await repository.tag([{ tag: 'latest', digest: before.digest, expected: undefined }]);
    const moves = [
      { tag: '2.0', digest: after.digest, expected: undefined },
      { tag: 'latest', digest: after.digest, expected: digestOf('what was there once') },
    ];
    await expect(repository.tag(moves)).rejects.toMatchObject({ code: 'registry/tag-moved' });
    expect([...registry.repository('web').tags]).toEqual([['latest', before.digest]]);
    await repository.tag([{ tag: 'latest', digest: after.digest, expected: before.digest }]);
    await repository.tag([{ tag: 'latest', digest: after.digest, expected: before.digest }]);
    expect(registry.repository('web').tags.get('latest')).toBe(after.digest);
  });

  it('of two writers at the same time one wins all tags', async () => {
    const registry = await start();
    const writers = [openTestRepository(registry, 'web'), openTestRepository(registry, 'web')];
    const tags = Array.from({ length: 8 }, (_, index) => `tag-${index}`);
    for (let round = 0; round < 10; round += 1) {
      await Promise.allSettled(
        writers.map(async (writer, index) => {
          const { digest } = await putSampleImage(writer, `writer ${index} round ${round}`);
          await writer.tag(tags.map((tag) => ({ tag, digest })));
        }),
      );
      expect(new Set(registry.repository('web').tags.values()).size).toBe(1);
    }
  });

  it('a referrer is found where the API answers 404, and its list is no manifest of ours', async () => {
    const registry = await start(undefined, { referrersApi: false });
    const repository = openTestRepository(registry, 'web');
    const image = await putSampleImage(repository, 'one');
    const sbom = await putSampleImage(repository, 'sbom', image, 'application/spdx+json');
    expect(await repository.referrers(image.digest, 'application/spdx+json')).toMatchObject([{ digest: sbom.digest }]);
    registry.repository('web').manifests.set(digestOf('x'), { content: Buffer.from('x'), mediaType: manifestType });
    registry.repository('web').tags.set(image.digest.replace(':', '-'), digestOf('x'));
    await expect(openTestRepository(registry, 'web').referrers(image.digest)).rejects.toMatchObject({
      code: 'registry/malformed',
    });
  });
});
