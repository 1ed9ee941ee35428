import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as pulumi from '@pulumi/pulumi';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { everywhere, openSmallWorld, type SmallWorld, standardContent } from '../fixtures/small-world.js';
import { capture, type Ended } from '../setup/run.mjs';
import { missingPulumi, openPulumiProgram, type PulumiProgram } from './pulumi-program.js';
import { buildEnvironment, copyVirtualEnvironment, hostFolder, missingLanguage, tidyModules } from './languages.js';
import { missingYaml } from './yaml-program.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const digest = /^sha256:[0-9a-f]{64}$/u;

/** A starter of one library, with the lines 1 and 2. */
const small = {
  title: 'Small',
  description: 'One library and nothing else.',
  category: 'base',
  distribution: 'debian',
  primary: { package: '^libworld$', version: '^(?<version>(?<line>\\d+)\\.\\d+)' },
  contents: { packages: ['libworld'] },
};
const starters = { base: small, nginx: small, python: small };

/** What the examples ask a mirror for, with `changes` in the newer suite. */
function content(changes: ReturnType<typeof everywhere> = []): ReturnType<typeof standardContent> {
  const modules = (line: string, ...names: readonly string[]): ReturnType<typeof everywhere> =>
    names.flatMap((name) => everywhere(`php${line}-${name}`, `${line}.1`));
  const both = [
    ...everywhere('libsodium23', '1.0.20'),
    ...everywhere('python3-requests', '2.32'),
    ...everywhere('remote', '1.0', { Depends: 'telnet' }),
    ...everywhere('telnet', '0.17'),
  ];
  return standardContent({
    oldstable: [...modules('8.2', 'intl', 'mbstring'), ...both],
    stable: [...modules('8.4', 'intl', 'mbstring', 'zstd'), ...both, ...changes],
  });
}

/** The variables under which the CLI works for itself in `folder`. */
function cliEnvironment(folder: string): Readonly<Record<string, string>> {
  return {
    PULUMI_BACKEND_URL: pathToFileURL(folder).href,
    PULUMI_HOME: path.join(folder, '.home'),
    PULUMI_CONFIG_PASSPHRASE: 'a passphrase for tests',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
  };
}

