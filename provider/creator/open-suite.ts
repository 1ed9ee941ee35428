import type { Suite } from '../catalog/distribution.js';
import type { Architecture } from '../packages/package.js';
import type { PlannedPackageManager } from './plan.js';
import type { PackageSource } from './package-source.js';

/** What lines are told of their suite. */
export type SuiteHead = Pick<Suite, 'name' | 'version' | 'endOfLife'>;

/** A suite whose repositories (release, updates, security) have been opened: their signatures are verified. */
export interface OpenSuite {
  readonly suite: SuiteHead;
  /** What an image of apk packages knows of where they come from; undefined for other formats. */
  readonly apk: ApkOrigin | undefined;
  /** What apt in a dev image of the suite is told; undefined for other formats. */
  readonly packageManager: PlannedPackageManager | undefined;
  /** All repositories of the suite as one source. */
  source(architecture: Architecture): Promise<PackageSource>;
}

/** What goes to `/etc/apk`. */
export interface ApkOrigin {
  /** Lines of `/etc/apk/repositories`, without credentials; public addresses where a distribution has them. */
  readonly repositories: readonly string[];
  readonly keys: readonly { readonly name: string; readonly pem: string }[];
}
