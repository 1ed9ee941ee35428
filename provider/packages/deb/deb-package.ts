import type { Package } from '../package.js';

/** What `Multi-Arch` may say; a package that says nothing says `no`. */
export type MultiArch = 'no' | 'same' | 'foreign' | 'allowed';

/**
 * One binary package as a signed `Packages` index describes it. Relations are kept as they stand in the index; reading them
 * is the universe's work (https://www.debian.org/doc/debian-policy/ch-relationships.html).
 */
export interface DebPackage extends Package {
  readonly format: 'deb';
  /** `amd64`, `arm64` … or `all`. */
  readonly architecture: string;
  readonly multiArch: MultiArch;
  readonly essential: boolean;
  /** `required`, `important`, `standard`, `optional`, `extra`; undefined when the index does not say. */
  readonly priority: string | undefined;
  readonly section: string | undefined;
  readonly depends: string | undefined;
  readonly preDepends: string | undefined;
  readonly provides: string | undefined;
  readonly conflicts: string | undefined;
  readonly breaks: string | undefined;
  readonly replaces: string | undefined;
  readonly recommends: string | undefined;
  readonly enhances: string | undefined;
}
