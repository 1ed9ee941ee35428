import type { DiscoveredLine } from '../catalog/lines.js';
import type { ApkRecipe } from '../image/apk-recipe.js';
import { type ConfigurationFile, starterForLine } from '../catalog/starter.js';
import type { Architecture, Package } from '../packages/package.js';
import { type AutoScheme, isAutoName } from '../resolver/auto.js';
import { resolve, type Solution } from '../resolver/resolve.js';
import { describeError, isPrivateImageError, PrivateImageError } from '../support/errors.js';
import { type LineRequest, lineRequests, nameOfRequest } from './auto-packages.js';
import type { Bundle } from './bundle-manifest.js';
import type { Creator } from './creator.js';
import { lineImage } from './line-image.js';
import type { ArchitecturePlan, LineHead, LinePlan, PlannedPackage } from './plan.js';
import type { PackageSource } from './package-source.js';
import type { ImageRequest } from './request.js';
import type { OpenSuite } from './open-suite.js';

export type PlanErrorCode = 'plan/conflict' | 'plan/failed' | 'plan/line-version';

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
    // A mirror that is away or a cache that is full is not this line's fault.
    if (!isPrivateImageError(error) || !/^(?:plan|request|resolver|auto)\//u.test(error.code)) throw error;
    const elsewhere = await foundElsewhere(material, request);
    return {
      ...head,
      status: 'failed',
      version,
      error: { code: error.code, message: error.message, hint: elsewhere ?? error.hint },
    };
  }
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
  const roots = await Promise.all(
    material.architectures.map(async (architecture): Promise<RootProblem> => {
      const where = `${starter.name} ${head.line} (${head.suite}, ${architecture})`;
      return { architecture, source: await suite.source(architecture), assumedPresent: starter.assumedPresent, where };
    }),
  );
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
  return {
    ...head,
    status: 'resolved',
    version: material.line.version,
    image,
    architectures,
    skipped,
    warnings: versionWarnings(material.line.primaryPackage, architectures),
  };
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

/** What is resolved for one architecture of a line. */
interface RootProblem {
  readonly architecture: Architecture;
  readonly source: PackageSource;
  readonly assumedPresent: readonly string[];
  /** In words, for errors. */
  readonly where: string;
}

function resolveRoot(root: RootProblem, starter: ConfigurationFile, added: readonly LineRequest[]): ArchitecturePlan {
  const { architecture, where } = root;
  const alone = solve(root, starter.contents.packages, `${where}: the starter itself cannot be resolved`);
  const whole = solve(root, [...starter.contents.packages, ...added.map(({ request }) => request)], where);
  const starterNames = new Set(alone.packages.map((resolved) => resolved.package.name));
  return {
    architecture,
    packages: whole.packages.map((resolved) => planned(resolved, starterNames, added)),
    assumed: assumedOf(whole),
  };
}

/** Why `requests` cannot be met on some architecture, or undefined when they can on all. */
function conflictOf(roots: readonly RootProblem[], requests: readonly string[]): string | undefined {
  for (const { source, assumedPresent, where } of roots) {
    const resolution = resolve(source.universe(requests, assumedPresent), requests);
    if (!resolution.solved) return `${where}: ${resolution.conflict.text}`;
  }
  return undefined;
}

function solve({ source, assumedPresent }: RootProblem, requests: readonly string[], where: string): Solution {
  try {
    const resolution = resolve(source.universe(requests, assumedPresent), requests);
    if (resolution.solved) return resolution;
    throw new PrivateImageError<PlanErrorCode>('plan/conflict', `${where}: ${resolution.conflict.text}`, {
      data: { requests: resolution.conflict.requests, nearMisses: resolution.conflict.nearMisses },
    });
  } catch (error) {
    if (isPrivateImageError(error, 'plan/conflict') || !isPrivateImageError(error)) throw error;
    throw new PrivateImageError(error.code, `${where}: ${describeError(error)}`, { cause: error, data: error.data });
  }
}

function planned(
  resolved: Solution['packages'][number],
  starterNames: ReadonlySet<string>,
  added: readonly LineRequest[],
): PlannedPackage {
  const from = starterNames.has(resolved.package.name) ? 'starter' : 'added';
  const { because } = resolved;
  if (because.kind !== 'request') {
    const wanted = because.kind === 'requirement' ? because.package.name : because.text;
    return { package: plain(resolved.package), from, reason: 'dependency', because: wanted };
  }
  const asked = added.find(({ request }) => request === because.text);
  const reason = asked === undefined ? 'starter' : asked.auto === undefined ? 'added' : 'auto';
  return { package: plain(resolved.package), from, reason, because: asked?.auto ?? because.text };
}

/** A package without the relations of its format: a plan has no use for them. */
function plain(one: Package): Package {
  const { format, name, version, architecture, origin, description, homepage, maintainer, license } = one;
  const { installedSize, archive, repository } = one;
  return {
    format,
    name,
    version,
    architecture,
    origin,
    description,
    homepage,
    maintainer,
    license,
    installedSize,
    archive,
    repository,
  };
}

function assumedOf(solution: Solution): ArchitecturePlan['assumed'] {
  const requirers = new Map<string, Set<string>>();
  for (const { name, requiredBy } of solution.assumed) {
    const known = requirers.get(name) ?? new Set();
    known.add(requiredBy?.name ?? 'request');
    requirers.set(name, known);
  }
  return [...requirers]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, requiredBy]) => ({ name, requiredBy: [...requiredBy].sort() }));
}

/** A mirror that is half-way through an update, or a constraint of the user's, gives the primary package another version. */
function versionWarnings(primary: Package | undefined, architectures: readonly ArchitecturePlan[]): readonly string[] {
  return architectures.flatMap(({ architecture, packages }) => {
    const there = packages.find((planned) => planned.package.name === primary?.name)?.package.version;
    if (primary === undefined || there === undefined || there === primary.version) return [];
    return [`${primary.name} is ${there} on ${architecture}; the newest is ${primary.version}`];
  });
}
