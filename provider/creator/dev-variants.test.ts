import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { filenameOf } from '../../tests/fixtures/debian-mirror.js';
import {
  everywhere,
  openSmallWorld,
  requestFor,
  type SmallWorld,
  standardContent,
  withDevPackages,
} from '../../tests/fixtures/small-world.js';
import { validateLayout } from '../image/validate-layout.js';
import { openLayout } from '../registry/layout.js';
import { spdxMediaType } from '../sbom/spdx.js';
import { isPrivateImageError } from '../support/errors.js';
import type { Plan, ResolvedLine, VariantPlan } from './plan.js';
import { planImage } from './plan-image.js';
import { loadPlan } from './plan-store.js';
import { publishImage } from './publish-image.js';
import { planArtifactType } from './publish-line.js';
import { readImage } from './read-image.js';
import type { ImageRequest } from './request.js';
import { readStandingRequest } from './standing-request.js';
import { devOf, productionOf } from './variant.js';

let world: SmallWorld;
afterEach(() => world.close());

/** A world in which `php` has dev variants with these packages. */
async function open(...packages: readonly string[]): Promise<void> {
  world = await openSmallWorld(standardContent(), withDevPackages(...packages));
}

async function plan(changes: Partial<ImageRequest> = {}, creator = world.creator()) {
  const planned = await planImage(creator, requestFor({ architectures: ['amd64'], ...changes }));
  return { ...planned, line: (name: string) => lineOf(planned.plan, name) };
}

function lineOf(of: Plan, name: string): ResolvedLine {
  const found = of.lines.find(({ line }) => line === name);
  if (found?.status !== 'resolved') throw new Error(`${name}: ${found?.error.message ?? 'is not in the plan'}`);
  return found;
}

function resolvedDev({ dev }: ResolvedLine): VariantPlan {
  if (dev?.status !== 'resolved') throw new Error(dev?.error.message ?? 'there is no dev variant');
  return dev;
}

async function publish(changes: Partial<ImageRequest> = {}, creator = world.creator()) {
  const { digest } = await plan(changes, creator);
  return publishImage(creator, digest, { owner: 'resource-1', traceId: 'trace-1' });
}

function repository() {
  return openLayout(path.join(world.folder, 'registry', '53', 'web'));
}

async function tags(): Promise<Record<string, string>> {
  const pointers = await repository().tags();
  return Object.fromEntries(
    pointers.filter(({ tag }) => tag !== 'private-image').map(({ tag, digest }) => [tag, digest]),
  );
}

