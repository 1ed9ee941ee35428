import { afterEach, describe, expect, it } from 'vitest';
import { startMemoryRegistry } from '../../../tests/registry/memory-registry.js';
import type { MemoryRegistry } from '../../../tests/registry/memory-registry.js';
import type { RegistryManner } from '../../../tests/registry/stored-repository.js';
import { openTestRepository } from '../../../tests/registry/open-test-repository.js';
import {
  bytesIn,
  contentOf,
  indexType,
  manifestType,
  putContent,
  putSampleImage,
  putSampleIndex,
} from '../../../tests/registry/sample-image.js';
import { digestOf } from '../../support/digest.js';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(manner: RegistryManner = {}): Promise<MemoryRegistry> {
  const registry = await startMemoryRegistry({ manner });
  cleanups.push(() => registry.close());
  return registry;
}

const big = Buffer.alloc(300_000, 'layer');

describe('a repository in a registry', () => {
  it('is empty before anything is written', async () => {
    const repository = openTestRepository(await start(), 'team/web');
    expect(await repository.tags()).toEqual([]);
    expect(await repository.getManifest('latest')).toBeUndefined();
    expect(await repository.referrers(digestOf('x'))).toEqual([]);
    expect(await repository.hasBlob(digestOf('x'))).toBe(false);
    expect(await repository.untag(['latest'])).toEqual([]);
    expect(await repository.deleteManifests([digestOf('x')])).toEqual([]);
  });

  it('gives back what was put, by tag and by digest, and says where it is', async () => {
    const registry = await start();
    const repository = openTestRepository(registry, 'team/web');
    const image = await putSampleImage(repository, 'one');
    const index = await putSampleIndex(repository, [image]);
    await repository.tag([
      { tag: '1.0', digest: index.digest },
      { tag: 'latest', digest: index.digest },
    ]);
    const other = openTestRepository(registry, 'team/web');
    expect(await other.tags()).toEqual([
      { tag: '1.0', digest: index.digest },
      { tag: 'latest', digest: index.digest },
    ]);
    expect((await other.getManifest('latest'))?.descriptor).toEqual(index);
    expect((await other.getManifest(image.digest))?.descriptor.mediaType).toBe(manifestType);
    const blob = digestOf('the layer of one');
    expect((await bytesIn(other.getBlob(blob))).toString()).toBe('the layer of one');
    expect(other.reference).toBe(`${registry.host}/team/web`);
    expect(other.blobUrl(blob)).toBe(`http://${registry.host}/v2/team/web/blobs/${blob}`);
    expect((await bytesIn((await fetch(other.blobUrl(blob))).body as never)).toString()).toBe('the layer of one');
  });

  it('is not sent what is there already', async () => {
    const registry = await start();
    const first = await putSampleImage(openTestRepository(registry, 'web'), 'one');
    const sent = registry.requests.length;
    const repository = openTestRepository(registry, 'web');
    expect(await putSampleImage(repository, 'one')).toEqual(first);
    expect(registry.requests.slice(sent).every((request) => request.startsWith('HEAD'))).toBe(true);
    const asked = registry.requests.length;
    await putContent(repository, 'a shared layer');
    expect(registry.requests).toHaveLength(asked);
  });

  it('takes a blob once when it is put twice at the same time', async () => {
    const registry = await start();
    const repository = openTestRepository(registry, 'web');
    await Promise.all([putContent(repository, big), putContent(repository, big)]);
    expect(registry.requests.filter((request) => request.startsWith('POST'))).toHaveLength(1);
  });

  it('refuses a manifest whose parts are not there, and a tag on a manifest that is not', async () => {
    const repository = openTestRepository(await start(), 'web');
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf('no'), size: 2 };
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config, layers: [] });
    await expect(repository.putManifest(Buffer.from(manifest), manifestType)).rejects.toMatchObject({
      code: 'registry/missing',
      data: { digest: config.digest },
    });
    await expect(repository.tag([{ tag: 'latest', digest: digestOf('no') }])).rejects.toMatchObject({
      code: 'registry/missing',
      data: { tag: 'latest' },
    });
    await expect(repository.tag([{ tag: '../up', digest: digestOf('no') }])).rejects.toMatchObject({
      code: 'registry/bad-tag',
    });
  });

  it('lists tags page by page, and knows those that never move', async () => {
    const registry = await start({ pageSize: 3 });
    const repository = openTestRepository(registry, 'web');
    const { digest } = await putSampleImage(repository, 'one');
    const tags = Array.from({ length: 10 }, (_, index) => `tag-${index}`);
    await repository.tag(tags.map((tag) => ({ tag, digest })));
    const settled = (tag: string): boolean => tag !== 'tag-0';
    expect((await repository.tags({ settled })).map(({ tag }) => tag)).toEqual(tags);
    const before = registry.requests.filter((request) => request.startsWith('HEAD')).length;
    expect(await repository.tags({ settled, only: (tag) => tag < 'tag-5' })).toHaveLength(5);
    expect(registry.requests.filter((request) => request.startsWith('HEAD'))).toHaveLength(before + 1);
  });
});

