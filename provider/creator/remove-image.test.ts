import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileStamps } from '../../tests/fixtures/file-stamps.js';
import { openSmallWorld, requestFor, type SmallWorld } from '../../tests/fixtures/small-world.js';
import { validateLayout } from '../image/validate-layout.js';
import { openLayout } from '../registry/layout.js';
import { planImage } from './plan-image.js';
import { publishImage } from './publish-image.js';
import { readImage } from './read-image.js';
import { removeImage } from './remove-image.js';
import type { ImageRequest } from './request.js';

describe('removeImage', () => {
  let world: SmallWorld;
  beforeEach(async () => {
    world = await openSmallWorld();
  });
  afterEach(() => world.close());

  async function publish(owner: string, changes: Partial<ImageRequest> = {}) {
    const creator = world.creator();
    const { digest } = await planImage(creator, requestFor({ lines: ['8.4'], architectures: ['amd64'], ...changes }));
    return publishImage(creator, digest, { owner, traceId: `trace of ${owner}` });
  }

  function remove(owner: string, starter = 'php'): Promise<boolean> {
    return removeImage(world.creator(), { name: 'web', starter, owner });
  }

  function registryFiles(): Promise<Readonly<Record<string, string>>> {
    return fileStamps(path.join(world.folder, 'registry'));
  }

  function repository() {
    return openLayout(path.join(world.folder, 'registry', '53', 'web'));
  }

  it('removes every build there ever was, with referrers and blobs', async () => {
    await publish('one');
    await publish('one', { environment: { KEY: 'value' } });
    await remove('one');
    expect(await registryFiles()).toEqual({});
    expect(await readImage(world.creator(), 'web')).toBeUndefined();
  });

  it('may be done twice, and where there was nothing', async () => {
    await remove('one');
    await publish('one');
    await remove('one');
    await remove('one');
    expect(await registryFiles()).toEqual({});
  });

  it('leaves other images alone', async () => {
    await publish('two', { name: 'other' });
    const before = await registryFiles();
    await publish('one');
    await remove('one');
    expect(await registryFiles()).toEqual(before);
  });

  it('leaves the image of the resource that came in its place, of the same starter', async () => {
    await publish('one');
    const live = await publish('two', { packages: ['jq'] });
    await remove('one');
    expect(await readImage(world.creator(), 'web')).toMatchObject({ latest: live.latest, tags: live.tags });
    expect((await validateLayout(repository())).faults).toEqual([]);
    await remove('two');
    expect(await registryFiles()).toEqual({});
  });

  it('leaves the image of the resource that came in its place, of another starter, and takes its own', async () => {
    await publish('one');
    const live = await publish('two', { starter: 'plain', lines: ['2'] });
    await remove('one', 'php');
    expect((await repository().tags()).map(({ tag }) => tag)).toEqual(
      [...Object.keys(live.tags), 'private-image'].sort(),
    );
    expect(await readImage(world.creator(), 'web')).toMatchObject({ latest: live.latest, tags: live.tags });
    expect((await validateLayout(repository())).faults).toEqual([]);
    await remove('two', 'plain');
    expect(await registryFiles()).toEqual({});
  });

  it('leaves a live image whose builds are the very same', async () => {
    const old = await publish('one');
    const live = await publish('two');
    expect(live.tags).toEqual(old.tags);
    await remove('one');
    expect((await readImage(world.creator(), 'web'))?.tags).toEqual(live.tags);
  });
});
