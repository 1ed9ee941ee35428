import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSmallWorld, requestFor, type SmallWorld } from '../../tests/fixtures/small-world.js';
import type { Package } from '../packages/package.js';
import { bytesToFetch, fetchPackages } from './fetch-packages.js';
import type { OpenCreator } from './open-creator.js';
import { planImage } from './plan-image.js';

describe('packages to fetch', () => {
  let world: SmallWorld;
  let creator: OpenCreator;
  let packages: readonly Package[];
  beforeEach(async () => {
    world = await openSmallWorld();
    creator = world.creator();
    const { plan } = await planImage(creator, requestFor({ architectures: ['amd64'], packages: ['jq'] }));
    const [line] = plan.lines;
    if (line?.status !== 'resolved') throw new Error('the line is not resolved');
    packages = line.architectures.flatMap((one) => one.packages.map((planned) => planned.package));
    expect(packages.length).toBeGreaterThan(2);
  });
  afterEach(() => world.close());

  it('are counted until they are there', async () => {
    const [first] = packages;
    const all = packages.reduce((sum, { archive }) => sum + archive.size, 0);
    expect(await bytesToFetch(creator, packages)).toBe(all);
    await fetchPackages(creator, packages.slice(0, 1));
    expect(await bytesToFetch(creator, packages)).toBe(all - (first?.archive.size ?? 0));
    await fetchPackages(creator, packages);
    expect(await bytesToFetch(creator, packages)).toBe(0);
  });

  it('are used as they come, the largest first', async () => {
    const one = { ...creator, settings: { ...creator.settings, concurrency: 1 } };
    const left: number[] = [];
    const sizes: number[] = [];
    await fetchPackages(one, packages, async ({ package: { archive } }) => {
      sizes.push(archive.size);
      left.push(await bytesToFetch(creator, packages));
    });
    expect(sizes).toEqual(packages.map(({ archive }) => archive.size).toSorted((a, b) => b - a));
    expect(left[0]).toBeGreaterThan(0);
    expect(left.at(-1)).toBe(0);
  });

  it('are not fetched any more when one cannot be used', async () => {
    const one = { ...creator, settings: { ...creator.settings, concurrency: 1 } };
    const used: string[] = [];
    const fetched = fetchPackages(one, packages, ({ package: { name } }) => {
      used.push(name);
      return Promise.reject(new Error('no use'));
    });
    await expect(fetched).rejects.toThrow('no use');
    expect(used).toHaveLength(1);
    expect(await bytesToFetch(creator, packages)).toBeGreaterThan(0);
  });
});
