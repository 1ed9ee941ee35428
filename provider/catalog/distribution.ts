import type { ImageFile } from './image-schema.js';
import { PrivateImageError } from '../support/errors.js';
import type { CatalogErrorCode } from './catalog-error.js';
import { nearestNames } from './nearest.js';
import type { StarterReplacement } from './replacement-schema.js';

/** A family of signed package repositories with one package format, and what its starters have in common. */
export interface Distribution {
  /** As `debian`. */
  readonly name: string;
  /** As `Debian`. */
  readonly title: string;
  readonly format: 'deb' | 'apk';
  /** Oldest first. */
  readonly suites: readonly Suite[];
  /** Packages that are needed by name only: an image has no use for them. */
  readonly assumedPresent: readonly string[];
  readonly replacements: readonly StarterReplacement[];
  /** Globs of package paths that no image has. */
  readonly exclude: readonly string[];
  /** Globs of paths that an image may have although they look like a shell, a package manager or a tool. */
  readonly allow: readonly string[];
  /** The image part that a starter's own stands over. */
  readonly image: ImageFile;
}

/** A release of a distribution. */
export interface Suite {
  /** As `trixie`. */
  readonly name: string;
  /** As `13`. */
  readonly version: string;
  /** ISO date on which it became stable. */
  readonly released: string;
  /** ISO date on which regular support ends. */
  readonly endOfSupport: string;
  /** ISO date on which all support ends, the long-term one included. */
  readonly endOfLife: string;
  /** Where its packages are: release, updates and security, read together. */
  readonly pockets: readonly Pocket[];
}

/** One repository of a suite. */
export interface Pocket {
  /** As `security`. */
  readonly name: string;
  /** As the repository calls it: `trixie-security`. */
  readonly suite: string;
  /** Which of the distribution's mirrors has it: `debian`, `debian-security`. */
  readonly mirror: string;
  readonly components: readonly string[];
  /** Armoured OpenPGP keys; one of them must have signed it. */
  readonly keyring: readonly string[];
}

/** The suites that are stable and supported at `now`, oldest first. The last day of support still counts. */
export function maintainedSuites(distribution: Distribution, now: Date): readonly Suite[] {
  const today = now.toISOString().slice(0, 10);
  return distribution.suites.filter((suite) => suite.released <= today && today <= suite.endOfLife);
}

/** The suite called `name`, also by its number. Throws `catalog/unknown-suite` with those that there are. */
export function findSuite(distribution: Distribution, name: string): Suite {
  const found = distribution.suites.find((suite) => suite.name === name || suite.version === name);
  if (found !== undefined) return found;
  const names = distribution.suites.map((suite) => suite.name);
  const [nearest] = nearestNames(name, names, 1);
  throw new PrivateImageError<CatalogErrorCode>(
    'catalog/unknown-suite',
    `${distribution.title} has no suite called "${name}" in the catalog`,
    {
      hint: `${nearest === undefined ? '' : `Did you mean ${nearest}? `}Suites: ${names.join(', ')}.`,
      data: { distribution: distribution.name, suite: name, suites: names },
    },
  );
}
