import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MirrorServer, serveMirror } from '../bad-inputs/mirror-server.js';
import { openSmallWorld, type SmallWorld } from '../fixtures/small-world.js';
import { missingPulumi, openPulumiProgram, type PulumiProgram, tagsIn } from './pulumi-program.js';

/** That the plugin ends with the first interrupt as well is tested with it. */
describe('a TypeScript program that is interrupted', () => {
  let world: SmallWorld;
  let mirror: MirrorServer;
  let stack: PulumiProgram;
  beforeEach((context) => {
    if (missingPulumi !== undefined) context.skip(missingPulumi);
  });
  beforeAll(async () => {
    if (missingPulumi !== undefined) return;
    world = await openSmallWorld();
    mirror = await serveMirror(() => world.mirror);
    const environment = { ...world.environment({ mirror: mirror.url }), PRIVATE_IMAGE_ARCHITECTURES: 'amd64' };
    stack = await openPulumiProgram('quickstart', environment);
    await stack.write(`
      import { PrivateImage } from 'pulumi-private-image';
      new PrivateImage('web', { name: 'web', starter: 'php', lines: ['8.4'] });
    `);
  });
  afterAll(async () => {
    if (missingPulumi !== undefined) return;
    await stack.close();
    await mirror.close();
    await world.close();
  });

  it('ends with the first interrupt, with nothing published', async () => {
    const silence = new Promise<void>((resolve) => {
      mirror.answer = (file) => {
        if (file.includes('/pool/')) resolve();
        return file.includes('/pool/');
      };
    });
    const ended = await stack.interrupt(silence, 'up', '--yes', '--skip-preview');
    mirror.answer = () => false;
    expect(ended.code).not.toBe(0);
    expect(ended.presses).toBe(1);
    expect(ended.stdout + ended.stderr).toContain('To create web was cancelled');
    expect(await tagsIn(path.join(world.folder, 'registry/53/web'))).toEqual([]);
  });

  it('is built by the next up', async () => {
    const { code, stdout } = await stack.up();
    expect(code, stdout).toBe(0);
    expect(await tagsIn(path.join(world.folder, 'registry/53/web'))).toContain('latest');
  });
});
