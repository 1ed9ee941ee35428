import type { Requirement } from '../universe.js';
import type { ApkPackage } from './apk-package.js';
import type { Dependency } from './dependency.js';

/** A requirement with what it was made of. */
export interface ApkRequirement extends Requirement<ApkPackage> {
  /** Undefined for an atom that cannot be read, which nothing meets. */
  readonly dependency: Dependency | undefined;
  /** Packages that would meet it and that apk does not choose between. */
  readonly choices: readonly ApkPackage[];
  /** Packages that would meet it, were they not forbidden by a request. */
  readonly forbidden: readonly ApkPackage[];
}
