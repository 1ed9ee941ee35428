import type { Repository } from '../registry/registry.js';
import { describeSigning } from '../signing/signing.js';
import type { Digest } from '../support/digest.js';
import { describeError, isPrivateImageError, PrivateImageError } from '../support/errors.js';
import { type BuiltLine, buildLine } from './build-line.js';
import { bundlesOf, dropUsage, noteUsage } from './bundle-usage.js';
import { type Claim, putClaim } from './claim.js';
import type { Creator } from './creator.js';
import { imageRepository } from './homes.js';
import { keepNeighbour, neighbours } from './neighbours.js';
import { withMendedCache } from './mended-cache.js';
import { mirrorImage } from './mirrors.js';
import { isResolved, type LinePlan, type Plan, type PlanError, type ResolvedLine } from './plan.js';
import { loadPlan } from './plan-store.js';
import { type PublishedSboms, publishLine } from './publish-line.js';
import type { PublishedImage, PublishedLine, PublishedVariant } from './published.js';
import { retireBuilds } from './retention.js';
import { readStanding, type Standing, type StandingLine } from './standing.js';
import { standingVariant, tagsOfLines } from './standing-variant.js';
import { type Build, steppedBack, tagBuilds } from './publish-tags.js';
import { packageVersions } from './summary.js';
import { devOf, type LineVariant, productionOf, type Variant } from './variant.js';

export type PublishErrorCode = 'image/no-line-built' | 'image/line-failed';

/** A variant that was built and put into the repository. */
interface Built {
  readonly built: BuiltLine;
  readonly sboms: PublishedSboms;
}

interface Failed {
  readonly error: PlanError;
}

/** A line after its turn: what was built and put into the repository, or why not. Its dev variant may have failed alone. */
type Outcome =
  | ({ readonly plan: ResolvedLine; readonly dev: Built | Failed | undefined } & Built)
  | ({ readonly plan: LinePlan } & Failed);

/** Builds exactly the plan that was kept under `planDigest` and publishes it in the image's own repository, as `publishPlan` does. */
export async function publishImage(creator: Creator, planDigest: Digest, claim: Claim): Promise<PublishedImage> {
  const plan = await loadPlan(creator.store, planDigest);
  const repository = imageRepository(creator, plan.name);
  const before = await usedBundles(repository);
  const now = new Set(plan.lines.flatMap((line) => (isResolved(line) ? line.image.fileBundles : [])));
  await noteUsage(creator, plan.name, now);
  const image = await publishPlan(creator, plan, repository, claim, await neighbours(creator, plan));
  await keepNeighbour(creator, plan);
  if ([...before].some((reference) => !now.has(reference)))
    await dropUsage(creator, plan.name, before, await usedBundles(repository));
  const behind = await mirrorImage(creator, { name: plan.name, starter: plan.starter, tags: image.tags }, claim);
  await retireBuilds(creator, repository, plan.starter);
  return { ...image, behind };
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
): Promise<PublishedImage> {
  // A key that cannot be used is known before anything is built.
  await creator.signer();
  const started = await readStanding(repository, plan.starter);
  const target: Target = { repository, mountFrom };
  const outcomes: Outcome[] = [];
  for (const line of plan.lines) outcomes.push(await publishOrFail(creator, plan, target, line));
  if (!outcomes.some((outcome) => 'built' in outcome)) throw noLineBuilt(plan, outcomes, claim);

  if (claim !== undefined) await putClaim(repository, claim);
  const standing = await tagBuilds(creator, repository, {
    starter: plan.starter,
    started,
    buildsOf: (now) => buildsOf(outcomes, now),
    history: claim !== undefined,
  });
  const image = await publishedImage(repository, outcomes, standing);
  for (const message of steppedBack(buildsOf(outcomes, standing), started)) warn(creator, plan, message);
  if (creator.settings.signing.kind === 'none') warn(creator, plan, describeSigning(creator.settings.signing));
  return image;
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
      const built = await buildLine(creator, plan.starter, variant);
      const title = `${plan.starter} ${variant.line}${variant.variant === 'dev' ? ' dev' : ''}`;
      creator.report({ kind: 'status', message: `publishing ${title}` });
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
  const reasons = errors.map(([line, error]) => `  ${line}: ${error?.message ?? ''}`);
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

async function publishedImage(
  repository: Repository,
  outcomes: readonly Outcome[],
  standing: Standing,
): Promise<PublishedImage> {
  const lines: PublishedLine[] = [];
  for (const outcome of outcomes) lines.push(await publishedLine(repository, outcome, standing));
  const latest = standing.tags.get('latest');
  if (latest === undefined) throw new Error(`${repository.reference} lost its tag latest while it was published`);
  return {
    status: lines.every((line) => line.status === 'built') ? 'created' : 'some lines created',
    repository: repository.reference,
    lines,
    tags: tagsOfLines(lines),
    latest,
    behind: [],
  };
}

async function publishedLine(repository: Repository, outcome: Outcome, standing: Standing): Promise<PublishedLine> {
  const { line, endOfLife } = outcome.plan;
  const stands = { production: standing.lines.get(line), dev: standing.dev.get(line) };
  if (!('built' in outcome)) {
    return {
      line,
      endOfLife,
      ...(await failedVariant(repository, outcome.error, stands.production)),
      dev: stands.dev === undefined ? undefined : await standingVariant(repository, stands.dev, 'kept'),
      packagesAdded: {},
      skipped: [],
      warnings: [],
    };
  }
  const { plan, dev } = outcome;
  return {
    line,
    endOfLife,
    ...builtVariant(outcome, stands.production),
    dev:
      dev === undefined
        ? undefined
        : 'built' in dev
          ? builtVariant(dev, stands.dev)
          : await failedVariant(repository, dev.error, stands.dev),
    packagesAdded: packageVersions(plan, (from) => from === 'added'),
    skipped: plan.skipped,
    warnings: [...plan.warnings, ...buildWarnings(outcome.built), ...devWarnings(dev, outcome.built)],
  };
}

function builtVariant({ sboms }: Built, stands: StandingLine | undefined): PublishedVariant {
  return {
    status: 'built',
    version: stands?.index.version,
    digest: stands?.index.digest,
    tags: stands?.tags ?? [],
    sbomUrl: sboms.whole,
    sbomUrls: sboms.byArchitecture,
    error: undefined,
  };
}

async function failedVariant(
  repository: Repository,
  error: PlanError,
  stands: StandingLine | undefined,
): Promise<PublishedVariant> {
  if (stands !== undefined) return { ...(await standingVariant(repository, stands, 'kept')), error };
  const nothing = { version: undefined, digest: undefined, tags: [], sbomUrl: undefined, sbomUrls: {} };
  return { status: 'failed', ...nothing, error };
}

function buildWarnings({ images }: BuiltLine): readonly string[] {
  return [...new Set(images.flatMap((image) => image.warnings))];
}

/** What production does not warn of already. A dev variant that fails holds nothing up: the line warns of it. */
function devWarnings(dev: Built | Failed | undefined, production: BuiltLine): readonly string[] {
  if (dev === undefined) return [];
  if ('error' in dev) return [`its dev variant was not built: ${dev.error.message}`];
  const known = new Set(buildWarnings(production));
  return buildWarnings(dev.built).flatMap((warning) => (known.has(warning) ? [] : [`dev variant: ${warning}`]));
}
