import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openLayout } from '../../provider/registry/layout.js';
import type { Repository } from '../../provider/registry/registry.js';
import { digestOf } from '../../provider/support/digest.js';
import type { Digest } from '../../provider/support/digest.js';
import { startMemoryRegistry } from '../registry/memory-registry.js';
import type { MemoryRegistry } from '../registry/memory-registry.js';
import { openTestRepository } from '../registry/open-test-repository.js';
import { indexType, manifestType, putSampleImage } from '../registry/sample-image.js';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(): Promise<[MemoryRegistry, Repository]> {
  const registry = await startMemoryRegistry();
  cleanups.push(() => registry.close());
  return [registry, openTestRepository(registry, 'web')];
}

/** Puts a document into the registry past all checks. */
function plant(registry: MemoryRegistry, document: unknown, mediaType: string, tag = 'latest'): Digest {
  const content = Buffer.from(typeof document === 'string' ? document : JSON.stringify(document));
  const digest = digestOf(content);
  registry.repository('web').manifests.set(digest, { content, mediaType });
  registry.repository('web').tags.set(tag, digest);
  return digest;
}

const descriptor = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf('x'), size: 1 };
const manifest = { schemaVersion: 2, mediaType: manifestType, config: descriptor, layers: [] };
const index = { schemaVersion: 2, mediaType: indexType, manifests: [] };

describe('group 13: a document of a registry', () => {
  it.each<[string, unknown, string]>([
    ['with manifests and layers', { ...index, layers: [descriptor] }, indexType],
    ['with manifests and a config', { ...index, config: descriptor }, indexType],
    ['whose media type is another than its Content-Type', manifest, indexType],
    ['that is an image by its form and an index by its Content-Type', { ...manifest, mediaType: undefined }, indexType],
    ['that is an index by its form and an image by its mediaType', { ...index, mediaType: manifestType }, manifestType],
    ['whose Content-Type is none of a manifest', manifest, 'text/html'],
    [
      'of the first schema of docker',
      { schemaVersion: 1, name: 'web', fsLayers: [] },
      'application/vnd.docker.distribution.manifest.v1+json',
    ],
    ['that is no JSON', '<html>', manifestType],
    ['with a negative size', { ...manifest, config: { ...descriptor, size: -1 } }, manifestType],
    [
      'with a path for a digest',
      { ...manifest, config: { ...descriptor, digest: 'sha256:../../etc/passwd' } },
      manifestType,
    ],
  ])('%s is refused', async (_, document, mediaType) => {
    const [registry, repository] = await start();
    const digest = plant(registry, document, mediaType);
    await expect(repository.getManifest('latest')).rejects.toMatchObject({ code: 'registry/malformed' });
    await expect(repository.getManifest(digest)).rejects.toMatchObject({ code: 'registry/malformed' });
    await expect(repository.tag([{ tag: 'other', digest }])).rejects.toMatchObject({ code: 'registry/malformed' });
    expect(registry.repository('web').tags.has('other')).toBe(false);
  });

  it('that is called something else at the second pull is refused', async () => {
    const [registry, repository] = await start();
    const bare = { schemaVersion: 2, config: descriptor, layers: [] };
    plant(registry, bare, manifestType);
    await repository.getManifest('latest');
    plant(registry, bare, 'application/vnd.docker.distribution.manifest.v2+json');
    await expect(repository.getManifest('latest')).rejects.toMatchObject({ code: 'registry/malformed' });
  });

  it('of the second schema of docker is read', async () => {
    const [registry, repository] = await start();
    const type = 'application/vnd.docker.distribution.manifest.v2+json';
    const config = { ...descriptor, mediaType: 'application/vnd.docker.container.image.v1+json' };
    const one = plant(registry, { ...manifest, mediaType: type, config }, type);
    const listType = 'application/vnd.docker.distribution.manifest.list.v2+json';
    const platform = { os: 'linux', architecture: 'amd64', features: ['sse4'] };
    plant(
      registry,
      { schemaVersion: 2, mediaType: listType, manifests: [{ mediaType: type, digest: one, size: 2, platform }] },
      listType,
      'list',
    );
    expect((await repository.getManifest('latest'))?.descriptor.mediaType).toBe(type);
    expect((await repository.getManifest('list'))?.descriptor.mediaType).toBe(listType);
  });

  it.each<[string, object]>([
    ['whose fields that are not set are null', { ...manifest, annotations: null, subject: null, artifactType: null }],
    ['with a null in a descriptor', { ...manifest, layers: [{ ...descriptor, annotations: null, platform: null }] }],
    ['that has no layers', { ...manifest, layers: null, manifests: null }],
    ['that does not say its own media type', { ...manifest, mediaType: undefined }],
  ])('%s is good, in a layout as well', async (_, document) => {
    const [registry, repository] = await start();
    const digest = plant(registry, document, manifestType);
    const found = await repository.getManifest('latest');
    expect(found?.descriptor).toMatchObject({ mediaType: manifestType, digest });
    const folder = await mkdtemp(path.join(tmpdir(), 'group-13-'));
    cleanups.push(() => rm(folder, { recursive: true }));
    const layout = openLayout(folder);
    await layout.putBlob({ digest: descriptor.digest, size: 1 }, async function* () {
      yield await Promise.resolve(Buffer.from('x'));
    });
    await layout.putManifest(found!.content, manifestType);
    expect((await layout.getManifest(digest))?.descriptor.mediaType).toBe(manifestType);
    await layout.tag([{ tag: 'latest', digest }]);
    expect((await layout.getManifest('latest'))?.descriptor.mediaType).toBe(manifestType);
  });

  it('that is good is given back as it is', async () => {
    const [, repository] = await start();
    const put = await putSampleImage(repository, 'one');
    expect((await repository.getManifest(put.digest))?.descriptor).toEqual(put);
  });
});
