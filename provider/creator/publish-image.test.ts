import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/fixtures/error-of.js';
import { fileStamps } from '../../tests/fixtures/file-stamps.js';
import {
  everywhere,
  openSmallWorld,
  requestFor,
  type SmallWorld,
  standardContent,
} from '../../tests/fixtures/small-world.js';
import { openLayout } from '../registry/layout.js';
import { validateLayout } from '../image/validate-layout.js';
import { cyclonedxMediaType } from '../sbom/cyclonedx.js';
import { spdxMediaType } from '../sbom/spdx.js';
import type { Progress } from '../support/progress.js';
import { planImage } from './plan-image.js';
import { planArtifactType } from './publish-line.js';
import { publishImage } from './publish-image.js';
import { readImage } from './read-image.js';
import type { ImageRequest } from './request.js';

describe('publishImage', () => {
  let world: SmallWorld;
  beforeEach(async () => {
    world = await openSmallWorld();
  });
  afterEach(() => world.close());

  const claim = { owner: 'resource-1', traceId: 'trace-1' };

  /** Plans and publishes as a run of a program does. */
  async function publish(changes: Partial<ImageRequest> = {}) {
    const creator = world.creator();
    const { digest } = await planImage(creator, requestFor({ architectures: ['amd64'], ...changes }));
    return publishImage(creator, digest, claim);
  }

  function repository() {
    return openLayout(path.join(world.folder, 'registry', '53', 'web'));
  }

  async function tags(): Promise<Record<string, string>> {
    return Object.fromEntries((await repository().tags()).map(({ tag, digest }) => [tag, digest]));
  }

  /** The standard mirror after an update of PHP 8.4, dated later. */
  async function updatePrimary(): Promise<void> {
    world.now = new Date('2026-03-01T10:00:00Z');
    const updated = everywhere('php8.4-cli', '8.4.13', { Depends: 'libworld (>= 2.0)' });
    await world.write(standardContent({ stable: updated }), { date: new Date('2026-02-28T00:00:00Z') });
  }

  it('tells what it does: each thing that begins, and the steps of it up to all packages and all bytes', async () => {
    const told: Progress[] = [];
    const creator = world.creator({ report: (progress) => told.push(progress) });
    const { digest } = await planImage(creator, requestFor({ lines: ['8.4'], architectures: ['amd64'] }));
    await publishImage(creator, digest, claim);
    const begun = told.filter(({ kind, isStep }) => kind === 'status' && isStep !== true).map(({ message }) => message);
    expect(begun).toEqual([
      'reading Debian oldstable, stable',
      'resolving php 8.4',
      'building php 8.4 amd64',
      'publishing php 8.4',
      expect.stringMatching(/^tagging .*: \d+ tags$/u),
    ]);
    const steps = told.filter(({ isStep }) => isStep === true).map(({ message }) => message);
    expect(steps).toEqual(
      expect.arrayContaining(['fetching packages 3/3', 'building php 8.4 amd64: laying out packages 3/3']),
    );
    const [, pushed, whole] = /^publishing php 8\.4: (.+) of (.+)$/u.exec(steps.at(-1) ?? '') ?? [];
    expect(pushed).toBe(whole);
    expect(pushed).toMatch(/^[1-9].* k?B$/u);
  });

  it('tags the version, the line, the major number and latest, and each digest with a tag of its own', async () => {
    const image = await publish();
    expect(image.status).toBe('created');
    const [old, now] = image.lines.map((line) => line.digest);
    const standing = await tags();
    expect(standing).toEqual({
      '8.2.29': old,
      '8.2': old,
      '8.2.29-20260201100000': old,
      '8.4.12': now,
      '8.4': now,
      '8': now,
      latest: now,
      '8.4.12-20260201100000': now,
      'private-image': expect.stringMatching(/^sha256:/u),
    });
    expect(image.tags).toEqual(Object.fromEntries(Object.entries(standing).filter(([tag]) => tag !== 'private-image')));
    expect(image.latest).toBe(now);
    expect(image.lines[1]?.tags).toEqual(['8.4.12-20260201100000', '8.4.12', '8.4', '8', 'latest']);
    expect((await validateLayout(repository())).faults).toEqual([]);
  });

  it('writes nothing a second time, in another process and later', async () => {
    const first = await publish({ packages: ['jq'] });
    const before = await fileStamps(path.join(world.folder, 'registry'));
    world.now = new Date('2026-04-01T10:00:00Z');
    const second = await publish({ packages: ['jq'] });
    expect(second).toEqual(first);
    expect(await fileStamps(path.join(world.folder, 'registry'))).toEqual(before);
  });

  it('writes nothing a second time from a cache that knows nothing', async () => {
    const first = await publish();
    const before = await fileStamps(path.join(world.folder, 'registry'));
    const cold = world.creator({ cache: 'cold' });
    const { digest } = await planImage(cold, requestFor({ architectures: ['amd64'] }));
    expect(await publishImage(cold, digest, { owner: claim.owner, traceId: 'trace-2' })).toEqual(first);
    expect(await fileStamps(path.join(world.folder, 'registry'))).toEqual(before);
  });

  it('moves the floating tags with an update of the primary package, and loses no digest', async () => {
    const first = await publish();
    const before = first.lines[1]!.digest;
    await updatePrimary();
    const second = await publish();
    const after = second.lines[1]!.digest;
    expect(second.lines[1]).toMatchObject({ version: '8.4.13', status: 'built' });
    expect(second.lines[0]?.digest).toBe(first.lines[0]?.digest);
    expect(await tags()).toMatchObject({
      '8.4.12': before,
      '8.4.12-20260201100000': before,
      '8.4.13': after,
      '8.4.13-20260301100000': after,
      '8.4': after,
      '8': after,
      latest: after,
    });
    expect(after).not.toBe(before);
    expect(await repository().getManifest(before!)).toBeDefined();
    expect((await validateLayout(repository())).faults).toEqual([]);
  });

  it('keeps the version tag with another change, and gives the new digest a timestamp tag', async () => {
    const first = await publish();
    world.now = new Date('2026-02-02T10:00:00Z');
    const second = await publish({ environment: { KEY: 'value' } });
    const [before, after] = [first, second].map((image) => image.lines[1]!.digest);
    expect(await tags()).toMatchObject({
      '8.4.12': after,
      latest: after,
      '8.4.12-20260201100000': before,
      '8.4.12-20260202100000': after,
    });
    world.now = new Date('2026-02-03T10:00:00Z');
    await publish();
    const back = await tags();
    expect(back['8.4.12']).toBe(before);
    expect(Object.keys(back).filter((tag) => tag.startsWith('8.4.12-'))).toEqual([
      '8.4.12-20260201100000',
      '8.4.12-20260202100000',
    ]);
  });

  it('gives two digests of one second two timestamp tags', async () => {
    await publish({ lines: ['8.4'] });
    await publish({ lines: ['8.4'], environment: { KEY: 'value' } });
    expect(Object.keys(await tags())).toEqual(
      expect.arrayContaining(['8.4.12-20260201100000', '8.4.12-20260201100001']),
    );
  });

  it('puts plan and SBOMs beside each line, at the addresses it gives', async () => {
    const image = await publish({ packages: ['jq'], architectures: undefined });
    const home = repository();
    for (const line of image.lines) {
      const types = (await home.referrers(line.digest!)).map((referrer) => referrer.artifactType);
      expect(types.sort()).toEqual([cyclonedxMediaType, planArtifactType, spdxMediaType].sort());
      const whole = spdx(await readFile(fileURLToPath(line.sbomUrl!), 'utf8'));
      expect(whole.spdxVersion).toBe('SPDX-2.3');
      expect(Object.keys(line.sbomUrls)).toEqual(['amd64', 'arm64']);
      for (const [architecture, url] of Object.entries(line.sbomUrls)) {
        const { packages } = spdx(await readFile(fileURLToPath(url), 'utf8'));
        const purls = packages.flatMap((one) => (one.externalRefs ?? []).map((ref) => ref.referenceLocator));
        expect(
          purls.filter((purl) => /\/jq@1\.[67]\b/u.test(purl) && purl.includes(`arch=${architecture}`)),
        ).toHaveLength(1);
      }
    }
  });

  it('reads back what it has published', async () => {
    const image = await publish({ packages: ['jq', 'php-lua-auto'] });
    expect(await readImage(world.creator({ cache: 'empty' }), 'web')).toEqual(image);
    expect(await readImage(world.creator(), 'other')).toBeUndefined();
  });

  it('gives no line a build twice when two creators publish at the same time', async () => {
    const creators = [world.creator(), world.creator({ cache: 'another' })];
    const images = await Promise.all(
      creators.map(async (creator, index) => {
        const { digest } = await planImage(creator, requestFor({ packages: ['jq'] }));
        return publishImage(creator, digest, { owner: `owner-${index}`, traceId: `trace-${index}` });
      }),
    );
    expect(images[1]?.lines.map((line) => line.digest)).toEqual(images[0]?.lines.map((line) => line.digest));
    expect((await validateLayout(repository())).faults).toEqual([]);
    expect((await tags())['latest']).toBe(images[0]?.latest);
  });

  it('says that the plan is not there when the cache was emptied between planning and building', async () => {
    const planned = await planImage(world.creator(), requestFor());
    const error = await errorOf(publishImage(world.creator({ cache: 'empty' }), planned.digest, claim));
    expect(error).toMatchObject({ code: 'plan/missing', message: expect.stringContaining(planned.digest) as string });
    expect(error.hint).toMatch(/run again/u);
  });
});

function spdx(text: string): {
  spdxVersion: string;
  packages: { name: string; externalRefs?: { referenceLocator: string }[] }[];
} {
  return JSON.parse(text) as ReturnType<typeof spdx>;
}
