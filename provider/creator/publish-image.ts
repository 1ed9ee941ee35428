import type { Repository, TagPointer } from '../registry/registry.js';
import type { Digest } from '../support/digest.js';
import { describeError, isPrivateImageError, PrivateImageError } from '../support/errors.js';
import { type BuiltLine, buildLine } from './build-line.js';
import { type Claim, putClaim } from './claim.js';
import type { Creator } from './creator.js';
import { imageRepository } from './homes.js';
import { withMendedCache } from './mended-cache.js';
import { isResolved, type LinePlan, type Plan, type PlanError, type ResolvedLine } from './plan.js';
import { loadPlan } from './plan-store.js';
import { type PublishedSboms, publishLine } from './publish-line.js';
import type { PublishedImage, PublishedLine } from './published.js';
import { readStanding, type Standing } from './standing.js';
import { standingSboms } from './standing-sboms.js';
import { packageVersions } from './summary.js';
import { assignTags, isTimestampTag, timestampTag } from './tags.js';

export type PublishErrorCode = 'image/no-line-built' | 'image/line-failed';

/** A line after its turn: what was built and put into the repository, or why not. */
type Outcome =
  | { readonly plan: ResolvedLine; readonly built: BuiltLine; readonly sboms: PublishedSboms }
  | { readonly plan: LinePlan; readonly error: PlanError };

/** Builds exactly the plan that was kept under `planDigest` and publishes it in the image's own repository, as `publishPlan` does. */
export async function publishImage(creator: Creator, planDigest: Digest, claim: Claim): Promise<PublishedImage> {
  const plan = await loadPlan(creator.store, planDigest);
  return publishPlan(creator, plan, imageRepository(creator, plan.name), claim);
}

/**
 * Builds a plan and publishes it: blobs, manifests and referrers of all lines, then all tags at once. A line that fails keeps its last
 * good build and its tags. What stands in the repository already is not written again. With a claim the repository has a
 * history: each digest gets a timestamp tag of its own.
 *
 * Throws `image/no-line-built` with each line's reason when not one could be built; then no tag was moved.
 */
export async function publishPlan(
  creator: Creator,
  plan: Plan,
  repository: Repository,
  claim: Claim | undefined,
): Promise<PublishedImage> {
  const outcomes: Outcome[] = [];
  for (const line of plan.lines) outcomes.push(await publishOrFail(creator, plan, repository, line));
  if (!outcomes.some((outcome) => 'built' in outcome)) throw noLineBuilt(plan, outcomes, claim);

  const standing = await readStanding(repository, plan.starter);
  const builds = buildsOf(outcomes, standing);
  const pointers = [
    ...floatingTags(builds),
    ...(claim === undefined ? [] : ownTags(builds, standing, creator.clock())),
  ];
  const moved = pointers.filter(({ tag, digest }) => standing.tags.get(tag) !== digest);
  if (claim !== undefined) await putClaim(repository, claim);
  if (moved.length > 0) {
    creator.report({ kind: 'status', message: `tagging ${moved.map(({ tag }) => tag).join(', ')}` });
    await repository.tag(moved);
  }
  return publishedImage(repository, outcomes, await readStanding(repository, plan.starter));
}

async function publishOrFail(creator: Creator, plan: Plan, repository: Repository, line: LinePlan): Promise<Outcome> {
  if (!isResolved(line)) return { plan: line, error: line.error };
  try {
    return await withMendedCache(creator, async () => {
      const built = await buildLine(creator, plan.starter, line);
      creator.report({ kind: 'status', message: `publishing ${plan.starter} ${line.line}` });
      const sboms = await publishLine(creator, repository, plan, line, built);
      return { plan: line, built, sboms };
    });
  } catch (error) {
    // Being stopped concerns all lines; everything else is this line's alone.
    if (creator.signal.aborted) throw error;
    const code: PublishErrorCode = 'image/line-failed';
    return isPrivateImageError(error)
      ? { plan: line, error: { code: error.code, message: describeError(error), hint: undefined } }
      : { plan: line, error: { code, message: describeError(error), hint: undefined } };
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

/** A version with the digest that its tags are to point to. */
interface Build {
  readonly version: string;
  readonly digest: Digest;
}

/** The lines that were built, and those that fail today but stand. */
function buildsOf(outcomes: readonly Outcome[], standing: Standing): readonly Build[] {
  return outcomes.flatMap((outcome): readonly Build[] => {
    if ('built' in outcome) return [{ version: outcome.plan.version, digest: outcome.built.index.digest }];
    const kept = standing.lines.get(outcome.plan.line);
    return kept === undefined ? [] : [{ version: kept.index.version, digest: kept.index.digest }];
  });
}

function floatingTags(builds: readonly Build[]): readonly TagPointer[] {
  const tags = assignTags(builds.map((build) => build.version));
  return builds.flatMap(({ version, digest }) => (tags.get(version) ?? []).map((tag) => ({ tag, digest })));
}

/** The timestamp tag of each digest: the one it has, else a new one that no other digest has. */
function ownTags(builds: readonly Build[], standing: Standing, now: Date): readonly TagPointer[] {
  return builds.map(({ version, digest }) => {
    for (const [tag, tagged] of standing.tags) {
      if (tagged === digest && isTimestampTag(tag, version)) return { tag, digest };
    }
    for (let time = now.getTime(); ; time += 1000) {
      const tag = timestampTag(version, new Date(time));
      if (!standing.tags.has(tag)) return { tag, digest };
    }
  });
}

async function publishedImage(
  repository: Repository,
  outcomes: readonly Outcome[],
  standing: Standing,
): Promise<PublishedImage> {
  const lines: PublishedLine[] = [];
  for (const outcome of outcomes) lines.push(await publishedLine(repository, outcome, standing));
  const current = lines.filter((line) => line.digest !== undefined);
  const tags = current.flatMap((line) =>
    line.tags.map((tag): readonly [string, Digest | undefined] => [tag, line.digest]),
  );
  const latest = standing.tags.get('latest');
  if (latest === undefined) throw new Error(`${repository.reference} lost its tag latest while it was published`);
  return {
    status: lines.every((line) => line.status === 'built') ? 'created' : 'some lines created',
    repository: repository.reference,
    lines,
    tags: Object.fromEntries(tags.filter((entry): entry is [string, Digest] => entry[1] !== undefined)),
    latest,
  };
}

async function publishedLine(repository: Repository, outcome: Outcome, standing: Standing): Promise<PublishedLine> {
  const { plan } = outcome;
  const stands = standing.lines.get(plan.line);
  const head = {
    line: plan.line,
    endOfLife: plan.endOfLife,
    version: stands?.index.version,
    digest: stands?.index.digest,
    tags: stands?.tags ?? [],
  };
  if ('built' in outcome) {
    const { skipped } = outcome.plan;
    return {
      ...head,
      status: 'built',
      sbomUrl: outcome.sboms.whole,
      sbomUrls: outcome.sboms.byArchitecture,
      packagesAdded: packageVersions(outcome.plan, (from) => from === 'added'),
      skipped,
      warnings: [...outcome.plan.warnings, ...new Set(outcome.built.images.flatMap((image) => image.warnings))],
      error: undefined,
    };
  }
  const sboms = stands === undefined ? undefined : await standingSboms(repository, stands.index);
  return {
    ...head,
    status: stands === undefined ? 'failed' : 'kept',
    sbomUrl: sboms?.whole,
    sbomUrls: sboms?.byArchitecture ?? {},
    packagesAdded: {},
    skipped: [],
    warnings: [],
    error: outcome.error,
  };
}
