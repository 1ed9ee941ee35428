import { isDeepStrictEqual } from 'node:util';
import type { Digest } from '../support/digest.js';
import { isPrivateImageError } from '../support/errors.js';
import type { Store } from '../store/store.js';
import { packageChanges } from './package-changes.js';
import { type DevPlan, isResolved, type LineImage, type Plan, type ResolvedLine, type VariantPlan } from './plan.js';
import { loadPlan } from './plan-store.js';
import { packageVersions } from './summary.js';

/**
 * Why the plan under `after` is another than that under `before`, beside what their summaries say: the packages of dev variants,
 * packages that were built anew under the same version, and what images are beside their packages. A sentence each; none when the cache has
 * lost one of the plans.
 */
export async function planChanges(store: Store, before: Digest, after: Digest): Promise<readonly string[]> {
  const [old, now] = await Promise.all([findPlan(store, before), findPlan(store, after)]);
  if (old === undefined || now === undefined) return [];
  const formerly = new Map(old.lines.filter(isResolved).map((line) => [line.line, line]));
  const changes = now.lines.filter(isResolved).flatMap((line) => {
    const former = formerly.get(line.line);
    return former === undefined ? [] : lineChanges(former, line);
  });
  return [...new Set(changes)];
}

async function findPlan(store: Store, digest: Digest): Promise<Plan | undefined> {
  try {
    return await loadPlan(store, digest);
  } catch (error) {
    if (isPrivateImageError(error, 'plan/missing')) return undefined;
    throw error;
  }
}

function lineChanges(before: ResolvedLine, after: ResolvedLine): readonly string[] {
  const { line } = after;
  const [former, dev] = [variantOf(before.dev), variantOf(after.dev)];
  return [
    ...rebuiltPackages(line, before, after),
    ...imageChanges(before.image, after.image),
    ...(former === undefined && dev !== undefined ? [`+ dev variant of ${line}`] : []),
    ...(former !== undefined && dev === undefined ? [`- dev variant of ${line}`] : []),
    ...(former === undefined || dev === undefined
      ? []
      : [...devPackages(line, former, dev), ...imageChanges(former.image, dev.image)]),
    ...(before.endOfLife === after.endOfLife ? [] : [`the end of life of ${line}`]),
  ];
}

function variantOf(dev: DevPlan | undefined): VariantPlan | undefined {
  return dev?.status === 'resolved' ? dev : undefined;
}

/** Of what production has beside, the summaries tell. */
function devPackages(line: string, before: VariantPlan, after: VariantPlan): readonly string[] {
  const own = (variant: VariantPlan): Readonly<Record<string, string>> =>
    packageVersions(variant, (from) => from === 'dev');
  const [first, ...others] = packageChanges(own(before), own(after));
  if (first === undefined) return [];
  return [`dev packages of ${line} (${first}${others.length === 0 ? '' : ` and ${others.length} more`})`];
}

function rebuiltPackages(line: string, before: VariantPlan, after: VariantPlan): readonly string[] {
  const checksums = new Map(before.architectures.flatMap(checksumsOf));
  const names = after.architectures
    .flatMap(checksumsOf)
    .filter(([key, checksum]) => (checksums.get(key) ?? checksum) !== checksum)
    .map(([key]) => key);
  return names.length === 0 ? [] : [`packages of ${line} that were built anew (${names.join(', ')})`];
}

function checksumsOf({ architecture, packages }: VariantPlan['architectures'][number]): [string, string][] {
  return packages.map(({ package: one }) => [`${one.name} ${one.version} ${architecture}`, one.archive.checksum.value]);
}

/** In words, what of an image no request and no package says. */
const parts: readonly (readonly [part: string, of: (image: LineImage) => unknown])[] = [
  ['the configuration of the starter', ({ configuration: { environment: _, ...configuration } }) => configuration],
  ['what stands in for install scripts', ({ replacements, handledScripts }) => [replacements, handledScripts]],
  ['what is left out of packages, as documentation', ({ exclude }) => exclude],
  ['the files of the starter', ({ starterFiles }) => starterFiles],
  ['the sources of the package manager', ({ packageManager }) => packageManager],
  ['the number of layers', ({ layerBudget }) => layerBudget],
  ['repositories, keys or certificates of the starter', ({ apk }) => apk && { ...apk, requests: undefined }],
];

function imageChanges(before: LineImage, after: LineImage): readonly string[] {
  const changed = parts.filter(([, of]) => !isDeepStrictEqual(of(before), of(after))).map(([part]) => part);
  const versions = [before.catalogVersion, after.catalogVersion];
  return versions[0] === versions[1] ? changed : [`pulumi-private-image ${versions.join(' → ')}`, ...changed];
}
