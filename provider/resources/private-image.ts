import { lineMessage } from '../creator/line-message.js';
import type { PublishedImage, PublishProgress, UnfinishedImage } from '../creator/published.js';
import type { ImageRequest } from '../creator/request.js';
import type { Digest } from '../support/digest.js';
import { describeError, PrivateImageError } from '../support/errors.js';
import { tellPlan } from './image-changes.js';
import { imageDiff } from './image-diff.js';
import { digestsToBe, faultsBeside, planDigest, planOrKeep } from './image-plan.js';
import { tellPublishing } from './image-publishing.js';
import { importImage, readImageState } from './image-read.js';
import { planRows, planWarnings } from './image-rows.js';
import { imageOutputs } from './image-state.js';
import { isReplacement, noteFormer, rivalFaults, tellStays, tellTakeover } from './ownership.js';
import { placeOf } from './place.js';
import { readPrivateImage, requestOf } from './private-image-schema.js';
import type { CheckResult, DiffResult, Place, Properties, Resource, ResourceContext } from './resource.js';
import { secretFaults } from './secrets.js';
import { isUnfinished, unfinishedOutputs, untaggedOf } from './unfinished-image.js';
import { withoutUndefined } from './unknown.js';

export type ImageErrorCode = 'image/build-failed' | 'image/not-planned';

/** A private image: planned in check, built exactly as planned in create and update (SPECIFICATION, private image). */
export const privateImage: Resource = {
  form: (news, unknown) => readPrivateImage(news, unknown).failures,
  check,
  diff,
  preview,
  create,
  read: readImageState,
  import: importImage,
  foresee: (context, olds) => tellTakeover(context, 'image', olds, textOf(olds, 'owner')),
  update,
  delete: remove,
};

/** Inputs that stand in an image as they are: as variables, in its annotations, in its package database. */
const published = ['environment', 'description', 'packages'];

/** What a build gives, beside the inputs. */
const outputKeys = [
  'status',
  'repository',
  'lines',
  'tags',
  'digests',
  'sbomUrls',
  'latest',
  'owner',
  'traceId',
  'createdAt',
];

async function check(context: ResourceContext, olds: Properties, news: Properties): Promise<CheckResult> {
  noteFormer(context, 'image', olds);
  const form = readPrivateImage(news, context.unknown);
  const failures = [
    ...form.failures,
    ...secretFaults(context, published, 'the image'),
    ...rivalFaults(context, 'image', news),
  ];
  if (!('inputs' in form) || failures.length > 0)
    return { inputs: news, failures: [...failures, ...(await faultsBeside(context, news, form.failures))] };
  const { tenant, registry } = context.place;
  const publishing = withoutUndefined(await context.useCases(context.place).publishing());
  const { name } = form.inputs;
  const repository =
    typeof name === 'string' && name !== context.unknown
      ? await context.useCases(context.place).repository(name)
      : context.unknown;
  const inputs: Properties = { ...form.inputs, tenant, registry, repository, publishing };
  if (form.request === undefined) return { inputs: { ...inputs, plan: context.unknown }, failures: [] };

  const outcome = await planOrKeep(context, context.place, olds, inputs, form.request);
  if ('failures' in outcome) return { inputs: news, failures: outcome.failures };
  const digests = form.partial ? undefined : await digestsToBe(context, olds, outcome);
  const planned = { ...inputs, plan: 'kept' in outcome ? outcome.kept : outcome.plan, ...digests };
  if (context.preview) tellPublishing(context, planned, olds);
  if (context.preview && Object.keys(olds).length === 0) await tellTakeover(context, 'image', inputs, undefined);
  if ('kept' in outcome) return { inputs: planned, failures: [] };
  for (const row of planRows(form.request.starter, outcome.plan, olds['plan'])) {
    if (row.kind === 'warning') context.log(row);
  }
  if (context.preview) await tellPlan(context, planned, olds);
  for (const message of planWarnings(form.request.starter, outcome.plan)) context.log({ kind: 'warning', message });
  // What the image will be is not decided before every input is known, though its packages can be told.
  const plan = form.partial ? { ...outcome.plan, digest: context.unknown } : outcome.plan;
  return { inputs: { ...inputs, plan: withoutUndefined(plan), ...digests }, failures: [] };
}

function diff(context: ResourceContext, olds: Properties, news: Properties): DiffResult {
  return imageDiff(olds, news, context.unknown);
}

