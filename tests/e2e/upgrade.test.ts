import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSmallWorld, type SmallWorld } from '../fixtures/small-world.js';
import { capture } from '../setup/run.mjs';
import { missingPulumi, openPulumiProgram, type PulumiProgram, tagsIn } from './pulumi-program.js';

const left = fileURLToPath(new URL('upgrade', import.meta.url));

const resourcesSchema = z.object({
  deployment: z.object({
    resources: z.array(
      z.object({ urn: z.string(), id: z.string().default(''), outputs: z.record(z.string(), z.unknown()).default({}) }),
    ),
  }),
});

describe('a stack of the first version of the provider', () => {
  let world: SmallWorld;
  let stack: PulumiProgram;
  beforeEach((context) => {
    if (missingPulumi !== undefined) context.skip(missingPulumi);
  });
  beforeAll(async () => {
    if (missingPulumi !== undefined) return;
    world = await openSmallWorld();
    const { PRIVATE_IMAGE_REGISTRY: _, ...environment } = world.environment();
    stack = await openPulumiProgram('quickstart', { ...environment, PRIVATE_IMAGE_ARCHITECTURES: 'amd64' });
    await stack.write(`
      import { FileBundle, PrivateImage } from 'pulumi-private-image';
      const files = { 'app.conf': 'a = 1' };
      const settings = new FileBundle('settings', { name: 'settings', type: 'other', path: '/etc/app', files });
      const web = new PrivateImage('web', {
        name: 'web',
        starter: 'php',
        lines: ['8.4'],
        packages: ['php-curl-auto'],
        environment: { GREETING: 'hi' },
        fileBundles: [settings],
      });
      export const latest = web.latest;
    `);
    await mkdir(stack.registry, { recursive: true });
    await capture('tar', ['-xzf', path.join(left, 'registry.tar.gz'), '-C', stack.registry], {});
    await done('stack', 'import', '--file', path.join(left, 'state.json'));
  });
  afterAll(async () => {
    if (missingPulumi !== undefined) return;
    await stack.close();
    await world.close();
  });

  async function done(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await stack.run(...args);
    expect(code, stdout + stderr).toBe(0);
    return stdout;
  }
  async function outputsOf(id: string): Promise<Readonly<Record<string, unknown>>> {
    const { resources } = resourcesSchema.parse(JSON.parse(await done('stack', 'export'))).deployment;
    return resources.find((resource) => resource.id === id)?.outputs ?? {};
  }

  it('is refreshed: what stands is found, with nothing missing', async () => {
    const before = await outputsOf('53/web');
    const said = await done('refresh', '--yes', '--skip-preview');
    expect(said).not.toMatch(/is missing|points to|could not be looked at/u);
    expect(await outputsOf('53/web')).toEqual(before);
    expect(await outputsOf('53/settings')).toMatchObject({ name: 'settings' });
  });

  it('is updated in place, and keeps what is for life', async () => {
    const before = await outputsOf('53/web');
    const { code, steps, said } = await stack.preview();
    expect(code, said).toBe(0);
    expect(steps.filter(({ op }) => op !== 'same' && op !== 'update')).toEqual([]);
    const { code: ended, stdout } = await stack.up();
    expect(ended, stdout).toBe(0);
    const { owner, createdAt, tenant, registry } = before;
    expect(await outputsOf('53/web')).toMatchObject({ owner, createdAt, tenant, registry, status: 'created' });
    await done('preview', '--expect-no-changes');
  });

  it('keeps the digests that were published before', async () => {
    const tags = await tagsIn(path.join(stack.registry, '53/web'));
    expect(tags.filter((tag) => /^8\.4\.12-\d{14}$/u.test(tag)).length).toBeGreaterThanOrEqual(1);
    expect(tags).toContain('latest');
  });

  it('is destroyed', async () => {
    await done('destroy', '--yes', '--skip-preview');
    expect(await tagsIn(path.join(stack.registry, '53/web'))).toEqual([]);
    expect(await tagsIn(path.join(stack.registry, '53/file_bundle/settings'))).toEqual([]);
  });
});
