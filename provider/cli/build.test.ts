import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileStamps } from '../../tests/fixtures/file-stamps.js';
import { runCommand } from '../../tests/fixtures/memory-terminal.js';
import { everywhere, openSmallWorld, standardContent, withDevPackages } from '../../tests/fixtures/small-world.js';
import type { PublishedImage } from '../creator/published.js';
import { exitCodes } from './terminal.js';

const world = await openSmallWorld();
afterAll(() => world.close());

function run(line: string) {
  return runCommand(world, line.split(' '));
}

describe('build', () => {
  it('makes a layout with every line, and tells digests and tags', async () => {
    const { code, stdout, stderr } = await run('build --starter php --package jq --output all');
    expect({ code, stderr }).toEqual({ code: exitCodes.done, stderr: '' });
    const [header, ...rows] = stdout.trim().split('\n');
    expect(header).toMatch(/^LINE +VERSION +STATUS +DIGEST +TAGS$/u);
    expect(rows.map((row) => row.split(/ {2,}/u))).toEqual([
      ['8.2', '8.2.29', 'built', expect.stringMatching(/^sha256:/u), '8.2.29 8.2'],
      ['8.4', '8.4.12', 'built', expect.stringMatching(/^sha256:/u), '8.4.12 8.4 8 latest'],
    ]);
    expect((await readdir(path.join(world.folder, 'all'))).sort()).toEqual(
      expect.arrayContaining(['blobs', 'index.json', 'oci-layout']),
    );
  });

  it('writes nothing when it is there already, and gives the same as JSON', async () => {
    const args = 'build --starter php --line 8.4 --arch amd64 --name web --output one --json';
    const first = await run(args);
    const before = await fileStamps(path.join(world.folder, 'one'));
    const second = await run(args);
    expect(second).toEqual(first);
    expect(await fileStamps(path.join(world.folder, 'one'))).toEqual(before);
    const image = JSON.parse(first.stdout) as PublishedImage;
    expect(image).toMatchObject({ status: 'created', repository: path.join(world.folder, 'one') });
    expect(Object.keys(image.tags).sort()).toEqual(['8', '8.4', '8.4.12', 'latest']);
    expect(Object.keys(image.lines[0]!.sbomUrls)).toEqual(['amd64']);
  });

  it('builds from a file of the user’s', async () => {
    await world.file(
      'own.yaml',
      'distribution: debian\ncontents: {packages: [jq]}\nentrypoint: {command: /usr/bin/jq}\n',
    );
    expect(await run('build own.yaml --output own')).toMatchObject({ code: exitCodes.done, stderr: '' });
    expect((await run('inspect own')).stdout).toMatch(/^latest +sha256:/u);
  });

  it('lets a program be setuid that is named', async () => {
    const sudo = everywhere('sudo', '1.9', {}, { '/usr/bin/sudo': { setuid: 'sudo' } });
    await world.write(standardContent({ oldstable: sudo, stable: sudo }));
    const build = 'build --starter php --line 8.4 --arch amd64 --package sudo --output setuid';
    const refused = await run(build);
    expect(refused.code).toBe(exitCodes.failed);
    expect(refused.stderr).toContain('--setuid /usr/bin/sudo');
    expect(await run(`${build} --setuid /usr/bin/sudo`)).toMatchObject({ code: exitCodes.done });
    expect(await run(`${build} --setuid sudo`)).toMatchObject({ code: exitCodes.usage });
  });

  it('fails when a line failed, with its reason, and builds the others', async () => {
    const { code, stdout, stderr } = await run('build --starter php --package only-new --output some');
    expect(code).toBe(exitCodes.failed);
    expect(stdout).toMatch(/^8\.2 +failed$/mu);
    expect(stdout).toMatch(/^8\.4 .* built .* latest$/mu);
    expect(stderr).toMatch(/^error: php 8\.2 \(oldstable, amd64\): only-new/u);
  });

  it('fails with all reasons when no line can be built, and leaves no folder', async () => {
    const { code, stdout, stderr } = await run('build --starter php --package no-such-thing --output none');
    expect({ code, stdout }).toEqual({ code: exitCodes.failed, stdout: '' });
    expect(stderr).toMatch(
      /^error\[image\/no-line-built\]: .*\n {2}php 8\.2 .*no-such-thing.*\n {2}php 8\.4 .*no-such-thing/u,
    );
    expect(await readdir(world.folder)).not.toContain('none');
  });
});

