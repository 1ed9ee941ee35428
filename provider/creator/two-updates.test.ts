import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  everywhere,
  openSmallWorld,
  requestFor,
  type SmallWorld,
  standardContent,
} from '../../tests/fixtures/small-world.js';
import { incompleteTags } from '../../tests/registry/faulty-registry.js';
import { startMemoryRegistry } from '../../tests/registry/memory-registry.js';
import { impatience, openTestRepository } from '../../tests/registry/open-test-repository.js';
import { validateLayout } from '../image/validate-layout.js';
import { openLayout } from '../registry/layout.js';
import type { Repository } from '../registry/registry.js';
import type { OpenCreator } from './open-creator.js';
import type { Plan } from './plan.js';
import { planImage } from './plan-image.js';
import { publishPlan } from './publish-image.js';
import { hasTimestamp } from './tags.js';

const floating = ['8.2', '8.4', '8', 'latest'];
let world: SmallWorld;
let creator: OpenCreator;
/** Two plans of the same versions, and one in which PHP 8.4 is newer. */
let plans: { readonly one: Plan; readonly two: Plan; readonly newer: Plan };

beforeAll(async () => {
  world = await openSmallWorld();
  creator = world.creator();
  const plan = async (maker: OpenCreator, value: string): Promise<Plan> =>
    (await planImage(maker, requestFor({ architectures: ['amd64'], environment: { KEY: value } }))).plan;
  const [one, two] = [await plan(creator, 'one'), await plan(creator, 'two')];
  await publishPlan(creator, one, openLayout(path.join(world.folder, 'one')), undefined);
  const updated = everywhere('php8.4-cli', '8.4.13', { Depends: 'libworld (>= 2.0)' });
  await world.write(standardContent({ stable: updated }), { date: new Date('2026-01-20T00:00:00Z') });
  plans = { one, two, newer: await plan(world.creator({ cache: 'newer' }), 'newer') };
});
afterAll(() => world.close());

/** Publishes both at once, and gives what the tags point to: `one`, `two` or something else. */
async function publishBoth(
  open: () => Repository,
  first: Plan,
  second: Plan,
): Promise<Readonly<Record<string, string>>> {
  await Promise.all(
    [first, second].map((plan, index) =>
      publishPlan(creator, plan, open(), { owner: 'resource-1', traceId: `trace-${index}` }),
    ),
  );
  return Object.fromEntries((await open().tags()).map(({ tag, digest }) => [tag, digest]));
}

/** The digests of a plan by its floating tags. */
async function alone(plan: Plan, name: string): Promise<Readonly<Record<string, string>>> {
  const repository = openLayout(path.join(world.folder, name));
  await publishPlan(creator, plan, repository, { owner: 'resource-1', traceId: 'trace-1' });
  return Object.fromEntries((await repository.tags()).map(({ tag, digest }) => [tag, digest]));
}

function withoutHistory(tags: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries(tags).filter(([tag]) => !hasTimestamp(tag) && tag !== 'private-image'));
}

/** The tags are all of one writer, and each digest of either has a tag of its own. */
function expectOneWinner(
  tags: Readonly<Record<string, string>>,
  writers: readonly Readonly<Record<string, string>>[],
): void {
  expect(writers.map(withoutHistory)).toContainEqual(withoutHistory(tags));
  const history = Object.entries(tags).flatMap(([tag, digest]) => (hasTimestamp(tag) ? [digest] : []));
  for (const writer of writers) {
    for (const tag of floating) expect(history, `a timestamp tag on ${tag} of either`).toContain(writer[tag]);
  }
}

describe('two updates of one image at the same time', () => {
  it('in a registry: one wins whole, whichever is slower, and no digest is lost', async () => {
    const writers = [await alone(plans.one, 'alone-one'), await alone(plans.two, 'alone-two')];
    for (let round = 0; round < 12; round += 1) {
      // Answers come late by turns, each time in another order.
      const registry = await startMemoryRegistry({
        before: async (_request, _response, index) => {
          await delay((index * (round + 3)) % 4);
          return false;
        },
      });
      const open = () => openTestRepository(registry, '53/web', { patience: { ...impatience, pause: 5 } });
      const tags = await publishBoth(open, plans.one, plans.two);
      await registry.close();
      expectOneWinner(tags, writers);
      expect(incompleteTags(registry)).toEqual([]);
    }
  }, 120_000);

  it('in a folder', async () => {
    const writers = [await alone(plans.one, 'alone-one'), await alone(plans.two, 'alone-two')];
    for (let round = 0; round < 4; round += 1) {
      const folder = path.join(world.folder, `both-${round}`);
      const tags = await publishBoth(() => openLayout(folder), plans.one, plans.two);
      expectOneWinner(tags, writers);
      expect((await validateLayout(openLayout(folder))).faults).toEqual([]);
    }
  }, 120_000);

  it('of different versions: the more advanced one has the floating tags, whichever ends last', async () => {
    const newer = await alone(plans.newer, 'alone-newer');
    for (let round = 0; round < 4; round += 1) {
      const folder = path.join(world.folder, `versions-${round}`);
      const order = round % 2 === 0 ? ([plans.one, plans.newer] as const) : ([plans.newer, plans.one] as const);
      const tags = await publishBoth(() => openLayout(folder), ...order);
      for (const tag of ['8.4.13', '8.4', '8', 'latest']) expect(tags[tag], tag).toBe(newer[tag]);
      expect(tags['8.4.12']).toBeDefined();
    }
  }, 120_000);
});
