/*
 * Group 19, values that are not computed yet. With the real CLI: `tests/e2e/pulumi.test.ts`, an image that feeds another.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unknownValue } from '../../provider/resources/wire.js';
import { openSmallWorld, type SmallWorld } from '../fixtures/small-world.js';
import type { Bag } from '../plugin/client.js';
import { type Front, openDynamicFront, openPluginFront } from '../plugin/fronts.js';

const image = { name: 'web', starter: 'php', packages: ['jq'], environment: { GREETING: 'hi' } };
const bundle = { name: 'settings', type: 'other', path: '/etc/app', files: { 'app.conf': 'a = 1\n' } };

describe.each([
  ['dynamic resources', openDynamicFront],
  ['the plugin', openPluginFront],
])('group 19, through %s: what is unknown', (_, open) => {
  let world: SmallWorld;
  let front: Front;
  beforeEach(async () => {
    world = await openSmallWorld();
    front = await open(world, { PRIVATE_IMAGE_ARCHITECTURES: 'amd64' });
  });
  afterEach(async () => {
    await front.close();
    await world.close();
  });

  it.each<[string, Bag]>([
    ['starter', { starter: unknownValue }],
    ['packages', { packages: unknownValue }],
    ['one package', { packages: ['jq', unknownValue] }],
    ['environment', { environment: unknownValue }],
    ['one variable', { environment: { GREETING: unknownValue } }],
    ['fileBundles', { fileBundles: [unknownValue] }],
    ['lines', { lines: unknownValue }],
  ])('is no empty input: %s', async (_name, unknown) => {
    const { inputs, failures } = await front.check('PrivateImage', {}, { ...image, ...unknown });
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject('lines' in unknown ? { plan: unknownValue } : unknown);
    const { plan } = inputs;
    expect(plan === unknownValue || (plan as { readonly digest: string }).digest === unknownValue).toBe(true);
  });

  it('changes an image that stands, and replaces none', async () => {
    const { inputs } = await front.check('PrivateImage', {}, image);
    const { state } = await front.create('PrivateImage', inputs);
    const later = await front.check('PrivateImage', inputs, { ...image, environment: { GREETING: unknownValue } });
    expect(await front.diff('PrivateImage', state, later.inputs)).toEqual({ changes: true, replaces: [] });
  });

  it('in a bundle leaves its reference open, and other faults are found', async () => {
    const files = { 'app.conf': unknownValue };
    const open = await front.check('FileBundle', {}, { ...bundle, files });
    expect(open).toMatchObject({ failures: [], inputs: { reference: unknownValue } });
    const faulty = await front.check('FileBundle', {}, { ...bundle, files, path: 'etc' });
    expect(faulty.failures.map(({ property }) => property)).toEqual(['path']);
  });
});
