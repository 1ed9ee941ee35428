import type { ConfigurationFile } from '../catalog/starter.js';
import { autoCandidates, type AutoScheme, blockedFamilies, isAutoName } from '../resolver/auto.js';
import { PrivateImageError } from '../support/errors.js';
import type { PackageSource } from './package-source.js';
import { isResolved, type LinePlan, type SkippedPackage } from './plan.js';

export type AutoErrorCode = 'auto/unknown' | 'auto/blocked-family';

/** A request for one line; `auto` is the auto package that it stands for. */
export interface LineRequest {
  readonly request: string;
  readonly auto: string | undefined;
}

/** The requests of a user as they are for one line. */
export interface LineRequests {
  readonly requests: readonly LineRequest[];
  /** Auto packages that this line has no compatible version of. */
  readonly skipped: readonly SkippedPackage[];
}

/** What auto packages of one line are found in. */
export interface AutoMaterial {
  readonly schemes: readonly AutoScheme[];
  readonly line: string;
  /** One for each architecture. */
  readonly sources: readonly PackageSource[];
  /** Why these requests cannot be met together with the starter, or undefined when they can. */
  readonly conflictOf: (requests: readonly string[]) => string | undefined;
}

/**
 * The requests for one line, auto packages turned into concrete ones (SPECIFICATION, auto packages): the best candidate that every
 * architecture has and that goes together with the starter and the packages asked for by name. What has none is skipped.
 */
export function lineRequests(packages: readonly string[], material: AutoMaterial): LineRequests {
  const { schemes, line, sources, conflictOf } = material;
  const requests: LineRequest[] = packages
    .filter((name) => !isAutoName(name))
    .map((request) => ({ request, auto: undefined }));
  const skipped: SkippedPackage[] = [];
  for (const auto of packages.filter(isAutoName)) {
    const candidates =
      autoCandidates(schemes, auto, line, (name) => sources.some((source) => source.get(name).length > 0)) ?? [];
    const everywhere = candidates.filter((name) => sources.every((source) => source.get(name).length > 0));
    const reasons: string[] = [];
    const fitting = everywhere.find((name) => {
      const conflict = conflictOf([...requests.map(({ request }) => request), name]);
      if (conflict !== undefined) reasons.push(conflict);
      return conflict === undefined;
    });
    if (fitting !== undefined) requests.push({ request: fitting, auto });
    else skipped.push({ name: auto, reason: skipReason(line, candidates, everywhere, reasons) });
  }
  return { requests, skipped };
}

function skipReason(
  line: string,
  candidates: readonly string[],
  everywhere: readonly string[],
  reasons: readonly string[],
): string {
  if (candidates.length === 0) return noPackageFor(line);
  if (everywhere.length === 0) return `${candidates.join(', ')} is not there on every architecture`;
  return reasons.join('; ');
}

/** Why an auto package is skipped that has nothing to become; every other reason is about packages that there are. */
function noPackageFor(line: string): string {
  return `no package for line ${line}`;
}

/** The schemes whose auto packages are for `starter`. */
export function schemesOf(starter: ConfigurationFile, schemes: readonly AutoScheme[]): readonly AutoScheme[] {
  return schemes.filter((scheme) => scheme.name === starter.auto);
}

/** Throws `auto/unknown` for an auto package that no line of the starter has: a misspelt one would be skipped in silence. */
export function refuseUnknownAutoPackages(
  starter: ConfigurationFile,
  plans: readonly LinePlan[],
  packages: readonly string[],
): void {
  const resolved = plans.filter(isResolved);
  if (resolved.length === 0) return;
  const [unknown] = packages
    .filter(isAutoName)
    .filter((name) =>
      resolved.every(({ line, skipped }) =>
        skipped.some((one) => one.name === name && one.reason === noPackageFor(line)),
      ),
    );
  if (unknown === undefined) return;
  const hint =
    starter.auto === undefined
      ? `The starter ${starter.name} has no auto packages: name the package itself.`
      : `Auto packages of ${starter.name} look like "${starter.auto}-…-auto": find them with "private-image search".`;
  throw new PrivateImageError<AutoErrorCode>(
    'auto/unknown',
    `No line of the starter ${starter.name} has a package for ${unknown}`,
    {
      hint,
      data: { package: unknown, starter: starter.name },
    },
  );
}

/** Throws `auto/blocked-family` when a package is asked for that the starter contains in some version already. */
export function refuseBlockedFamilies(
  starter: ConfigurationFile,
  schemes: readonly AutoScheme[],
  contained: readonly { readonly name: string; readonly version: string }[],
  packages: readonly string[],
): void {
  const blocked = blockedFamilies(schemes, contained, packages.map(nameOfRequest));
  const [first] = blocked;
  if (first === undefined) return;
  const list = blocked.map(
    ({ requested, contained: used }) => `${requested} (its latest line uses ${used.name} ${used.version})`,
  );
  throw new PrivateImageError<AutoErrorCode>(
    'auto/blocked-family',
    `The starter ${starter.name} already contains ${list.join(', ')}`,
    {
      hint: 'Take it out of `packages`: what a starter contains is never replaced.',
      data: { package: packages.find((request) => nameOfRequest(request) === first.requested), starter: starter.name },
    },
  );
}

/** The name in a request, without its constraint. */
export function nameOfRequest(request: string): string {
  return /^[a-z0-9][a-z0-9+._-]*/u.exec(request)?.[0] ?? request;
}
