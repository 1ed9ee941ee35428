import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeApk } from '../packages/apk/testing/apk-maker.js';
import type { MadePackage } from '../packages/apk/testing/apk-maker.js';
import { takeApk } from '../packages/apk/testing/taken-apk.js';
import type { StoredApk } from '../packages/apk/stored-archive.js';
import { openStore } from '../store/open-store.js';
import { apkSegmentTask } from './apk-segment.js';
import type { Segment } from './segment.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'apk-segment-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface Taken {
  readonly stored: StoredApk;
  readonly controlSha1: string;
  segment(alone: boolean): Promise<Segment>;
}

async function take(spec: MadePackage): Promise<Taken> {
  const { name } = spec;
  const version = '1.0.0-r0';
  const { bytes, controlSha1 } = await makeApk(spec);
  const { stored } = await takeApk(openStore(folder), bytes, { name, version, controlSha1 });
  return {
    stored,
    controlSha1,
    segment: (alone) =>
      apkSegmentTask.run({
        storeRoot: folder,
        name,
        version,
        controlSha1,
        size: bytes.length,
        subject: `package ${name}`,
        settings: { exclude: [], directoryLinks: {}, setuid: [], dropped: [], alone },
      }),
  };
}

it('of a package that has a layer to itself is the data section as it stands', async () => {
  const one = await take({ name: 'one', files: { 'usr/bin/one': 'one' } });
  expect((await one.segment(true)).blob).toEqual(one.stored.data);
});

it.each([true, false])(
  'is never made of another package’s data, whatever the cache remembers; alone: %s',
  async (alone) => {
    const one = await take({ name: 'one', files: { 'usr/bin/one': 'one' } });
    const two = await take({ name: 'two', files: { 'usr/bin/two': 'two' } });
    await openStore(folder).remember('apk-archive', one.controlSha1, { ...one.stored, data: two.stored.data });
    await expect(one.segment(alone)).rejects.toMatchObject({ code: 'archive/contradiction' });
  },
);

it('says that an archive is gone from the cache', async () => {
  const one = await take({ name: 'one' });
  await rm(openStore(folder).pathOf(one.stored.data.digest));
  await expect(one.segment(true)).rejects.toMatchObject({ code: 'store/missing' });
});
