import type { Suite } from '../catalog/distribution.js';
import type { Architecture } from '../packages/package.js';
import type { PackageSource } from './package-source.js';

/** What lines are told of their suite. */
export type SuiteHead = Pick<Suite, 'name' | 'version' | 'endOfLife'>;

/** A suite whose repositories (release, updates, security) have been opened: their signatures are verified. */
export interface OpenSuite {
  readonly suite: SuiteHead;
  /** All repositories of the suite as one source. */
  source(architecture: Architecture): Promise<PackageSource>;
}
