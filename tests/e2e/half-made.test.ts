import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openSmallWorld, type SmallWorld } from '../fixtures/small-world.js';
import { incompleteTags } from '../registry/faulty-registry.js';
import { type MemoryRegistry, startMemoryRegistry } from '../registry/memory-registry.js';
import type { Ended } from '../setup/run.mjs';
import { missingPulumi, openPulumiProgram } from './pulumi-program.js';
import { missingYaml, openYamlProgram } from './yaml-program.js';

const stateSchema = z.object({
  deployment: z.object({
    resources: z.array(
      z.object({
        id: z.string().default(''),
        outputs: z.record(z.string(), z.unknown()).default({}),
        initErrors: z.array(z.string()).default([]),
      }),
    ),
  }),
});

/** A stack with one image in it, `packages` added. */
interface Stack {
  write(packages: readonly string[]): Promise<void>;
  run(...args: readonly string[]): Promise<Ended>;
  close(): Promise<void>;
}

type OpenStack = (environment: Readonly<Record<string, string>>) => Promise<Stack>;

const openTypeScript: OpenStack = async (environment) => {
  const program = await openPulumiProgram('quickstart', environment);
  const write = (packages: readonly string[]): Promise<void> =>
    program.write(`
      import { PrivateImage } from 'pulumi-private-image';
      new PrivateImage('web', { name: 'web', starter: 'php', packages: ${JSON.stringify(packages)} });
    `);
  return { ...program, write };
};

const openYaml: OpenStack = async (environment) => {
  const program = await openYamlProgram(environment);
  const write = (packages: readonly string[]): Promise<void> => {
    const properties = { name: 'web', starter: 'php', packages };
    return program.write({ resources: { web: { type: 'private-image:PrivateImage', properties } } });
  };
  return { ...program, write };
};

describe.each([
  ['a TypeScript program', missingPulumi, openTypeScript],
  ['a YAML program', missingYaml, openYaml],
])('%s whose registry fails halfway', (_, missing, open) => {
  let world: SmallWorld;
  let registry: MemoryRegistry;
  let stack: Stack;
  let takesTags = true;
  beforeEach((context) => {
    if (missing !== undefined) context.skip(missing);
  });
  beforeAll(async () => {
    if (missing !== undefined) return;
    world = await openSmallWorld();
    registry = await startMemoryRegistry({
      before: ({ method, url = '' }, response) => {
        const refuses = !takesTags && method === 'PUT' && /\/manifests\/[^:]+$/u.test(url);
        if (refuses) response.writeHead(403).end('{"errors":[{"code":"DENIED"}]}');
        return refuses;
      },
    });
    stack = await open({
      ...world.environment(),
      PRIVATE_IMAGE_ARCHITECTURES: 'amd64',
      PRIVATE_IMAGE_REGISTRY: `http://${registry.host}/team`,
    });
  });
  afterAll(async () => {
    if (missing !== undefined) return;
    await stack.close();
    await registry.close();
    await world.close();
  });

  async function resource(): Promise<z.output<typeof stateSchema>['deployment']['resources'][number] | undefined> {
    const { deployment } = stateSchema.parse(JSON.parse((await stack.run('stack', 'export')).stdout));
    return deployment.resources.find(({ id }) => id === '53/web');
  }

  async function done(...args: readonly string[]): Promise<void> {
    const { code, stdout, stderr } = await stack.run(...args);
    expect(code, stdout + stderr).toBe(0);
  }

  const up = (): Promise<Ended> => stack.run('up', '--yes', '--skip-preview');
  const manifests = (): number => registry.repository('team/53/web').manifests.size;

  it('keeps the image with the reason, and says it', async () => {
    takesTags = false;
    await stack.write([]);
    const { code, stdout, stderr } = await up();
    expect(code).not.toBe(0);
    expect(stdout + stderr).toMatch(/403/u);
    const made = await resource();
    expect(made?.outputs).toMatchObject({
      status: 'image build failed',
      untagged: [expect.anything(), expect.anything()],
    });
    expect(made?.initErrors).toEqual([made?.outputs['unfinished']]);
  });

  it('refresh finds it as it is, and destroy removes all that is there', async () => {
    await done('refresh', '--yes', '--skip-preview');
    expect((await resource())?.outputs).toMatchObject({ status: 'image build failed' });
    expect(manifests()).toBeGreaterThan(0);
    takesTags = true;
    await done('destroy', '--yes', '--skip-preview');
    expect(manifests()).toBe(0);
  });

  it('goes on with the next up, after which there is nothing to do', async () => {
    takesTags = false;
    await up();
    takesTags = true;
    await done('up', '--yes', '--skip-preview');
    const made = await resource();
    expect(made?.outputs['status']).toBe('created');
    expect(made?.initErrors).toEqual([]);
    expect(incompleteTags(registry)).toEqual([]);
    await done('preview', '--expect-no-changes');
  });

  it('an update keeps what stood, until the next one goes on', async () => {
    const before = await resource();
    takesTags = false;
    await stack.write(['jq']);
    expect((await up()).code).not.toBe(0);
    const { latest, digests, createdAt } = before?.outputs ?? {};
    expect((await resource())?.outputs).toMatchObject({ latest, digests, createdAt, status: 'image build failed' });
    takesTags = true;
    await done('up', '--yes', '--skip-preview');
    expect((await resource())?.outputs['latest']).not.toBe(latest);
    await done('preview', '--expect-no-changes');
    await done('destroy', '--yes', '--skip-preview');
    expect(manifests()).toBe(0);
  });
});