describe('an upload', () => {
  it.each<[string, RegistryManner, number, RegExp[]]>([
    ['goes in one piece', {}, 1_000_000, [/^HEAD/u, /^POST/u, /^PUT .*digest=/u]],
    ['goes in pieces when it is large', {}, 100_000, [/^HEAD/u, /^POST/u, /^PATCH/u, /^PATCH/u, /^PATCH/u, /^PUT/u]],
    [
      'goes in pieces of the size that the registry wants',
      { smallestChunk: 200_000 },
      100_000,
      [/^HEAD/u, /^POST/u, /^PATCH/u, /^PATCH/u, /^PUT/u],
    ],
    [
      'goes in pieces when the registry takes it in no other way',
      { monolithic: false },
      1_000_000,
      [/^HEAD/u, /^POST/u, /^PUT/u, /^DELETE/u, /^POST/u, /^PATCH/u, /^PATCH/u, /^PATCH/u, /^PUT/u],
    ],
    [
      'goes in one piece when the registry takes no other',
      { chunked: false },
      100_000,
      [/^HEAD/u, /^POST/u, /^PATCH/u, /^DELETE/u, /^POST/u, /^PUT/u],
    ],
    ['follows an absolute place', { absoluteLocations: true }, 1_000_000, [/^HEAD/u, /^POST/u, /^PUT/u]],
  ])('%s', async (_, manner, monolithic, expected) => {
    const registry = await start(manner);
    const repository = openTestRepository(registry, 'web', { transfer: { monolithic, chunk: 100_000 } });
    const blob = await putContent(repository, big);
    expect(registry.repository('web').blobs.get(blob.digest)?.equals(big)).toBe(true);
    expect(registry.requests).toHaveLength(expected.length);
    for (const [index, pattern] of expected.entries()) expect(registry.requests[index]).toMatch(pattern);
    expect(registry.openUploads()).toBe(0);
  });

  it('becomes smaller pieces when something on the way takes no larger', async () => {
    const registry = await start({ largestBody: 2_000_000 });
    const huge = Buffer.alloc(5_000_000, 'x');
    const repository = openTestRepository(registry, 'web', { transfer: { chunk: 4_000_000 } });
    const blob = await putContent(repository, huge);
    expect(registry.repository('web').blobs.get(blob.digest)?.equals(huge)).toBe(true);
    expect(registry.openUploads()).toBe(0);
  });

  it('ends when the registry takes note of nothing that it is sent', async () => {
    const registry = await startMemoryRegistry({
      before: (request, response) => {
        if (request.method !== 'PATCH') return false;
        request.resume();
        response.writeHead(202, { location: request.url ?? '', range: '0-0' }).end();
        return true;
      },
    });
    cleanups.push(() => registry.close());
    const repository = openTestRepository(registry, 'web', { transfer: { monolithic: 0, chunk: 100_000 } });
    await expect(putContent(repository, big)).rejects.toMatchObject({ code: 'registry/malformed' });
    expect(registry.requests.filter((request) => request.startsWith('PATCH')).length).toBeLessThan(10);
  });

  it('in pieces of a byte comes to an end', async () => {
    const registry = await start();
    const repository = openTestRepository(registry, 'web', { transfer: { monolithic: 0, chunk: 1 } });
    const blob = await putContent(repository, 'abc');
    expect(registry.repository('web').blobs.get(blob.digest)?.toString()).toBe('abc');
    expect(registry.requests.filter((request) => request.startsWith('PATCH'))).toHaveLength(3);
  });

  it('of nothing is an empty blob', async () => {
    const registry = await start();
    const blob = await putContent(openTestRepository(registry, 'web'), '');
    expect(registry.repository('web').blobs.get(blob.digest)).toHaveLength(0);
  });

  it.each([
    ['other bytes', Buffer.from('other!'), 6],
    ['too few bytes', Buffer.from('few'), 6],
    ['too many bytes', Buffer.from('too many'), 6],
  ])('of content with %s is refused, and given up', async (_, bytes, size) => {
    const registry = await start();
    const repository = openTestRepository(registry, 'web');
    const blob = { digest: digestOf('layer!'), size };
    await expect(repository.putBlob(blob, contentOf(bytes))).rejects.toMatchObject({ code: 'registry/mismatch' });
    expect(registry.repository('web').blobs.size).toBe(0);
    expect(registry.openUploads()).toBe(0);
  });

  it('fails with the error of its content, without trying again', async () => {
    const registry = await start();
    const repository = openTestRepository(registry, 'web');
    let reads = 0;
    async function* content(): AsyncGenerator<Uint8Array> {
      reads += 1;
      yield Buffer.from('lay');
      throw new Error('the disk is gone');
    }
    await expect(repository.putBlob({ digest: digestOf('layer!'), size: 6 }, content)).rejects.toThrow('the disk');
    expect(reads).toBe(1);
  });

  it('takes a blob over from another repository, known or named', async () => {
    const registry = await start();
    await putContent(openTestRepository(registry, 'team/base'), big);
    const repository = openTestRepository(registry, 'team/web');
    const blob = { digest: digestOf(big), size: big.length };
    const unread = (): AsyncIterable<Uint8Array> => {
      throw new Error('is not read');
    };
    await repository.putBlob(blob, unread, { mountFrom: ['team/base'] });
    expect(registry.repository('team/web').blobs.has(blob.digest)).toBe(true);
    expect(registry.requests.at(-1)).toContain('from=team%2Fbase');
  });

  it('goes on with the upload that a registry begins instead of a mount', async () => {
    const registry = await start({ mounts: false });
    const repository = openTestRepository(registry, 'web');
    const blob = { digest: digestOf(big), size: big.length };
    await repository.putBlob(blob, contentOf(big), { mountFrom: ['base'] });
    expect(registry.requests.filter((request) => request.startsWith('POST'))).toHaveLength(1);
    expect(registry.repository('web').blobs.has(blob.digest)).toBe(true);
  });
});

