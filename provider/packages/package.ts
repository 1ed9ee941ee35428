import type { Digest } from '../support/digest.js';

/** A processor architecture as OCI names it; formats map it to their own (`x86_64`, `aarch64`). */
export type Architecture = 'amd64' | 'arm64';

/** The architectures that are built unless the user asks for fewer. */
export const architectures: readonly Architecture[] = ['amd64', 'arm64'];

/** Where a package's archive lies and what it must be. */
export interface PackageArchive {
  /** Absolute `http:`, `https:` or `file:` URL, without credentials. */
  readonly url: string;
  /** Size in bytes. */
  readonly size: number;
  /**
   * What the signed index says of the archive. For deb the sha256 of the whole file; for apk v2 `sha1` of the control
   * stream (`Q1…` in the index), from which the data section's sha256 follows.
   */
  readonly checksum: PackageChecksum;
}

/** A checksum by the algorithm that the index uses; `value` is lowercase hex. */
export interface PackageChecksum {
  readonly algorithm: 'sha256' | 'sha1-control';
  readonly value: string;
}

/** One exact version of a package for one architecture, as a signed index describes it. */
export interface Package {
  readonly format: 'deb' | 'apk';
  readonly name: string;
  readonly version: string;
  /** The format's own word, as `amd64`, `all`, `x86_64`, `noarch`. */
  readonly architecture: string;
  /** The source package (deb) or origin (apk) it was built from, with its version. */
  readonly origin: { readonly name: string; readonly version: string };
  readonly description: string;
  readonly homepage: string | undefined;
  readonly maintainer: string | undefined;
  /** Licence expression as the index states it; deb indexes state none. */
  readonly license: string | undefined;
  /** Bytes on disk when installed. */
  readonly installedSize: number;
  readonly archive: PackageArchive;
  /** The repository in words, as `debian bookworm-security main`. */
  readonly repository: string;
}

/** The digest of a package's whole archive once it is in the store. */
export interface StoredPackage {
  readonly package: Package;
  readonly archive: Digest;
}

/** The order of two versions of one format: negative, zero or positive, as `Array.sort` wants it. */
export type VersionOrder = (left: string, right: string) => number;
