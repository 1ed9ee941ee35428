/** A two-line image is published to a registry that fails: running again converges, and no tag is ever on an incomplete image. */
import { generateKeyPairSync } from 'node:crypto';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenCreator } from '../../provider/creator/open-creator.js';
import type { Plan } from '../../provider/creator/plan.js';
import { planImage } from '../../provider/creator/plan-image.js';
import { publishPlan } from '../../provider/creator/publish-image.js';
import type { Repository } from '../../provider/registry/registry.js';
import { describeError, isPrivateImageError } from '../../provider/support/errors.js';
import { openSmallWorld, requestFor, type SmallWorld } from '../fixtures/small-world.js';
import { copyRepository, incompleteImages } from '../registry/complete-image.js';
import { type Fault, faults, startFaultyRegistry } from '../registry/faulty-registry.js';
import type { MemoryRegistry } from '../registry/memory-registry.js';
import { openTestRepository } from '../registry/open-test-repository.js';
import type { RegistryManner } from '../registry/stored-repository.js';

const claim = { owner: 'resource-1', traceId: 'trace-1' };
let world: SmallWorld;
let creator: OpenCreator;
/** What is published first, and what an update makes of it. */
let plans: { readonly first: Plan; readonly update: Plan };

beforeAll(async () => {
  world = await openSmallWorld();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = await world.file('signing.key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  creator = world.creator({ environment: { PRIVATE_IMAGE_SIGNING_KEY: key } });
  const plan = async (packages: readonly string[]): Promise<Plan> =>
    (await planImage(creator, requestFor({ architectures: ['amd64'], packages }))).plan;
  plans = { first: await plan([]), update: await plan(['jq']) };
});
afterAll(() => world.close());

function open(registry: MemoryRegistry): Repository {
  return openTestRepository(registry, '53/web', {
    patience: { pause: 1, longestPause: 5, silence: 150, connectTimeout: 1000 },
  });
}

function publish(registry: MemoryRegistry, plan: Plan): Promise<unknown> {
  return publishPlan(creator, plan, open(registry), claim);
}

/**
 * Tag to digest without the history, whose names are times. Of a list of referrers that it is there: no two signatures of a thing are
 * the same, so neither are the lists.
 */
function seen(registry: MemoryRegistry): Readonly<Record<string, string>> {
  const tags = [...registry.repository('53/web').tags].filter(([tag]) => !/-\d{14}$/u.test(tag));
  const told = tags.map(([tag, digest]): readonly [string, string] =>
    /^sha256-[0-9a-f]{64}$/u.test(tag) ? [tag, 'a list'] : [tag, digest],
  );
  return Object.fromEntries(told.sort());
}

/** Publishes with a fault over what stood before, then again without. Gives what is wrong then, or was on the way. */
async function publishTwice(
  fault: Fault,
  at: number,
  manner: RegistryManner,
  { before, expected }: HealthyUpdate,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const plan = { fault, at, times: 1 };
  const registry = await startFaultyRegistry(plan, () => wrong.push(...incompleteImages(registry, '53/web')), manner);
  copyRepository(before, registry, '53/web');
  try {
    const first: unknown = await publish(registry, plans.update).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (first !== undefined && !isPrivateImageError(first)) wrong.push(`not one of ours: ${describeError(first)}`);
    plan.at = Infinity;
    await publish(registry, plans.update);
    if (JSON.stringify(seen(registry)) !== JSON.stringify(expected)) {
      wrong.push(`did not converge: ${JSON.stringify(seen(registry))}`);
    }
    return [...new Set(wrong)].map((text) => `${fault} at request ${at}: ${text}`);
  } catch (error) {
    return [...wrong, `${fault} at request ${at}, again: ${describeError(error)}`];
  } finally {
    await registry.close();
  }
}

/** An update as it goes where nothing fails. */
interface HealthyUpdate {
  /** What stands before it. */
  readonly before: MemoryRegistry;
  /** How many requests it sends. */
  readonly count: number;
  /** Where the tags are in the end. */
  readonly expected: Readonly<Record<string, string>>;
}

async function healthyUpdate(manner: RegistryManner): Promise<HealthyUpdate> {
  const nothing = { fault: '500' as const, at: Infinity, times: 0 };
  const before = await startFaultyRegistry(nothing, () => undefined, manner);
  await publish(before, plans.first);
  const after = await startFaultyRegistry(nothing, () => undefined, manner);
  copyRepository(before, after, '53/web');
  await publish(after, plans.update);
  await Promise.all([before.close(), after.close()]);
  return { before, count: after.requests.length, expected: seen(after) };
}

/** Every request meets several of the faults, and where all are tried one meets every request: all of all takes half an hour. */
const stride = 4;
const everywhere: Fault = '500';

const cases: readonly (readonly [string, RegistryManner, readonly Fault[]])[] = [
  ['with everything', {}, faults],
  ['without referrers', { referrersApi: false }, ['500', 'lost']],
];

describe.each(cases)('an update in a registry %s that fails', (_, manner, tried) => {
  it.each(tried)('once, at any request, with %s', async (fault) => {
    const healthy = await healthyUpdate(manner);
    expect(healthy.count).toBeGreaterThan(50);
    const limit = pLimit(4);
    const indices = Array.from({ length: healthy.count }, (_one, index) => index).filter(
      (index) =>
        (fault === everywhere && tried.length === faults.length) || index % stride === faults.indexOf(fault) % stride,
    );
    const runs = indices.map((index) => limit(() => publishTwice(fault, index, manner, healthy)));
    expect((await Promise.all(runs)).flat()).toEqual([]);
  });
});
