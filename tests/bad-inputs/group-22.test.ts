/*
 * Group 22: a broken build never blocks preview, refresh or destroy. With the real CLI: `tests/e2e/pulumi.test.ts`, while the mirror is away.
 */
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSmallWorld, type SmallWorld } from '../fixtures/small-world.js';
import type { Bag } from '../plugin/client.js';
import { type Front, openDynamicFront, openPluginFront } from '../plugin/fronts.js';

const image = { name: 'web', starter: 'php', lines: ['8.4'], packages: ['jq'] };

describe.each([
  ['dynamic resources', openDynamicFront],
  ['the plugin', openPluginFront],
])('group 22, through %s', (_, open) => {
  let world: SmallWorld;
  let front: Front;
  let state: Bag;
  beforeEach(async () => {
    world = await openSmallWorld();
    front = await open(world, { PRIVATE_IMAGE_ARCHITECTURES: 'amd64' });
    const { inputs } = await front.check('PrivateImage', {}, image);
    state = (await front.create('PrivateImage', inputs)).state;
  });
  afterEach(async () => {
    await front.close();
    await world.close();
  });

  async function restart(): Promise<void> {
    await front.close();
    front = await open(world, { PRIVATE_IMAGE_ARCHITECTURES: 'amd64' });
  }

  it.each<[string, () => Promise<void>]>([
    ['the mirror is gone', () => rm(world.mirror, { recursive: true })],
    ['the catalog is gone', () => rm(path.join(world.folder, 'catalog'), { recursive: true })],
    ['the cache is gone', () => rm(path.join(world.folder, 'cache'), { recursive: true })],
    ['the mirror is damaged', () => writeFile(path.join(world.mirror, 'dists/stable/InRelease'), 'nothing')],
  ])('a state is read and deleted when %s', async (_name, spoil) => {
    await spoil();
    await restart();
    expect(await front.read('PrivateImage', '53/web', state)).toEqual(state);
    await front.delete('PrivateImage', '53/web', state);
    expect(await front.read('PrivateImage', '53/web', state)).toBeUndefined();
  });

  it('an update that fails leaves the image as it stands, and the next one mends it', async () => {
    const broken = await front.check('PrivateImage', state, { ...image, packages: ['nowhere'] });
    expect(broken.failures).toEqual([]);
    await expect(front.update('PrivateImage', state, broken.inputs)).rejects.toThrow(/8\.4 .*nowhere/u);
    expect(await front.read('PrivateImage', '53/web', state)).toEqual(state);
    const { inputs } = await front.check('PrivateImage', state, { ...image, packages: [] });
    expect(await front.update('PrivateImage', state, inputs)).toMatchObject({ status: 'created' });
  });

  it('a state without outputs, as a create leaves that was killed, is refreshed and deleted', async () => {
    const { name, starter, tenant, registry, plan } = state;
    const half: Bag = { name, starter, tenant, registry, plan };
    expect(await front.read('PrivateImage', '53/web', half)).toEqual(half);
    const { inputs } = await front.check('PrivateImage', half, image);
    expect(await front.diff('PrivateImage', half, inputs)).toMatchObject({ changes: true, replaces: [] });
    await front.delete('PrivateImage', '53/web', half);
  });
});
