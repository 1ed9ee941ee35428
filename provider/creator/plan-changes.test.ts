import { afterEach, describe, expect, it } from 'vitest';
import {
  everywhere,
  openSmallWorld,
  requestFor,
  type SmallWorld,
  standardContent,
  withDevPackages,
} from '../../tests/fixtures/small-world.js';
import { type Digest, digestOf } from '../support/digest.js';
import { planChanges } from './plan-changes.js';
import { planImage } from './plan-image.js';
import type { ImageRequest } from './request.js';
import { type LineImage, type Plan, planVersion } from './plan.js';
import { keepPlan } from './plan-store.js';

let world: SmallWorld;
afterEach(() => world.close());

async function plan(changes: Partial<ImageRequest> = {}, environment = {}) {
  return planImage(world.creator({ environment }), requestFor({ architectures: ['amd64'], ...changes }));
}

function changesBetween(before: Digest, after: Digest) {
  return planChanges(world.creator().store, before, after);
}

describe('what differs between two plans', () => {
  it('is the packages of dev variants, which no summary names', async () => {
    world = await openSmallWorld(standardContent(), withDevPackages('jq'));
    const before = await plan();
    await world.write(
      standardContent({ stable: [...everywhere('jq', '1.8', { Depends: 'libjq' }), ...everywhere('libjq', '1.8')] }),
    );
    const after = await plan();
    expect(await changesBetween(before.digest, after.digest)).toEqual([
      'dev packages of 8.4 (~ jq 1.7 → 1.8 and 1 more)',
    ]);
  });

  it('is a dev variant that came or went', async () => {
    world = await openSmallWorld(standardContent(), withDevPackages('jq'));
    const [with_, without] = [
      await plan({ lines: ['8.4'] }),
      await plan({ lines: ['8.4'] }, { PRIVATE_IMAGE_DEV_VARIANTS: 'false' }),
    ];
    expect(await changesBetween(with_.digest, without.digest)).toEqual(['- dev variant of 8.4']);
    expect(await changesBetween(without.digest, with_.digest)).toEqual(['+ dev variant of 8.4']);
  });

  it('is a package that was built anew under the same version', async () => {
    world = await openSmallWorld();
    const before = await plan();
    await world.write(
      standardContent({ stable: everywhere('libworld', '2.0', {}, { '/usr/lib/libworld.so.1': 'anew' }) }),
    );
    const after = await plan();
    expect(await changesBetween(before.digest, after.digest)).toEqual([
      'packages of 8.4 that were built anew (libworld 2.0 amd64)',
    ]);
  });

  it.each<[string, Partial<LineImage>]>([
    ['pulumi-private-image 1.0.0 → 2.0.0', { catalogVersion: '2.0.0' }],
    ['what is left out of packages, as documentation', { exclude: ['usr/share/doc/**'] }],
    ['what stands in for install scripts', { handledScripts: ['jq'] }],
    ['the files of the starter', { starterFiles: [{ path: '/a', mode: 0o644, digest: digestOf('a'), size: 1 }] }],
    ['the number of layers', { layerBudget: 3 }],
  ])('is %s', async (words, change) => {
    world = await openSmallWorld();
    const { plan: whole } = await plan({ lines: ['8.4'] });
    const [before, after] = await Promise.all([
      keepPlan(world.creator().store, withImage(whole, { catalogVersion: '1.0.0' })),
      keepPlan(world.creator().store, withImage(whole, { catalogVersion: '1.0.0', ...change })),
    ]);
    expect(await changesBetween(before, after)).toEqual([words]);
  });

  it('is nothing of what a request says, or of plans that are lost', async () => {
    world = await openSmallWorld();
    const [before, after] = [await plan(), await plan({ environment: { A: '1' }, description: 'An image' })];
    expect(before.digest).not.toBe(after.digest);
    expect(await changesBetween(before.digest, after.digest)).toEqual([]);
    expect(await changesBetween(digestOf('lost'), after.digest)).toEqual([]);
  });
});

function withImage(plan: Plan, change: Partial<LineImage>): Plan {
  const lines = plan.lines.map((line) =>
    line.status === 'resolved' ? { ...line, image: { ...line.image, ...change } } : line,
  );
  return { ...plan, version: planVersion, lines };
}
