import { findDistribution, findStarter } from '../catalog/catalog.js';
import { type Distribution, maintainedSuites } from '../catalog/distribution.js';
import type { ConfigurationFile } from '../catalog/starter.js';
import type { NameScheme } from '../catalog/families-schema.js';
import type { Architecture } from '../packages/package.js';
import type { Digest } from '../support/digest.js';
import { PrivateImageError } from '../support/errors.js';
import { inParallel } from '../support/in-parallel.js';
import { refuseBlockedFamilies, refuseUnknownAutoPackages, schemesOf } from './auto-packages.js';
import { refuseSamePaths } from './bundle-paths.js';
import type { Creator } from './creator.js';
import { withMendedCache } from './mended-cache.js';
import { refuseMalformedRequests } from './malformed-requests.js';
import { isResolved, type LinePlan, type Plan, planVersion } from './plan.js';
import { type LineMaterial, type LineToPlan, planLine, starterPackages } from './plan-line.js';
import { keepPlan } from './plan-store.js';
import type { ImageRequest } from './request.js';
import { openRequestFaults } from './request-faults.js';
import { linesIn } from './starter-lines.js';
import { type PlanSummary, summarize } from './summary.js';
import type { OpenSuite } from './open-suite.js';
import { openSuites } from './suites.js';

export type RequestErrorCode =
  | 'image/environment-taken'
  | 'image/unknown-line'
  | 'image/no-line'
  | 'image/no-architecture'
  | 'image/no-distribution';

/** A plan with the digest it is kept under, and what to show of it. */
export interface PlannedImage {
  readonly plan: Plan;
  readonly digest: Digest;
  readonly summary: PlanSummary;
}

/**
 * Resolves every line of a request on every architecture and keeps the plan in the store. A line that cannot be resolved is in the
 * plan as failed; what concerns the whole image is thrown: an unknown starter, line or bundle, a blocked package family, an
 * environment key that the starter sets, a repository that cannot be read or trusted. Several of these are thrown as one,
 * `image/several-faults`.
 */
export async function planImage(creator: Creator, request: ImageRequest): Promise<PlannedImage> {
  const catalog = await creator.catalog(creator.settings.distribution);
  const distribution = findDistribution(catalog, creator.settings.distribution);
  const starter = findStarter(catalog, distribution.name, request.starter);
  return withMendedCache(creator, () =>
    planFrom(creator, () => maintained(creator, distribution), starter, request, catalog.schemes),
  );
}

/** Where the packages of an image come from. */
export interface Origin {
  /** In the words of scanners, as `debian`. */
  readonly distribution: string;
  /** Oldest first. */
  readonly suites: readonly OpenSuite[];
  /** The configuration as it stands in an apko file; undefined for starters. */
  readonly file: Readonly<Record<string, unknown>> | undefined;
}

/** The suites of a distribution that are maintained today. */
export async function maintained(creator: Creator, distribution: Distribution): Promise<Origin> {
  const suites = await openSuites(creator, distribution, maintainedSuites(distribution, creator.clock()));
  return { distribution: distribution.name, suites, file: undefined };
}

/** Plans an image of a starter, or of a file, from where `open` says that its packages are. */
export async function planFrom(
  creator: Creator,
  open: (architectures: readonly Architecture[]) => Promise<Origin>,
  starter: ConfigurationFile,
  request: ImageRequest,
  autoSchemes: readonly NameScheme[],
): Promise<PlannedImage> {
  const faults = openRequestFaults();
  await faults.gather(() => refuseTakenEnvironment(starter, request));
  const references = [...new Set(request.fileBundles)];
  const loaded = await inParallel(references, (reference) =>
    faults.gather(async () => (await import('./bundles.js')).loadBundle(creator, reference)),
  );
  const bundles = loaded.filter((bundle) => bundle !== undefined);
  await faults.gather(() => refuseSamePaths(bundles));
  const asked = await faults.gather(() => architecturesOf(creator, starter, request));
  // What else is wrong is seen with those that the starter is for.
  const architectures = asked ?? starter.architectures;
  const origin = await faults.gather(() => open(architectures));
  const offered =
    origin &&
    (await faults.gather(() => linesIn(starter, origin.suites, architectures[0] ?? 'amd64', creator.clock())));
  if (origin === undefined || offered === undefined) throw faults.all() ?? new Error('neither lines nor a fault');
  const { distribution, suites, file } = origin;
  const schemes = schemesOf(starter, autoSchemes);
  const selected = await faults.gather(() => selectLines(starter, offered, request));
  const materials = (selected ?? offered).map((line): LineMaterial => {
    const suite = suites.find((candidate) => candidate.suite.name === line.suite);
    if (suite === undefined) throw new Error(`${line.suite} was not opened`);
    const otherSuites = suites.filter((candidate) => candidate !== suite);
    return { distribution, starter, line, suite, otherSuites, architectures, bundles, schemes, file };
  });
  const newest = materials.at(-1);
  // Whoever adds nothing adds nothing that is there already.
  if (newest !== undefined && request.packages.length > 0) {
    const source = await newest.suite.source(architectures[0] ?? 'amd64');
    await faults.gather(() => refuseMalformedRequests(source, request.packages));
    const contained = await starterPackages(newest);
    await faults.gather(() => refuseBlockedFamilies(starter, autoSchemes, contained, request.packages));
  }
  const found = faults.all();
  if (found !== undefined) throw found;
  const plans: LinePlan[] = [];
  for (const material of materials) {
    creator.report({ kind: 'status', message: `resolving ${starter.name} ${material.line.line}` });
    plans.push(await planLine(creator, material, request));
  }
  refuseUnknownAutoPackages(starter, plans, request.packages);
  const plan: Plan = {
    version: planVersion,
    tenant: creator.settings.tenant,
    name: request.name,
    starter: starter.name,
    distribution,
    lines: plans,
  };
  const digest = await keepPlan(creator.store, plan);
  return { plan, digest, summary: summarize(plan, digest, await keptVersions(creator, plan)) };
}

