import { rename } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { serveFolder } from '../../tests/fixtures/folder-server.js';
import { everywhere, openSmallWorld, requestFor, standardContent } from '../../tests/fixtures/small-world.js';
import type { FailedLine, Plan, ResolvedLine } from './plan.js';
import { planImage } from './plan-image.js';
import { loadPlan } from './plan-store.js';
import type { ImageRequest } from './request.js';

const world = await openSmallWorld();
const creator = world.creator();
afterAll(() => world.close());

/** The plan of the starter `php` with these changes, and its lines by name. */
async function plan(changes: Partial<ImageRequest> = {}) {
  const planned = await planImage(creator, requestFor(changes));
  const failed = (line: string) => lineOf(planned.plan, line, 'failed') as FailedLine;
  return { ...planned, resolved: (line: string) => resolvedLine(planned.plan, line), failed };
}

function lineOf(from: Plan, name: string, status: string) {
  const found = from.lines.find(({ line }) => line === name);
  expect(found, `${name} in the plan`).toMatchObject({ status });
  return found!;
}

function resolvedLine(from: Plan, name: string): ResolvedLine {
  return lineOf(from, name, 'resolved') as ResolvedLine;
}

/** Name to version on each architecture, with why each package is there. */
function packagesOf(line: ResolvedLine) {
  return line.architectures.map(({ architecture, packages }) => [
    architecture,
    packages.map((one) => `${one.package.name}=${one.package.version} ${one.from} ${one.reason} ${one.because}`),
  ]);
}

describe('planImage', () => {
  it('has each architecture once, however often it is asked for', async () => {
    const request = requestFor({ lines: ['8.4'], architectures: ['amd64', 'arm64', 'amd64'] });
    const { plan } = await planImage(world.creator(), request);
    expect(plan.lines[0]).toMatchObject({ architectures: [{ architecture: 'amd64' }, { architecture: 'arm64' }] });
  });

  it('finds the lines in the suites, oldest first, with their versions and tags to be', async () => {
    const { plan: whole, summary } = await plan();
    expect(whole.lines).toMatchObject([
      { line: '8.2', version: '8.2.29', suite: 'oldstable', endOfLife: '2099-01-01', status: 'resolved' },
      { line: '8.4', version: '8.4.12', suite: 'stable', endOfLife: '2099-01-01', status: 'resolved' },
    ]);
    expect(summary.lines['8.2']?.tags).toEqual(['8.2.29', '8.2']);
    expect(summary.lines['8.4']?.tags).toEqual(['8.4.12', '8.4', '8', 'latest']);
  });

  it('names exact packages on each architecture, where they come from and why', async () => {
    const { resolved } = await plan({ packages: ['jq'] });
    const packages = [
      'jq=1.7 added added jq',
      'libjq=1.7 added dependency jq',
      'libworld=2.0 starter dependency php8.4-cli',
      'php8.4-cli=8.4.12 starter starter php8.4-cli',
      'php8.4-common=8.4.12 starter dependency php8.4-cli',
    ];
    expect(packagesOf(resolved('8.4'))).toEqual([
      ['amd64', packages],
      ['arm64', packages],
    ]);
    const { archive, repository } = resolved('8.4').architectures[1]!.packages[0]!.package;
    expect(archive.url).toBe(`${world.url}/pool/main/j/jq/jq_1.7_arm64.deb`);
    expect(archive.checksum).toMatchObject({ algorithm: 'sha256' });
    expect(repository).toBe('tests stable main');
  });

  it('gives a package of both the starter and the user to the starter', async () => {
    const { resolved } = await plan({ starter: 'plain', packages: ['php8.4-cli'], lines: ['2'] });
    expect(packagesOf(resolved('2'))[0]?.[1]).toContain('libworld=2.0 starter starter libworld');
  });

  it('turns an auto package into the package of each line, and skips it where there is none', async () => {
    const { resolved, summary } = await plan({ packages: ['php-curl-auto', 'php-lua-auto'] });
    expect(packagesOf(resolved('8.2'))[0]?.[1]).toContain('php8.2-curl=8.2.29 added auto php-curl-auto');
    expect(packagesOf(resolved('8.4'))[0]?.[1]).toContain('php8.4-lua=8.4.12 added auto php-lua-auto');
    expect(resolved('8.2').skipped).toEqual([{ name: 'php-lua-auto', reason: 'no package for line 8.2' }]);
    expect(summary.lines['8.2']?.skipped).toEqual(['php-lua-auto']);
    expect(resolved('8.4').skipped).toEqual([]);
  });

  it('plans a line that lacks a package as failed, and the others all the same', async () => {
    const { failed, resolved, summary } = await plan({ packages: ['only-new'] });
    const { error } = failed('8.2');
    for (const thing of ['only-new', 'oldstable', 'amd64', 'php 8.2']) expect(error.message).toContain(thing);
    expect(resolved('8.4').architectures).toHaveLength(2);
    expect(error.hint).toBe('stable has only-new 1.0.');
    expect(summary.lines['8.2']).toMatchObject({ error: `${error.message}; ${error.hint ?? ''}`, tags: [] });
    expect(summary.lines['8.4']?.tags).toContain('latest');
  });

  it('names the architecture that lacks a package', async () => {
    const { failed } = await plan({ packages: ['only-amd64'] });
    expect(failed('8.4').error.message).toMatch(/arm64.*only-amd64/u);
    expect(failed('8.4').error.message).not.toMatch(/\bamd64\)/u);
    const { resolved } = await plan({ packages: ['only-amd64'], architectures: ['amd64'] });
    expect(resolved('8.4').architectures.map(({ architecture }) => architecture)).toEqual(['amd64']);
  });

  it('takes the lines that are asked for alone', async () => {
    const { plan: whole, summary } = await plan({ lines: ['8.2'] });
    expect(whole.lines.map(({ line }) => line)).toEqual(['8.2']);
    expect(summary.lines['8.2']?.tags).toEqual(['8.2.29', '8.2', '8', 'latest']);
  });

  it('warns when an architecture is behind, as on a mirror half-way through an update', async () => {
    const [ahead, behind] = ['8.4.12', '8.4.11'].map((version) => everywhere('php8.4-cli', version));
    const halfWay = await openSmallWorld(standardContent({ stable: [ahead![0]!, behind![1]!] }));
    try {
      const { plan: whole } = await planImage(halfWay.creator(), requestFor());
      expect(resolvedLine(whole, '8.4').version).toBe('8.4.12');
      expect(resolvedLine(whole, '8.4').warnings).toEqual([
        expect.stringMatching(/php8\.4-cli is 8\.4\.11 on arm64.*8\.4\.12/u),
      ]);
      expect(resolvedLine(whole, '8.2').warnings).toEqual([]);
    } finally {
      await halfWay.close();
    }
  });
});