describe('build --dev', () => {
  it('makes dev variants too, which are not made otherwise', async () => {
    const dev = await openSmallWorld(undefined, withDevPackages('jq'));
    try {
      const build = 'build --starter php --line 8.4 --arch amd64 --output'.split(' ');
      const alone = await runCommand(dev, [...build, 'alone']);
      const both = await runCommand(dev, [...build, 'both', '--dev']);
      const [, production, variant] = both.stdout.split('\n').map((row) => row.split(/ {2,}/u));
      expect(alone.stdout.split('\n')[1]?.split(/ {2,}/u)).toEqual(production);
      expect(alone.stdout).not.toContain('dev');
      expect(variant).toEqual([
        '8.4 dev',
        '8.4.12',
        'built',
        expect.stringMatching(/^sha256:/u),
        '8.4.12-dev 8.4-dev 8-dev latest-dev',
      ]);
      expect(variant?.[3]).not.toBe(production?.[3]);
    } finally {
      await dev.close();
    }
  });

  it('fails when a dev variant failed, and builds production', async () => {
    const dev = await openSmallWorld(undefined, withDevPackages('only-old'));
    try {
      const { code, stdout, stderr } = await runCommand(
        dev,
        'build --starter php --line 8.4 --arch amd64 --output out --dev'.split(' '),
      );
      expect(code).toBe(exitCodes.failed);
      expect(stdout).toMatch(/^8\.4 +8\.4\.12 +built /mu);
      expect(stdout).toMatch(/^8\.4 dev +failed$/mu);
      expect(stderr.match(/only-old/gu)).not.toBeNull();
      expect(stderr).toMatch(/^warning: php 8\.4: its dev variant was not built/u);
    } finally {
      await dev.close();
    }
  });
});

describe('inspect', () => {
  beforeAll(async () => {
    await run('build --starter php --output layout');
  });

  it('tells what a layout holds, oldest version first', async () => {
    const { code, stdout, stderr } = await run('inspect layout');
    expect({ code, stderr }).toEqual({ code: exitCodes.done, stderr: '' });
    expect(stdout.match(/^\S+ +sha256:/gmu)?.map((row) => row.split(' ')[0])).toEqual(['8.2.29', '8.4.12']);
    expect(stdout).toMatch(/^ {2}tags +8\.4\.12 8\.4 8 latest$/mu);
    expect(stdout).toMatch(/^ {4}runs +\/usr\/bin\/php8\.4$/mu);
    expect(stdout).toMatch(/^ {4}user +65532, working directory \/app, /mu);
  });

  it('gives all of it as JSON', async () => {
    const { stdout } = await run('inspect layout --json');
    expect(JSON.parse(stdout)).toMatchObject([
      { line: '8.2', version: '8.2.29' },
      {
        line: '8.4',
        tags: ['8.4.12', '8.4', '8', 'latest'],
        images: [
          { architecture: 'amd64', user: '65532', entrypoint: ['/usr/bin/php8.4'], workingDirectory: '/app' },
          { architecture: 'arm64', environment: ['PATH=/usr/bin', 'PHP_LINE=8.4'] },
        ],
      },
    ]);
  });

  it('says that a sound layout is sound, and finds the one byte that is not', async () => {
    const sound = await run('inspect layout --validate');
    expect(sound).toMatchObject({ code: exitCodes.done, stderr: expect.stringContaining('as it should be') as string });
    const built = await run('build --starter php --output broken --json');
    const { lines } = JSON.parse(built.stdout) as PublishedImage;
    const blob = new URL(lines[0]!.sbomUrl!);
    await rm(blob);
    await writeFile(blob, '{}');
    const broken = await run('inspect broken --validate');
    expect(broken).toMatchObject({ code: exitCodes.failed, stdout: '' });
    expect(broken.stderr).toContain(path.basename(blob.pathname));
  });

  it.each(['inspect nowhere', 'inspect .'])('%s: says that there is no image', async (line) => {
    const { code, stderr } = await run(line);
    expect(code).toBe(exitCodes.failed);
    expect(stderr).toMatch(/\[registry\/missing\].*holds no private image/u);
  });
});
