import { afterEach, describe, expect, it } from 'vitest';
import { digestOf } from '../../provider/support/digest.js';
import { startMemoryRegistry } from '../registry/memory-registry.js';
import type { Interceptor, MemoryRegistry } from '../registry/memory-registry.js';
import { openTestRepository } from '../registry/open-test-repository.js';
import { putSampleImage, putSampleIndex } from '../registry/sample-image.js';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(before?: Interceptor): Promise<MemoryRegistry> {
  const registry = await startMemoryRegistry(before === undefined ? {} : { before });
  cleanups.push(() => registry.close());
  return registry;
}

describe('group 17: only what a registry says is gone is gone', () => {
  it.each([
    [401, 'registry/unauthorized'],
    [403, 'registry/denied'],
    [429, 'registry/unavailable'],
    [500, 'registry/unavailable'],
    [502, 'registry/unavailable'],
    [418, 'registry/refused'],
  ])('%i is an error and no empty answer', async (status, code) => {
    const registry = await start((_, response) => {
      response.writeHead(status).end('{"errors":[{"code":"DENIED","message":"no"}]}');
      return true;
    });
    const repository = openTestRepository(registry, 'web');
    await expect(repository.getManifest('latest')).rejects.toMatchObject({ code, data: { status } });
    await expect(repository.tags()).rejects.toMatchObject({ code });
    await expect(repository.referrers(digestOf('x'))).rejects.toMatchObject({ code });
  });

  it('404 of a proxy before the registry, or of a web site, is an error', async () => {
    const registry = await start((_, response) => {
      response.removeHeader('docker-distribution-api-version');
      response.writeHead(404, { 'content-type': 'text/html' }).end('<html>not here</html>');
      return true;
    });
    const repository = openTestRepository(registry, 'web');
    await expect(repository.getManifest('latest')).rejects.toMatchObject({ code: 'registry/refused' });
    await expect(repository.tags()).rejects.toMatchObject({ code: 'registry/refused' });
  });

  it('404 of a registry is nothing', async () => {
    const repository = openTestRepository(await start(), 'web');
    expect(await repository.getManifest('latest')).toBeUndefined();
    expect(await repository.tags()).toEqual([]);
  });

  it('nobody there is an error', async () => {
    const registry = await start();
    await registry.close();
    const repository = openTestRepository(registry, 'web');
    await expect(repository.getManifest('latest')).rejects.toMatchObject({ code: 'registry/unavailable' });
  });

  it('what is live stays when the digest that goes is part of it', async () => {
    const registry = await start();
    const repository = openTestRepository(registry, 'web');
    const image = await putSampleImage(repository, 'one');
    const [old, live] = [await putSampleIndex(repository, [image]), await putSampleIndex(repository, [image, image])];
    await repository.tag([{ tag: 'latest', digest: live.digest }]);
    await repository.deleteManifests([old.digest, image.digest]);
    const { manifests } = registry.repository('web');
    expect([manifests.has(live.digest), manifests.has(image.digest), manifests.has(old.digest)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('a pause on request, and a time that is over, end the work with their own errors', async () => {
    const registry = await start(() => new Promise(() => undefined));
    const stop = new AbortController();
    const stopped = openTestRepository(registry, 'web', { signal: stop.signal }).tags();
    setTimeout(() => stop.abort(), 30);
    await expect(stopped).rejects.toMatchObject({ code: 'registry/aborted' });
    const late = openTestRepository(registry, 'web', { deadline: 30 });
    await expect(late.tags()).rejects.toMatchObject({ code: 'registry/deadline' });
  });
});
