/*
 * Group 20, the same again. That `up` and then `preview --expect-no-changes` holds is tested after each change in `tests/e2e/plugin.test.ts`
 * and `tests/e2e/pulumi.test.ts`.
 */
import { cp, mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signatureKey, signatures } from '../../provider/resources/wire.js';
import { openSmallWorld, type SmallWorld } from '../fixtures/small-world.js';
import { type OpenFront, openDynamicFront, openPluginFront } from '../plugin/fronts.js';

describe.each([
  ['dynamic resources', openDynamicFront],
  ['the plugin', openPluginFront],
])('group 20, through %s', (_, open: OpenFront) => {
  let world: SmallWorld;
  beforeEach(async () => {
    world = await openSmallWorld();
  });
  afterEach(() => world.close());

  /** The reference of a bundle of `files`, asked of a provider that has just been started. */
  async function referenceOf(files: unknown, changes: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const front = await open(world, changes);
    try {
      const bundle = { name: 'settings', type: 'other', path: '/etc/app', files };
      const { inputs, failures } = await front.check('FileBundle', {}, bundle);
      expect(failures).toEqual([]);
      return inputs['reference'];
    } finally {
      await front.close();
    }
  }

  it('the content of a bundle has one hash in every folder, order, time and cache', async () => {
    const [here, there] = [path.join(world.folder, 'here'), path.join(world.folder, 'far/away')];
    await mkdir(here);
    await writeFile(path.join(here, 'a.conf'), 'a = 1\n');
    await writeFile(path.join(here, 'b.conf'), 'b = 2\n');
    await cp(here, there, { recursive: true });
    // Written in another order, at another time.
    await rename(path.join(there, 'a.conf'), path.join(there, 'c'));
    await rename(path.join(there, 'c'), path.join(there, 'a.conf'));
    const asset = (file: string) => ({ [signatureKey]: signatures.asset, path: file });
    const archive = (folder: string) => ({ [signatureKey]: signatures.archive, path: folder });
    const [expected, ...others] = [
      await referenceOf({ 'a.conf': 'a = 1\n', 'b.conf': 'b = 2\n' }),
      await referenceOf({ 'b.conf': 'b = 2\n', 'a.conf': 'a = 1\n' }),
      await referenceOf({ 'a.conf': asset(path.join(here, 'a.conf')), 'b.conf': asset(path.join(there, 'b.conf')) }),
      await referenceOf(archive(here)),
      await referenceOf(archive(there), { PRIVATE_IMAGE_CACHE: path.join(world.folder, 'other-cache') }),
      await referenceOf(archive(there), { TZ: 'Asia/Tokyo', LC_ALL: 'tr_TR.UTF-8' }),
    ];
    expect(expected).toMatch(/^53\/settings@sha256:[0-9a-f]{64}$/u);
    expect(others).toEqual(others.map(() => expected));
  });

  it('an image that stands has nothing to do in a process that has just been started, with an empty cache', async () => {
    const image = { name: 'web', starter: 'php', packages: ['jq'], environment: { B: '2', A: '1' } };
    const first = await open(world);
    const { inputs } = await first.check('PrivateImage', {}, image);
    const { state } = await first.create('PrivateImage', inputs);
    await first.close();
    const later = await open(world, { PRIVATE_IMAGE_CACHE: path.join(world.folder, 'other-cache') });
    const again = await later.check('PrivateImage', inputs, { ...image, environment: { A: '1', B: '2' } });
    expect(await later.diff('PrivateImage', state, again.inputs)).toEqual({ changes: false, replaces: [] });
    await later.close();
  });
});