describe('referrers', () => {
  it.each([true, false])('are found by type, with the API: %s', async (referrersApi) => {
    const registry = await start({ referrersApi });
    const repository = openTestRepository(registry, 'web');
    const image = await putSampleImage(repository, 'one');
    const sbom = await putSampleImage(repository, 'sbom', image, 'application/spdx+json');
    const signature = await putSampleImage(repository, 'signature', image, 'application/vnd.dev.sigstore');
    const other = openTestRepository(registry, 'web');
    const all = await other.referrers(image.digest);
    expect(new Set(all.map(({ digest }) => digest))).toEqual(new Set([sbom.digest, signature.digest]));
    expect(await other.referrers(image.digest, 'application/spdx+json')).toMatchObject([
      { digest: sbom.digest, artifactType: 'application/spdx+json', mediaType: manifestType },
    ]);
    expect(await other.referrers(image.digest, 'application/none')).toEqual([]);
    expect(await other.tags()).toEqual([]);
    expect(registry.repository('web').tags.size).toBe(referrersApi ? 0 : 1);
  });

  it('by many writers at once are all there', async () => {
    const registry = await start({ referrersApi: false });
    const repository = openTestRepository(registry, 'web');
    const image = await putSampleImage(repository, 'one');
    const writers = Array.from({ length: 4 }, () =>
      openTestRepository(registry, 'web', { transfer: { random: Math.random } }),
    );
    await Promise.all(writers.map((writer, index) => putSampleImage(writer, `sbom ${index}`, image)));
    // What a slower writer has overwritten is mended before tags are set.
    for (const writer of writers) await writer.tag([]);
    expect(await repository.referrers(image.digest)).toHaveLength(4);
  });

  it('under the tag count for what they are and not for what the list says', async () => {
    const registry = await start({ referrersApi: false });
    const repository = openTestRepository(registry, 'web');
    const image = await putSampleImage(repository, 'one');
    const stranger = await putSampleImage(repository, 'no referrer');
    const sbom = await putSampleImage(repository, 'sbom', image, 'application/spdx+json');
    const manifests = [
      { mediaType: manifestType, digest: sbom.digest, size: sbom.size, artifactType: 'application/vnd.dev.sigstore' },
      { mediaType: manifestType, digest: stranger.digest, size: stranger.size, artifactType: 'application/spdx+json' },
      { mediaType: manifestType, digest: digestOf('gone'), size: 4, artifactType: 'application/spdx+json' },
    ];
    const list = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }));
    registry.repository('web').manifests.set(digestOf(list), { content: list, mediaType: indexType });
    registry.repository('web').tags.set(image.digest.replace(':', '-'), digestOf(list));
    const other = openTestRepository(registry, 'web');
    expect(await other.referrers(image.digest, 'application/vnd.dev.sigstore')).toEqual([]);
    expect(await other.referrers(image.digest, 'application/spdx+json')).toMatchObject([{ digest: sbom.digest }]);
  });
});

