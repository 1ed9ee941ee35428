import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../store/open-store.js';
import type { Store } from '../store/store.js';
import { digestSchema } from '../support/digest-schema.js';
import { type Digest, digestOf } from '../support/digest.js';
import { type Plan, planVersion } from './plan.js';
import { keepPlan, loadPlan } from './plan-store.js';

const plan: Plan = {
  version: planVersion,
  tenant: 'local',
  name: 'web',
  starter: 'python',
  distribution: 'debian',
  lines: [],
};

let root: string;
let store: Store;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'plan-store-'));
  store = openStore(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Where the plan lies. */
async function fileOf(digest: Digest): Promise<string> {
  return store.pathOf((await store.recall('plan', digest, digestSchema)) ?? digestOf(''));
}

describe('a plan in the store', () => {
  it('is found again under its digest', async () => {
    const digest = await keepPlan(store, plan);
    expect(await keepPlan(store, plan)).toBe(digest);
    expect(await loadPlan(store, digest)).toEqual(plan);
  });

  it.each<[string, (file: string) => Promise<void>]>([
    ['damaged', (file) => writeFile(file, 'damaged')],
    ['lost', (file) => rm(file)],
    ['forgotten', () => rm(path.join(root, 'facts'), { recursive: true })],
  ])('is kept anew when it was %s', async (_, harm) => {
    const digest = await keepPlan(store, plan);
    await harm(await fileOf(digest));
    expect(await keepPlan(store, plan)).toBe(digest);
    expect(await loadPlan(store, digest)).toEqual(plan);
  });

  it('is the last that was kept of those that differ in their mirror alone', async () => {
    const at = (url: string): Plan => ({ ...plan, lines: [{ archive: { url } }] as unknown as Plan['lines'] });
    const digest = await keepPlan(store, at('https://a.test/'));
    expect(await keepPlan(store, at('https://b.test/'))).toBe(digest);
    expect(await loadPlan(store, digest)).toEqual(at('https://b.test/'));
  });
});
