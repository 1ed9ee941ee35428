import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type EngineEvent, LocalWorkspace, type Stack } from '@pulumi/pulumi/automation/index.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PrivateImage } from '../../sdk/index.js';
import { openSmallWorld, type SmallWorld } from '../fixtures/small-world.js';
import { missingPulumi, tagsIn } from './pulumi-program.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const good = Array.from({ length: 11 }, (_, index) => `image-${String.fromCodePoint(97 + index)}`);
const names = [...good, 'failing'];

/** Twelve images, of which `failing` wants what no line has. */
function program(): Promise<Record<string, unknown>> {
  const images = names.map(
    (name, index) =>
      new PrivateImage(name, {
        name,
        starter: 'php',
        lines: ['8.4'],
        environment: { NUMBER: String(index) },
        packages: name === 'failing' ? ['nowhere'] : [],
      }),
  );
  return Promise.resolve(Object.fromEntries(images.map((image, index) => [names[index] ?? '', image.latest])));
}

describe('the Automation API', () => {
  let world: SmallWorld;
  let folder: string;
  let stack: Stack;
  beforeEach((context) => {
    if (missingPulumi !== undefined) context.skip(missingPulumi);
  });
  beforeAll(async () => {
    if (missingPulumi !== undefined) return;
    world = await openSmallWorld();
    folder = await mkdtemp(path.join(tmpdir(), 'private-image-automation-'));
    await mkdir(path.join(folder, 'state'));
    // Where the provider of dynamic resources finds the package.
    await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    const backend = pathToFileURL(path.join(folder, 'state')).href;
    stack = await LocalWorkspace.createOrSelectStack(
      { stackName: 'test', projectName: 'automation', program },
      {
        workDir: folder,
        projectSettings: { name: 'automation', runtime: 'nodejs', backend: { url: backend } },
        envVars: {
          PULUMI_HOME: path.join(folder, 'home'),
          PULUMI_BACKEND_URL: backend,
          PULUMI_CONFIG_PASSPHRASE: 'a passphrase for tests',
          PULUMI_SKIP_UPDATE_CHECK: 'true',
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
          ...world.environment(),
          PRIVATE_IMAGE_ARCHITECTURES: 'amd64',
        },
      },
    );
  });
  afterAll(async () => {
    if (missingPulumi !== undefined) return;
    await rm(folder, { recursive: true, force: true });
    await world.close();
  });

  const published = async (): Promise<readonly string[]> => {
    const tags = await Promise.all(names.map((name) => tagsIn(path.join(world.folder, 'registry/53', name))));
    return names.filter((_, index) => tags[index]?.includes('latest'));
  };

  it('previews twelve images', async () => {
    const { changeSummary, stdout } = await stack.preview();
    expect(changeSummary).toMatchObject({ create: names.length + 1 });
    expect(stdout).toMatch(/php 8\.4 \(stable, \w+\): cannot be built: .*nowhere/u);
    expect(await published()).toEqual([]);
  });

  it('builds them side by side: one that fails says why, and the others land', async () => {
    const events: EngineEvent[] = [];
    const failure = await stack
      .up({ parallel: names.length, continueOnError: true, onEvent: (event) => events.push(event) })
      .then(
        () => 'it did not fail',
        (error: unknown) => String(error),
      );
    expect(failure).toMatch(/failing[\s\S]*8\.4 .*nowhere[\s\S]*trace ID [0-9a-f]{16}/u);
    expect(await published()).toEqual(good);
    const failed = events.flatMap(({ resOpFailedEvent }) => resOpFailedEvent?.metadata.urn.split('::').at(-1) ?? []);
    expect(failed).toEqual(['failing']);
    const made = events.filter(({ resOutputsEvent }) => resOutputsEvent?.metadata.type.endsWith(':PrivateImage'));
    expect(made).toHaveLength(good.length);
  });

  it('refreshes what has landed, and finds nothing to do for it', async () => {
    const { summary } = await stack.refresh();
    expect(summary.resourceChanges).toEqual({ same: good.length + 1 });
    const { changeSummary } = await stack.preview();
    expect(changeSummary).toMatchObject({ create: 1, same: good.length + 1 });
  });

  it('destroys', async () => {
    const { summary } = await stack.destroy();
    expect(summary.result).toBe('succeeded');
    expect(await published()).toEqual([]);
  });
});
