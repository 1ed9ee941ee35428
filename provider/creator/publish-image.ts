import type { Repository } from '../registry/registry.js';
import { describeSigning } from '../signing/signing.js';
import type { Digest } from '../support/digest.js';
import { describeError, isPrivateImageError, PrivateImageError } from '../support/errors.js';
import { buildLine } from './build-line.js';
import { bundlesOf, dropUsage, noteUsage } from './bundle-usage.js';
import { type Claim, putClaim } from './claim.js';
import type { Creator } from './creator.js';
import { imageRepository } from './homes.js';
import { lineMessage } from './line-message.js';
import { keepNeighbour, neighbours } from './neighbours.js';
import { withMendedCache } from './mended-cache.js';
import { mirrorImage } from './mirrors.js';
import { isResolved, type LinePlan, type Plan, type ResolvedLine } from './plan.js';
import { loadPlan } from './plan-store.js';
import { publishLine, titleOf } from './publish-line.js';
import { type Built, type Failed, type Outcome, publishedImage, untaggedLines } from './publish-outcome.js';
import type { PublishedImage, PublishProgress } from './published.js';
import { indexMediaType } from './read-index.js';
import { retireBuilds } from './retention.js';
import { readStanding, type Standing, type StandingLine } from './standing.js';
import { type Build, steppedBack, tagBuilds } from './publish-tags.js';
import { devOf, type LineVariant, productionOf, type Variant } from './variant.js';

export type PublishErrorCode = 'image/no-line-built' | 'image/line-failed';

/**
 * Builds exactly the plan that was kept under `planDigest` and publishes it in the image's own repository, as `publishPlan` does. `tell`
 * hears of everything that is there, as soon as it is: when this fails, the last that it heard stands.
 */
export async function publishImage(
  creator: Creator,
  planDigest: Digest,
  claim: Claim,
  tell: (progress: PublishProgress) => void = () => undefined,
): Promise<PublishedImage> {
  const plan = await loadPlan(creator.store, planDigest);
  const repository = imageRepository(creator, plan.name);
  repository.expectWrites();
  const before = await usedBundles(repository);
  const now = new Set(plan.lines.flatMap((line) => (isResolved(line) ? line.image.fileBundles : [])));
  await noteUsage(creator, plan.name, now);
  const image = await publishPlan(creator, plan, repository, claim, await neighbours(creator, plan), tell);
  await keepNeighbour(creator, plan);
  if ([...before].some((reference) => !now.has(reference)))
    await dropUsage(creator, plan.name, before, await usedBundles(repository));
  if (creator.settings.signing.kind === 'none') warn(creator, plan, describeSigning(creator.settings.signing));
  const behind = await mirrorImage(creator, { name: plan.name, starter: plan.starter, tags: image.tags }, claim);
  await retire(creator, plan, repository);
  return { ...image, behind };
}

/** The image is published, whatever becomes of its history: the next update tries again. */
async function retire(creator: Creator, plan: Plan, repository: Repository): Promise<void> {
  try {
    await retireBuilds(creator, repository, plan.starter);
  } catch (error) {
    creator.signal.throwIfAborted();
    warn(creator, plan, `old builds could not be deleted: ${describeError(error)}`);
  }
}

async function usedBundles(repository: Repository): Promise<ReadonlySet<string>> {
  return new Set([...(await bundlesOf(repository)).values()].flat());
}

/**
 * Builds a plan and publishes it: blobs, manifests, referrers and signatures of all lines, then the tags (see README.md). A line that
 * fails keeps its last good build and its tags; so does a dev variant that fails alone, and its line is published all the same. What
 * stands in the repository already is not written again. With a claim the repository has a history: each digest gets a timestamp tag of
 * its own. `mountFrom` are repositories of the same home that may have its layers.
 *
 * Throws `image/no-line-built` with each line's reason when not one could be built; then no tag was moved.
 */
export async function publishPlan(
  creator: Creator,
  plan: Plan,
  repository: Repository,
  claim: Claim | undefined,
  mountFrom: readonly string[] = [],
  tell: (progress: PublishProgress) => void = () => undefined,
): Promise<PublishedImage> {
  // A key that cannot be used is known before anything is built.
  await creator.signer();
  const started = await readStanding(repository, plan.starter);
  const outcomes: Outcome[] = [];
  const builds = new Set<Digest>();
  const tellOf = (image: PublishedImage | undefined): void => {
    if (image === undefined && builds.size === 0) return;
    tell({ repository: repository.reference, lines: untaggedLines(outcomes), builds: [...builds], image });
  };
  const tagged = new Set(started.tags.values());
  const noted = notingIndexes(repository, (digest) => {
    if (!tagged.has(digest)) builds.add(digest);
    tellOf(undefined);
  });
  const target: Target = { repository: noted, mountFrom };
  for (const line of plan.lines) {
    outcomes.push(await publishOrFail(creator, plan, target, line));
    tellOf(undefined);
  }
  if (!outcomes.some((outcome) => 'built' in outcome)) throw noLineBuilt(plan, outcomes, claim);

  if (claim !== undefined) await putClaim(creator, repository, claim);
  const standing = await tagBuilds(creator, repository, {
    starter: plan.starter,
    started,
    buildsOf: (now) => buildsOf(outcomes, now),
    history: claim !== undefined,
    run: claim?.traceId ?? '',
  });
  const image = await publishedImage(repository, outcomes, standing);
  tellOf(image);
  for (const message of steppedBack(buildsOf(outcomes, standing), started)) warn(creator, plan, message);
  return image;
}

