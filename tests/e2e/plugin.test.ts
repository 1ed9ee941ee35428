import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { openLayout } from '../../provider/registry/layout.js';
import { type MirrorServer, serveMirror } from '../bad-inputs/mirror-server.js';
import { everywhere, openSmallWorld, type SmallWorld, standardContent } from '../fixtures/small-world.js';
import { tagsIn } from './pulumi-program.js';
import { missingYaml, openYamlProgram, type YamlProgram } from './yaml-program.js';

const bundle = {
  type: 'private-image:FileBundle',
  properties: {
    name: 'settings',
    type: 'other',
    path: '/etc/app',
    files: { 'app.conf': 'a = 1', 'b.conf': { 'fn::stringAsset': 'b = 2' } },
  },
};

const previewSchema = z.object({
  steps: z.array(
    z.object({ urn: z.string(), newState: z.object({ inputs: z.record(z.string(), z.unknown()).default({}) }) }),
  ),
});

/** The program, with other properties of its image. */
function program(
  properties: Readonly<Record<string, unknown>> = {},
  options: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  const image = {
    name: 'web',
    starter: 'php',
    packages: ['php-curl-auto'],
    environment: { GREETING: 'hi', PASSWORD: { 'fn::secret': 'hunter2' } },
    fileBundles: ['${settings.reference}'],
    ...properties,
  };
  return {
    resources: { settings: bundle, web: { type: 'private-image:PrivateImage', properties: image, options } },
    outputs: { latest: '${web.latest}', tags: '${web.tags}' },
  };
}

