import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { packageChanges } from '../creator/package-changes.js';
import type { PlanSummary } from '../creator/summary.js';
import { isPrivateImageError } from '../support/errors.js';
import { planDigest } from './image-plan.js';
import { planRows } from './image-rows.js';
import { placeOf } from './place.js';
import type { Properties, ResourceContext } from './resource.js';
import type { UseCases } from './use-cases.js';

/** Tells what each line will be and why the digests will change, when the plan of `inputs` is another than that of `olds`. */
export async function tellPlan(
  context: ResourceContext,
  inputs: Properties,
  olds: Properties | undefined,
): Promise<void> {
  const plan = planOf(inputs);
  if (plan === undefined || plan.digest === planDigest(olds ?? {})) return;
  const digests = z.record(z.string(), z.string()).safeParse(inputs['digests']).data;
  for (const row of planRows(String(inputs['starter']), plan, olds?.['plan'], digests)) {
    if (row.kind === 'info') context.log(row);
  }
  const reasons = olds === undefined ? [] : await digestReasons(context, olds, inputs);
  if (reasons.length > 0) {
    context.log({ kind: 'info', message: `${String(inputs['name'])}: the digests change: ${reasons.join('; ')}` });
  }
}

/** The plan of checked inputs; undefined while it is unknown. */
function planOf(properties: Properties): PlanSummary | undefined {
  const plan = properties['plan'];
  // It was put there by check, and has been no further than the engine.
  return typeof plan === 'object' && plan !== null && 'lines' in plan ? (plan as PlanSummary) : undefined;
}

/**
 * Why an image's digests will be others than those of its state: each setting that changes with what is in it, each line with its packages,
 * what was found changed in the registry. None when there is no image yet.
 */
async function digestReasons(context: ResourceContext, olds: Properties, news: Properties): Promise<readonly string[]> {
  const [before, after] = [planDigest(olds), planDigest(news)];
  if (before === undefined) return [];
  const useCases = context.useCases(placeOf(news, context.place));
  const settings = [
    ...listReason('packages', olds['packages'], news['packages']),
    ...mapReason('environment', olds['environment'], news['environment']),
    ...listReason('fileBundles', bundleNames(olds['fileBundles']), bundleNames(news['fileBundles'])),
    ...(await renewedBundles(useCases, olds['fileBundles'], news['fileBundles'])),
    ...listReason('setuidPrograms', olds['setuidPrograms'], news['setuidPrograms']),
    ...listReason('lines', olds['requestedLines'], news['requestedLines']),
    ...listReason('architectures', olds['architectures'], news['architectures']),
    ...(olds['description'] === news['description'] ? [] : ['description']),
  ];
  const packages = changedPackages(planOf(olds), planOf(news));
  const beside = after === undefined ? [] : await useCases.planChanges(before, after);
  const drift = Array.isArray(olds['drift']) ? olds['drift'].map(String) : [];
  const reasons = [...settings, ...packages, ...beside, ...drift];
  if (reasons.length > 0) return reasons;
  return before === after ? [] : ['the starter, its dev variant, or what builds it'];
}

function changedPackages(before: PlanSummary | undefined, after: PlanSummary | undefined): readonly string[] {
  if (before === undefined || after === undefined) return [];
  return Object.entries(after.lines).flatMap(([line, row]) => {
    const old = before.lines[line];
    const changes = old === undefined || row.error !== undefined ? [] : packageChanges(old.packages, row.packages);
    const [first, ...others] = changes;
    if (first === undefined) return [];
    return [`packages of ${line} (${first}${others.length === 0 ? '' : ` and ${others.length} more`})`];
  });
}

function listReason(name: string, old: unknown, now: unknown): readonly string[] {
  const [before, after] = [textsOf(old), textsOf(now)];
  const added = after.filter((item) => !before.includes(item)).map((item) => `+ ${item}`);
  const gone = before.filter((item) => !after.includes(item)).map((item) => `- ${item}`);
  return added.length + gone.length === 0 ? [] : [`${name} (${[...added, ...gone].join(', ')})`];
}

/** Names alone: a value may be a secret. */
function mapReason(name: string, old: unknown, now: unknown): readonly string[] {
  const [before, after] = [mapOf(old), mapOf(now)];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const changed = keys.flatMap((key) => {
    if (isDeepStrictEqual(before[key], after[key])) return [];
    if (!(key in before)) return [`+ ${key}`];
    return [key in after ? `~ ${key}` : `- ${key}`];
  });
  return changed.length === 0 ? [] : [`${name} (${changed.join(', ')})`];
}

/** Each bundle that has another version, with its files that differ where both versions can be looked at. */
async function renewedBundles(useCases: UseCases, old: unknown, now: unknown): Promise<readonly string[]> {
  const before = new Map(textsOf(old).map((reference) => [nameOf(reference), reference]));
  const reasons: string[] = [];
  for (const reference of textsOf(now)) {
    const name = nameOf(reference);
    const former = before.get(name);
    if (former === undefined || former === reference) continue;
    const changes = await filesThatChange(useCases, former, reference);
    reasons.push(`the files of ${name}${changes.length === 0 ? '' : ` (${changes.join(', ')})`}`);
  }
  return reasons;
}

/** None when it cannot be told: it is no more than an explanation. */
async function filesThatChange(useCases: UseCases, before: string, after: string): Promise<readonly string[]> {
  try {
    return (await useCases.bundleChanges(before, after)) ?? [];
  } catch (error) {
    if (isPrivateImageError(error)) return [];
    throw error;
  }
}

function bundleNames(references: unknown): readonly string[] {
  return textsOf(references).map(nameOf);
}

function nameOf(reference: string): string {
  return reference.split('@')[0] ?? reference;
}

function textsOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map(String) : [];
}

function mapOf(value: unknown): Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
