import type { Package } from '../package.js';

/**
 * One binary package as an `APKINDEX` describes it. Lists are kept as they stand, atoms separated by blanks; reading
 * them is the universe's work (apk-package(5)).
 */
export interface ApkPackage extends Package {
  readonly format: 'apk';
  /** `x86_64`, `aarch64` … or `noarch`. */
  readonly architecture: string;
  /** `D:` what it needs and, with `!`, what it cannot live with. */
  readonly depends: string | undefined;
  /** `p:` further names, with or without a version. */
  readonly provides: string | undefined;
  /** `i:` it is wanted as soon as all of these are there. */
  readonly installIf: string | undefined;
  /** `r:` packages whose files it may overwrite. */
  readonly replaces: string | undefined;
  /** `q:` which of two packages that replace one another wins a file. */
  readonly replacesPriority: number;
  /** `k:` which provider of a virtual name is taken; 0 when none is declared. */
  readonly providerPriority: number;
  /** `t:` seconds since the epoch. */
  readonly buildTime: number;
  /** `c:` the commit of the repository of build recipes. */
  readonly commit: string | undefined;
}

/** A checksum in hex as apk writes it: `Q1` and base64. */
export function checksumText(hex: string): string {
  return `Q1${Buffer.from(hex, 'hex').toString('base64')}`;
}

/** The hex of a sha1 checksum of the form `Q1…`; undefined when it is none. */
export function checksumHex(text: string): string | undefined {
  if (!/^Q1[A-Za-z0-9+/]{27}=$/.test(text)) return undefined;
  return Buffer.from(text.slice(2), 'base64').toString('hex');
}
