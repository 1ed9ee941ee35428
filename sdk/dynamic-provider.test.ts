import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSmallWorld, type SmallWorld } from '../tests/fixtures/small-world.js';
import { fileBundle, privateImage } from './dynamic-provider.js';

describe('a dynamic provider', () => {
  let world: SmallWorld;
  beforeEach(async () => {
    world = await openSmallWorld();
    for (const [name, value] of Object.entries(world.environment())) vi.stubEnv(name, value);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await world.close();
  });

  const inputs = { name: 'settings', type: 'other', path: '/etc/app', files: { 'a.conf': 'a = 1' } };

  it('says with an error what to do, for Pulumi shows its message and nothing else', async () => {
    const changed = { ...inputs, reference: `53/settings@sha256:${'0'.repeat(64)}` };
    await expect(fileBundle().create(changed)).rejects.toThrow(
      /changed while it was published\n {2}Run `pulumi up` again/u,
    );
  });

  it('names a secret property in words alone, for Pulumi shows the value of one that a fault names', async () => {
    vi.stubEnv('PRIVATE_IMAGE_FORBID_SECRETS_IN_IMAGES', 'true');
    const news = { ...inputs, __engine: { urn: 'urn', preview: true, secrets: ['files'] } };
    const { failures } = (await fileBundle().check?.({}, news)) ?? {};
    expect(failures).toEqual([{ property: '', reason: expect.stringMatching(/^files: holds a secret/u) }]);
  });

  it('refuses each setting of the stack that there is not, with the nearest name', async () => {
    const settings = ['tenant', 'registri', 'colour'];
    const news = { ...inputs, __engine: { urn: 'urn', preview: true, secrets: [], settings } };
    const { failures } = (await fileBundle().check?.({}, news)) ?? {};
    expect(failures).toEqual([
      { property: '', reason: 'private-image:registri: there is no such setting; did you mean registry?' },
      { property: '', reason: 'private-image:colour: there is no such setting' },
    ]);
  });

  it('tells wrong settings, settings that there are not, and the form of inputs at once', async () => {
    vi.stubEnv('PRIVATE_IMAGE_CONCURRENCY', 'many');
    const hint = { urn: 'urn', preview: true, secrets: [], settings: ['registri'] };
    const faults = async (of: ReturnType<typeof fileBundle>, news: object): Promise<readonly string[]> =>
      ((await of.check?.({}, { ...news, __engine: hint }))?.failures ?? []).map(
        ({ property, reason }) => `${property}: ${reason}`,
      );
    const settings = [expect.stringMatching(/PRIVATE_IMAGE_CONCURRENCY/u), expect.stringMatching(/registri/u)];
    expect(await faults(fileBundle(), { ...inputs, type: 'any' })).toEqual([
      ...settings,
      expect.stringMatching(/^type: /u),
    ]);
    expect(await faults(privateImage(), { name: 'W', starter: 'php' })).toEqual([
      ...settings,
      expect.stringMatching(/^name: /u),
    ]);
  });

  it('says so of a wrong setting as well, where it is met first', async () => {
    vi.stubEnv('PRIVATE_IMAGE_CONCURRENCY', 'many');
    await expect(fileBundle().delete?.('53/settings', { ...inputs, reference: '53/settings' })).rejects.toThrow(
      /PRIVATE_IMAGE_CONCURRENCY.*\n {2}Settings come from/u,
    );
  });
});
