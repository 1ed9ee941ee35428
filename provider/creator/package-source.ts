import type { Package, VersionOrder } from '../packages/package.js';
import type { Universe } from '../packages/universe.js';

/** Packages that another program has chosen. */
export interface Choice {
  /** In the order in which they are installed. */
  readonly packages: readonly Package[];
  /** What the image says that it was asked for, sorted. */
  readonly world: readonly string[];
}

/** The packages of one suite for one architecture, whatever their format: to look up, and to resolve. */
export interface PackageSource {
  /** The names of all real packages, each once; those that do not begin with `prefix` may be left out. */
  names(prefix?: string): Iterable<string>;
  /** Every version of the package `name`. */
  get(name: string): readonly Package[];
  /** The format's order of versions. */
  readonly order: VersionOrder;
  /**
   * The universe in which `requests` are resolved together. Names in `assumedPresent` count as met without a package, where the
   * format knows such a thing.
   */
  universe(requests: readonly string[], assumedPresent: readonly string[]): Universe;
  /**
   * What another program would install for `requests`, where its choice is to be met; undefined where it refuses them. Absent: the
   * resolver chooses.
   */
  readonly choice?: (requests: readonly string[]) => Choice | undefined;
}