/** Writes a program that runs a command of the shell. */
async function writeProgram(file: string, command: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${command}\n`);
  await chmod(file, 0o755);
}

describe('the examples', () => {
  let world: SmallWorld;
  let state: string;
  beforeEach((context) => {
    if (missingPulumi !== undefined) context.skip(missingPulumi);
  });
  beforeAll(async () => {
    world = await openSmallWorld(content(), starters);
    state = await mkdtemp(path.join(tmpdir(), 'private-image-state-'));
  });
  afterAll(async () => {
    await world.close();
    await rm(state, { recursive: true, force: true });
  });

  const environment = (): Readonly<Record<string, string>> => ({
    ...world.environment(),
    ...cliEnvironment(state),
    PRIVATE_IMAGE_ARCHITECTURES: 'amd64',
  });

  async function up<Schema extends z.ZodType>(stack: PulumiProgram, schema: Schema): Promise<z.output<Schema>> {
    const { code, stdout, stderr } = await stack.up();
    expect(code, stdout + stderr).toBe(0);
    return stack.outputs(schema);
  }

  it('php-extensions gives each line the extensions that fit it', async () => {
    const stack = await openPulumiProgram('php-extensions', environment());
    try {
      const outputs = await up(
        stack,
        z.object({
          status: z.string(),
          added: z.record(z.string(), z.record(z.string(), z.string())),
          skipped: z.record(z.string(), z.array(z.string())),
        }),
      );
      expect(outputs.status).toBe('created');
      expect(Object.keys(outputs.added['8.2']!)).toEqual(expect.arrayContaining(['php8.2-curl', 'libsodium23']));
      expect(Object.keys(outputs.added['8.4']!)).toEqual(expect.arrayContaining(['php8.4-curl', 'php8.4-zstd']));
      expect(outputs.skipped).toEqual({ '8.2': ['php-zstd-auto'], '8.4': [] });
      const again = await stack.run('preview', '--expect-no-changes');
      expect(again.code, again.stdout).toBe(0);
    } finally {
      await stack.close();
    }
  });

  it('corporate-certificates rebuilds exactly what includes a changed bundle', async () => {
    const stack = await openPulumiProgram('corporate-certificates', environment());
    const schema = z.object({
      latest: z.record(z.string(), z.string().regex(digest)),
      certificates: z.array(z.object({ subject: z.string(), fingerprint: z.string(), validTo: z.string() })),
      settingsVersion: z.string().regex(digest),
    });
    try {
      const before = await up(stack, schema);
      expect(Object.keys(before.latest)).toEqual(['base', 'nginx', 'python']);
      expect(before.certificates).toHaveLength(1);
      await writeFile(path.join(stack.folder, 'settings/proxy.conf'), 'no_proxy=.example\n');
      const { steps } = await stack.preview();
      const changed = steps.filter(({ op }) => op === 'update').map(({ urn }) => urn.split('::').at(-1));
      expect(changed.sort()).toEqual(['base', 'nginx', 'python', 'settings']);
      const after = await up(stack, schema);
      expect(after.settingsVersion).not.toBe(before.settingsVersion);
      for (const [name, latest] of Object.entries(after.latest)) expect(latest).not.toBe(before.latest[name]);
    } finally {
      await stack.close();
    }
  });

  it('deploy writes manifests with the digests of another program', async () => {
    const images = await openPulumiProgram('deploy/images', environment());
    const kubernetes = await openPulumiProgram('deploy/kubernetes', environment());
    const manifestSchema = z.object({
      kind: z.literal('Deployment'),
      spec: z.object({
        template: z.object({
          spec: z.object({
            containers: z.tuple([
              z.object({ image: z.string(), securityContext: z.object({ runAsNonRoot: z.literal(true) }) }),
            ]),
          }),
        }),
      }),
    });
    try {
      const built = await up(
        images,
        z.object({
          images: z.object({
            web: z.object({ repository: z.string(), latest: z.string(), digests: z.record(z.string(), z.string()) }),
          }),
        }),
      );
      const { repository, latest, digests } = built.images.web;
      await kubernetes.run('config', 'set', 'images', 'organization/deploy-images/test');
      const outputs = z.object({ manifest: z.string(), image: z.string() });
      const newest = await up(kubernetes, outputs);
      expect(newest.image).toBe(`${repository}@${latest}`);
      await kubernetes.run('config', 'set', 'line', '8.2');
      const { manifest } = await up(kubernetes, outputs);
      const text = await readFile(path.join(kubernetes.folder, manifest), 'utf8');
      const [container] = manifestSchema.parse(parse(text)).spec.template.spec.containers;
      expect(container.image).toBe(`${repository}@${digests['8.2']}`);
      await kubernetes.run('config', 'set', 'line', '7.4');
      const refused = await kubernetes.up();
      expect(refused.code).not.toBe(0);
      expect(refused.stdout).toContain('web has no line 7.4: there are 8.2, 8.4');
    } finally {
      await kubernetes.close();
      await images.close();
    }
  });

  /** A search path with the plugin on it. */
  async function searchPath(): Promise<string> {
    const bin = path.join(state, 'bin');
    await mkdir(bin, { recursive: true });
    const entry = path.join(root, 'dist/program/pulumi-resource-private-image.js');
    await writeProgram(path.join(bin, 'pulumi-resource-private-image'), `exec '${process.execPath}' '${entry}' "$@"`);
    return [bin, process.env['PATH'] ?? ''].join(path.delimiter);
  }

  it('yaml does the same through the plugin', async (context) => {
    if (missingYaml !== undefined) context.skip(missingYaml);
    const stack = await openPulumiProgram('yaml', { ...environment(), PATH: await searchPath() });
    try {
      const outputs = await up(
        stack,
        z.object({
          lines: z.array(z.object({ line: z.string(), version: z.string() })),
          digests: z.record(z.string(), z.string().regex(digest)),
          tags: z.record(z.string(), z.string()),
        }),
      );
      expect(outputs.lines.map(({ line }) => line)).toEqual(['8.2', '8.4']);
      expect(Object.keys(outputs.digests)).toEqual(['8.2', '8.4']);
      expect(outputs.tags['latest']).toBe(outputs.digests['8.4']);
      const again = await stack.run('preview', '--expect-no-changes');
      expect(again.code, again.stdout).toBe(0);
      await stack.run('destroy', '--yes', '--skip-preview');
    } finally {
      await stack.close();
    }
  });

  it.for(['python', 'go'])('%s does the same with an SDK that is generated and added', async (language, context) => {
    const missing = missingLanguage(language);
    if (missing !== undefined) context.skip(missing);
    const search = [hostFolder(), await searchPath()].join(path.delimiter);
    const env = { ...environment(), ...buildEnvironment, PATH: search };
    const stack = await openPulumiProgram(language, env);
    try {
      if (language === 'python') await copyVirtualEnvironment(stack.folder);
      const plugin = path.join(state, 'bin/pulumi-resource-private-image');
      const added = await stack.run('package', 'add', plugin);
      expect(added.code, added.stdout + added.stderr).toBe(0);
      if (language === 'go') {
        const tidied = await tidyModules(stack.folder, { ...process.env, ...env });
        if (tidied.code !== 0) context.skip(`needs the modules that the SDK depends on: ${tidied.stderr.trim()}`);
      }
      const outputs = await up(
        stack,
        z.object({ latest: z.string().regex(digest), digests: z.record(z.string(), z.string()) }),
      );
      expect(Object.keys(outputs.digests)).toEqual(['8.2', '8.4']);
      expect(outputs.latest).toBe(outputs.digests['8.4']);
      const again = await stack.run('preview', '--expect-no-changes');
      expect(again.code, again.stdout).toBe(0);
      await stack.run('destroy', '--yes', '--skip-preview');
    } finally {
      await stack.close();
    }
  });

  it('policy refuses what a plan would bring, before it is built', async () => {
    const pack = path.join(state, 'policy');
    await cp(path.join(root, 'examples/policy'), pack, { recursive: true });
    await symlink(path.join(root, 'node_modules'), path.join(pack, 'node_modules'));
    // A pack is run by the CLI's own Node.js host; a file that can be run needs none, and each CLI takes it.
    const runner = path.join(pack, 'node_modules/@pulumi/pulumi/cmd/run-policy-pack/index.js');
    await writeProgram(path.join(pack, 'run'), `cd '${pack}' && exec '${process.execPath}' '${runner}' "$1" '${pack}'`);
    const stack = await openPulumiProgram('quickstart', environment());
    const refusals = async (source: string): Promise<readonly string[]> => {
      await stack.write(source);
      const { code, stdout } = await stack.run('preview', '--policy-pack', path.join(pack, 'run'));
      const refused = [...stdout.matchAll(/\[mandatory\]\s+(?<name>[\w-]+)/gu)].map(
        ({ groups }) => groups?.['name'] ?? '',
      );
      expect(code === 0, stdout).toBe(refused.length === 0);
      return [...new Set(refused)].sort();
    };
    try {
      const head = `
        import { FileBundle, PrivateImage } from 'pulumi-private-image';
        const ca = new FileBundle('ca', { name: 'corporate-ca', type: 'other', path: '/etc/ca', files: { note: 'none' } });`;
      expect(
        await refusals(`${head} new PrivateImage('good', { name: 'good', starter: 'php', fileBundles: [ca] });`),
      ).toEqual([]);
      // The package is a dependency of what is asked for.
      expect(
        await refusals(`${head} new PrivateImage('bad', { name: 'bad', starter: 'plain', packages: ['remote'] });`),
      ).toEqual(['company-certificates', 'known-starters', 'refused-packages']);
    } finally {
      await stack.close();
    }
  });

  describe('platform', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'private-image-platform-'));
      await cp(path.join(root, 'examples/platform'), folder, { recursive: true });
      await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));
    const run = (...args: readonly string[]): Promise<Ended> =>
      capture(process.execPath, ['platform.js', ...args], { cwd: folder, env: { ...process.env, ...environment() } });

    it('says in a preview what each line would be, and builds nothing', async () => {
      const { code, stdout, stderr } = await run('preview');
      expect(code, stdout + stderr).toBe(0);
      expect(stdout).toMatch(/^shop: info: .*php 8\.4: 8\.4\.12 → tags/mu);
      expect(stdout).not.toContain('sha256:');
    });

    it('builds all images, and tells each line', async () => {
      const { code, stdout, stderr } = await run('up');
      expect(code, stdout + stderr).toBe(0);
      for (const row of ['shop 8.2', 'shop 8.4', 'shop-worker 8.4', 'reports 2', 'proxy 1'])
        expect(stdout).toContain(`+ ${row}: `);
      expect(stdout).not.toContain('shop-worker 8.2');
    });

    it('tells which packages a night has changed, and that nothing changed', async () => {
      await world.write(content(everywhere('libworld', '2.1')));
      const night = await run('up');
      expect(night.code, night.stdout + night.stderr).toBe(0);
      expect(night.stdout).toMatch(/^~ shop 8\.4: 8\.4\.12 sha256:\w+\n {4}libworld 2\.0 → 2\.1$/mu);
      expect(night.stdout).toMatch(/^~ proxy 2: 2\.0 → 2\.1 sha256:/mu);
      expect(night.stdout).not.toContain('shop 8.2');
      expect((await run('up')).stdout).toContain('nothing changed');
    });

    it('builds the others when one image fails, says why, and ends with 1', async () => {
      const names = Array.from({ length: 11 }, (_, index) => `many-${'abcdefghijk'.charAt(index)}`);
      const images = ['broken', ...names].map((name) => {
        const packages = name === 'broken' ? '[no-such-package]' : '[jq]';
        return `  ${name}: { starter: base, packages: ${packages} }\n`;
      });
      await writeFile(path.join(folder, 'many.yaml'), `images:\n${images.join('')}`);
      const { code, stdout, stderr } = await run('up', 'many.yaml');
      expect(code, stdout + stderr).toBe(1);
      expect(stdout).toMatch(/^broken: error: [\s\S]*no-such-package/mu);
      for (const name of names) expect(stdout).toContain(`+ ${name} 2: 2.1 sha256:`);
    });

    it('ends with 2 when the file or the command is wrong', async () => {
      await writeFile(path.join(folder, 'wrong.yaml'), 'image: {}\n');
      expect(await run('up', 'wrong.yaml')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('map of images'),
      });
      expect((await run('down')).code).toBe(2);
    });

    it('removes everything', async () => {
      const { code, stdout, stderr } = await run('destroy', 'many.yaml');
      expect(code, stdout + stderr).toBe(0);
      expect(stdout).toContain('- many-a: removed');
    });
  });
});

// Its plugin is a program of its own, which is not asked for: Pulumi's mocks stand for it.
describe('deploy with Docker', () => {
  it('runs the digest of another program', async () => {
    const registered: pulumi.runtime.MockResourceArgs[] = [];
    const web = { repository: 'registry.example.com/53/web', latest: 'sha256:1', digests: { '8.4': 'sha256:1' } };
    await pulumi.runtime.setMocks(
      {
        newResource: (args) => {
          registered.push(args);
          const isStack = args.type === 'pulumi:pulumi:StackReference';
          return { id: args.name, state: isStack ? { ...args.inputs, outputs: { images: { web } } } : args.inputs };
        },
        call: () => ({}),
      },
      'deploy-docker',
      'test',
    );
    pulumi.runtime.setConfig('deploy-docker:images', 'organization/deploy-images/test');
    const program = path.join(root, 'examples/deploy/docker/index.ts');
    const { running } = (await import(program)) as { running: pulumi.Output<string> };
    const image = await new Promise((resolve) => running.apply(resolve));
    expect(image).toBe('registry.example.com/53/web@sha256:1');
    const container = registered.find(({ type }) => type === 'docker:index/container:Container');
    expect(container?.inputs).toMatchObject({ image, user: '65532', readOnly: true });
  });
});
