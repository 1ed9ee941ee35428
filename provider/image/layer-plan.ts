/** A package as it weighs in on layers. */
export interface WeighedPackage {
  readonly name: string;
  readonly version: string;
  readonly from: 'starter' | 'added';
  /** Bytes of its segment. */
  readonly size: number;
}

/** Packages that share a layer, or the one that has it alone. */
export interface PlannedLayer<P extends WeighedPackage> {
  /** In words, for the history. */
  readonly title: string;
  readonly packages: readonly P[];
}

/** A package below this size is not worth a layer. Bytes, compressed. */
export const leastOwnLayer = 512 * 1024;

/**
 * Which packages lie in which layer: the largest have one each, so that it is stored once for all images and moves alone in an
 * update; the rest of the starter's share one, the rest of the added share another. `budget` is for all of them. Starter layers
 * come first. A function of names and sizes alone.
 */
export function planLayers<P extends WeighedPackage>(
  packages: readonly P[],
  budget: number,
): readonly PlannedLayer<P>[] {
  const own = new Set(
    packages
      .filter(({ size }) => size >= leastOwnLayer)
      .sort((left, right) => right.size - left.size || (left.name < right.name ? -1 : 1))
      .slice(0, Math.max(0, budget - 2)),
  );
  return (['starter', 'added'] as const).flatMap((from) => {
    const here = packages.filter((one) => one.from === from).sort((left, right) => (left.name < right.name ? -1 : 1));
    const alone = here.filter((one) => own.has(one));
    const shared = here.filter((one) => !own.has(one));
    return [
      ...alone.map((one) => ({ title: `package ${one.name} ${one.version}`, packages: [one] })),
      ...(shared.length === 0 ? [] : [{ title: titleOf(shared), packages: shared }]),
    ];
  });
}

function titleOf(shared: readonly WeighedPackage[]): string {
  const [only] = shared;
  return shared.length === 1 && only !== undefined
    ? `package ${only.name} ${only.version}`
    : `${shared.length} small packages`;
}
