import { findDistribution, findStarter } from '../catalog/catalog.js';
import { findSuite, maintainedSuites, type Suite } from '../catalog/distribution.js';
import { starterForLine } from '../catalog/starter.js';
import type { Architecture, Package } from '../packages/package.js';
import { resolve } from '../resolver/resolve.js';
import { PrivateImageError } from '../support/errors.js';
import type { Creator } from './creator.js';
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
}

/** The answer for one architecture: exact packages sorted by name, or why there are none. */
export type ArchitectureResolution =
  | { readonly architecture: Architecture; readonly packages: readonly Package[] }
  | { readonly architecture: Architecture; readonly conflict: string };

/**
 * Resolves packages as an image would have them, without building one. Without a starter the answer is the closure of the
 * packages alone, nothing assumed present. Throws what planning throws for unknown names and untrusted repositories.
 */
export async function resolvePackages(
  creator: Creator,
  request: ResolveRequest,
): Promise<readonly ArchitectureResolution[]> {
  const distribution = findDistribution(await creator.catalog(), request.distribution);
  const context = await contextOf(creator, request);
  const opened = await openSuites(creator, distribution, [context.suite]);
  const [suite] = opened.suites;
  if (suite === undefined) throw new Error(`${context.suite.name} was not opened`);
  return Promise.all(
    request.architectures.map(async (architecture): Promise<ArchitectureResolution> => {
      const source = await suite.source(architecture);
      const requests = [...context.packages, ...request.packages];
      const resolution = resolve(source.universe(requests, context.assumedPresent), requests);
      return resolution.solved
        ? { architecture, packages: resolution.packages.map((resolved) => resolved.package) }
        : { architecture, conflict: `${context.suite.name} ${architecture}: ${resolution.conflict.text}` };
    }),
  );
}

interface ResolveContext {
  readonly suite: Suite;
  readonly packages: readonly string[];
  readonly assumedPresent: readonly string[];
}

async function contextOf(creator: Creator, request: ResolveRequest): Promise<ResolveContext> {
  const catalog = await creator.catalog();
  const distribution = findDistribution(catalog, request.distribution);
  const named = request.suite === undefined ? undefined : findSuite(distribution, request.suite);
  if (request.starter === undefined) {
    const suite = named ?? maintainedSuites(distribution, creator.clock()).at(-1);
    if (suite !== undefined) return { suite, packages: [], assumedPresent: [] };
    throw new PrivateImageError<'image/no-line'>(
      'image/no-line',
      `${distribution.title} has no maintained suite today`,
    );
  }
  const starter = findStarter(catalog, distribution.name, request.starter);
  const lines = await discoverStarterLines(creator, distribution, starter, request.architectures[0] ?? 'amd64');
  const offered = lines.filter((line) => named === undefined || line.suite === named.name);
  const line =
    request.line === undefined ? offered.at(-1) : offered.find((candidate) => candidate.line === request.line);
  if (line === undefined) {
    throw new PrivateImageError<'image/unknown-line'>(
      'image/unknown-line',
      `The starter ${starter.name} has no maintained line ${request.line ?? `in ${named?.name ?? 'any suite'}`}`,
      { hint: `Maintained lines today: ${lines.map((one) => one.line).join(', ')}.`, data: { line: request.line } },
    );
  }
  const filled = starterForLine(starter, { line: line.line, suite: line.suite, version: line.version });
  return {
    suite: findSuite(distribution, line.suite),
    packages: filled.contents.packages,
    assumedPresent: filled.assumedPresent,
  };
}