describe('removal', () => {
  it.each([true, false])('takes what only this needs, with the referrers API: %s', async (referrersApi) => {
    const registry = await start({ referrersApi });
    const repository = openTestRepository(registry, 'web');
    const [shared, own] = [await putSampleImage(repository, 'shared'), await putSampleImage(repository, 'own')];
    const going = await putSampleIndex(repository, [shared, own]);
    const staying = await putSampleIndex(repository, [shared]);
    await putSampleImage(repository, 'sbom of own', own);
    const kept = await putSampleImage(repository, 'sbom of shared', shared);
    await putSampleImage(repository, 'sbom of index', going);
    await repository.tag([
      { tag: 'old', digest: going.digest },
      { tag: 'new', digest: staying.digest },
    ]);
    expect(await repository.untag(['old'])).toEqual([]);
    expect(await repository.deleteManifests([going.digest])).toEqual([]);
    const { manifests, tags } = registry.repository('web');
    const lists = referrersApi ? [] : [tags.get(shared.digest.replace(':', '-'))];
    expect(tags.get('new')).toBe(staying.digest);
    for (const digest of [shared.digest, staying.digest, kept.digest]) expect(manifests.has(digest)).toBe(true);
    expect([...tags.keys()].filter((tag) => tag.startsWith('sha256-'))).toHaveLength(lists.length);
    for (const digest of [own.digest, going.digest]) expect(manifests.has(digest)).toBe(false);
    expect(await repository.referrers(shared.digest)).toHaveLength(1);
    expect(await repository.referrers(own.digest)).toEqual([]);
  });

  it('of one referrer leaves its subject and the others', async () => {
    const registry = await start({ referrersApi: false });
    const repository = openTestRepository(registry, 'web');
    const image = await putSampleImage(repository, 'one');
    const first = await putSampleImage(repository, 'first', image);
    const second = await putSampleImage(repository, 'second', image);
    await repository.tag([{ tag: 'latest', digest: image.digest }]);
    await repository.deleteManifests([first.digest]);
    expect(await repository.referrers(image.digest)).toMatchObject([{ digest: second.digest }]);
    expect((await repository.getManifest('latest'))?.descriptor.digest).toBe(image.digest);
  });

  it('does not take what a tag leads to', async () => {
    const registry = await start();
    const repository = openTestRepository(registry, 'web');
    const image = await putSampleImage(repository, 'one');
    const index = await putSampleIndex(repository, [image]);
    await repository.tag([{ tag: 'latest', digest: index.digest }]);
    await repository.deleteManifests([image.digest]);
    expect(registry.repository('web').manifests.has(image.digest)).toBe(true);
  });

  it('says what a registry does not delete', async () => {
    const registry = await start({ deletion: false });
    const repository = openTestRepository(registry, 'web');
    const image = await putSampleImage(repository, 'one');
    await repository.tag([{ tag: 'latest', digest: image.digest }]);
    expect(await repository.untag(['latest', 'never'])).toMatchObject([{ reference: 'latest' }]);
    const [kept] = await repository.deleteManifests([image.digest]);
    expect(kept?.reference).toBe(image.digest);
    expect(kept?.reason).toContain('UNSUPPORTED');
    expect((await repository.getManifest('latest'))?.descriptor.digest).toBe(image.digest);
  });
});
