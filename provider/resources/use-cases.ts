import type { Claim } from '../creator/claim.js';
import type { PublishedBundle, PublishedImage, PublishProgress, UnfinishedImage } from '../creator/published.js';
import type { Publishing } from '../creator/publishing.js';
import type { Removal } from '../creator/remove-image.js';
import type { BundleRequest, ImageRequest } from '../creator/request.js';
import type { FoundPackage, PackageSearch } from '../creator/search-packages.js';
import type { StandingRequest } from '../creator/standing-request.js';
import type { OfferedLine, OfferedStarter, StarterSbom } from '../creator/starters.js';
import type { PlanSummary } from '../creator/summary.js';
import type { Digest } from '../support/digest.js';

/** What a plan says to a resource: where it is kept and what a person reads of it. */
export interface PlannedImage {
  readonly digest: Digest;
  readonly summary: PlanSummary;
}

/** What a resource asks of the creator, for one registry and tenant. */
export interface UseCases {
  /** Resolves an image and keeps the plan under its digest. Throws for what concerns the whole image; a failing line is in the plan. */
  planImage(request: ImageRequest): Promise<PlannedImage>;
  /** Where an image of this name is, or will be. Asks nobody. */
  repository(name: string): Promise<string>;
  /** How images are published beside: what one that stands is made to follow by an update. Mirrors are in the form that a state keeps. */
  publishing(): Promise<Publishing>;
  /**
   * Builds exactly the plan under `plan` and publishes it; `tell` hears of what is there, as soon as it is. Throws `image/no-line-built` with
   * each line's reason.
   */
  publishImage(plan: Digest, claim: Claim, tell: (progress: PublishProgress) => void): Promise<PublishedImage>;
  /** Line to digest of the plan under `plan`, when all of it was built before and is at hand; nothing is built or fetched to know it. */
  builtDigests(plan: Digest): Promise<Readonly<Record<string, Digest>> | undefined>;
  /** Why the plan under `after` is another than that under `before`, beside what their summaries say: a sentence each. */
  planChanges(before: Digest, after: Digest): Promise<readonly string[]>;
  /** What happened to the files of a bundle between two references: `+ name`, `- name`, `~ name`; undefined when one is gone. */
  bundleChanges(before: string, after: string): Promise<readonly string[] | undefined>;
  /** The image as it stands in the registry, or undefined when it is definitely not there. */
  readImage(name: string): Promise<PublishedImage | undefined>;
  /** What stands of an image that was not published to its end, of `builds` those without a tag; undefined when definitely nothing does. */
  readUnfinished(name: string, starter: string, builds: readonly Digest[]): Promise<UnfinishedImage | undefined>;
  /** What the image in the registry was asked to be, or undefined when it is not there or does not say. */
  readImageRequest(name: string): Promise<StandingRequest | undefined>;
  /** Removes an image. When another resource has taken its repository over, what is live stays: false where that is all of it. */
  removeImage(removal: Removal): Promise<boolean>;
  /** Which resource owns the image or bundle of this name by now; undefined when none does. */
  readOwner(kind: 'image' | 'bundle', name: string): Promise<string | undefined>;
  /** Removes those of `builds` that no tag leads to. */
  removeBuilds(name: string, builds: readonly Digest[]): Promise<void>;
  /** What lies under an http, https or file URL, of at most `most` bytes. Throws `http/…`. */
  fetchFile(url: string, most: number): Promise<Buffer>;
  /** Puts a bundle's content where an image can be planned with it; publishes nothing. */
  planBundle(request: BundleRequest): Promise<PublishedBundle>;
  /** `tell` hears of the bundle when it is there by digest, before its tags are. */
  publishBundle(
    request: BundleRequest,
    claim: Claim,
    tell: (bundle: PublishedBundle) => void,
  ): Promise<PublishedBundle>;
  readBundle(reference: string): Promise<PublishedBundle | undefined>;
  /** What a bundle was asked to be, with its files. Throws `bundle/unknown`. */
  readBundleRequest(reference: string): Promise<BundleRequest>;
  /** Removes a bundle, unless another owner has taken it over: then false. Throws `bundle/in-use` with the images that use it. */
  removeBundle(reference: string, owner: string | undefined): Promise<boolean>;
}

/** What can be asked without a resource. Everything throws what is wrong with the question. */
export interface Queries {
  /** Starters of one distribution; of the configured one when it is not named. */
  starters(distribution: string | undefined): Promise<readonly OfferedStarter[]>;
  /** One starter with its maintained lines, oldest first. */
  starter(
    distribution: string | undefined,
    name: string,
  ): Promise<OfferedStarter & { readonly lines: readonly OfferedLine[] }>;
  /** The SBOM of a starter without anything added: of its newest line when none is named. */
  starterSbom(name: string, line: string | undefined): Promise<StarterSbom>;
  searchPackages(
    search: Pick<PackageSearch, 'text' | 'suite'> & { readonly distribution: string | undefined },
  ): Promise<readonly FoundPackage[]>;
  planImage(request: ImageRequest): Promise<PlannedImage>;
}
