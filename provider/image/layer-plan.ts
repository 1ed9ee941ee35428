import { createHash } from 'node:crypto';

/** A package as it weighs in on layers. */
export interface WeighedPackage {
  readonly name: string;
  readonly version: string;
  readonly from: 'starter' | 'added';
  /** Bytes of its archive, as the index states them: known before anything is laid out. */
  readonly size: number;
}

/** Packages that share a layer, or the one that has it alone. */
export interface PlannedLayer<P extends WeighedPackage> {
  /** In words, for the history. */
  readonly title: string;
  readonly packages: readonly P[];
}

/** A package below this size is not worth a layer. Bytes, compressed. */
const leastOwnLayer = 128 * 1024;

/** What small packages add up to in one layer, as long as the budget lasts: about what an update of one uploads. Bytes. */
const sharedSize = 128 * 1024;

/**
 * Which packages lie in which layer: the largest have one each, so that it is stored once for all images and moves alone in an
 * update; the rest of the starter's share a few, the rest of the added share others. Who shares with whom depends on names: an
 * update of one package changes one layer. `budget` is for all of them. Starter layers come first. A function of names and sizes
 * alone.
 */
export function planLayers<P extends WeighedPackage>(
  packages: readonly P[],
  budget: number,
): readonly PlannedLayer<P>[] {
  const most = mostShared(budget);
  const own = ownLayers(packages, budget);
  return (['starter', 'added'] as const).flatMap((from) => {
    const here = packages.filter((one) => one.from === from).sort((left, right) => (left.name < right.name ? -1 : 1));
    const alone = here.filter((one) => own.has(one));
    const shared = here.filter((one) => !own.has(one));
    return [
      ...alone.map((one) => ({ title: `package ${one.name} ${one.version}`, packages: [one] })),
      ...bucketsOf(shared, most[from]).map((bucket) => ({ title: titleOf(bucket), packages: bucket })),
    ];
  });
}

/** The packages that have a layer each. */
export function ownLayers<P extends WeighedPackage>(packages: readonly P[], budget: number): ReadonlySet<P> {
  const most = mostShared(budget);
  return new Set(
    packages
      .filter(({ size }) => size >= leastOwnLayer)
      .sort((left, right) => right.size - left.size || (left.name < right.name ? -1 : 1))
      .slice(0, Math.max(0, budget - most.starter - most.added)),
  );
}

/** Most layers that are shared by the packages of either kind. */
function mostShared(budget: number): { readonly starter: number; readonly added: number } {
  return { starter: powerOfTwo(budget / 5), added: powerOfTwo(budget / 10) };
}

/** `packages` in at most `most` groups by the hash of their names; how many changes only as their size doubles. */
function bucketsOf<P extends WeighedPackage>(packages: readonly P[], most: number): readonly (readonly P[])[] {
  const total = packages.reduce((sum, { size }) => sum + size, 0);
  const count = Math.min(most, powerOfTwo(total / sharedSize));
  const buckets = Array.from({ length: count }, (): P[] => []);
  for (const one of packages) {
    const hash = createHash('sha256').update(one.name).digest();
    buckets[hash.readUInt32BE(0) % count]?.push(one);
  }
  return buckets.filter((bucket) => bucket.length > 0);
}

/** The largest power of two up to `value`, at least 1. */
function powerOfTwo(value: number): number {
  return value < 2 ? 1 : 2 ** Math.floor(Math.log2(value));
}

function titleOf(shared: readonly WeighedPackage[]): string {
  const [only] = shared;
  return shared.length === 1 && only !== undefined
    ? `package ${only.name} ${only.version}`
    : `${shared.length} small packages`;
}