describe('the plan of a dev variant', () => {
  it('has what production has, in the same versions and for the same reasons, and its own packages beside', async () => {
    await open('jq');
    const line = (await plan({ packages: ['php-curl-auto'] })).line('8.4');
    const [production] = line.architectures;
    const [dev] = resolvedDev(line).architectures;
    const own = dev!.packages.filter(({ from }) => from === 'dev');
    expect(dev!.packages.filter(({ from }) => from !== 'dev')).toEqual(production!.packages);
    expect(own).toMatchObject([
      { package: { name: 'jq', version: '1.7' }, reason: 'starter', because: 'jq', dependsOn: ['libjq'] },
      { package: { name: 'libjq' }, reason: 'dependency', because: 'jq' },
    ]);
  });

  it('takes the versions of production where others would meet its own packages as well', async () => {
    const older = everywhere('jq', '1.5', { Depends: 'libjq' });
    world = await openSmallWorld(standardContent(), withDevPackages('jq', 'libjq'));
    await world.write({ stable: [...standardContent()['stable']!, ...older] });
    const line = (await plan({ packages: ['jq=1.5'] })).line('8.4');
    const versions = resolvedDev(line).architectures[0]!.packages.map(
      (one) => `${one.package.name}=${one.package.version}`,
    );
    expect(versions).toContain('jq=1.5');
    expect(versions).not.toContain('jq=1.7');
  });

  it('has really what production only assumes, and no word of it', async () => {
    const starters = withDevPackages('jq') as { php: object };
    world = await openSmallWorld(standardContent(), { php: { ...starters.php, 'assumed-present': ['libworld'] } });
    const line = (await plan()).line('8.4');
    expect(line.architectures[0]).toMatchObject({ assumed: [{ name: 'libworld', requiredBy: ['php8.4-cli'] }] });
    const [dev] = resolvedDev(line).architectures;
    expect(dev!.assumed).toEqual([]);
    const byName = new Map(dev!.packages.map((one) => [one.package.name, one]));
    expect(byName.get('libworld')).toMatchObject({ from: 'dev', reason: 'dependency', because: 'php8.4-cli' });
    expect(byName.get('php8.4-cli')?.dependsOn).toContain('libworld');
    expect(line.architectures[0]!.packages.find((one) => one.package.name === 'php8.4-cli')?.dependsOn).not.toContain(
      'libworld',
    );
  });

  it('tells apt of the public repositories, whatever mirror it was planned from', async () => {
    await open('jq');
    const sources = resolvedDev((await plan()).line('8.4')).image.packageManager?.sources;
    expect(sources).toContain('URIs: http://ftp.debian.org/debian\nSuites: stable\nComponents: main\n');
    expect(sources).toContain('Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n');
    expect(sources).not.toContain(world.folder);
    expect((await plan()).line('8.4').image.packageManager).toBeUndefined();
  });

  it('fails alone: production is planned all the same, with a word about it', async () => {
    await open('jq', 'only-new');
    const { plan: whole, summary, line } = await plan();
    expect(line('8.2').dev).toMatchObject({ status: 'failed', error: { code: 'plan/conflict' } });
    expect(line('8.2').dev).toMatchObject({
      error: { message: expect.stringMatching(/8\.2 .*dev.*only-new/u) as string },
    });
    expect(resolvedDev(line('8.4')).architectures).toHaveLength(1);
    expect(whole.lines.map(({ status }) => status)).toEqual(['resolved', 'resolved']);
    expect(summary.lines['8.2']).toMatchObject({
      tags: ['8.2.29', '8.2'],
      dev: { error: expect.stringContaining('only-new') as string },
    });
    expect(summary.lines['8.4']?.dev).toEqual({ packages: 6 });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['switched off', () => open('jq')],
    ['without packages of its own', () => open()],
  ])('is none when %s', async (why, make) => {
    await make();
    const environment = why === 'switched off' ? { PRIVATE_IMAGE_DEV_VARIANTS: 'false' } : {};
    const { line, summary } = await plan({}, world.creator({ environment }));
    expect(line('8.4').dev).toBeUndefined();
    expect(summary.lines['8.4']).not.toHaveProperty('dev');
  });

  it('is part of the identity of a plan, and none of the identity of production', async () => {
    await open('jq');
    const off = await plan({}, world.creator({ environment: { PRIVATE_IMAGE_DEV_VARIANTS: 'false' } }));
    const on = await plan();
    expect(on.digest).not.toBe(off.digest);
    expect(productionOf(on.line('8.4'))).toEqual(productionOf(off.line('8.4')));
    expect(devOf(off.line('8.4'))).toBeUndefined();
  });

  it('of an older form of plans that was kept is as good as lost', async () => {
    await open('jq');
    const { store } = world.creator();
    const { digest, plan: whole } = await plan();
    const before = await store.put(JSON.stringify({ ...whole, version: 1 }));
    await store.remember('plan', digest, before.digest);
    const error: unknown = await loadPlan(store, digest).catch((cause: unknown) => cause);
    expect(isPrivateImageError(error, 'plan/missing')).toBe(true);
  });
});

describe('a published dev variant', () => {
  it('has every tag of production with its suffix, SBOMs and a plan of its own', async () => {
    await open('jq');
    const image = await publish();
    const [, line] = image.lines;
    const { digest, dev } = line!;
    expect(await tags()).toMatchObject({
      '8.4.12': digest,
      '8.4.12-20260201100000': digest,
      latest: digest,
      '8.4.12-dev': dev?.digest,
      '8.4-dev': dev?.digest,
      '8-dev': dev?.digest,
      'latest-dev': dev?.digest,
      '8.4.12-20260201100000-dev': dev?.digest,
      '8.2.29-dev': image.lines[0]?.dev?.digest,
    });
    expect(dev?.digest).not.toBe(digest);
    expect(image.tags).toEqual(await tags());
    expect(line).toMatchObject({
      tags: ['8.4.12-20260201100000', '8.4.12', '8.4', '8', 'latest'],
      dev: {
        status: 'built',
        tags: ['8.4.12-20260201100000-dev', '8.4.12-dev', '8.4-dev', '8-dev', 'latest-dev'],
      },
    });
    const types = (await repository().referrers(dev!.digest!)).map((referrer) => referrer.artifactType);
    expect(types).toEqual(expect.arrayContaining([planArtifactType, spdxMediaType]));
    expect(dev?.sbomUrl).not.toBe(line?.sbomUrl);
    expect(Object.keys(dev!.sbomUrls)).toEqual(['amd64']);
    expect((await validateLayout(repository())).faults).toEqual([]);
  });

  it('leaves production as it is without one', async () => {
    await open('jq');
    const off = await publish(
      {},
      world.creator({ registry: 'other', environment: { PRIVATE_IMAGE_DEV_VARIANTS: 'false' } }),
    );
    const on = await publish({}, world.creator({ cache: 'cold' }));
    expect(on.lines.map((line) => line.digest)).toEqual(off.lines.map((line) => line.digest));
    expect(off.lines.map((line) => line.dev)).toEqual([undefined, undefined]);
    expect(Object.keys(off.tags).filter((tag) => tag.endsWith('-dev'))).toEqual([]);
  });

  it('is read back as it was published, and from it what was asked for', async () => {
    await open('jq');
    const asked = { packages: ['php-curl-auto'], setuidPrograms: ['/usr/bin/sudo', '/usr/bin/su'] };
    const image = await publish(asked);
    expect(await readImage(world.creator({ cache: 'empty' }), 'web')).toEqual(image);
    const { digest } = await plan(asked);
    const standing = await readStandingRequest(world.creator(), 'web');
    expect(standing?.plan.digest).toBe(digest);
    expect(standing?.request.packages).toEqual(['php-curl-auto']);
    expect(standing?.request.setuidPrograms).toEqual(['/usr/bin/su', '/usr/bin/sudo']);
  });

  it('is written once', async () => {
    await open('jq');
    const first = await publish();
    world.now = new Date('2026-04-01T10:00:00Z');
    expect(await publish()).toEqual(first);
  });

  it('moves with production, and loses no digest', async () => {
    await open('jq');
    const before = (await publish()).lines[1]!;
    world.now = new Date('2026-03-01T10:00:00Z');
    const updated = everywhere('php8.4-cli', '8.4.13', { Depends: 'libworld (>= 2.0)' });
    await world.write(standardContent({ stable: updated }), { date: new Date('2026-02-28T00:00:00Z') });
    const after = (await publish()).lines[1]!;
    expect(await tags()).toMatchObject({
      '8.4.12-dev': before.dev?.digest,
      '8.4.12-20260201100000-dev': before.dev?.digest,
      '8.4.13': after.digest,
      '8.4.13-dev': after.dev?.digest,
      '8.4.13-20260301100000-dev': after.dev?.digest,
      'latest-dev': after.dev?.digest,
    });
    expect(after.dev).toMatchObject({ status: 'built', version: '8.4.13' });
  });
});

