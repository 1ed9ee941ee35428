/** A process that publishes is killed at random moments: no tag is ever on an incomplete image, and running again converges. */
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { access, cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planImage } from '../../provider/creator/plan-image.js';
import { publishImage } from '../../provider/creator/publish-image.js';
import { validateLayout } from '../../provider/image/validate-layout.js';
import { openLayout } from '../../provider/registry/layout.js';
import type { Repository } from '../../provider/registry/registry.js';
import type { Digest } from '../../provider/support/digest.js';
import { openSmallWorld, requestFor, type SmallWorld } from '../fixtures/small-world.js';
import { copyRepository, incompleteImages } from '../registry/complete-image.js';
import { type MemoryRegistry, startMemoryRegistry } from '../registry/memory-registry.js';

const publisher = fileURLToPath(new URL('publish-process.mjs', import.meta.url));
const compiled = fileURLToPath(new URL('../../dist/provider/creator/open-creator.js', import.meta.url));
const claim = { owner: 'resource-1', traceId: 'trace-1' };
/** Of create and of update, in a registry and in a folder: 52 in all. */
const moments = 13;

let world: SmallWorld;
let signing: Readonly<Record<string, string>>;
let plans: { readonly create: Digest; readonly update: Digest };

beforeAll(async () => {
  await access(compiled);
  world = await openSmallWorld();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = await world.file('signing.key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  signing = { PRIVATE_IMAGE_SIGNING_KEY: key };
  const creator = world.creator({ environment: signing });
  const plan = async (packages: readonly string[]): Promise<Digest> =>
    (await planImage(creator, requestFor({ architectures: ['amd64'], packages }))).digest;
  plans = { create: await plan([]), update: await plan(['jq']) };
});
afterAll(() => world.close());

/** Publishes in a process of its own, which is killed `after` so many milliseconds of work, or never. Gives how long it worked. */
async function publishInProcess(registry: string, plan: Digest, after?: number): Promise<number> {
  const environment = world.environment({ environment: { ...signing, PRIVATE_IMAGE_REGISTRY: registry } });
  const job = { environment, workingDirectory: world.folder, now: world.now.toISOString(), plan };
  const child = spawn(process.execPath, [publisher, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const began = Date.now();
  if (after !== undefined) {
    await Promise.race([ended, wait(after)]);
    child.kill('SIGKILL');
  }
  const code = await ended;
  if (code !== null && code !== 0) throw new Error(errors);
  return Date.now() - began;
}

function publishHere(registry: string, plan: Digest) {
  return publishImage(world.creator({ environment: { ...signing, PRIVATE_IMAGE_REGISTRY: registry } }), plan, claim);
}

/** Moments over the whole time that a run takes and somewhat beyond, none of them twice. */
function randomMoments(whole: number): readonly number[] {
  return Array.from({ length: moments }, (_, index) => ((index + Math.random()) / moments) * whole * 1.1);
}

describe.each(['create', 'update'] as const)('killed during %s', (work) => {
  it('in a registry', async () => {
    const before = await startMemoryRegistry();
    if (work === 'update') await publishHere(`http://${before.host}`, plans.create);
    await before.close();
    const wrong: string[] = [];
    const start = async (): Promise<MemoryRegistry> => {
      const registry = await startMemoryRegistry({ after: () => wrong.push(...incompleteImages(registry, '53/web')) });
      copyRepository(before, registry, '53/web');
      return registry;
    };
    const healthy = await start();
    const whole = await publishInProcess(`http://${healthy.host}`, plans[work]);
    await healthy.close();
    const expected = withoutHistory(healthy.repository('53/web').tags);
    for (const moment of randomMoments(whole)) {
      const registry = await start();
      await publishInProcess(`http://${registry.host}`, plans[work], moment);
      await publishHere(`http://${registry.host}`, plans[work]);
      await registry.close();
      expect(withoutHistory(registry.repository('53/web').tags)).toEqual(expected);
    }
    expect([...new Set(wrong)]).toEqual([]);
  });

  it('in a folder', async () => {
    const template = path.join(world.folder, `template-${work}`);
    if (work === 'update') await publishHere(template, plans.create);
    const folder = path.join(world.folder, `killed-${work}`);
    const start = async (): Promise<void> => {
      await rm(folder, { recursive: true, force: true });
      if (work === 'update') await cp(template, folder, { recursive: true });
    };
    const repository = openLayout(path.join(folder, '53', 'web'));
    await start();
    const whole = await publishInProcess(folder, plans[work]);
    const expected = withoutHistory(await tagsOf(repository));
    for (const moment of randomMoments(whole)) {
      await start();
      await publishInProcess(folder, plans[work], moment);
      const killed = openLayout(path.join(folder, '53', 'web'));
      expect((await validateLayout(killed)).faults).toEqual([]);
      expect(await undocumented(killed)).toEqual([]);
      await publishHere(folder, plans[work]);
      const again = openLayout(path.join(folder, '53', 'web'));
      expect(withoutHistory(await tagsOf(again))).toEqual(expected);
      expect((await validateLayout(again)).faults).toEqual([]);
    }
  });
});

async function tagsOf(repository: Repository): Promise<ReadonlyMap<string, string>> {
  return new Map((await repository.tags()).map(({ tag, digest }) => [tag, digest]));
}

function withoutHistory(tags: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...tags].filter(([tag]) => !/-\d{14}$/u.test(tag)).sort());
}

/** The tags on images without SBOM or signature. */
async function undocumented(repository: Repository): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const { tag, digest } of await repository.tags()) {
    if (tag === 'private-image') continue;
    const types = (await repository.referrers(digest)).map(({ artifactType }) => artifactType);
    for (const type of ['application/spdx+json', 'application/vnd.dev.sigstore.bundle.v0.3+json']) {
      if (!types.includes(type)) missing.push(`${tag} has no ${type}`);
    }
  }
  return missing;
}
