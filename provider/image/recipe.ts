import type { Architecture, StoredPackage } from '../packages/package.js';
import type { Digest, SizedDigest } from '../support/digest.js';
import type { ApkRecipe } from './apk-recipe.js';
import type { ImageConfiguration } from './configuration.js';
import type { Replacement } from './replacement.js';

/**
 * All that an image of one architecture is a function of. No clock, no machine: the same recipe gives the same digests.
 * Every package archive and bundle file it names is in the store.
 */
export interface ImageRecipe {
  readonly architecture: Architecture;
  /** Sorted by name. */
  readonly packages: readonly RecipePackage[];
  readonly configuration: ImageConfiguration;
  /** What is done in place of install scripts, in order. */
  readonly replacements: readonly Replacement[];
  /** The starter's own files: part of the configuration layer, they stand over packages' files of the same path. */
  readonly starterFiles: readonly RecipeFile[];
  /** Files that the image holds last, in a layer of their own. */
  readonly files: readonly RecipeFile[];
  /** Public certificates that the image trusts, PEM, one certificate each. */
  readonly certificates: readonly RecipeCertificate[];
  /** Globs of package paths that are left out, as documentation and manual pages. */
  readonly exclude: readonly string[];
  /** Config labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** Manifest annotations beyond the configuration's. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Most layers an image may have. */
  readonly layerBudget: number;
  /**
   * When given, the image has to be distroless: a shell, package manager, compiler, interpreter or core utility in it that
   * none of these globs allows fails the build with `image/not-distroless`.
   */
  readonly allowedPrograms?: readonly string[];
  /** Names of packages of which the catalog says that what their install scripts do is dealt with. Absent: none. */
  readonly handledScripts?: readonly string[];
  /**
   * Given for a Debian image in which apt can install packages, as the dev variant: it has dpkg's own database in place of
   * `status.d`. Its packages are the distribution's essential ones and apt with all that they depend on, none assumed.
   */
  readonly packageManager?: PackageManagerRecipe;
  /** Given when the packages are apk's: the image is then put together as apko does it. */
  readonly apk?: ApkRecipe;
  /**
   * Given when the image holds its own bill of materials, in a layer of its own. It is asked for when all is known that the document may
   * say, and is a function of that and of what the rest of the recipe was made from.
   */
  readonly sbom?: (described: DescribedImage) => Promise<ImageFile>;
}

/** What is known of an image when its packages are laid out. */
export type DescribedImage = Pick<BuiltImage, 'created' | 'copyrights'>;

/** A text that the image holds as a file. */
export interface ImageFile {
  /** Absolute path in the image. */
  readonly path: string;
  readonly text: string;
}

/** What apt knows in an image of where packages come from, and of why those in it are there. */
export interface PackageManagerRecipe {
  /** Text of `/etc/apt/sources.list.d/debian.sources` in the deb822 form (https://manpages.debian.org/sources.list.5). */
  readonly sources: string;
  /** Names of packages that are there because others need them: `apt-get autoremove` may take them away. */
  readonly automatic: readonly string[];
}

export interface RecipePackage extends StoredPackage {
  /** Whether the starter brings it or an added package; they lie in different layers. */
  readonly from: 'starter' | 'added';
}

/** A recipe whose archives may still be on their way: enough to say how each package is laid out. */
export type RecipeOutline = Omit<ImageRecipe, 'packages'> & { readonly packages: readonly OutlinedPackage[] };

/** A package of an outline. */
export type OutlinedPackage = Omit<RecipePackage, 'archive'>;

export interface RecipeFile {
  /** Absolute path in the image. */
  readonly path: string;
  readonly content: Digest;
  /** Bytes. */
  readonly size: number;
  /** Permission bits; 0o644 unless the user says otherwise. */
  readonly mode: number;
}

export interface RecipeCertificate {
  /** File name below `/usr/local/share/ca-certificates/`, ends in `.crt`. */
  readonly name: string;
  readonly pem: string;
}

/** What building an image gives: its blobs are in the store. */
export interface BuiltImage {
  readonly architecture: Architecture;
  readonly manifest: SizedDigest;
  readonly config: SizedDigest;
  readonly layers: readonly BuiltLayer[];
  /** Seconds since the epoch: the newest package's timestamp. */
  readonly created: number;
  /** Copyright files by package name, as far as packages have one; in the store. */
  readonly copyrights: Readonly<Record<string, Digest>>;
  /** Things a reader should know, as an install script that does something undeclared. */
  readonly warnings: readonly string[];
}

export interface BuiltLayer extends SizedDigest {
  readonly diffId: Digest;
  /** In words, for the history: `package php8.4-cli 8.4.11-1`, `12 small packages`, `configuration`, `file bundles`, `SBOM`. */
  readonly title: string;
}
