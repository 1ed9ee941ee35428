import type { ApkRecipe } from '../image/apk-recipe.js';
import type { ImageConfiguration } from '../image/configuration.js';
import type { Replacement } from '../image/replacement.js';
import type { Architecture, Package } from '../packages/package.js';
import type { SizedDigest } from '../support/digest.js';

/** The form of plans. One of another form that was kept is as good as lost: it is planned anew. */
export const planVersion = 2;

/**
 * The resolved answer for every line and architecture: what would be built, as data. The plan is the lock: building it
 * again gives the same digests.
 */
export interface Plan {
  readonly version: typeof planVersion;
  readonly tenant: string;
  readonly name: string;
  readonly starter: string;
  readonly distribution: string;
  readonly lines: readonly LinePlan[];
}

/** One line: either resolved on every architecture, or failed with its reason. */
export type LinePlan = ResolvedLine | FailedLine;

/** True for a line that can be built. */
export function isResolved(line: LinePlan): line is ResolvedLine {
  return line.status === 'resolved';
}

export interface LineHead {
  /** The image line, as `8.4`. */
  readonly line: string;
  /** The suite it comes from, as `trixie`. */
  readonly suite: string;
  /** ISO date on which the distribution's support for it ends. */
  readonly endOfLife: string | undefined;
}

/** What the images of one variant of a line are built from. */
export interface VariantPlan {
  readonly image: LineImage;
  readonly architectures: readonly ArchitecturePlan[];
}

/** A line that can be built; what it has of `VariantPlan` is its production variant. */
export interface ResolvedLine extends LineHead, VariantPlan {
  readonly status: 'resolved';
  /** The upstream version of the primary package, as `8.4.12`. */
  readonly version: string;
  /** The dev variant; undefined where there is none. */
  readonly dev: DevPlan | undefined;
  /** Auto packages for which this line has no compatible version: the name alone. */
  readonly skipped: readonly SkippedPackage[];
  readonly warnings: readonly string[];
}

/** The dev variant of a line: resolved on every architecture, or the reason why it cannot be. Production does not depend on it. */
export type DevPlan =
  | ({ readonly status: 'resolved' } & VariantPlan)
  | { readonly status: 'failed'; readonly error: PlanError };

/** What the images of a line are beside their packages. */
export interface LineImage {
  readonly configuration: ImageConfiguration;
  /** In place of install scripts. */
  readonly replacements: readonly Replacement[];
  /** Packages whose install scripts are dealt with: no warning tells of them. */
  readonly handledScripts: readonly string[];
  /** Globs of package paths that are left out. */
  readonly exclude: readonly string[];
  /** Globs of paths that a production image may hold although it is distroless; undefined where nobody asks for that. */
  readonly allow: readonly string[] | undefined;
  /** What images of apk packages are a function of, beside. */
  readonly apk: ApkRecipe | undefined;
  /** What apt in the image is told; undefined where it has no apt. */
  readonly packageManager: PlannedPackageManager | undefined;
  /** The starter's own files, which stand over the packages'. */
  readonly starterFiles: readonly PlannedFile[];
  /** Files of bundles of type `other`. */
  readonly files: readonly PlannedFile[];
  readonly certificates: readonly PlannedCertificate[];
  /** References of the bundles that files and certificates come from. */
  readonly fileBundles: readonly string[];
  /** What the image says that it is, in the words of scanners. */
  readonly distribution: { readonly id: string; readonly versionId: string; readonly codename: string | undefined };
  /** The version of the catalog that the starter is from. */
  readonly catalogVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly layerBudget: number;
}

/** What apt in a dev image of deb packages is told. */
export interface PlannedPackageManager {
  /** The public repositories of the distribution, in the form of `debian.sources` (https://manpages.debian.org/sources.list.5). */
  readonly sources: string;
}

/** A file by content; the content is in the store. */
export interface PlannedFile extends SizedDigest {
  /** Absolute path in the image. */
  readonly path: string;
  readonly mode: number;
}

/** A certificate to trust by content; the content is in the store. */
export interface PlannedCertificate extends SizedDigest {
  /** File name below `/usr/local/share/ca-certificates/`. */
  readonly name: string;
}

export interface FailedLine extends LineHead {
  readonly status: 'failed';
  readonly version: string | undefined;
  readonly error: PlanError;
}

export interface PlanError {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

export interface ArchitecturePlan {
  readonly architecture: Architecture;
  /** Sorted by name. */
  readonly packages: readonly PlannedPackage[];
  /** How they are installed and recorded where another program's way is met; absent: as their format has it. */
  readonly installation?: Installation;
  /** Packages that are needed by name only and not installed, as dpkg and debconf in a distroless image. */
  readonly assumed: readonly AssumedPackage[];
}

/** How apko goes about installing the packages of an image. */
export interface Installation {
  /** The names of all packages, the first to be installed first. */
  readonly order: readonly string[];
  /** What `/etc/apk/world` asks for, sorted: `name=version`, with `@tag` where a request has one. */
  readonly world: readonly string[];
}

export interface PlannedPackage {
  readonly package: Package;
  /** `starter`: the starter names it. `added`: the user does. `auto`: an auto package became it. `dependency`: another package needs it. */
  readonly reason: 'starter' | 'added' | 'auto' | 'dependency';
  /** `starter`: the starter alone would have it. `added`: the user's packages bring it. `dev`: the dev variant alone has it. */
  readonly from: 'starter' | 'added' | 'dev';
  /** The request or the package that brought it in first. */
  readonly because: string;
  /** Names of the packages of its image that it depends on, sorted. */
  readonly dependsOn: readonly string[];
}

export interface AssumedPackage {
  readonly name: string;
  readonly requiredBy: readonly string[];
}

export interface SkippedPackage {
  /** As `php-curl-auto`. */
  readonly name: string;
  readonly reason: string;
}
