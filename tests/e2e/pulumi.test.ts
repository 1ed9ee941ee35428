import { appendFile, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { missingPulumi, openPulumiProgram, type PulumiProgram, tagsIn } from './pulumi-program.js';

const outputsSchema = z.object({
  status: z.string(),
  latest: z.string(),
  trusting: z.string(),
  repository: z.string(),
  createdAt: z.string(),
  traceId: z.string(),
  tags: z.record(z.string(), z.string()),
  digests: z.record(z.string(), z.string()),
  lines: z.array(
    z.object({
      line: z.string(),
      status: z.string(),
      version: z.string().optional(),
      digest: z.string().optional(),
      sbomUrl: z.string().optional(),
      packagesAdded: z.record(z.string(), z.string()),
      error: z.string().optional(),
    }),
  ),
});

interface Options {
  readonly name?: string;
  readonly starter?: string;
  readonly packages?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** The quickstart with other inputs, and every output. */
function program({
  name = 'hello',
  starter = 'python',
  packages = ['python3-requests'],
  environment = { GREETING: 'hi' },
}: Options = {}): string {
  return `
    import * as pulumi from '@pulumi/pulumi';
    import { FileBundle, PrivateImage } from 'pulumi-private-image';
    const authorities = new FileBundle('authorities', {
      name: 'corporate-ca',
      type: 'certificates',
      files: { 'corporate-root.crt': new pulumi.asset.FileAsset('corporate-root.crt') },
    });
    const hello = new PrivateImage('hello', ${JSON.stringify({ name, starter, packages, environment })});
    const withBundle = new PrivateImage('with-bundle', { name: 'trusting', starter: 'base', fileBundles: [authorities] });
    export const { status, latest, repository, createdAt, traceId, tags, digests, lines } = hello;
    export const trusting = withBundle.latest;
  `;
}

describe('a Pulumi program', () => {
  let stack: PulumiProgram;
  beforeEach((context) => {
    if (missingPulumi !== undefined) context.skip(missingPulumi);
  });
  beforeAll(async () => {
    if (missingPulumi !== undefined) return;
    // One architecture will do: that both are built alike is shown elsewhere.
    stack = await openPulumiProgram('quickstart', { PRIVATE_IMAGE_ARCHITECTURES: 'amd64' });
    await stack.write(program());
  });
  afterAll(async () => {
    if (missingPulumi === undefined) await stack.close();
  });

  const up = async (source: string): Promise<z.output<typeof outputsSchema>> => {
    await stack.write(source);
    const { code, stdout, stderr } = await stack.up();
    expect(code, stdout + stderr).toBe(0);
    return stack.outputs(outputsSchema);
  };

  it('shows lines, versions, tags and packages in a preview before the first up, and builds nothing', async () => {
    const preview = await stack.preview();
    expect(preview.code, preview.said).toBe(0);
    expect(preview.steps.map(({ op }) => op)).toEqual(['create', 'create', 'create']);
    expect(preview.said).toMatch(
      /python 3\.11: 3\.11\.\d+ → tags 3\.11\.\d+, 3\.11 \(\d+ packages, [\d.]+ MB installed(?:; dev \d+)?\)/u,
    );
    expect(preview.said).toMatch(
      /python 3\.13: 3\.13\.\d+ → tags 3\.13\.\d+, 3\.13, 3, latest \(\d+ packages, [\d.]+ MB installed(?:; dev \d+)?\)/u,
    );
    const plan = preview.steps.find(({ urn }) => urn.endsWith('::hello'))?.inputs['plan'];
    expect(plan).toMatchObject({
      lines: {
        '3.13': {
          suite: 'trixie',
          packages: { 'python3.13': expect.stringContaining('3.13.'), 'python3-requests': expect.any(String) },
        },
      },
    });
    // The bundle is not published yet, and still the image that includes it is planned.
    expect(preview.steps.find(({ urn }) => urn.endsWith('::with-bundle'))?.inputs).toMatchObject({
      fileBundles: [expect.stringMatching(/^local\/corporate-ca@sha256:/u)],
      plan: { digest: expect.stringMatching(/^sha256:/u) },
    });
    expect(await tagsIn(path.join(stack.registry, 'local/hello'))).toEqual([]);
  });

  it('builds every line with up', async () => {
    const outputs = await up(program());
    expect(outputs.status).toBe('created');
    expect(outputs.lines.map(({ line, status }) => `${line} ${status}`)).toEqual(['3.11 built', '3.13 built']);
    expect(outputs.latest).toBe(outputs.digests['3.13']);
    expect(outputs.tags).toMatchObject({
      latest: outputs.latest,
      '3': outputs.latest,
      '3.13': outputs.latest,
      '3.11': outputs.digests['3.11'],
    });
    expect(outputs.lines[1]?.packagesAdded).toHaveProperty('python3-requests');
    expect(outputs.repository).toBe(path.join(stack.registry, 'local/hello'));
    expect(await tagsIn(outputs.repository)).toEqual(expect.arrayContaining(Object.keys(outputs.tags)));
    const sbom = JSON.parse(await readFile(new URL(outputs.lines[1]?.sbomUrl ?? ''), 'utf8')) as {
      spdxVersion: string;
    };
    expect(sbom.spdxVersion).toMatch(/^SPDX-2/u);
  });

  it('has nothing to do afterwards, and writes nothing twice', async () => {
    const before = await stack.registryFiles();
    const preview = await stack.run('preview', '--expect-no-changes');
    expect(preview.code, preview.stdout).toBe(0);
    await up(program());
    expect(await stack.registryFiles()).toEqual(before);
  });

  it('keeps a small state without the content of files', async () => {
    const { stdout } = await stack.run('stack', 'export');
    expect(stdout.length).toBeLessThan(100_000);
    expect(stdout).not.toContain('BEGIN CERTIFICATE');
    expect(stdout).toContain('pulumi-nodejs:dynamic/private-image:PrivateImage');
    const { deployment } = z
      .object({
        deployment: z.object({
          resources: z.array(z.object({ inputs: z.record(z.string(), z.unknown()).optional() })),
        }),
      })
      .parse(JSON.parse(stdout));
    const code = deployment.resources.flatMap(({ inputs }) =>
      typeof inputs?.['__provider'] === 'string' ? inputs['__provider'] : [],
    );
    expect(code).toHaveLength(3);
    for (const text of code) expect(text.length).toBeLessThan(1024);
  });

  it('shows which packages change in which line, and keeps the digests before reachable', async () => {
    const before = await stack.outputs(outputsSchema);
    await stack.write(program({ packages: ['python3-yaml'] }));
    const preview = await stack.preview();
    expect(
      preview.steps.filter(({ op }) => op !== 'same').map(({ op, urn }) => `${op} ${urn.split('::').at(-1)}`),
    ).toEqual(['update hello']);
    for (const line of ['3.11', '3.13']) {
      const row = new RegExp(`python ${line}: [^\\n]*(?:\\n  [^\\n]*)*`, 'u').exec(preview.said)?.[0];
      expect(row).toMatch(/\+ python3-yaml \S+/u);
      expect(row).toMatch(/- python3-requests \S+/u);
    }
    const after = await up(program({ packages: ['python3-yaml'] }));
    expect(after.createdAt).toBe(before.createdAt);
    expect(after.traceId).not.toBe(before.traceId);
    expect(after.latest).not.toBe(before.latest);
    const timestamp = Object.keys(before.tags).find((tag) => /^3\.13\.\d+-\d{14}$/u.test(tag));
    expect(await tagsIn(after.repository)).toContain(timestamp);
  });

  it('rebuilds when the environment changes', async () => {
    const before = await stack.outputs(outputsSchema);
    const after = await up(program({ packages: ['python3-yaml'], environment: { GREETING: 'hello' } }));
    expect(after.latest).not.toBe(before.latest);
    expect(after.lines.map(({ packagesAdded }) => packagesAdded)).toEqual(
      before.lines.map(({ packagesAdded }) => packagesAdded),
    );
  });

  it('rebuilds an image when the files of its bundle change', async () => {
    const before = await stack.outputs(outputsSchema);
    await appendFile(path.join(stack.folder, 'corporate-root.crt'), '# Renewed\n');
    const { steps } = await stack.preview();
    const updated = steps.filter(({ op }) => op === 'update').map(({ urn }) => urn.split('::').at(-1));
    expect(updated.sort()).toEqual(['authorities', 'with-bundle']);
    const after = await up(program({ packages: ['python3-yaml'], environment: { GREETING: 'hello' } }));
    expect(after.trusting).not.toBe(before.trusting);
    expect(after.latest).toBe(before.latest);
  });

  it('keeps what has no need of the mirror going while it is away', async () => {
    const away = {
      PRIVATE_IMAGE_DEBIAN_MIRROR: 'http://127.0.0.1:9/debian',
      PRIVATE_IMAGE_DEBIAN_SECURITY_MIRROR: 'http://127.0.0.1:9/security',
    };
    await stack.run('config', 'set', 'private-image:debianMirror', away.PRIVATE_IMAGE_DEBIAN_MIRROR);
    await stack.run('config', 'set', 'private-image:debianSecurityMirror', away.PRIVATE_IMAGE_DEBIAN_SECURITY_MIRROR);
    const unchanged = await stack.run('preview', '--expect-no-changes');
    expect(unchanged.code, unchanged.stdout).toBe(0);
    expect(unchanged.stdout).toContain('127.0.0.1:9');
    await stack.write(program({ packages: ['python3-lxml'] }));
    const changed = await stack.preview();
    expect(changed.code).not.toBe(0);
    expect(changed.said).toContain('127.0.0.1:9');
    const refreshed = await stack.run('refresh', '--yes', '--skip-preview');
    expect(refreshed.code, refreshed.stdout).toBe(0);
    await stack.run('config', 'rm', 'private-image:debianMirror');
    await stack.run('config', 'rm', 'private-image:debianSecurityMirror');
  });

  it('builds the lines that can be built, and points latest to the newest of them', async () => {
    // Debian has this package in bookworm only.
    const outputs = await up(program({ name: 'partly', packages: ['python3-distutils'] }));
    expect(outputs.status).toBe('some lines created');
    expect(outputs.lines.map(({ line, status }) => `${line} ${status}`)).toEqual(['3.11 built', '3.13 failed']);
    expect(outputs.latest).toBe(outputs.digests['3.11']);
    expect(outputs.tags).toMatchObject({ latest: outputs.latest, '3': outputs.latest });
    expect(outputs.lines[1]?.error).toContain('python3-distutils');
    expect(outputs.lines[1]?.error).toContain('trixie');
    const preview = await stack.run('preview', '--expect-no-changes');
    expect(preview.code, preview.stdout).toBe(0);
  });

  it('replaced the image by that change of its name', async () => {
    expect(await tagsIn(path.join(stack.registry, 'local/hello'))).toEqual([]);
    await stack.write(program({ name: 'hello' }));
    const { steps } = await stack.preview();
    const replaced = steps.filter(({ op }) => op === 'replace').map(({ urn }) => urn.split('::').at(-1));
    expect(replaced).toEqual(['hello']);
  });

  it('leaves the live image alone when the starter changes under one name', async () => {
    const outputs = await up(program({ name: 'partly', starter: 'base', packages: [] }));
    expect(outputs.status).toBe('created');
    const tags = await tagsIn(outputs.repository);
    expect(tags).toEqual(expect.arrayContaining(Object.keys(outputs.tags)));
    expect(tags.filter((tag) => tag.startsWith('3.'))).toEqual([]);
  });

  it("fails with each line's reason and the trace ID when no line can be built", async () => {
    const before = await tagsIn(path.join(stack.registry, 'local/partly'));
    await stack.write(program({ name: 'partly', starter: 'base', packages: ['no-such-package'] }));
    const { code, stdout } = await stack.up();
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/base 12 \(.*no-such-package/u);
    expect(stdout).toMatch(/base 13 \(.*no-such-package/u);
    expect(stdout).toMatch(/trace ID [0-9a-f]{16}/u);
    expect(await tagsIn(path.join(stack.registry, 'local/partly'))).toEqual(before);
  });

  it('finds in a refresh that an image is gone, and builds it again', async () => {
    await rm(path.join(stack.registry, 'local/partly'), { recursive: true });
    const refreshed = await stack.run('refresh', '--yes', '--skip-preview');
    expect(refreshed.code, refreshed.stdout).toBe(0);
    const outputs = await up(program({ name: 'partly', starter: 'base', packages: [] }));
    expect(await tagsIn(outputs.repository)).toContain('latest');
  });

  it('removes everything with destroy', async () => {
    const { code, stdout } = await stack.run('destroy', '--yes', '--skip-preview');
    expect(code, stdout).toBe(0);
    for (const repository of ['local/partly', 'local/trusting', 'local/file_bundle/corporate-ca']) {
      expect(await tagsIn(path.join(stack.registry, repository))).toEqual([]);
    }
  });
});

describe('the quickstart', () => {
  it('runs as it is', async (context) => {
    if (missingPulumi !== undefined) context.skip(missingPulumi);
    const stack = await openPulumiProgram('quickstart');
    try {
      const { code, stdout, stderr } = await stack.up();
      expect(code, stdout + stderr).toBe(0);
      const outputs = await stack.outputs(
        outputsSchema.pick({ status: true, repository: true, latest: true, tags: true }),
      );
      expect(outputs.status).toBe('created');
      expect(outputs.tags['latest']).toBe(outputs.latest);
      expect(await tagsIn(outputs.repository)).toContain('3.13');
    } finally {
      await stack.close();
    }
  });
});

describe('an image that feeds another in the same program', () => {
  it('previews, with everything planned that can be', async (context) => {
    if (missingPulumi !== undefined) context.skip(missingPulumi);
    const stack = await openPulumiProgram('quickstart');
    try {
      await stack.write(`
        import { PrivateImage } from 'pulumi-private-image';
        const first = new PrivateImage('first', { name: 'first', starter: 'base' });
        new PrivateImage('second', { name: 'second', starter: 'base', environment: { FIRST: first.latest } });
        new PrivateImage('third', { name: 'third', starter: 'base', packages: [first.status] });
      `);
      const { code, steps, said } = await stack.preview();
      expect(code, said).toBe(0);
      expect(steps.map(({ op }) => op)).toEqual(['create', 'create', 'create']);
      const second = steps.find(({ urn }) => urn.endsWith('::second'));
      expect(second?.inputs['plan']).toMatchObject({ lines: { '13': { suite: 'trixie' } } });
    } finally {
      await stack.close();
    }
  });
});

describe('bad inputs in a Pulumi program', () => {
  beforeEach((context) => {
    if (missingPulumi !== undefined) context.skip(missingPulumi);
  });
  const good = { name: 'hello', starter: 'python' };
  const packages = Array.from({ length: 101 }, (_, index) => `p${index}`);
  const environment = [
    { key: 'EMPTY', value: '' },
    { key: 'TWICE', value: '1' },
    { key: 'TWICE', value: '2' },
  ];
  it.each([
    [
      'of the wrong form, all at once',
      { ...good, name: 'Hello_1', packages, environment, fileBundles: ['corporate-ca'] },
      [
        /property name .*Hello_1/u,
        /property packages .*101 packages/u,
        /property environment\[0\]\.value /u,
        /property environment\[2\]\.key .*TWICE/u,
        /property fileBundles\[0\] /u,
      ],
    ],
    ['with a starter that does not exist', { ...good, starter: 'pyhton' }, [/property starter .*pyhton[\s\S]*python/u]],
    [
      'with a variable that the starter sets',
      { ...good, environment: { PATH: '/bin' } },
      [/property environment\.PATH .*python/u],
    ],
  ])('are refused in a preview: %s', async (_, inputs, problems) => {
    const stack = await openPulumiProgram('quickstart');
    try {
      await stack.write(`
        import { PrivateImage } from 'pulumi-private-image';
        new PrivateImage('hello', ${JSON.stringify(inputs)} as any);
      `);
      const { code, stdout } = await stack.run('preview');
      expect(code).not.toBe(0);
      for (const problem of problems) expect(stdout).toMatch(problem);
    } finally {
      await stack.close();
    }
  });
});
