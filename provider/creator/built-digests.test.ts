import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSmallWorld, requestFor, type SmallWorld } from '../../tests/fixtures/small-world.js';
import { builtDigests } from './built-digests.js';
import { planImage } from './plan-image.js';
import { publishImage } from './publish-image.js';

let world: SmallWorld;
beforeEach(async () => {
  world = await openSmallWorld();
});
afterEach(() => world.close());

describe('the digests of a plan', () => {
  it('are known once it was built, also where it is published anew', async () => {
    const creator = world.creator();
    const { digest } = await planImage(creator, requestFor());
    expect(await builtDigests(creator.store, digest)).toBeUndefined();
    await publishImage(creator, digest, { owner: 'a', traceId: 'a' });
    const known = await builtDigests(creator.store, digest);
    const there = await publishImage(world.creator({ registry: 'other' }), digest, { owner: 'b', traceId: 'b' });
    expect(known).toEqual(Object.fromEntries(there.lines.map((line) => [line.line, line.digest])));
    expect(Object.keys(known ?? {})).toEqual(['8.2', '8.4']);
  });

  it('are not known of a plan of which a part was never built', async () => {
    const creator = world.creator();
    const one = await planImage(creator, requestFor({ lines: ['8.2'] }));
    await publishImage(creator, one.digest, { owner: 'a', traceId: 'a' });
    const all = await planImage(creator, requestFor());
    expect(await builtDigests(creator.store, all.digest)).toBeUndefined();
    expect(await builtDigests(creator.store, one.digest)).toBeDefined();
  });

  it('are not known when a line fails: whether it has a last good build is decided by the registry', async () => {
    const creator = world.creator();
    const { digest } = await planImage(creator, requestFor({ packages: ['only-new'] }));
    await publishImage(creator, digest, { owner: 'a', traceId: 'a' });
    expect(await builtDigests(creator.store, digest)).toBeUndefined();
  });

  it('are not known any more when the store has lost a blob', async () => {
    const creator = world.creator();
    const { digest } = await planImage(creator, requestFor({ lines: ['8.4'] }));
    const image = await publishImage(creator, digest, { owner: 'a', traceId: 'a' });
    await rm(path.resolve(creator.store.pathOf(image.latest)));
    expect(await builtDigests(creator.store, digest)).toBeUndefined();
  });
});
