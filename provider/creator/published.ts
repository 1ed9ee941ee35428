import type { Digest } from '../support/digest.js';
import type { PlanError, SkippedPackage } from './plan.js';

export type ImageStatus = 'in progress' | 'created' | 'some lines created' | 'image build failed';

/** A private image as it is in its registry after a publish. */
export interface PublishedImage {
  readonly status: ImageStatus;
  /** As a tool is given it: registry host and path, or the folder of the layout. */
  readonly repository: string;
  /** Every tried line, oldest first. */
  readonly lines: readonly PublishedLine[];
  /** Tag to digest: all version and floating tags, not the timestamp tags of earlier digests. */
  readonly tags: Readonly<Record<string, Digest>>;
  /** The digest that `latest` points to. */
  readonly latest: Digest;
  /** One sentence for each mirror that does not have all of it. */
  readonly behind: readonly string[];
}

/** What a publish has put into the registry while it goes on: what is there when it fails. */
export interface PublishProgress {
  readonly repository: string;
  /** The lines that had their turn; no tag leads to them yet. */
  readonly lines: readonly PublishedLine[];
  /** Builds that are there by digest, to which no tag led when the work began. */
  readonly builds: readonly Digest[];
  /** The image, once its tags stand. */
  readonly image: PublishedImage | undefined;
}

/** What stands of an image that was not published to its end. */
export interface UnfinishedImage {
  readonly repository: string;
  /** Lines that tags lead to. */
  readonly lines: readonly PublishedLine[];
  readonly tags: Readonly<Record<string, Digest>>;
  readonly latest: Digest | undefined;
  /** Builds that are there by digest alone. */
  readonly untagged: readonly Digest[];
}

/** One variant of a line as it stands in the registry. */
export interface PublishedVariant {
  /** `built`: this run's plan. `kept`: it fails today and its last good build stays. `failed`: there is no build of it. */
  readonly status: 'built' | 'kept' | 'failed';
  /** Of what stands in the registry; undefined when nothing does. */
  readonly version: string | undefined;
  readonly digest: Digest | undefined;
  /** Tags that point to the digest, the timestamp tag among them; most exact first. */
  readonly tags: readonly string[];
  /** Where the SPDX document of the whole line is read: a URL for a plain GET, or a file URL. */
  readonly sbomUrl: string | undefined;
  /** SPDX documents by architecture. */
  readonly sbomUrls: Readonly<Record<string, string>>;
  /** Why it failed, for `kept` and `failed`. */
  readonly error: PlanError | undefined;
}

/** One line as it stands in the registry; what it has of `PublishedVariant` is its production variant. */
export interface PublishedLine extends PublishedVariant {
  readonly line: string;
  /** The dev variant, whose tags end in `-dev`; undefined when there is none. When the line itself fails, that says why. */
  readonly dev: PublishedVariant | undefined;
  /** What the user's packages brought in beyond the starter: name to version. */
  readonly packagesAdded: Readonly<Record<string, string>>;
  readonly skipped: readonly SkippedPackage[];
  readonly endOfLife: string | undefined;
  readonly warnings: readonly string[];
}

/** A file bundle as it is in its registry. */
export interface PublishedBundle {
  /** `<tenant>/<name>@<digest>`: what `PrivateImage.fileBundles` takes. */
  readonly reference: string;
  /** The digest of the content: its version. */
  readonly version: Digest;
  readonly files: readonly { readonly name: string; readonly size: number; readonly digest: Digest }[];
}
