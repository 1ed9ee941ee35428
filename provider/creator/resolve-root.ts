import type { ConfigurationFile } from '../catalog/starter.js';
import type { Architecture, Package } from '../packages/package.js';
import { resolve, type Solution } from '../resolver/resolve.js';
import { solutionOf } from '../resolver/given-solution.js';
import { describeError, isPrivateImageError, PrivateImageError } from '../support/errors.js';
import type { LineRequest } from './auto-packages.js';
import type { PackageSource } from './package-source.js';
import type { ArchitecturePlan, Installation, PlannedPackage } from './plan.js';

export type PlanErrorCode = 'plan/conflict';

/** What is resolved for one architecture of a line. */
export interface RootProblem {
  readonly architecture: Architecture;
  readonly source: PackageSource;
  readonly assumedPresent: readonly string[];
  /** In words, for errors. */
  readonly where: string;
}

/**
 * The production packages of one architecture: what the starter alone has, and what `added` brings. Throws `plan/conflict` and what
 * resolving throws.
 */
export function resolveRoot(
  root: RootProblem,
  starter: ConfigurationFile,
  added: readonly LineRequest[],
): ArchitecturePlan {
  const { architecture, where } = root;
  const alone = solve(root, starter.contents.packages, `${where}: the starter itself cannot be resolved`);
  const whole = solve(root, [...starter.contents.packages, ...added.map(({ request }) => request)], where);
  const starterNames = new Set(alone.packages.map((resolved) => resolved.package.name));
  return {
    architecture,
    packages: whole.packages.map((resolved) => planned(resolved, starterNames, added)),
    ...(whole.installation === undefined ? {} : { installation: whole.installation }),
    assumed: assumedOf(whole),
  };
}

/**
 * The dev variant's packages of one architecture: those of production in the same versions, and what `packages` brings. Nothing is
 * assumed present. Throws as `resolveRoot`.
 */
export function resolveDevRoot(
  root: RootProblem,
  production: ArchitecturePlan,
  packages: readonly string[],
): ArchitecturePlan {
  const known = new Map(production.packages.map((one) => [one.package.name, one]));
  const requests = devRequests(
    [...known.values()].map((one) => one.package),
    packages,
  );
  const whole = solve({ ...root, assumedPresent: [] }, requests, root.where);
  return {
    architecture: root.architecture,
    packages: whole.packages.map((resolved): PlannedPackage => {
      const of = known.get(resolved.package.name);
      // What production takes as present is there now, and needed.
      const dependsOn = needsOf(resolved);
      return of === undefined ? { ...planned(resolved, new Set(), []), from: 'dev' } : { ...of, dependsOn };
    }),
    assumed: assumedOf(whole),
  };
}

/** What a dev variant is resolved from: exactly the packages of production, and `packages`. */
export function devRequests(production: readonly Package[], packages: readonly string[]): readonly string[] {
  return [...production.map(({ name, version }) => `${name}=${version}`), ...packages];
}

/** Why `requests` cannot be met on some architecture, or undefined when they can on all. */
export function conflictOf(roots: readonly RootProblem[], requests: readonly string[]): string | undefined {
  for (const { source, assumedPresent, where } of roots) {
    const resolution = resolve(source.universe(requests, assumedPresent), requests);
    if (!resolution.solved) return `${where}: ${resolution.conflict.text}`;
  }
  return undefined;
}

interface Solved extends Solution {
  readonly installation?: Installation;
}

function solve({ source, assumedPresent }: RootProblem, requests: readonly string[], where: string): Solved {
  try {
    const universe = source.universe(requests, assumedPresent);
    const choice = source.choice?.(requests);
    if (choice !== undefined) {
      const installation = { order: choice.packages.map(({ name }) => name), world: choice.world };
      return { ...solutionOf(universe, requests, choice.packages), installation };
    }
    const resolution = resolve(universe, requests);
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
  const head = { package: plain(resolved.package), from, dependsOn: needsOf(resolved) } as const;
  if (because.kind !== 'request') {
    const wanted = because.kind === 'requirement' ? because.package.name : because.text;
    return { ...head, reason: 'dependency', because: wanted };
  }
  const asked = added.find(({ request }) => request === because.text);
  const reason = asked === undefined ? 'starter' : asked.auto === undefined ? 'added' : 'auto';
  return { ...head, reason, because: asked?.auto ?? because.text };
}

function needsOf({ needs }: Solution['packages'][number]): readonly string[] {
  return [...new Set(needs.map(({ name }) => name))].sort();
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