/** What stands in the registry of the lines that fail today: line to version. */
async function keptVersions(creator: Creator, plan: Plan): Promise<ReadonlyMap<string, string>> {
  const failed = plan.lines.filter((line) => !isResolved(line));
  if (failed.length === 0) return new Map();
  const { imageRepository } = await import('./homes.js');
  const { readStanding } = await import('./standing.js');
  const { lines } = await readStanding(imageRepository(creator, plan.name), plan.starter);
  return new Map(
    failed.flatMap(({ line }): [string, string][] => {
      const version = lines.get(line)?.index.version;
      return version === undefined ? [] : [[line, version]];
    }),
  );
}

/**
 * What is asked for, else those of the setting that the starter is for. Throws `image/no-architecture` for one that is asked for and that the
 * starter is not for, and when there is none; a file that says nothing of lines is built for whatever is asked, as by apko.
 */
function architecturesOf(
  { settings }: Creator,
  starter: ConfigurationFile,
  { architectures: asked }: ImageRequest,
): readonly Architecture[] {
  const wanted = [...new Set(asked ?? settings.architectures)];
  if (starter.architectures.length === 0 || (asked !== undefined && starter.primary === undefined)) return wanted;
  const common = wanted.filter((architecture) => starter.architectures.includes(architecture));
  if (asked === undefined ? common.length > 0 : common.length === wanted.length) return common;
  const known = starter.architectures.join(', ');
  throw new PrivateImageError<RequestErrorCode>(
    'image/no-architecture',
    `The starter ${starter.name} is for ${known}, and the image is to be built for ${wanted.join(', ')}`,
    {
      hint: `Set \`architectures\` of the image to what the starter is for: ${known}.`,
      data: { starter: starter.name, architectures: wanted.filter((one) => !common.includes(one)) },
    },
  );
}

/** A starter's own configuration is never overridden (SPECIFICATION, environment). */
function refuseTakenEnvironment(starter: ConfigurationFile, request: ImageRequest): void {
  const taken = Object.keys(request.environment).filter((key) => key in starter.configuration.environment);
  const [first] = taken;
  if (first === undefined) return;
  throw new PrivateImageError<RequestErrorCode>(
    'image/environment-taken',
    `The starter ${starter.name} sets ${taken.join(', ')} itself: a starter's own environment cannot be overridden`,
    { hint: 'Take the key out of `environment`.', data: { key: first, keys: taken, starter: starter.name } },
  );
}

function selectLines(
  starter: ConfigurationFile,
  discovered: readonly LineToPlan[],
  request: ImageRequest,
): readonly LineToPlan[] {
  const offered = discovered.map(({ line }) => line);
  if (offered.length === 0) {
    throw new PrivateImageError<RequestErrorCode>(
      'image/no-line',
      `No maintained suite has a line of the starter ${starter.name}`,
      {
        hint: 'Check the mirror and the starter’s `primary` pattern.',
        data: { starter: starter.name },
      },
    );
  }
  if (request.lines === undefined) return discovered;
  const unknown = request.lines.filter((line) => !offered.includes(line));
  if (unknown.length > 0) {
    throw new PrivateImageError<RequestErrorCode>(
      'image/unknown-line',
      `The starter ${starter.name} has no maintained line ${unknown.join(', ')}`,
      {
        hint: `Maintained lines today: ${offered.join(', ')}.`,
        data: { lines: unknown, starter: starter.name },
      },
    );
  }
  return discovered.filter(({ line }) => request.lines?.includes(line));
}
