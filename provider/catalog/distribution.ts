import type { DevFile } from './dev-schema.js';
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
  /** Packages whose install scripts do nothing that an image needs, or that replacements stand for. */
  readonly handledScripts: readonly string[];
  readonly replacements: readonly StarterReplacement[];
  /** Globs of package paths that are documentation: no image has them unless it is asked for. */
  readonly documentation: readonly string[];
  /** Globs of package paths that no production image has. */
  readonly exclude: readonly string[];
  /** Globs of paths that an image may have although they look like a shell, a package manager or a tool. */
  readonly allow: readonly string[];
  /** Globs of the names of packages that hold a FIPS-validated module; empty where a distribution has none. */
  readonly fips: readonly string[];
  /** The keyring that apt in a dev image trusts; undefined where the image is told the keys themselves. */
  readonly signedBy: string | undefined;
  /** What dev variants of all its starters have. */
  readonly dev: DevFile;
  /** The image part that a starter's own stands over. */
  readonly image: ImageFile;
}

/** A release of a distribution, or the one that it rolls on. */
export interface Suite {
  /** As `trixie`, `v3.23`, `rolling`. */
  readonly name: string;
  /** As `13`. */
  readonly version: string;
  /** ISO date on which it became stable. */
  readonly released: string;
  /** ISO date on which regular support ends; undefined for a suite that has no end. */
  readonly endOfSupport: string | undefined;
  /** ISO date on which all support ends, the long-term one included; undefined for a suite that has no end. */
  readonly endOfLife: string | undefined;
  /** Where its packages are: release, updates and security, read together. */
  readonly pockets: readonly Pocket[];
}

/** One repository of a suite. */
export interface Pocket {
  /** As `security`. */
  readonly name: string;
  /** As a deb repository calls it: `trixie-security`; the path of an apk repository below its mirror: `v3.23/main`, or empty. */
  readonly suite: string;
  /** Which of the distribution's mirrors has it: `debian`, `debian-security`, `alpine`, `wolfi`. */
  readonly mirror: string;
  /** Empty for apk. */
  readonly components: readonly string[];
  /** Armoured OpenPGP keys of a deb repository; one of them must have signed it. Empty for apk. */
  readonly keyring: readonly string[];
  /** RSA keys of an apk repository, as PEM; one of them must have signed it. Empty for deb. */
  readonly keys: readonly PocketKey[];
}

/** A public key that an apk repository is signed with. */
export interface PocketKey {
  /** Its file name, which signatures name: `wolfi-signing.rsa.pub`. */
  readonly name: string;
  /** PEM. */
  readonly content: string;
}

/** The suites that are stable and supported at `now`, oldest first. The last day of support still counts. */
export function maintainedSuites(distribution: Distribution, now: Date): readonly Suite[] {
  const today = now.toISOString().slice(0, 10);
  return distribution.suites.filter((suite) => suite.released <= today && !hasEnded(suite.endOfLife, now));
}

/** True when `endOfLife` is a day before that of `now`; nothing that has no end has ended. */
export function hasEnded(endOfLife: string | undefined, now: Date): boolean {
  return endOfLife !== undefined && endOfLife < now.toISOString().slice(0, 10);
}

/** True when the package `name` holds a FIPS-validated module, by what the distribution says of its names. */
export function isFips(distribution: Pick<Distribution, 'fips'>, name: string): boolean {
  return distribution.fips.some((glob) => {
    const parts = glob.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`).test(name);
  });
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