describe('the identity of a plan', () => {
  it('is the same when it is made twice, with another cache and in another order of keys', async () => {
    const first = await plan({ environment: { A: '1', B: '2' } });
    const cold = world.creator({ cache: 'another' });
    const second = await planImage(cold, requestFor({ environment: { B: '2', A: '1' } }));
    expect(second.digest).toBe(first.digest);
    expect(await loadPlan(cold.store, second.digest)).toEqual(second.plan);
  });

  it('does not know where packages are fetched from', async () => {
    const { digest } = await plan({ packages: ['jq'] });
    const server = await serveFolder(world.mirror);
    try {
      const other = world.creator({ cache: 'served', mirror: server.url });
      const planned = await planImage(other, requestFor({ packages: ['jq'] }));
      expect(planned.digest).toBe(digest);
      const [first] = resolvedLine(planned.plan, '8.4').architectures[0]!.packages;
      expect(first?.package.archive.url).toMatch(new RegExp(`^${server.url}/pool/`, 'u'));
    } finally {
      await server.close();
    }
  });

  it('is that of the newest mirror it was planned with, when the first is gone', async () => {
    const { digest } = await plan();
    const moved = path.join(world.folder, 'moved');
    await rename(world.mirror, moved);
    try {
      const url = pathToFileURL(moved).href;
      const again = world.creator({ mirror: url });
      expect((await planImage(again, requestFor())).digest).toBe(digest);
      const [first] = resolvedLine(await loadPlan(again.store, digest), '8.2').architectures[0]!.packages;
      expect(first?.package.archive.url.startsWith(`${url}/pool/`)).toBe(true);
    } finally {
      await rename(moved, world.mirror);
    }
  });

  it.each<[string, Partial<ImageRequest>]>([
    ['a package', { packages: ['jq'] }],
    ['a variable', { environment: { KEY: 'value' } }],
    ['a variable that is called as a field of ours', { environment: { url: 'value' } }],
    ['the description', { description: 'What it is for.' }],
    ['the lines', { lines: ['8.4'] }],
    ['the architectures', { architectures: ['amd64'] }],
    ['the name', { name: 'other' }],
  ])('changes with %s', async (_, changes) => {
    expect((await plan(changes)).digest).not.toBe((await plan()).digest);
  });

  it('changes with the value of any variable', async () => {
    const digests = await Promise.all(
      ['url', 'archive', 'KEY'].flatMap((key) =>
        ['one', 'two'].map(async (value) => (await plan({ environment: { [key]: value } })).digest),
      ),
    );
    expect(new Set(digests).size).toBe(6);
  });
});
