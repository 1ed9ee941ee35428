import { isDeepStrictEqual } from 'node:util';
import { describeError, PrivateImageError } from '../support/errors.js';
import { planDigest, planOrKeep } from './image-plan.js';
import { planRows, planWarnings } from './image-rows.js';
import { imageDrift, imageOutputs, publishedImageOf } from './image-state.js';
import { placeOf } from './place.js';
import { readPrivateImage, requestOf } from './private-image-schema.js';
import type { CheckResult, DiffResult, Place, Properties, Resource, ResourceContext } from './resource.js';
import { holdsUnknown, withoutUndefined } from './unknown.js';

export type ImageErrorCode = 'image/build-failed' | 'image/not-planned';

/** A private image: planned in check, built exactly as planned in create and update (SPECIFICATION, private image). */
export const privateImage: Resource = { check, diff, create, read, update, delete: remove };

/** Inputs whose change needs a new image. */
const identity = ['starter', 'name', 'tenant', 'registry'];
/** Inputs whose change is an update; the order of those in `unordered` says nothing. */
const content = ['description', 'environment', 'requestedLines', 'packages', 'fileBundles', 'architectures'];
const unordered = new Set(['requestedLines', 'packages', 'fileBundles', 'architectures']);

async function check(context: ResourceContext, olds: Properties, news: Properties): Promise<CheckResult> {
  const form = readPrivateImage(news, context.unknown);
  if (!('inputs' in form)) return { inputs: news, failures: form.failures };
  const { tenant, registry } = context.place;
  const inputs: Properties = { ...form.inputs, tenant, registry };
  if (form.request === undefined) return { inputs: { ...inputs, plan: context.unknown }, failures: [] };

  const outcome = await planOrKeep(context, context.place, olds, inputs, form.request);
  if ('failures' in outcome) return { inputs: news, failures: outcome.failures };
  if ('kept' in outcome) return { inputs: { ...inputs, plan: outcome.kept }, failures: [] };
  const isNew = outcome.plan.digest !== planDigest(olds);
  for (const row of planRows(form.request.starter, outcome.plan, olds['plan'])) {
    if (row.kind === 'warning' || (context.preview && isNew)) context.log(row);
  }
  for (const message of planWarnings(form.request.starter, outcome.plan)) context.log({ kind: 'warning', message });
  // What the image will be is not decided before every input is known, though its packages can be told.
  const plan = form.partial ? { ...outcome.plan, digest: context.unknown } : outcome.plan;
  return { inputs: { ...inputs, plan: withoutUndefined(plan) }, failures: [] };
}

function diff(context: ResourceContext, olds: Properties, news: Properties): DiffResult {
  const replaces = identity.filter((key) => !isDeepStrictEqual(olds[key], news[key]));
  const changes =
    replaces.length > 0 ||
    holdsUnknown(news, context.unknown) ||
    content.some((key) => !sameContent(key, olds[key], news[key])) ||
    planDigest(olds) !== planDigest(news) ||
    isUnfinished(olds);
  return { changes, replaces, deleteBeforeReplace: false };
}

function sameContent(key: string, old: unknown, now: unknown): boolean {
  const inOrder = (value: unknown): unknown =>
    unordered.has(key) && Array.isArray(value) ? value.map(String).sort() : value;
  return isDeepStrictEqual(inOrder(old ?? []), inOrder(now ?? [])) || isDeepStrictEqual(old, now);
}

/** True when the registry was found changed, or when a line that can be built stands unbuilt: then an update mends it. */
function isUnfinished(state: Properties): boolean {
  if (Array.isArray(state['drift']) && state['drift'].length > 0) return true;
  const image = publishedImageOf(state);
  if (image === undefined) return true;
  return image.lines.some((line) => line.status !== 'built' && !failsInPlan(state['plan'], line.line));
}

function failsInPlan(plan: unknown, line: string): boolean {
  if (typeof plan !== 'object' || plan === null || !('lines' in plan)) return false;
  const planned = (plan.lines as Readonly<Record<string, { readonly error?: string } | undefined>>)[line];
  return planned === undefined || planned.error !== undefined;
}

async function create(
  context: ResourceContext,
  inputs: Properties,
): Promise<{ readonly id: string; readonly outputs: Properties }> {
  const place = placeOf(inputs, context.place);
  const outputs = await build(context, place, inputs, undefined);
  return { id: `${place.tenant}/${requestOf(inputs).name}`, outputs };
}

function update(context: ResourceContext, olds: Properties, news: Properties): Promise<Properties> {
  return build(context, placeOf(news, context.place), news, olds);
}

async function build(
  context: ResourceContext,
  place: Place,
  inputs: Properties,
  olds: Properties | undefined,
): Promise<Properties> {
  const request = requestOf(inputs);
  const plan = planDigest(inputs);
  if (plan === undefined) {
    throw new PrivateImageError<ImageErrorCode>('image/not-planned', `The image ${request.name} has no plan`, {
      hint: 'Run `pulumi up` again: the plan is made with every run.',
    });
  }
  const traceId = context.newTraceId();
  const owner = textOf(olds, 'owner') ?? traceId;
  try {
    const image = await context.useCases(place).publishImage(plan, { owner, traceId });
    for (const line of image.lines) {
      for (const warning of line.warnings) {
        context.log({ kind: 'warning', message: `${request.starter} ${line.line}: ${warning}` });
      }
      if (line.error === undefined) continue;
      const stays = line.status === 'kept' ? `; its last good build ${line.version ?? ''} stays` : '';
      context.log({
        kind: 'warning',
        message: `${request.starter} ${line.line}: ${line.error.message}${stays} (trace ID ${traceId})`,
      });
    }
    const createdAt = textOf(olds, 'createdAt') ?? context.clock().toISOString();
    return { ...inputs, ...imageOutputs(image, { owner, traceId, createdAt }) };
  } catch (error) {
    const reason = describeError(error);
    const message = reason.includes(traceId) ? reason : `${reason}\n  trace ID ${traceId}`;
    throw new PrivateImageError<ImageErrorCode>('image/build-failed', message, {
      data: { image: `${place.tenant}/${request.name}`, traceId },
    });
  }
}

function textOf(properties: Properties | undefined, key: string): string | undefined {
  const value = properties?.[key];
  return typeof value === 'string' ? value : undefined;
}

async function read(context: ResourceContext, state: Properties): Promise<Properties | undefined> {
  const { name } = requestOf(state);
  try {
    const found = await context.useCases(placeOf(state, context.place)).readImage(name);
    if (found === undefined) return undefined;
    const { drift: _, ...rest } = state;
    const drift = imageDrift(state, found);
    for (const message of drift) context.log({ kind: 'warning', message: `${name}: ${message}` });
    return drift.length === 0 ? rest : { ...rest, drift };
  } catch (error) {
    // Not to know is no news: only what is definitely gone leaves the state.
    context.log({
      kind: 'warning',
      message: `${name} could not be looked at, and is kept as it was: ${describeError(error)}`,
    });
    return state;
  }
}

async function remove(context: ResourceContext, state: Properties): Promise<void> {
  const owner = textOf(state, 'owner');
  if (owner === undefined) return;
  const { name, starter } = requestOf(state);
  await context.useCases(placeOf(state, context.place)).removeImage({ name, starter, owner });
}