async function preview(
  context: ResourceContext,
  inputs: Properties,
  olds: Properties | undefined,
): Promise<Properties> {
  await tellPlan(context, inputs, olds);
  if (olds !== undefined) tellPublishing(context, inputs, olds);
  await tellTakeover(context, 'image', olds ?? inputs, textOf(olds, 'owner'));
  const unknown = Object.fromEntries(outputKeys.map((key) => [key, context.unknown]));
  const { digests = context.unknown, latest = context.unknown, repository = context.unknown } = inputs;
  const known = { digests, latest, repository };
  if (olds === undefined) return { ...inputs, ...unknown, ...known };
  const digest = planDigest(inputs);
  const isWhole = !Array.isArray(olds['drift']) && !isUnfinished(olds);
  const stays = digest !== undefined && digest === planDigest(olds) && isWhole;
  const lasting = stays ? outputKeys.filter((key) => key !== 'traceId') : ['repository', 'createdAt', 'owner'];
  return withoutUndefined({
    ...inputs,
    ...unknown,
    ...known,
    ...Object.fromEntries(lasting.filter((key) => key in olds).map((key) => [key, olds[key]])),
  }) as Properties;
}

async function create(
  context: ResourceContext,
  inputs: Properties,
): Promise<{ readonly id: string; readonly outputs: Properties }> {
  const place = placeOf(inputs, context.place);
  const outputs = await build(context, place, inputs, undefined);
  return { id: idOf(place, inputs), outputs };
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
  const createdAt = textOf(olds, 'createdAt');
  const id = idOf(place, inputs);
  let progress: PublishProgress | undefined;
  const keep = (reason: string, failed: boolean, found?: UnfinishedImage): void => {
    if (progress === undefined) return;
    const isCreated = progress.image !== undefined || (found !== undefined && found.lines.length > 0);
    const run = { owner, traceId, createdAt: createdAt ?? (isCreated ? now(context) : undefined) };
    context.keep({ id, outputs: unfinishedOutputs({ inputs, olds, progress, found, reason, failed, run }) });
  };
  try {
    const isExpected = olds === undefined && isReplacement(context, 'image', inputs);
    const claim = { owner, traceId, ...(isExpected ? { isReplacement: true } : {}) };
    const image = await context.useCases(place).publishImage(plan, claim, (told) => {
      progress = told;
      keep('It was stopped before it was done', false);
    });
    await dropUntagged(context, place, request.name, untaggedOf(olds));
    tellLines(context, request, image, traceId);
    return { ...inputs, ...imageOutputs(image, { owner, traceId, createdAt: createdAt ?? now(context) }) };
  } catch (error) {
    const reason = describeError(error);
    const message = reason.includes(traceId) ? reason : `${reason}\n  trace ID ${traceId}`;
    const builds = [...untaggedOf(olds), ...(progress?.builds ?? [])];
    const look = (): Promise<UnfinishedImage | undefined> =>
      context.useCases(place).readUnfinished(request.name, request.starter, builds);
    // What the registry says counts more than what was heard on the way; one that does not answer is the likely reason.
    keep(message, true, progress === undefined ? undefined : await look().catch(() => undefined));
    throw new PrivateImageError<ImageErrorCode>('image/build-failed', message, { data: { image: id, traceId } });
  }
}

function tellLines(context: ResourceContext, { starter }: ImageRequest, image: PublishedImage, traceId: string): void {
  for (const line of image.lines) {
    for (const warning of line.warnings) {
      context.log({ kind: 'warning', message: lineMessage(starter, line.line, warning) });
    }
    if (line.error === undefined) continue;
    const stays = line.status === 'kept' ? `; its last good build ${line.version ?? ''} stays` : '';
    context.log({
      kind: 'warning',
      message: `${lineMessage(starter, line.line, line.error.message)}${stays} (trace ID ${traceId})`,
    });
  }
}

/** What an unfinished build has left, and no tag leads to now, is of no use to anyone. */
async function dropUntagged(
  context: ResourceContext,
  place: Place,
  name: string,
  builds: readonly Digest[],
): Promise<void> {
  if (builds.length === 0) return;
  try {
    await context.useCases(place).removeBuilds(name, builds);
  } catch (error) {
    const message = `${name}: what an earlier build left unfinished could not be removed: ${describeError(error)}`;
    context.log({ kind: 'warning', message });
  }
}

function idOf({ tenant }: Place, inputs: Properties): string {
  return `${tenant}/${requestOf(inputs).name}`;
}

function now(context: ResourceContext): string {
  return context.clock().toISOString();
}

function textOf(properties: Properties | undefined, key: string): string | undefined {
  const value = properties?.[key];
  return typeof value === 'string' ? value : undefined;
}

async function remove(context: ResourceContext, state: Properties): Promise<void> {
  const owner = textOf(state, 'owner');
  if (owner === undefined) return;
  const { name, starter } = requestOf(state);
  const useCases = context.useCases(placeOf(state, context.place));
  const untagged = untaggedOf(state);
  if (untagged.length > 0) await useCases.removeBuilds(name, untagged);
  if (!(await useCases.removeImage({ name, starter, owner }))) tellStays(context, 'image', state);
}
