/*
 * Group 21, secrets, as far as Pulumi keeps and shows them: state, the code of a provider in it, messages, and what errors say. Those of
 * package repositories are in `group-21-repositories.test.ts`, the state of the real CLI in `tests/e2e/plugin.test.ts`. No program is started
 * with a secret: there is none in a process list.
 */
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { providerCode } from '../../sdk/dynamic-type.js';
import { openSmallWorld, type SmallWorld } from '../fixtures/small-world.js';
import { type Front, openDynamicFront, openPluginFront } from '../plugin/fronts.js';
import { formsOf, leaksIn } from './leaks.js';

const password = 'pa/ss@w0rd:s3cret';
const secrets = formsOf('joe', password);

describe.each([
  ['dynamic resources', openDynamicFront],
  ['the plugin', openPluginFront],
])('group 21, through %s: a secret of the settings', (_, open) => {
  let world: SmallWorld;
  let front: Front;
  beforeEach(async () => {
    world = await openSmallWorld();
    front = await open(world, {
      PRIVATE_IMAGE_ARCHITECTURES: 'amd64',
      PRIVATE_IMAGE_REPOSITORY_AUTH: `https://127.0.0.1:9/=basic joe:${password}`,
      PRIVATE_IMAGE_REGISTRY_AUTH: `127.0.0.1:9/web=basic joe:${password}`,
    });
  });
  afterEach(async () => {
    await front.close();
    await world.close();
  });

  it('is in no state, no message, no error and no file', async () => {
    const image = { name: 'web', starter: 'php', lines: ['8.4'] };
    const { inputs } = await front.check('PrivateImage', {}, image);
    const { state } = await front.create('PrivateImage', inputs);
    const failing = await front.check('PrivateImage', {}, { ...image, packages: ['nowhere'] });
    const error = await front.create('PrivateImage', failing.inputs).then(() => 'none', String);
    expect(error).toContain('nowhere');
    const shown = JSON.stringify([inputs, state, failing, error, front.engine.said]);
    for (const secret of secrets) expect(shown).not.toContain(secret);
    expect(await leaksIn(path.join(world.folder, 'registry'), secrets)).toEqual([]);
    expect(await leaksIn(path.join(world.folder, 'cache'), secrets)).toEqual([]);
  });
});

describe('the code of a provider in a state', () => {
  it.each(['privateImage', 'fileBundle'] as const)('holds nothing but the name of the package: %s', (factory) => {
    expect(providerCode(factory)).toBe(
      `exports.handler = () => require("pulumi-private-image/dynamic-provider").${factory}();\n`,
    );
  });
});
