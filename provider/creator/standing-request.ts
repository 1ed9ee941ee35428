import { z } from 'zod';
import { findDistribution, findStarter } from '../catalog/catalog.js';
import { type ConfigurationFile, starterForLine } from '../catalog/starter.js';
import { architectures } from '../packages/package.js';
import type { Repository } from '../registry/registry.js';
import { type Digest, digestOf } from '../support/digest.js';
import { descriptionAnnotation, starterLabel } from './annotations.js';
import { readArtifact } from './artifact.js';
import { readClaim } from './claim.js';
import type { Creator } from './creator.js';
import { imageRepository } from './homes.js';
import { type Plan, planVersion } from './plan.js';
import { identityOf } from './plan-store.js';
import { planArtifactType } from './publish-line.js';
import { readIndex } from './read-index.js';
import type { ImageRequest } from './request.js';
import { discoverStarterLines } from './starter-lines.js';
import { readStanding } from './standing.js';
import { planSchema } from './standing-plan.js';
import { type PlanSummary, summarize } from './summary.js';
import { compareVersions } from './tags.js';
import { lineOf, type LineVariant } from './variant.js';

const lineSchema = z.object({
  status: z.literal('resolved'),
  line: z.string(),
  suite: z.string(),
  version: z.string(),
  image: z.object({
    configuration: z.object({ environment: z.record(z.string(), z.string()) }),
    fileBundles: z.array(z.string()),
    replacements: z.array(z.object({ kind: z.string(), path: z.string().optional() })),
  }),
  architectures: z.array(
    z.object({
      architecture: z.enum(architectures),
      packages: z.array(
        z.object({
          package: z.object({ name: z.string(), version: z.string(), installedSize: z.number() }),
          from: z.enum(['starter', 'added']),
          reason: z.string(),
          because: z.string(),
        }),
      ),
    }),
  ),
  skipped: z.array(z.object({ name: z.string() })),
  warnings: z.array(z.string()),
});

type StandingLinePlan = z.infer<typeof lineSchema>;

/** What an image in the registry was asked to be, read back from the plans beside it. */
export interface StandingRequest {
  readonly request: ImageRequest;
  /** The plan that it was built from; its digest is that of the plan itself when all lines of that plan stand. */
  readonly plan: PlanSummary;
  /** Who owns it; undefined when nobody has claimed it. */
  readonly owner: string | undefined;
}

/**
 * What the image `name` in the registry was asked to be: what an import begins with. Undefined when there is no such image, or it has
 * no plan beside it any more.
 */
export async function readStandingRequest(creator: Creator, name: string): Promise<StandingRequest | undefined> {
  const repository = imageRepository(creator, name);
  const found = await repository.getManifest('latest');
  const latest = found === undefined ? undefined : await readIndex(repository, found.descriptor.digest);
  const starter = latest?.annotations[starterLabel];
  if (latest === undefined || starter === undefined) return undefined;
  const standing = await readStanding(repository, starter);
  const documents: LineVariant[] = [];
  const devs: (LineVariant | undefined)[] = [];
  const indexes = [...standing.lines.values()].map(({ index }) => index);
  for (const index of indexes.sort((left, right) => compareVersions(left.line, right.line))) {
    const document = await readPlanDocument(repository, index.digest);
    if (document === undefined) return undefined;
    documents.push(document);
    const dev = standing.dev.get(index.line);
    devs.push(dev === undefined ? undefined : await readPlanDocument(repository, dev.index.digest));
  }
  const lines = z.array(lineSchema).parse(documents);
  const [first] = lines;
  if (first === undefined) return undefined;
  const { tenant, distribution } = creator.settings;
  // What a summary is made from has just been looked at; the rest is there for the digest.
  const plan: Plan = {
    version: planVersion,
    tenant,
    name,
    starter,
    distribution,
    lines: documents.map((document, index) => lineOf(document, devs[index])),
  };
  const built = first.architectures.map(({ architecture }) => architecture);
  return {
    request: {
      starter,
      name,
      description: latest.annotations[descriptionAnnotation],
      packages: requestedPackages(lines),
      environment: await addedEnvironment(creator, starter, first),
      fileBundles: first.image.fileBundles,
      setuidPrograms: await addedSetuid(creator, starter, first),
      lines: await requestedLines(creator, starter, lines),
      architectures: built.join() === creator.settings.architectures.join() ? undefined : built,
    },
    plan: summarize(plan, digestOf(identityOf(plan))),
    owner: await readClaim(repository),
  };
}

function readPlanDocument(repository: Repository, index: Digest): Promise<LineVariant | undefined> {
  return readArtifact(repository, index, planArtifactType, (json) =>
    planSchema.safeParse(json).success ? (json as LineVariant) : undefined,
  );
}

/** What the user named, as it was written; an auto package that a line has no version for counts as well. */
function requestedPackages(lines: readonly StandingLinePlan[]): readonly string[] {
  const named = lines.flatMap((line) => [
    ...line.architectures.flatMap(({ packages }) =>
      packages.filter(({ reason }) => reason === 'added' || reason === 'auto').map(({ because }) => because),
    ),
    ...line.skipped.map((skipped) => skipped.name),
  ]);
  return [...new Set(named)].sort();
}

/** The variables that the starter does not set. */
async function addedEnvironment(
  creator: Creator,
  name: string,
  line: StandingLinePlan,
): Promise<Readonly<Record<string, string>>> {
  const own = (await standingStarter(creator, name, line)).configuration.environment;
  return Object.fromEntries(
    Object.entries(line.image.configuration.environment).filter(([key]) => own[key] === undefined),
  );
}

/** The programs that may be setuid beside those of the starter. */
async function addedSetuid(creator: Creator, name: string, line: StandingLinePlan): Promise<readonly string[]> {
  const own = new Set((await standingStarter(creator, name, line)).replacements.flatMap(setuidPath));
  return line.image.replacements.flatMap(setuidPath).filter((path) => !own.has(path));
}

function setuidPath(one: { readonly kind: string; readonly path?: string | undefined }): readonly string[] {
  return one.kind === 'setuid' && one.path !== undefined ? [one.path] : [];
}

async function standingStarter(creator: Creator, name: string, line: StandingLinePlan): Promise<ConfigurationFile> {
  const { distribution } = creator.settings;
  return starterForLine(findStarter(await creator.catalog(distribution), distribution, name), line);
}

/** The lines by name when the starter has others beside, else undefined: all of them. */
async function requestedLines(
  creator: Creator,
  name: string,
  lines: readonly StandingLinePlan[],
): Promise<readonly string[] | undefined> {
  const catalog = await creator.catalog(creator.settings.distribution);
  const distribution = findDistribution(catalog, creator.settings.distribution);
  const starter = findStarter(catalog, distribution.name, name);
  const [architecture = 'amd64'] = creator.settings.architectures;
  const offered = await discoverStarterLines(creator, distribution, starter, architecture);
  const standing = new Set(lines.map(({ line }) => line));
  return offered.every(({ line }) => standing.has(line)) ? undefined : [...standing];
}