/** `repository`, which tells `note` the digest of each index that is put into it. */
function notingIndexes(repository: Repository, note: (digest: Digest) => void): Repository {
  return {
    ...repository,
    putManifest: async (content, mediaType) => {
      const descriptor = await repository.putManifest(content, mediaType);
      if (mediaType === indexMediaType) note(descriptor.digest);
      return descriptor;
    },
  };
}

function warn(creator: Creator, plan: Plan, message: string): void {
  creator.report({ kind: 'warning', message: `${plan.tenant}/${plan.name}: ${message}` });
}

/** Where a plan is published. */
interface Target {
  readonly repository: Repository;
  readonly mountFrom: readonly string[];
}

async function publishOrFail(creator: Creator, plan: Plan, target: Target, line: LinePlan): Promise<Outcome> {
  if (!isResolved(line)) return { plan: line, error: line.error };
  const production = await publishVariant(creator, plan, target, productionOf(line));
  if ('error' in production) return { plan: line, ...production };
  return { plan: line, ...production, dev: await publishDev(creator, plan, target, line) };
}

async function publishDev(
  creator: Creator,
  plan: Plan,
  target: Target,
  line: ResolvedLine,
): Promise<Built | Failed | undefined> {
  if (line.dev?.status === 'failed') return { error: line.dev.error };
  const dev = devOf(line);
  return dev === undefined ? undefined : publishVariant(creator, plan, target, dev);
}

async function publishVariant(
  creator: Creator,
  plan: Plan,
  { repository, mountFrom }: Target,
  variant: LineVariant,
): Promise<Built | Failed> {
  try {
    return await withMendedCache(creator, async () => {
      const built = await buildLine(creator, plan, variant);
      creator.report({ kind: 'status', message: `publishing ${titleOf(plan, variant)}` });
      return { built, sboms: await publishLine(creator, repository, plan, variant, built, mountFrom) };
    });
  } catch (error) {
    // Being stopped concerns all lines; everything else is this variant's alone.
    if (creator.signal.aborted) throw error;
    const code: PublishErrorCode = 'image/line-failed';
    return {
      error: {
        code: isPrivateImageError(error) ? error.code : code,
        message: describeError(error),
        hint: undefined,
      },
    };
  }
}

function noLineBuilt(
  plan: Plan,
  outcomes: readonly Outcome[],
  claim: Claim | undefined,
): PrivateImageError<PublishErrorCode> {
  const errors = outcomes.map(
    (outcome) => [outcome.plan.line, 'error' in outcome ? outcome.error : undefined] as const,
  );
  const reasons = errors.map(([line, error]) => `  ${lineMessage(plan.starter, line, error?.message ?? '')}`);
  const trace = claim === undefined ? '' : `; trace ID ${claim.traceId}`;
  return new PrivateImageError<PublishErrorCode>(
    'image/no-line-built',
    `No line of ${plan.tenant}/${plan.name} (starter ${plan.starter}) could be built${trace}\n${reasons.join('\n')}`,
    {
      hint: 'Nothing was tagged: what stood in the registry before stands there still.',
      data: { lines: Object.fromEntries(errors), ...(claim === undefined ? {} : { traceId: claim.traceId }) },
    },
  );
}

/** The lines that were built, and those that fail today but stand; so for their dev variants, where there are any. */
function buildsOf(outcomes: readonly Outcome[], standing: Standing): readonly Build[] {
  return outcomes.flatMap((outcome): readonly Build[] => {
    const { line } = outcome.plan;
    if (!('built' in outcome))
      return [...kept('production', standing.lines.get(line)), ...kept('dev', standing.dev.get(line))];
    const { dev, plan } = outcome;
    const { version } = plan;
    const production: Build = { variant: 'production', version, digest: outcome.built.index.digest };
    if (dev === undefined) return [production];
    if (!('built' in dev)) return [production, ...kept('dev', standing.dev.get(line))];
    return [production, { variant: 'dev', version, digest: dev.built.index.digest }];
  });
}

function kept(variant: Variant, stands: StandingLine | undefined): readonly Build[] {
  return stands === undefined ? [] : [{ variant, version: stands.index.version, digest: stands.index.digest }];
}
