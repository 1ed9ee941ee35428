import type { Architecture, Package } from '../packages/package.js';
import type { Digest } from '../support/digest.js';

/**
 * All that a bill of materials is made from, in no format's words. Documents are a function of it: the same subject gives
 * the same bytes on any machine.
 */
export interface SbomSubject {
  /** As `53/web`, without a registry: where an image is copied to must not change its document. */
  readonly repository: string;
  /** As `3.11`. */
  readonly line: string;
  /** The upstream version of the primary package, as `3.11.2`. */
  readonly version: string;
  readonly variant: 'production' | 'dev';
  /** The image index of the whole line; undefined for the document of one image alone. */
  readonly index: Digest | undefined;
  /** The images of the index in its order; exactly one when there is no index. */
  readonly images: readonly SbomImage[];
  /** Seconds since the epoch: the newest package's timestamp, never the clock. */
  readonly created: number;
  readonly distribution: SbomDistribution;
  /** Auto packages for which the line has no compatible version: names alone. */
  readonly skipped: readonly string[];
  readonly bundles: readonly SbomBundle[];
  /** Undefined in the document that lies in an image: it may become another while all that is in the image stays the same. */
  readonly build: SbomBuild | undefined;
}

/** How it was built. */
export interface SbomBuild {
  /** The digest of the plan that was built. */
  readonly plan: Digest;
  readonly catalogVersion: string;
  /** The version of this project. */
  readonly toolVersion: string;
}

/** The image of one architecture. */
export interface SbomImage {
  readonly architecture: Architecture;
  /** The manifest's; undefined in the document that lies in the image, which cannot name what it is a part of. */
  readonly digest: Digest | undefined;
  /** Its layers from the ground up, so that whoever has the document can tell whether an image is the one that it is of. */
  readonly layers?: readonly SbomLayer[];
  readonly packages: readonly SbomPackage[];
  /** Needed by name only and not installed. */
  readonly assumed: readonly SbomAssumed[];
}

/** A layer of an image. */
export interface SbomLayer {
  readonly digest: Digest;
  /** The digest of what is in it, not compressed. */
  readonly diffId: Digest;
}

/** What `/etc/os-release` of the image says, in the words of scanners. */
export interface SbomDistribution {
  /** `debian`, `wolfi`, `alpine`. */
  readonly id: string;
  /** As `12`. */
  readonly versionId: string;
  /** As `bookworm`, where releases have one. */
  readonly codename: string | undefined;
}

/** A package that is in the image. */
export interface SbomPackage {
  readonly package: Package;
  /** The sha256 of the whole archive. */
  readonly archive: Digest;
  /** As the package declares it, an SPDX expression if all is well; undefined when nothing certain is known. */
  readonly license: string | undefined;
  readonly reason: 'starter' | 'added' | 'auto' | 'dependency';
  /** The request or the package that brought it in. */
  readonly because: string;
  /** Names of the packages of its image that it depends on. */
  readonly dependsOn: readonly string[];
}

/** A name that packages require and that a distroless image leaves out on purpose. */
export interface SbomAssumed {
  readonly name: string;
  readonly requiredBy: readonly string[];
}

/** A file bundle as it is in the image. */
export interface SbomBundle {
  /** `<tenant>/<name>@<digest>`. */
  readonly reference: string;
  readonly files: readonly SbomFile[];
}

export interface SbomFile {
  /** Absolute path in the image. */
  readonly path: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}