describe('a dev variant that fails', () => {
  it('in the plan: its line is published without it, and says so', async () => {
    await open('jq', 'only-new');
    const image = await publish();
    expect(image.status).toBe('created');
    const [old, now] = image.lines;
    expect(old).toMatchObject({
      status: 'built',
      error: undefined,
      dev: { status: 'failed', digest: undefined, tags: [], error: { code: 'plan/conflict' } },
      warnings: [expect.stringMatching(/dev variant was not built.*only-new/u)],
    });
    expect(now).toMatchObject({ dev: { status: 'built' }, warnings: [] });
    expect(Object.keys(await tags()).filter((tag) => tag.startsWith('8.2'))).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/-dev$/u)]),
    );
  });

  it('in the build: production goes on, and its own tags stay where they were', async () => {
    await open('jq');
    const first = (await publish()).lines[1]!;
    world.now = new Date('2026-03-01T10:00:00Z');
    const updated = everywhere('php8.4-cli', '8.4.13', { Depends: 'libworld (>= 2.0)' });
    await world.write(standardContent({ stable: updated }), { date: new Date('2026-02-28T00:00:00Z') });
    for (const one of everywhere('jq', '1.7')) await writeFile(path.join(world.mirror, filenameOf(one)), 'no archive');
    const image = await publish({}, world.creator({ cache: 'cold' }));
    const line = image.lines[1]!;
    expect(image.status).toBe('created');
    expect(line).toMatchObject({
      status: 'built',
      version: '8.4.13',
      warnings: [expect.stringMatching(/dev variant was not built.*jq 1\.7/u)],
      dev: {
        status: 'kept',
        version: '8.4.12',
        digest: first.dev?.digest,
        sbomUrl: first.dev?.sbomUrl,
        error: { code: 'package/wrong-checksum' },
      },
    });
    expect(await tags()).toMatchObject({
      latest: line.digest,
      'latest-dev': first.dev?.digest,
      '8.4-dev': first.dev?.digest,
      '8.4.12-dev': first.dev?.digest,
    });
    expect(await tags()).not.toHaveProperty(['8.4.13-dev']);
  });

  it('with its line: both keep their last good build', async () => {
    await open('jq');
    const first = (await publish()).lines[1]!;
    const kept = (await publish({ packages: ['only-old'] })).lines[1]!;
    expect(kept).toMatchObject({ status: 'kept', digest: first.digest, error: { code: 'plan/conflict' } });
    expect(kept.dev).toMatchObject({
      status: 'kept',
      digest: first.dev?.digest,
      tags: first.dev?.tags,
      error: undefined,
    });
    expect((await tags())['latest-dev']).toBe(first.dev?.digest);
  });

  it('stays where it was when dev variants are switched off', async () => {
    await open('jq');
    const first = (await publish()).lines[1]!;
    world.now = new Date('2026-03-01T10:00:00Z');
    const image = await publish(
      { environment: { KEY: 'value' } },
      world.creator({ environment: { PRIVATE_IMAGE_DEV_VARIANTS: '0' } }),
    );
    expect(image.lines[1]).toMatchObject({ status: 'built', dev: undefined });
    expect(await tags()).toMatchObject({ latest: image.latest, 'latest-dev': first.dev?.digest });
    expect(image.latest).not.toBe(first.digest);
  });
});
