import { registryError } from '../registry/registry-error.js';
import type { Repository } from '../registry/registry.js';
import type { BuiltLine } from './build-line.js';
import type { LinePlan, PlanError, ResolvedLine } from './plan.js';
import type { PublishedSboms } from './publish-line.js';
import type { PublishedImage, PublishedLine, PublishedVariant } from './published.js';
import type { Standing, StandingLine } from './standing.js';
import { standingVariant, tagsOfLines } from './standing-variant.js';
import { packageVersions } from './summary.js';

/** A variant that was built and put into the repository. */
export interface Built {
  readonly built: BuiltLine;
  readonly sboms: PublishedSboms;
}

export interface Failed {
  readonly error: PlanError;
}

/** A line after its turn: what was built and put into the repository, or why not. Its dev variant may have failed alone. */
export type Outcome =
  | ({ readonly plan: ResolvedLine; readonly dev: Built | Failed | undefined } & Built)
  | ({ readonly plan: LinePlan } & Failed);

/** The image as it stands after these outcomes, whose mirrors are another matter. */
export async function publishedImage(
  repository: Repository,
  outcomes: readonly Outcome[],
  standing: Standing,
): Promise<PublishedImage> {
  const lines: PublishedLine[] = [];
  for (const outcome of outcomes) lines.push(await publishedLine(repository, outcome, standing));
  const latest = standing.tags.get('latest');
  if (latest === undefined) {
    throw registryError('registry/missing', repository.reference, 'its tag latest is not there any more', {
      hint: 'Somebody deletes what is published, or the registry does not tell the truth: run it again.',
      data: { tag: 'latest' },
    });
  }
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
  const { dev } = outcome;
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
    ...toldOfBuild(outcome),
  };
}

/** Lines that had their turn, as long as no tag leads to what was built of them. */
export function untaggedLines(outcomes: readonly Outcome[]): readonly PublishedLine[] {
  return outcomes.map((outcome) => {
    const { line, endOfLife } = outcome.plan;
    if (!('built' in outcome)) {
      const failed: PublishedVariant = { status: 'failed', ...nothing, error: outcome.error };
      return { line, endOfLife, ...failed, dev: undefined, packagesAdded: {}, skipped: [], warnings: [] };
    }
    const { plan, dev } = outcome;
    return {
      line,
      endOfLife,
      ...untaggedVariant(plan.version, outcome),
      dev: dev === undefined ? undefined : untaggedVariant(plan.version, dev),
      ...toldOfBuild(outcome),
    };
  });
}

function untaggedVariant(version: string, variant: Built | Failed): PublishedVariant {
  if ('error' in variant) return { status: 'failed', ...nothing, error: variant.error };
  return { ...builtVariant(variant, undefined), version, digest: variant.built.index.digest };
}

/** What a line that was built says of itself. */
function toldOfBuild({
  plan,
  dev,
  built,
}: Extract<Outcome, Built>): Pick<PublishedLine, 'packagesAdded' | 'skipped' | 'warnings'> {
  return {
    packagesAdded: packageVersions(plan, (from) => from === 'added'),
    skipped: plan.skipped,
    warnings: [...plan.warnings, ...buildWarnings(built), ...devWarnings(dev, built)],
  };
}

const nothing = { version: undefined, digest: undefined, tags: [], sbomUrl: undefined, sbomUrls: {} };

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
