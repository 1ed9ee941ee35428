/** A two-line image is published to a registry that fails in every way at every request: running again converges, and no tag is ever on an incomplete image. */
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

/**
 * Publishes over what stood before, on a day with a fault at request `at` and at each that is `every` later, again and again until it is
 * done. Gives what is wrong then, or was on the way.
 */
async function publishOnBadDay(
  fault: Fault,
  at: number,
  every: number,
  manner: RegistryManner,
  { before, count, expected }: HealthyUpdate,
): Promise<readonly string[]> {
  const wrong = new Set<string>();
  const times = Math.ceil((count - at) / every);
  const look = (request: string): void => {
    // What a reader finds changes only with a manifest or a tag.
    if (!/^(?:PUT|DELETE) .*\/manifests\//u.test(request)) return;
    for (const image of incompleteImages(registry, '53/web')) wrong.add(image);
  };
  const registry = await startFaultyRegistry({ fault, at, times, every }, look, manner);
  copyRepository(before, registry, '53/web');
  try {
    // A line that failed leaves the others published, which is no error.
    for (let tries = 0; ; tries += 1) {
      const error: unknown = await publish(registry, plans.update).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error !== undefined && !isPrivateImageError(error)) wrong.add(`not one of ours: ${describeError(error)}`);
      if (error === undefined && JSON.stringify(seen(registry)) === JSON.stringify(expected)) break;
      if (tries < times) continue;
      wrong.add(`did not converge: ${describeError(error)}, ${JSON.stringify(seen(registry))}`);
      break;
    }
    return [...wrong].map((text) => `${fault} at request ${at}: ${text}`);
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

/** After these a publish gives up: a day has one of them alone, for what would come after it is another publish. */
const final: readonly Fault[] = ['401', '404', 'wrong digest', 'wrong content'];
/** The others are gone with the next try: so many requests lie between two of them, and every request meets one on one of as many days. */
const pause = 10;

describe.each<[string, RegistryManner]>([
  ['with everything', {}],
  ['without referrers', { referrersApi: false }],
])('an update in a registry %s that fails', (_, manner) => {
  let healthy: HealthyUpdate;
  beforeAll(async () => {
    healthy = await healthyUpdate(manner);
  });

  it.each(faults)('at any request, with %s', async (fault) => {
    expect(healthy.count).toBeGreaterThan(50);
    const every = final.includes(fault) ? healthy.count : pause;
    const limit = pLimit(4);
    const days = Array.from({ length: every }, (_one, at) =>
      limit(() => publishOnBadDay(fault, at, every, manner, healthy)),
    );
    expect((await Promise.all(days)).flat()).toEqual([]);
  });
});
