import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/fixtures/error-of.js';
import { flipBit } from '../../tests/fixtures/flip-bit.js';
import { openSmallWorld, requestFor, type SmallWorld } from '../../tests/fixtures/small-world.js';
import { validateLayout } from '../image/validate-layout.js';
import { openLayout } from '../registry/layout.js';
import type { OpenCreator } from './open-creator.js';
import { planImage } from './plan-image.js';
import { publishImage } from './publish-image.js';

describe('a bad cache', () => {
  let world: SmallWorld;
  beforeEach(async () => {
    world = await openSmallWorld();
  });
  afterEach(() => world.close());

  const request = requestFor({ packages: ['jq'], lines: ['8.4'], architectures: ['amd64'] });
  const claim = { owner: 'resource-1', traceId: 'trace-1' };

  async function publish(creator: OpenCreator) {
    const { digest } = await planImage(creator, request);
    return publishImage(creator, digest, claim);
  }

  function repository(registry = 'registry') {
    return openLayout(path.join(world.folder, registry, '53', 'web'));
  }

  /** All blobs of the cache. */
  async function blobs(): Promise<readonly string[]> {
    const folder = path.join(world.folder, 'cache', 'store', 'sha256');
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  }

  function forget(...kinds: readonly string[]): Promise<unknown> {
    return Promise.all(
      kinds.map((kind) => rm(path.join(world.folder, 'cache', 'store', 'facts', kind), { recursive: true })),
    );
  }

  describe('a cache with a damaged bit in every blob', () => {
    it.each<[string, readonly string[]]>([
      ['builds', []],
      ['layers', ['line']],
      ['unpacked packages', ['line', 'layer']],
      ['archives', ['line', 'layer', 'segment']],
      ['archives and parsed indexes', ['line', 'layer', 'segment', 'deb-compact-index']],
    ])('mends itself, whatever it was about to use: %s', async (_, forgotten) => {
      const first = await publish(world.creator());
      for (const blob of await blobs()) await flipBit(blob);
      await forget(...forgotten);
      const again = await publish(world.creator({ registry: 'again' }));
      expect(again.status).toBe('created');
      expect(again.tags).toEqual(first.tags);
      expect((await validateLayout(repository('again'))).faults).toEqual([]);
    });
  });

  describe('a cache that is deleted', () => {
    it('between planning and building: says so, and a new run builds the same', async () => {
      const first = await publish(world.creator({ registry: 'first' }));
      const creator = world.creator();
      const { digest } = await planImage(creator, request);
      await rm(path.join(world.folder, 'cache'), { recursive: true });
      expect((await errorOf(publishImage(creator, digest, claim))).code).toBe('plan/missing');
      expect((await publish(creator)).tags).toEqual(first.tags);
    });

    it('but for the plan: is filled again from the mirror', async () => {
      const creator = world.creator();
      const { digest, plan } = await planImage(creator, request);
      const { digest: kept } = await creator.store.put(JSON.stringify(plan));
      for (const blob of await blobs()) if (blob !== creator.store.pathOf(kept)) await rm(blob);
      expect((await publishImage(creator, digest, claim)).status).toBe('created');
    });

    it('after it was published: the registry is whole without it', async () => {
      await publish(world.creator());
      await rm(path.join(world.folder, 'cache'), { recursive: true });
      expect((await validateLayout(repository())).faults).toEqual([]);
    });
  });

  describe('several creators on one cache and one registry', () => {
    it('end with one whole image, the same for all', async () => {
      const images = await Promise.all([1, 2, 3].map(() => publish(world.creator())));
      expect(images[1]).toEqual(images[0]);
      expect(images[2]).toEqual(images[0]);
      expect((await validateLayout(repository())).faults).toEqual([]);
      expect((await repository().tags()).filter(({ tag }) => /-\d{14}$/u.test(tag))).toHaveLength(1);
    });

    it('end whole when each builds something else under one name', async () => {
      const images = await Promise.all(
        ['one', 'two'].map(async (value) => {
          const creator = world.creator();
          const { digest } = await planImage(creator, { ...request, environment: { KEY: value } });
          return publishImage(creator, digest, claim);
        }),
      );
      expect((await validateLayout(repository())).faults).toEqual([]);
      const latest = (await repository().tags()).find(({ tag }) => tag === 'latest');
      expect(images.flatMap((image) => image.lines.map((line) => line.digest))).toContain(latest?.digest);
    });
  });
});