describe('a YAML program', () => {
  let world: SmallWorld;
  let mirror: MirrorServer;
  let stack: YamlProgram;
  let repository: string;
  beforeEach((context) => {
    if (missingYaml !== undefined) context.skip(missingYaml);
  });
  beforeAll(async () => {
    if (missingYaml !== undefined) return;
    world = await openSmallWorld();
    mirror = await serveMirror(() => world.mirror);
    stack = await openYamlProgram({
      ...world.environment({ mirror: mirror.url }),
      PRIVATE_IMAGE_ARCHITECTURES: 'amd64',
    });
    repository = path.join(world.folder, 'registry/53/web');
  });
  afterAll(async () => {
    if (missingYaml !== undefined) return;
    await stack.close();
    await mirror.close();
    await world.close();
  });

  const done = (...args: readonly string[]): Promise<string> => stack.done(...args);
  const up = (): Promise<string> => done('up', '--yes', '--skip-preview');

  it('shows in a preview what each line will be, and builds nothing', async () => {
    await stack.write(program());
    const said = await done('preview');
    expect(said).toMatch(/php 8\.2: 8\.2\.29 → tags 8\.2\.29, 8\.2 \(\d+ packages/u);
    expect(said).toMatch(/php 8\.4: 8\.4\.12 → tags 8\.4\.12, 8\.4, 8, latest \(\d+ packages/u);
    expect(said).toContain('environment.PASSWORD holds a secret');
    expect(said).toMatch(/\+ 3 to create/u);
    expect(await tagsIn(repository)).toEqual([]);
  });

  it('ends at once when it is interrupted, and the next run goes on', async () => {
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
    expect(ended.seconds).toBeLessThan(20);
    expect(ended.stdout).toContain('To create web was cancelled');
    expect(await tagsIn(repository)).toEqual([]);
  });

  it('builds, and has nothing to do afterwards', async () => {
    await up();
    const outputs = z
      .object({ latest: z.string(), tags: z.record(z.string(), z.string()) })
      .parse(JSON.parse(await done('stack', 'output', '--json')));
    expect(outputs.tags).toMatchObject({ latest: outputs.latest, '8.4': outputs.latest, '8': outputs.latest });
    expect(await tagsIn(repository)).toEqual(expect.arrayContaining(Object.keys(outputs.tags)));
    await done('preview', '--expect-no-changes');
    await up();
    await done('preview', '--expect-no-changes');
  });

  it('keeps a small state, with no secret in the clear', async () => {
    const text = await done('stack', 'export');
    expect(text).not.toContain('hunter2');
    expect(text.length).toBeLessThan(100_000);
    const web = (await stack.resources()).find(({ urn }) => urn.endsWith('::web'));
    expect(web).toMatchObject({ id: '53/web', outputs: { environment: { GREETING: 'hi' } } });
  });

  it('shows in a diff which setting and which package changes', async () => {
    await stack.write(program({ packages: ['php-curl-auto', 'jq'], environment: { GREETING: 'ho' } }));
    const { code, stdout, stderr } = await stack.run('preview', '--diff');
    const said = stdout + stderr;
    expect(code, said).toBe(0);
    expect(said).toMatch(/~ GREETING: "hi" => "ho"/u);
    expect(said).toMatch(/- PASSWORD: \[secret\]/u);
    expect(said).toMatch(/\+ \[1\]: "jq"/u);
    expect(said).toMatch(/\+ libjq: "1\.7"/u);
    expect(said).toMatch(/web: the digests change: packages \(\+ jq\); environment \(~ GREETING, - PASSWORD\)/u);
    expect(said).not.toContain('hunter2');
    await up();
  });

  it('knows in a preview the digests of what was built before, and those of nothing else', async () => {
    const digestsIn = async (image: Readonly<Record<string, unknown>>): Promise<unknown> => {
      await stack.write(image);
      const { steps } = previewSchema.parse(JSON.parse(await done('preview', '--json')));
      return steps.find(({ urn }) => urn.endsWith('::web'))?.newState.inputs['digests'];
    };
    const changed = program({ packages: ['php-curl-auto', 'jq'], environment: { GREETING: 'ho' } });
    const before = (await stack.resources()).find(({ urn }) => urn.endsWith('::web'))?.outputs['digests'];
    expect(JSON.stringify((await digestsIn(program({ environment: { GREETING: 'new' } }))) ?? '')).not.toContain(
      'sha256:',
    );
    const planned = await digestsIn(program());
    expect(planned).toEqual({ '8.2': expect.stringMatching(/^sha256:/u), '8.4': expect.stringMatching(/^sha256:/u) });
    expect(planned).not.toEqual(before);
    await up();
    expect((await stack.resources()).find(({ urn }) => urn.endsWith('::web'))?.outputs['digests']).toEqual(planned);
    await stack.write(changed);
    await up();
  });

  it('finds in a refresh what has become of the registry, and mends it', async () => {
    const layout = openLayout(repository);
    await layout.untag(['8.2']);
    expect(await done('refresh', '--yes', '--skip-preview')).toContain('web: the tag 8.2 is missing');
    expect(await done('preview', '--diff')).toMatch(/- drift/u);
    await up();
    expect(await tagsIn(repository)).toContain('8.2');
    await done('preview', '--expect-no-changes');
  });

  it('tells of package updates in a refresh, and builds them with up', async () => {
    await world.write(standardContent({ stable: everywhere('libworld', '2.1') }));
    expect(await done('refresh', '--yes', '--skip-preview')).toMatch(/php 8\.4: package updates are available/u);
    const said = await done('preview', '--diff');
    expect(said).toMatch(/~ libworld: "2\.0" => "2\.1"/u);
    await up();
    await done('preview', '--expect-no-changes');
  });

  it('replaces the image with its name, the new one first', async () => {
    await stack.write(program({ name: 'shop' }));
    expect(await done('preview')).toMatch(/1 to replace/u);
    await up();
    expect(await tagsIn(repository)).toEqual([]);
    expect(await tagsIn(path.join(world.folder, 'registry/53/shop'))).toContain('latest');
  });

  it('takes an image over by its name', async () => {
    const type = 'private-image:index:PrivateImage';
    const renamed = await done('state', 'delete', '--yes', `urn:pulumi:test::yaml-program::${type}::web`);
    expect(renamed).toContain('deleted');
    const said = await done('import', '--yes', '--protect=false', type, 'web', '53/shop');
    expect(said).toContain('name: shop');
    expect(said).not.toContain('failed to validate');
    await stack.write(program({ name: 'shop' }));
    await done('preview', '--expect-no-changes');
  });

  it('gives an image no more time than it is given', async () => {
    await world.write(standardContent({ stable: everywhere('jq', '1.8', { Depends: 'libjq' }) }));
    mirror.answer = (file) => file.includes('/pool/');
    await stack.write(program({ name: 'shop', packages: ['jq'] }, { customTimeouts: { update: '1s' } }));
    const { code, stdout } = await stack.run('up', '--yes', '--skip-preview');
    mirror.answer = () => false;
    expect(code).not.toBe(0);
    expect(stdout).toContain('To update web took longer than 1 s');
    expect(await tagsIn(path.join(world.folder, 'registry/53/shop'))).toContain('latest');
  });

  it('asks functions', async () => {
    await stack.write({
      variables: {
        php: { 'fn::invoke': { function: 'private-image:getStarter', arguments: { name: 'php' } } },
        found: { 'fn::invoke': { function: 'private-image:searchPackages', arguments: { text: 'jq' } } },
      },
      ...program({ name: 'shop' }),
      outputs: { lines: '${php.lines}', first: '${found.packages[0].name}' },
    });
    await up();
    const outputs: unknown = JSON.parse(await done('stack', 'output', '--json'));
    expect(outputs).toMatchObject({ first: 'jq', lines: [{ line: '8.2' }, { line: '8.4', version: '8.4.12' }] });
  });

  it('names every wrong property, and a wrong setting', async () => {
    await stack.write(program({ name: 'W', packages: [''] }));
    const { code, stdout } = await stack.run('preview');
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/property name value \{W\} has a problem/u);
    expect(stdout).toMatch(/property packages\[0\] value/u);
    await stack.write({ ...program(), config: { 'private-image:concurrency': { value: 0 } } });
    const configured = await stack.run('preview');
    expect(configured.code).not.toBe(0);
    expect(configured.stdout + configured.stderr).toMatch(/concurrency is less than 1/u);
  });

  it('removes everything with destroy', async () => {
    await stack.write(program({ name: 'shop' }));
    await done('destroy', '--yes', '--skip-preview');
    for (const name of ['web', 'shop', 'file_bundle/settings']) {
      expect(await tagsIn(path.join(world.folder, 'registry/53', name))).toEqual([]);
    }
  });

  it('is added as a package, and then needs no path', async () => {
    await stack.write({ ...program(), plugins: undefined });
    const folder = path.dirname(stack.plugin);
    const added = await stack.run('package', 'add', stack.plugin);
    expect(added.code, added.stdout + added.stderr).toBe(0);
    expect(parse(await readFile(path.join(stack.folder, 'Pulumi.yaml'), 'utf8'))).toMatchObject({
      packages: { 'private-image': expect.stringMatching(/^private-image@/u) },
    });
    const searchPath = [folder, process.env['PATH'] ?? ''].join(path.delimiter);
    const { code, stdout, stderr } = await stack.runWith({ PATH: searchPath }, 'preview');
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/php 8\.4: 8\.4\.12 → tags/u);
  });

  it('reads the schema of the plugin', async () => {
    const schema = z
      .object({ name: z.string(), resources: z.record(z.string(), z.object({ description: z.string() })) })
      .parse(JSON.parse(await done('package', 'get-schema', stack.plugin)));
    expect(Object.keys(schema.resources).sort()).toEqual([
      'private-image:index:FileBundle',
      'private-image:index:PrivateImage',
    ]);
  });
});
