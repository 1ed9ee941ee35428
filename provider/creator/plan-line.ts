import type { DiscoveredLine } from '../catalog/lines.js';
import type { ApkRecipe } from '../image/apk-recipe.js';
import { type ConfigurationFile, starterForLine } from '../catalog/starter.js';
import type { Architecture, Package } from '../packages/package.js';
import { type AutoScheme, isAutoName } from '../resolver/auto.js';
import { resolve } from '../resolver/resolve.js';
import { isPrivateImageError } from '../support/errors.js';
import { inParallel } from '../support/in-parallel.js';
import { type LineRequest, lineRequests, nameOfRequest } from './auto-packages.js';
import type { Bundle } from './bundle-manifest.js';
import type { Creator } from './creator.js';
import { devImage, lineImage } from './line-image.js';
import type { ArchitecturePlan, DevPlan, LineHead, LineImage, LinePlan, PlanError } from './plan.js';
import type { ImageRequest } from './request.js';
import type { OpenSuite } from './open-suite.js';
import { lineOf, type LineVariant } from './variant.js';
import { conflictOf, resolveDevRoot, resolveRoot, type RootProblem } from './resolve-root.js';

/** One line as it is to be planned; without a primary package it has no version of its own. */
export type LineToPlan = Omit<DiscoveredLine<Package>, 'primaryPackage'> & { readonly primaryPackage?: Package };

/** What a line is planned from. */
export interface LineMaterial {
  /** In the words of scanners, as `debian`. */
  readonly distribution: string;
  readonly starter: ConfigurationFile;
  readonly line: LineToPlan;
  readonly suite: OpenSuite;
  /** Where else a package may be that this suite does not have. */
  readonly otherSuites: readonly OpenSuite[];
  readonly architectures: readonly Architecture[];
  readonly bundles: readonly Bundle[];
  /** The configuration as it stands in an apko file; undefined for starters. */
  readonly file: Readonly<Record<string, unknown>> | undefined;
  /** The auto packages that are for the starter. */
  readonly schemes: readonly AutoScheme[];
}

/**
 * The packages that a starter alone has in one of its lines: what no user may add again. Empty when it cannot be resolved; planning
 * the line says why.
 */
export async function starterPackages(material: LineMaterial): Promise<readonly Package[]> {
  const { line, suite, version } = material.line;
  const starter = starterForLine(material.starter, { line, suite, version });
  const architecture = material.architectures[0] ?? 'amd64';
  const source = await material.suite.source(architecture);
  const { packages } = starter.contents;
  const resolution = resolve(source.universe(packages, starter.assumedPresent), packages);
  return resolution.solved ? resolution.packages.map((resolved) => resolved.package) : [];
}

/** Resolves one line on all its architectures. What is wrong with the line alone is in the plan, not thrown. */
export async function planLine(creator: Creator, material: LineMaterial, request: ImageRequest): Promise<LinePlan> {
  const { line, suite, endOfLife, version } = material.line;
  const head: LineHead = { line, suite, endOfLife };
  try {
    return await resolveLine(creator, material, request, head);
  } catch (error) {
    const reason = reasonOf(error);
    const elsewhere = await foundElsewhere(material, request);
    return { ...head, status: 'failed', version, error: { ...reason, hint: elsewhere ?? reason.hint } };
  }
}

