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
const leastOwnLayer = 64 * 1024;

/** What small packages add up to in a layer on average, up to twice as much, as long as the budget lasts: what an update of one uploads. Bytes. */
const sharedSize = 32 * 1024;

/**
 * Which packages lie in which layer: each that is not small has one, so that it is stored once for all images and moves alone in an
 * update. Small ones share layers with one another, and where the budget is short the least of the others do so among themselves; those of the
 * starter apart from those that were added. Who shares with whom depends on names: an update of one package changes one layer.
 * `budget` is for all of them. Starter layers come first. A function of names and sizes alone.
 */
export function planLayers<P extends WeighedPackage>(
  packages: readonly P[],
  budget: number,
): readonly PlannedLayer<P>[] {
  const most = mostShared(packages, budget);
  const own = ownLayers(packages, budget);
  return (['starter', 'added'] as const).flatMap((from) => {
    const here = packages.filter((one) => one.from === from).sort((left, right) => (left.name < right.name ? -1 : 1));
    const alone = here.filter((one) => own.has(one));
    const rest = here.filter((one) => !own.has(one));
    // Where there is no layer for those in the middle they go with the small ones.
    const isApart = (one: P): boolean => most.middle[from] > 0 && !isSmall(one);
    const middle = rest.filter(isApart);
    const small = rest.filter((one) => !isApart(one));
    return [
      ...alone.map((one) => ({ title: `package ${one.name} ${one.version}`, packages: [one] })),
      ...bucketsOf(middle, most.middle[from]).map((bucket) => ({
        title: titleOf(bucket, 'packages'),
        packages: bucket,
      })),
      ...bucketsOf(small, most.small[from]).map((bucket) => ({
        title: titleOf(bucket, 'small packages'),
        packages: bucket,
      })),
    ];
  });
}

/** The packages that have a layer each. */
export function ownLayers<P extends WeighedPackage>(packages: readonly P[], budget: number): ReadonlySet<P> {
  const most = mostShared(packages, budget);
  return new Set(
    packages
      .filter((one) => !isSmall(one))
      .sort((left, right) => right.size - left.size || (left.name < right.name ? -1 : 1))
      .slice(0, Math.max(0, budget - sum(most.small) - sum(most.middle))),
  );
}

function isSmall({ size }: WeighedPackage): boolean {
  return size < leastOwnLayer;
}

/** A number for the packages of either kind. */
type ForEither = Readonly<Record<WeighedPackage['from'], number>>;

function sum({ starter, added }: ForEither): number {
  return starter + added;
}

/**
 * Most layers that are shared by small packages, and by those in the middle. Only where not each of the others can have its own are there any in
 * the middle, and fewer for the small ones.
 */
function mostShared(
  packages: readonly WeighedPackage[],
  budget: number,
): { readonly small: ForEither; readonly middle: ForEither } {
  const small = { starter: powerOfTwo(budget / 5), added: powerOfTwo(budget / 10) };
  const others = packages.filter((one) => !isSmall(one));
  if (others.length <= budget - sum(small) || budget < leastForMiddle) {
    return { small, middle: { starter: 0, added: 0 } };
  }
  const hasAdded = others.some(({ from }) => from === 'added');
  return {
    small: { starter: powerOfTwo(budget / 10), added: powerOfTwo(budget / 20) },
    middle: { starter: powerOfTwo(budget / 6), added: hasAdded ? powerOfTwo(budget / 12) : 0 },
  };
}

/** A smaller budget is not divided into more than layers of small packages and layers of one each. */
const leastForMiddle = 12;

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

function titleOf(shared: readonly WeighedPackage[], what: string): string {
  const [only] = shared;
  return shared.length === 1 && only !== undefined
    ? `package ${only.name} ${only.version}`
    : `${shared.length} ${what}`;
}
