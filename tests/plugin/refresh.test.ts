import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSmallWorld, type SmallWorld } from '../fixtures/small-world.js';
import { type MemoryRegistry, startMemoryRegistry } from '../registry/memory-registry.js';
import type { Bag } from './client.js';
import { type Front, openPluginFront } from './fronts.js';

const image = { name: 'web', starter: 'php', lines: ['8.4'] };
const spdx = 'application/spdx+json';
const signature = 'application/vnd.dev.sigstore.bundle.v0.3+json';

describe('a refresh', () => {
  let world: SmallWorld;
  let registry: MemoryRegistry;
  let front: Front;
  let settings: Readonly<Record<string, string>>;
  beforeEach(async () => {
    world = await openSmallWorld();
    registry = await startMemoryRegistry();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    settings = {
      PRIVATE_IMAGE_REGISTRY: `http://${registry.host}/team`,
      PRIVATE_IMAGE_ARCHITECTURES: 'amd64',
      PRIVATE_IMAGE_SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
    front = await openPluginFront(world, settings);
  });
  afterEach(async () => {
    await front.close();
    await registry.close();
    await world.close();
  });

  /** What another process finds, and what it makes of it. */
  async function again(): Promise<void> {
    await front.close();
    front = await openPluginFront(world, settings);
  }

  async function created(): Promise<Bag> {
    const { inputs } = await front.check('PrivateImage', {}, image);
    return (await front.create('PrivateImage', inputs)).state;
  }

  function remove(artifactType: string): void {
    const { manifests } = registry.repository('team/53/web');
    for (const [digest, { content }] of manifests) {
      const manifest = JSON.parse(content.toString()) as { readonly artifactType?: string };
      if (manifest.artifactType === artifactType) manifests.delete(digest);
    }
  }

  it.each<[string, () => void, string]>([
    ['a missing tag', () => void registry.repository('team/53/web').tags.delete('8.4.12'), 'the tag 8.4.12 is missing'],
    ['a missing SBOM', () => remove(spdx), 'the SBOM of line 8.4 is missing'],
    ['a missing signature', () => remove(signature), 'the signature of line 8.4 is missing'],
  ])('finds %s, and the next update mends it', async (_, damage, drift) => {
    const state = await created();
    expect(await front.read('PrivateImage', '53/web', state)).toEqual(state);
    damage();
    await again();
    const found = (await front.read('PrivateImage', '53/web', state))!;
    expect(found['drift']).toEqual([expect.stringContaining(drift)]);
    const { inputs } = await front.check('PrivateImage', state, image);
    expect((await front.diff('PrivateImage', found, inputs)).changes).toBe(true);
    const mended = await front.update('PrivateImage', found, inputs);
    expect(mended).not.toHaveProperty('drift');
    expect(await front.read('PrivateImage', '53/web', mended)).toEqual(mended);
  });

  it('says nothing of signatures where there is no key to tell them by', async () => {
    const state = await created();
    remove(signature);
    settings = { ...settings, PRIVATE_IMAGE_SIGNING_KEY: 'no/such/file' };
    await again();
    expect(await front.read('PrivateImage', '53/web', state)).toEqual(state);
  });
});
