import { z } from 'zod';
import type { Creator } from './creator.js';
import { homeOf, imageName } from './homes.js';
import type { Plan } from './plan.js';

/** Most repositories that a registry is asked to take a layer over from. */
const most = 2;
const namesSchema = z.array(z.string());

/** Repositories of the same registry that this cache has published images of the same starter in: they have most layers already. */
export async function neighbours(creator: Creator, plan: Plan): Promise<readonly string[]> {
  if (homeOf(creator).kind === 'layout') return [];
  const own = imageName(creator, plan.name);
  return (await known(creator, plan)).filter((name) => name !== own).slice(0, most);
}

/** Remembers the image as the last that was published of its starter. */
export async function keepNeighbour(creator: Creator, plan: Plan): Promise<void> {
  if (homeOf(creator).kind === 'layout') return;
  const own = imageName(creator, plan.name);
  const before = await known(creator, plan);
  if (before[0] === own) return;
  const names = [own, ...before.filter((name) => name !== own)].slice(0, most + 1);
  await creator.store.remember('neighbours', keyOf(creator, plan), names);
}

async function known(creator: Creator, plan: Plan): Promise<readonly string[]> {
  return (await creator.store.recall('neighbours', keyOf(creator, plan), namesSchema)) ?? [];
}

function keyOf(creator: Creator, { distribution, starter }: Plan): string {
  return `${homeOf(creator).reference} ${distribution} ${starter}`;
}