/** What is wrong with a line alone. Throws what is not: a mirror that is away or a cache that is full is no line's fault. */
function reasonOf(error: unknown): PlanError {
  if (!isPrivateImageError(error) || !/^(?:plan|request|resolver|auto)\//u.test(error.code)) throw error;
  return { code: error.code, message: error.message, hint: error.hint };
}

/** Where the other suites have what this one lacks, in words; undefined when that helps nobody. */
async function foundElsewhere(
  { suite, otherSuites, architectures }: LineMaterial,
  request: ImageRequest,
): Promise<string | undefined> {
  const architecture = architectures[0] ?? 'amd64';
  const here = await suite.source(architecture);
  const missing = request.packages
    .map(nameOfRequest)
    .filter((name) => !isAutoName(name) && here.get(name).length === 0);
  const found: string[] = [];
  for (const other of otherSuites) {
    const there = await other.source(architecture);
    for (const name of missing) {
      const versions = there
        .get(name)
        .map(({ version }) => version)
        .sort(there.order);
      if (versions.length > 0) found.push(`${other.suite.name} has ${name} ${versions.at(-1) ?? ''}`);
    }
  }
  return found.length === 0 ? undefined : `${found.join('; ')}.`;
}

async function resolveLine(
  creator: Creator,
  material: LineMaterial,
  request: ImageRequest,
  head: LineHead,
): Promise<LinePlan> {
  const { distribution, suite } = material;
  const placeholders = { line: head.line, suite: head.suite, version: material.line.version };
  const starter = withSupervisor(starterForLine(material.starter, placeholders), suite);
  const roots = await inParallel(material.architectures, async (architecture): Promise<RootProblem> => {
    const where = `${starter.name} ${head.line} (${head.suite}, ${architecture})`;
    return { architecture, source: await suite.source(architecture), assumedPresent: starter.assumedPresent, where };
  });
  const { requests, skipped } = lineRequests(request.packages, {
    schemes: material.schemes,
    line: head.line,
    sources: roots.map((root) => root.source),
    conflictOf: (added) => conflictOf(roots, [...starter.contents.packages, ...added]),
  });
  const architectures = roots.map((root) => resolveRoot(root, starter, requests));
  const image = await lineImage(
    creator,
    {
      starter,
      ...placeholders,
      distribution: { id: distribution, versionId: suite.suite.version, codename: suite.suite.name },
      apk: apkOf(material, starter, requests),
    },
    request,
    material.bundles,
  );
  const production: LineVariant = {
    ...head,
    status: 'resolved',
    variant: 'production',
    version: material.line.version,
    image,
    architectures,
    skipped,
    warnings: versionWarnings(material.line.primaryPackage, architectures),
  };
  return lineOf(production, planDev(creator, material, { starter, roots, image, architectures }));
}

/** A production variant, with what it was resolved from. */
interface Resolved {
  readonly starter: ConfigurationFile;
  readonly roots: readonly RootProblem[];
  readonly image: LineImage;
  readonly architectures: readonly ArchitecturePlan[];
}

/** The dev variant beside a production variant. An apko configuration has none: it says itself what is in its image. */
function planDev(creator: Creator, { suite, file }: LineMaterial, production: Resolved): DevPlan | undefined {
  const { starter, roots, image, architectures } = production;
  const { packages } = starter.dev;
  if (!creator.settings.devVariants || file !== undefined || packages.length === 0) return undefined;
  try {
    return {
      status: 'resolved',
      image: devImage(creator, image, starter, suite.packageManager),
      architectures: architectures.map((resolved, index) => {
        const root = roots[index];
        if (root === undefined) throw new Error(`${resolved.architecture} was not resolved`);
        return resolveDevRoot({ ...root, where: `${root.where} dev` }, resolved, packages);
      }),
    };
  } catch (error) {
    return { status: 'failed', error: reasonOf(error) };
  }
}

/** apko runs the services of a bundle by s6, whether its configuration names the package or not. */
function withSupervisor(starter: ConfigurationFile, suite: OpenSuite): ConfigurationFile {
  const { contents, configuration } = starter;
  if (suite.apk === undefined || configuration.entrypoint?.type !== 'service-bundle') return starter;
  return { ...starter, contents: { ...contents, packages: [...new Set([...contents.packages, 's6'])] } };
}

/** What an image of apk packages is a function of, beside what every image is. */
function apkOf(
  { suite, file }: LineMaterial,
  { contents, certificates }: ConfigurationFile,
  added: readonly LineRequest[],
): ApkRecipe | undefined {
  if (suite.apk === undefined) return undefined;
  return {
    requests: [...contents.packages, ...added.map(({ request }) => request)],
    repositories: [
      ...new Set([...(file === undefined ? suite.apk.repositories : []), ...contents.runtimeRepositories]),
    ],
    keys: suite.apk.keys,
    certificateProviders: certificates.providers,
    additionalCertificates: certificates.additional,
    ...(file === undefined ? {} : { file }),
  };
}

/** A mirror that is half-way through an update, or a constraint of the user's, gives the primary package another version. */
function versionWarnings(primary: Package | undefined, architectures: readonly ArchitecturePlan[]): readonly string[] {
  return architectures.flatMap(({ architecture, packages }) => {
    const there = packages.find((planned) => planned.package.name === primary?.name)?.package.version;
    if (primary === undefined || there === undefined || there === primary.version) return [];
    return [`${primary.name} is ${there} on ${architecture}; the newest is ${primary.version}`];
  });
}
