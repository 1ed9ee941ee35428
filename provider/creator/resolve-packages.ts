import { findDistribution, findStarter } from '../catalog/catalog.js';
import { findSuite, maintainedSuites, type Suite } from '../catalog/distribution.js';
import { starterForLine } from '../catalog/starter.js';
import type { Architecture, Package } from '../packages/package.js';
import { resolve, type Resolution, type Solution } from '../resolver/resolve.js';
import { PrivateImageError } from '../support/errors.js';
import { inParallel } from '../support/in-parallel.js';
import { lineRequests, schemesOf } from './auto-packages.js';
import type { Creator } from './creator.js';
import { type CustomRepositories, openCustomRepositories } from './custom-repositories.js';
import type { PackageSource } from './package-source.js';
import { devRequests } from './resolve-root.js';
import { discoverStarterLines } from './starter-lines.js';
import { openSuites } from './suites.js';

/** What is to be resolved. */
export interface ResolveRequest {
  readonly distribution: string;
  /** Undefined: the newest maintained one, or the line's. */
  readonly suite: string | undefined;
  readonly architectures: readonly Architecture[];
  readonly packages: readonly string[];
  /** A starter whose packages are resolved with the others, and what it assumes present left out. */
  readonly starter: string | undefined;
  /** Which of the starter's lines; undefined is the newest. */
  readonly line: string | undefined;
  /** Of the starter's dev variant. */
  readonly dev?: boolean;
  /** Repositories instead of the distribution's. */
  readonly custom: CustomRepositories | undefined;
}

/** The answer for one architecture: exact packages sorted by name, or why there are none. */
export type ArchitectureResolution =
  | { readonly architecture: Architecture; readonly packages: readonly Package[] }
  | { readonly architecture: Architecture; readonly conflict: string };

/** The packages of the suites of a distribution, or of repositories of the user's own. */
type Sources = (architecture: Architecture) => Promise<PackageSource>;

/** What is resolved, wherever it comes from. */
interface Problem {
  /** Where, in words. */
  readonly where: string;
  readonly sources: Sources;
  readonly requests: (sources: readonly PackageSource[]) => readonly string[];
  readonly assumedPresent: readonly string[];
  /** What the dev variant has beside, when that is what is asked for. */
  readonly devPackages?: readonly string[];
}

/**
 * Resolves packages as an image would have them, without building one. Without a starter the answer is the closure of the
 * packages alone, nothing assumed present. Throws what planning throws for unknown names and untrusted repositories.
 */
export async function resolvePackages(
  creator: Creator,
  request: ResolveRequest,
): Promise<readonly ArchitectureResolution[]> {
  const problem = await problemOf(creator, request);
  const { sources, where, assumedPresent, devPackages } = problem;
  const opened = await inParallel(request.architectures, async (architecture) => ({
    architecture,
    source: await sources(architecture),
  }));
  const requests = problem.requests(opened.map(({ source }) => source));
  return opened.map(({ architecture, source }): ArchitectureResolution => {
    const production = resolve(source.universe(requests, assumedPresent), requests);
    const resolution = production.solved && devPackages !== undefined ? devOf(production, source) : production;
    return resolution.solved
      ? { architecture, packages: resolution.packages.map((resolved) => resolved.package) }
      : { architecture, conflict: `${where}${architecture}: ${resolution.conflict.text}` };
  });

  function devOf(production: Solution, source: PackageSource): Resolution {
    const wanted = devRequests(
      production.packages.map((resolved) => resolved.package),
      devPackages ?? [],
    );
    return resolve(source.universe(wanted, []), wanted);
  }
}

async function problemOf(creator: Creator, request: ResolveRequest): Promise<Problem> {
  if (request.custom !== undefined) {
    const { source: sources } = await openCustomRepositories(creator, request.custom);
    return { where: '', sources, requests: () => request.packages, assumedPresent: [] };
  }
  if (request.starter !== undefined) return starterProblem(creator, request, request.starter);
  const distribution = findDistribution(await creator.catalog(request.distribution), request.distribution);
  const suite =
    request.suite === undefined
      ? maintainedSuites(distribution, creator.clock()).at(-1)
      : findSuite(distribution, request.suite);
  if (suite === undefined) {
    throw new PrivateImageError<'image/no-line'>(
      'image/no-line',
      `${distribution.title} has no maintained suite today`,
    );
  }
  const sources = await suiteSources(creator, request, suite);
  return { where: `${suite.name} `, sources, requests: () => request.packages, assumedPresent: [] };
}

async function starterProblem(creator: Creator, request: ResolveRequest, name: string): Promise<Problem> {
  const catalog = await creator.catalog(request.distribution);
  const distribution = findDistribution(catalog, request.distribution);
  const starter = findStarter(catalog, distribution.name, name);
  const named = request.suite === undefined ? undefined : findSuite(distribution, request.suite);
  const lines = await discoverStarterLines(creator, distribution, starter, request.architectures[0] ?? 'amd64');
  const offered = lines.filter((line) => named === undefined || line.suite === named.name);
  const line = request.line === undefined ? offered.at(-1) : offered.find((one) => one.line === request.line);
  if (line === undefined) {
    throw new PrivateImageError<'image/unknown-line'>(
      'image/unknown-line',
      `The starter ${starter.name} has no maintained line ${request.line ?? `in ${named?.name ?? 'any suite'}`}`,
      { hint: `Maintained lines today: ${lines.map((one) => one.line).join(', ')}.`, data: { line: request.line } },
    );
  }
  const filled = starterForLine(starter, { line: line.line, suite: line.suite, version: line.version });
  const { packages } = filled.contents;
  const { assumedPresent } = filled;
  return {
    where: `${starter.name} ${line.line} (${line.suite}) `,
    sources: await suiteSources(creator, request, findSuite(distribution, line.suite)),
    assumedPresent,
    ...(request.dev === true ? { devPackages: filled.dev.packages } : {}),
    requests: (sources) => {
      const added = lineRequests(request.packages, {
        schemes: schemesOf(starter, catalog.schemes),
        line: line.line,
        sources,
        conflictOf: (requests) => {
          const all = [...packages, ...requests];
          const failed = sources.map((source) => resolve(source.universe(all, assumedPresent), all));
          return failed.flatMap((resolution) => (resolution.solved ? [] : [resolution.conflict.text]))[0];
        },
      });
      for (const { name: auto, reason } of added.skipped) {
        creator.report({ kind: 'warning', message: `${auto} is skipped for line ${line.line}: ${reason}` });
      }
      return [...packages, ...added.requests.map((one) => one.request)];
    },
  };
}

async function suiteSources(creator: Creator, request: ResolveRequest, suite: Suite): Promise<Sources> {
  const distribution = findDistribution(await creator.catalog(request.distribution), request.distribution);
  const [opened] = await openSuites(creator, distribution, [suite]);
  if (opened === undefined) throw new Error(`${suite.name} was not opened`);
  return (architecture) => opened.source(architecture);
}
