import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { missingProgram } from '../setup/containers.js';
import { capture } from '../setup/run.mjs';

const cli = fileURLToPath(new URL('../../dist/program/private-image.js', import.meta.url));

const publishedSchema = z.object({
  lines: z.array(
    z.object({ line: z.string(), version: z.string(), digest: z.string(), sbomUrls: z.record(z.string(), z.string()) }),
  ),
  tags: z.record(z.string(), z.string()),
});
const spdxSchema = z.object({
  packages: z.array(
    z.object({
      name: z.string(),
      versionInfo: z.string().optional(),
      externalRefs: z.array(z.object({ referenceLocator: z.string() })).default([]),
    }),
  ),
});

describe('private-image build', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'private-image-build-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function build(
    output: string,
    environment: Record<string, string>,
    umask = '022',
  ): Promise<z.infer<typeof publishedSchema>> {
    const arguments_ = [
      'build',
      '--starter',
      'python',
      '--package',
      'python3-yaml',
      '--output',
      path.join(folder, output),
      '--json',
    ];
    const { code, stdout, stderr } = await capture(
      'sh',
      ['-c', `umask ${umask}; exec node "$@"`, 'sh', cli, ...arguments_],
      {
        cwd: folder,
        env: { ...process.env, ...environment },
      },
    );
    expect(code, stderr).toBe(0);
    return publishedSchema.parse(JSON.parse(stdout));
  }

  it('gives the same digests in another folder, time zone, locale and umask, with a cold cache', async () => {
    const first = await build('one', { TZ: 'Pacific/Auckland', LC_ALL: 'C' });
    const second = await build(
      'two',
      { TZ: 'America/Los_Angeles', LC_ALL: 'tr_TR.UTF-8', XDG_CACHE_HOME: path.join(folder, 'cache') },
      '077',
    );
    expect(second.tags).toEqual(first.tags);
    expect(first.lines.map(({ line }) => line)).toEqual(['3.11', '3.13']);
    expect(await readdir(path.join(folder, 'one', 'blobs', 'sha256'))).toEqual(
      await readdir(path.join(folder, 'two', 'blobs', 'sha256')),
    );
    expect(first.tags['latest']).toBe(first.lines[1]?.digest);
  });

  it('says that its own layout is sound, and finds a byte that is not', async () => {
    const sound = await capture('node', [cli, 'inspect', path.join(folder, 'one'), '--validate']);
    expect(sound.code, sound.stderr).toBe(0);
    expect(sound.stdout).toContain('3.13');
  });

  const missing = missingProgram('skopeo', 'umoci');
  it('is read by skopeo and umoci, and a reader of status.d sees what the SBOM says', async (context) => {
    if (missing !== undefined) context.skip(missing);
    const { lines } = await build('one', {});
    for (const { line, sbomUrls } of lines) {
      const inspected = await capture('skopeo', ['inspect', '--override-arch', 'arm64', `oci:${folder}/one:${line}`]);
      expect(inspected.code, inspected.stderr).toBe(0);
      expect(JSON.parse(inspected.stdout)).toMatchObject({ Architecture: 'arm64', Os: 'linux' });
      const single = `oci:${folder}/single-${line}:${line}`;
      const copied = await capture('skopeo', ['copy', '--override-arch', 'amd64', `oci:${folder}/one:${line}`, single]);
      expect(copied.code, copied.stderr).toBe(0);
      const bundle = path.join(folder, `bundle-${line}`);
      const unpacked = await capture('umoci', ['unpack', '--image', single.slice('oci:'.length), bundle]);
      expect(unpacked.code, unpacked.stderr).toBe(0);
      const sbom = spdxSchema.parse(JSON.parse(await readFile(fileURLToPath(sbomUrls['amd64'] ?? ''), 'utf8')));
      const debs = sbom.packages.filter((one) =>
        one.externalRefs.some((ref) => ref.referenceLocator.startsWith('pkg:deb/')),
      );
      const listed = debs.map((one) => `${one.name} ${one.versionInfo ?? ''}`);
      expect((await installedPackages(path.join(bundle, 'rootfs'))).sort()).toEqual(listed.sort());
      expect(listed.length).toBeGreaterThan(20);
    }
  });
});

/** Every package that the database in a root file system lists, as `name version`: what scanners of distroless images read. */
async function installedPackages(root: string): Promise<string[]> {
  const folder = path.join(root, 'var/lib/dpkg/status.d');
  const names = (await readdir(folder)).filter((name) => !name.endsWith('.md5sums'));
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(path.join(folder, name), 'utf8');
      const field = (key: string): string => new RegExp(`^${key}: (.*)$`, 'mu').exec(text)?.[1] ?? '';
      expect(field('Status'), name).toBe('install ok installed');
      return `${field('Package')} ${field('Version')}`;
    }),
  );
}
