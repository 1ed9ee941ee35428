import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { faultsIn } from '../creator/request-faults.js';
import type { PlanSummary } from '../creator/summary.js';
import type { ImageRequest } from '../creator/request.js';
import { type Digest, isDigest } from '../support/digest.js';
import { describeError, isPrivateImageError } from '../support/errors.js';
import { propertyPath } from './faults.js';
import { readPrivateImage } from './private-image-schema.js';
import type { CheckFailure, Place, Properties, ResourceContext } from './resource.js';

/** What becomes of planning in a check: the plan for the inputs, or why there is none. */
export type PlanOutcome =
  | { readonly plan: PlanSummary }
  | { readonly kept: unknown }
  | { readonly failures: readonly CheckFailure[] };

/**
 * Plans an image. When its repositories cannot be reached and nothing that a plan depends on has changed since the plan in
 * `olds`, that one stays, with a warning: an outage never holds up a program whose images are as they should be. Nor does the end of a
 * line that is asked for hold up the others: it is left out, with a warning, and its last build stays.
 */
export async function planOrKeep(
  context: ResourceContext,
  place: Place,
  olds: Properties,
  inputs: Properties,
  request: ImageRequest,
): Promise<PlanOutcome> {
  try {
    const { summary } = await context.useCases(place).planImage(request);
    return { plan: summary };
  } catch (error) {
    const errors = faultsIn(error);
    const ended = endedLines(errors, olds);
    const lines = request.lines?.filter((line) => !ended.includes(line)) ?? [];
    if (ended.length > 0 && lines.length > 0) {
      for (const line of ended) context.log({ kind: 'warning', message: endOf(request.starter, line) });
      return planOrKeep(context, place, olds, inputs, { ...request, lines });
    }
    const unchanged = decisive.every((key) => isDeepStrictEqual(olds[key], inputs[key]));
    if (errors.every(isOutage) && unchanged && planDigest(olds) !== undefined) {
      context.log({
        kind: 'warning',
        message: `The last plan stays, for there can be no new one now: ${describeError(error)}`,
      });
      return { kept: olds['plan'] };
    }
    return { failures: errors.flatMap((fault) => failuresOf(fault, request)) };
  }
}

/** The lines that are maintained no longer, where that is all that is wrong: they were asked for before, and were there then. */
function endedLines(errors: readonly unknown[], olds: Properties): readonly string[] {
  const before = z.array(z.string()).catch([]).parse(olds['requestedLines']);
  const [unknown, ...others] = errors;
  if (others.length > 0 || !isPrivateImageError(unknown, 'image/unknown-line')) return [];
  const lines = z.array(z.string()).catch([]).parse(unknown.data['lines']);
  return lines.every((line) => before.includes(line)) ? lines : [];
}

function endOf(starter: string, line: string): string {
  return `${starter} ${line}: the line is not maintained any more and left out; its last build stays. Take it out of \`lines\``;
}

/**
 * The digests that an image will have, with that of `latest`, as an input beside the plan, where they are certain before anything is built: the plan stays, or all
 * of it was built before. Dynamic resources have no other way to say so in a preview. Where a former state had them and they are not
 * certain now, a preview says that they are unknown.
 */
export async function digestsToBe(
  context: ResourceContext,
  olds: Properties,
  outcome: Exclude<PlanOutcome, { readonly failures: unknown }>,
): Promise<Properties> {
  const former = Object.fromEntries(certain.filter((key) => key in olds).map((key) => [key, olds[key]]));
  if ('kept' in outcome || outcome.plan.digest === planDigest(olds)) return former;
  const digests = await context.useCases(context.place).builtDigests(outcome.plan.digest);
  const latest = digests && latestOf(outcome.plan, digests);
  const now = { ...(digests === undefined ? {} : { digests }), ...(latest === undefined ? {} : { latest }) };
  const open = Object.keys(former).map((key) => [key, context.unknown]);
  return { ...(context.preview ? (Object.fromEntries(open) as Properties) : {}), ...now };
}

const certain = ['digests', 'latest'];

/** What the tag `latest` will point to. A line that fails may have a build that stands and is more advanced: then it is not certain. */
function latestOf(plan: PlanSummary, digests: Readonly<Record<string, Digest>>): Digest | undefined {
  const lines = Object.entries(plan.lines);
  if (lines.some(([, { error }]) => error !== undefined)) return undefined;
  const [line] = lines.find(([, { tags }]) => tags.includes('latest')) ?? [];
  return line === undefined ? undefined : digests[line];
}

