import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makeTar } from '../../provider/packages/testing/tar-maker.js';
import { makeZip } from '../../provider/resources/testing/zip-maker.js';
import { type FolderServer, serveFolder } from '../fixtures/folder-server.js';
import { openSmallWorld, type SmallWorld } from '../fixtures/small-world.js';
import { missingPulumi, openPulumiProgram, type PulumiProgram } from './pulumi-program.js';

describe('a program with files from elsewhere', () => {
  let world: SmallWorld;
  let server: FolderServer;
  let stack: PulumiProgram;
  beforeEach((context) => {
    if (missingPulumi !== undefined) context.skip(missingPulumi);
  });
  beforeAll(async () => {
    if (missingPulumi !== undefined) return;
    world = await openSmallWorld();
    server = await serveFolder(world.folder);
    const files = [{ name: 'app.conf', content: 'a = 1\n' }];
    await world.file('app.conf', 'a = 1\n');
    await writeFile(path.join(world.folder, 'files.zip'), makeZip(files));
    stack = await openPulumiProgram('quickstart', world.environment());
    await writeFile(path.join(stack.folder, 'files.tar.gz'), gzipSync(makeTar(files)));
    await stack.write(`
      import * as pulumi from '@pulumi/pulumi';
      import { FileBundle } from 'pulumi-private-image';
      const { RemoteAsset, FileArchive, RemoteArchive } = pulumi.asset;
      const all = {
        one: { 'app.conf': new RemoteAsset('${server.url}/app.conf') },
        two: new FileArchive('files.tar.gz'),
        three: new RemoteArchive('${server.url}/files.zip'),
      };
      export const versions = Object.entries(all).map(
        ([name, files]) => new FileBundle(name, { name, type: 'other', path: '/etc/app', files }).contents,
      );
    `);
  });
  afterAll(async () => {
    if (missingPulumi !== undefined) return;
    await stack.close();
    await server.close();
    await world.close();
  });

  it('has them in its bundles, the same from wherever, and then there is nothing to do', async () => {
    const { code, stdout, stderr } = await stack.up();
    expect(code, stdout + stderr).toBe(0);
    const { versions } = await stack.outputs(z.object({ versions: z.array(z.unknown()) }));
    expect(versions).toHaveLength(3);
    expect(versions).toEqual(versions.map(() => ({ 'app.conf': expect.objectContaining({ size: 6 }) })));
    expect(new Set(versions.map((one) => JSON.stringify(one))).size).toBe(1);
    const again = await stack.run('preview', '--expect-no-changes');
    expect(again.code, again.stdout + again.stderr).toBe(0);
  });
});
