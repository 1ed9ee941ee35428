/**
 * A declared stand-in for what install scripts do, applied deterministically after the packages are laid out. Data, written in
 * the catalog; each kind is carried out by `apply-replacements.ts` and has a test.
 */
export type Replacement =
  /** Top-level folders that are links into /usr; entries below them are laid out below the target. */
  | { readonly kind: 'merged-usr' }
  /**
   * An alternatives link: `/usr/bin/php` → `/etc/alternatives/php` → `/usr/bin/php8.4`, when the target is in the image. Of several of one
   * name the highest priority has it, then the first; absent, it is 50. Slaves follow their master where their targets are there
   * (https://manpages.debian.org/update-alternatives.1).
   */
  | {
      readonly kind: 'alternative';
      readonly name: string;
      readonly link: string;
      readonly target: string;
      readonly priority?: number;
      readonly slaves?: readonly { readonly name: string; readonly link: string; readonly target: string }[];
    }
  /**
   * A package that moves other packages' file at `path` out of its way: they have it at `to`
   * (https://manpages.debian.org/dpkg-divert.1).
   */
  | { readonly kind: 'diversion'; readonly byPackage: string; readonly path: string; readonly to: string }
  /** A copy of the file `from`, when the package and the file are there and nothing is at `path`. */
  | { readonly kind: 'copy'; readonly whenPackage: string; readonly from: string; readonly path: string }
  /** A file that a package's script writes, when nothing is at `path`. */
  | {
      readonly kind: 'file';
      readonly whenPackage: string;
      readonly path: string;
      readonly content: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  /** `/etc/shells` as `update-shells` of debianutils makes it from what packages name as login shells. */
  | { readonly kind: 'login-shells' }
  /** `/etc/pam.d/common-*` as `pam-auth-update` of libpam-runtime makes them of the profiles that packages bring. */
  | { readonly kind: 'pam-profiles' }
  /** A plain symbolic link, when `whenPath` (or else the target) is in the image. */
  | { readonly kind: 'link'; readonly path: string; readonly target: string; readonly whenPath?: string }
  /** A user or group that a package's script creates. */
  | {
      readonly kind: 'user';
      readonly whenPackage: string;
      readonly name: string;
      readonly uid: number;
      readonly gid: number;
      readonly home: string;
      readonly shell: string;
    }
  | { readonly kind: 'group'; readonly whenPackage: string; readonly name: string; readonly gid: number }
  /** A folder that a package's script creates or hands to a user. */
  | {
      readonly kind: 'directory';
      readonly whenPackage: string;
      readonly path: string;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  /**
   * PHP module activation: for each `/usr/share/php/VERSION…/*.ini` or `mods-available/*.ini`, `phpenmod` links of the given server APIs with
   * the priority that the file states.
   */
  | { readonly kind: 'php-modules'; readonly version: string; readonly apis: readonly string[] }
  /** `/etc/ssl/certs/ca-certificates.crt`, its hashed and named links, from the packaged and the added certificates. */
  | { readonly kind: 'ca-bundle' }
  /** `/etc/passwd`, `/etc/group`, `/etc/shadow` as base-passwd's script makes them from its master files, then the accounts of the configuration. */
  | { readonly kind: 'base-accounts' }
  /** Files, as a glob, that keep the setuid and setgid bits that their package gives them; undeclared ones are refused. */
  | { readonly kind: 'setuid'; readonly path: string };
