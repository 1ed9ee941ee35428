import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MirrorServer, serveMirror } from '../bad-inputs/mirror-server.js';
import { everywhere, openSmallWorld, type SmallWorld, standardContent } from '../fixtures/small-world.js';
import { tagsIn } from './pulumi-program.js';
import { missingYaml, openYamlProgram, type YamlProgram } from './yaml-program.js';

type Json = Readonly<Record<string, unknown>>;

/** A program with one image under `key`. */
function program(properties: Json = {}, options: Json = {}, key = 'web'): Json {
  const image = { name: 'web', starter: 'php', lines: ['8.4'], ...properties };
  return { resources: { [key]: { type: 'private-image:PrivateImage', properties: image, options } } };
}

describe('the options of Pulumi', () => {
  let world: SmallWorld;
  let mirror: MirrorServer;
  let stack: YamlProgram;
  beforeEach((context) => {
    if (missingYaml !== undefined) context.skip(missingYaml);
  });
  beforeAll(async () => {
    if (missingYaml !== undefined) return;
    world = await openSmallWorld();
    mirror = await serveMirror(() => world.mirror);
    const environment = world.environment({ mirror: mirror.url });
    stack = await openYamlProgram({ ...environment, PRIVATE_IMAGE_ARCHITECTURES: 'amd64' });
    await stack.write(program());
    await up();
  });
  afterAll(async () => {
    if (missingYaml !== undefined) return;
    await stack.close();
    await mirror.close();
    await world.close();
  });

  const folderOf = (name: string): string => path.join(world.folder, 'registry/53', name);
  const up = (): Promise<string> => stack.done('up', '--yes', '--skip-preview');
  const latest = async (): Promise<unknown> =>
    (await stack.resources()).find(({ id }) => id.startsWith('53/'))?.outputs['latest'];

  it('ignoreChanges: what is ignored is neither planned nor built, and package updates still are', async () => {
    const before = await latest();
    await stack.write(program({ packages: ['jq'], environment: { A: '1' } }, { ignoreChanges: ['packages'] }));
    await up();
    expect(await latest()).not.toBe(before);
    const web = (await stack.resources()).find(({ id }) => id === '53/web');
    expect(web?.outputs).toMatchObject({ environment: { A: '1' } });
    expect(web?.outputs).not.toHaveProperty('packages');
    expect(web?.outputs).not.toHaveProperty('plan.lines["8.4"].packages.jq');
    await stack.done('preview', '--expect-no-changes');
  });

  it('settings of publishing: a mirror that is added is an update of what stands, once', async () => {
    const before = await latest();
    await stack.done('config', 'set', 'private-image:mirrorRegistries', path.join(world.folder, 'copies'));
    expect((await stack.run('preview', '--expect-no-changes')).code).not.toBe(0);
    expect(await stack.done('preview')).toContain('copies as well (the digests stay)');
    await up();
    expect(await latest()).toBe(before);
    const copied = await tagsIn(path.join(world.folder, 'copies/53/web'));
    expect(copied).toContain('latest');
    await stack.done('preview', '--expect-no-changes');

    await stack.done('config', 'rm', 'private-image:mirrorRegistries');
    expect(await stack.done('preview')).toContain('copies any more: what is there stays (the digests stay)');
    await up();
    expect(await tagsIn(path.join(world.folder, 'copies/53/web'))).toEqual(copied);
    await stack.done('preview', '--expect-no-changes');
  });

  it('aliases: another name in the program is the same image', async () => {
    await stack.write(program({ environment: { A: '1' } }, { aliases: [{ name: 'web' }] }, 'site'));
    const before = await latest();
    await stack.done('preview', '--expect-no-changes');
    await up();
    const images = (await stack.resources()).filter(({ id }) => id === '53/web');
    expect(images.map(({ urn }) => urn.split('::').at(-1))).toEqual(['site']);
    expect(await latest()).toBe(before);
  });

  it('protect: neither a replacement nor destroy takes the image away', async () => {
    await stack.write(program({ environment: { A: '1' } }, { protect: true }, 'site'));
    await up();
    const tags = await tagsIn(folderOf('web'));
    const destroyed = await stack.run('destroy', '--yes', '--skip-preview');
    expect(destroyed.code).not.toBe(0);
    expect(destroyed.stdout + destroyed.stderr).toContain('protected');
    await stack.write(program({ name: 'shop' }, { protect: true }, 'site'));
    expect((await stack.run('up', '--yes', '--skip-preview')).code).not.toBe(0);
    expect(await tagsIn(folderOf('web'))).toEqual(tags);
    await stack.write(program({ environment: { A: '1' } }, {}, 'site'));
    await up();
  });

  it.each([
    [{}, true],
    [{ deleteBeforeReplace: true }, false],
  ])('with %j the old image stands while its replacement is built: %s', async (options, stands) => {
    const [from, to] = stands ? ['web', 'shop'] : ['shop', 'store'];
    // A package that was never fetched: its request is the moment of the build.
    const packages = stands ? ['jq'] : ['only-new'];
    let seen: boolean | undefined;
    mirror.answer = (file) => {
      if (file.includes('/pool/')) seen ??= existsSync(path.join(folderOf(from), 'index.json'));
      return false;
    };
    await stack.write(program({ name: to, packages }, options, 'site'));
    await up();
    mirror.answer = () => false;
    expect(seen).toBe(stands);
    expect(await tagsIn(folderOf(from))).toEqual([]);
    expect(await tagsIn(folderOf(to))).toContain('latest');
  });

  it('an image deleted behind our back is found by refresh, and built again by up', async () => {
    const before = await latest();
    await rm(folderOf('store'), { recursive: true });
    await stack.done('refresh', '--yes', '--skip-preview');
    expect((await stack.resources()).filter(({ id }) => id === '53/store')).toEqual([]);
    await up();
    expect(await latest()).toBe(before);
    expect(await tagsIn(folderOf('store'))).toContain('latest');
  });

  it('retainOnDelete: the image outlives its resource', async () => {
    await stack.write(program({ name: 'store', packages: ['only-new>=1'] }, { retainOnDelete: true }, 'site'));
    await up();
    const tags = await tagsIn(folderOf('store'));
    await stack.done('destroy', '--yes', '--skip-preview');
    expect(await tagsIn(folderOf('store'))).toEqual(tags);
  });

  it('import: the image is taken over as it stands, and package updates come with the next up', async () => {
    await world.write(standardContent({ stable: everywhere('libworld', '2.1') }));
    const tags = await tagsIn(folderOf('store'));
    await stack.write(program({ name: 'store', packages: ['only-new>=1'] }, { import: '53/store' }, 'site'));
    await up();
    expect(await tagsIn(folderOf('store'))).toEqual(tags);
    expect(await stack.done('preview', '--diff')).toMatch(/\+ libworld *: "2\.1"/u);
    await up();
    await stack.done('preview', '--expect-no-changes');
    await stack.done('destroy', '--yes', '--skip-preview');
    expect(await tagsIn(folderOf('store'))).toEqual([]);
  });
});