const decisive = [
  'starter',
  'packages',
  'environment',
  'fileBundles',
  'setuidPrograms',
  'requestedLines',
  'architectures',
];

/** The digest of the plan in a property bag, if it has a plan. */
export function planDigest(properties: Properties): Digest | undefined {
  const digest = z.object({ digest: z.string() }).safeParse(properties['plan']).data?.digest;
  return digest !== undefined && isDigest(digest) ? digest : undefined;
}

/**
 * What is wrong with the rest of an image whose inputs have faults of form: a user sees both at once. None where the rest cannot be looked
 * at, or all that is wrong with it is an outage.
 */
export async function faultsBeside(
  context: ResourceContext,
  news: Properties,
  failures: readonly CheckFailure[],
): Promise<readonly CheckFailure[]> {
  const form = readPrivateImage({ name: context.unknown, ...withoutFaulty(news, failures) }, context.unknown);
  if (!('request' in form) || form.request === undefined) return [];
  const { request } = form;
  try {
    await context.useCases(context.place).planImage(request);
    return [];
  } catch (error) {
    const faults = faultsIn(error).filter((fault) => isPrivateImageError(fault) && !isOutage(fault));
    // Items have other places where those before them are left out: they are named by where the user has them.
    const listOf = (key: string): readonly unknown[] => (Array.isArray(news[key]) ? news[key] : []);
    const asWritten = {
      environment: request.environment,
      packages: listOf('packages'),
      fileBundles: listOf('fileBundles'),
      lines: listOf('requestedLines'),
      architectures: listOf('architectures'),
    };
    return faults.flatMap((fault) => failuresOf(fault, asWritten));
  }
}

/** Inputs without the items, keys and properties that have faults. */
function withoutFaulty(inputs: Properties, failures: readonly CheckFailure[]): Properties {
  const faulty = new Set(failures.map(({ property }) => property.replace(/^lines/u, 'requestedLines')));
  const isFaulty = (path: readonly PropertyKey[]): boolean => {
    const start = propertyPath(path);
    return [...faulty].some((property) => property === start || property.startsWith(`${start}.`));
  };
  const rest = Object.entries(inputs).filter(([key]) => !faulty.has(propertyPath([key])));
  return Object.fromEntries(
    rest.map(([key, value]: [string, unknown]) => {
      if (Array.isArray(value)) return [key, value.filter((_, index) => !isFaulty([key, index]))];
      if (typeof value !== 'object' || value === null) return [key, value];
      return [key, Object.fromEntries(Object.entries(value).filter(([inner]) => !isFaulty([key, inner])))];
    }),
  );
}

/** Where the things of a request stand, as the user wrote them. */
interface Written {
  readonly environment: Readonly<Record<string, unknown>>;
  readonly packages: readonly unknown[];
  readonly fileBundles: readonly unknown[];
  readonly lines: readonly unknown[] | undefined;
  readonly architectures: readonly unknown[] | undefined;
}

/** True for what another try later may mend: a server that is away, slow or overloaded. */
function isOutage(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (isPrivateImageError(current, 'http/unreachable', 'http/too-slow', 'http/cut-off')) return true;
    if (isPrivateImageError(current, 'http/status') && Number(current.data['status']) >= 500) return true;
  }
  return false;
}

function failuresOf(error: unknown, request: Written): readonly CheckFailure[] {
  const reason = describeError(error);
  return propertiesOf(error, request).map((property) => ({ property, reason }));
}

/** The properties that an error of planning is about; one that is empty for the image as a whole. */
function propertiesOf(error: unknown, request: Written): readonly string[] {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (!isPrivateImageError(current)) continue;
    if (current.code === 'catalog/unknown-starter') return ['starter'];
    // The starter is never what is wrong here, and others can be called as it is.
    const { starter: _, ...things } = current.data;
    const about = new Set<unknown>(Object.values(things).flat());
    const keys = Object.keys(request.environment).filter((name) => about.has(name));
    const items = (['packages', 'fileBundles', 'lines', 'architectures'] as const).flatMap((list) =>
      (request[list] ?? []).flatMap((item, index) => (about.has(item) ? [propertyPath([list, index])] : [])),
    );
    const properties = [...keys.map((key) => propertyPath(['environment', key])), ...items];
    if (properties.length > 0) return properties;
  }
  return [''];
}
