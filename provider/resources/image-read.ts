import { packageChanges } from '../creator/package-changes.js';
import type { PublishedImage } from '../creator/published.js';
import { describeError, PrivateImageError } from '../support/errors.js';
import { planDigest } from './image-plan.js';
import { imageDrift, imageOutputs, publishedImageOf } from './image-state.js';
import { placeOf } from './place.js';
import { requestOf } from './private-image-schema.js';
import type { ImportedResource, Properties, ResourceContext } from './resource.js';
import { isUnfinished, unfinishedState, untaggedOf } from './unfinished-image.js';
import { holdsUnknown, withoutUndefined } from './unknown.js';

export type ImportErrorCode = 'import/malformed-id' | 'import/other-tenant';

/**
 * The state of an image as the registry has it, or undefined when it is definitely gone. What was changed there is in `drift`, for the
 * next update to mend; package updates that are available are told of.
 */
export async function readImageState(context: ResourceContext, state: Properties): Promise<Properties | undefined> {
  const { name, starter } = requestOf(state);
  const useCases = context.useCases(placeOf(state, context.place));
  try {
    if (isUnfinished(state)) {
      const standing = await useCases.readUnfinished(name, starter, untaggedOf(state));
      return standing === undefined ? undefined : unfinishedState(state, standing);
    }
    const found = await useCases.readImage(name);
    if (found === undefined) return undefined;
    const { drift: _, ...rest } = state;
    const drift = [...imageDrift(state, found), ...missingSboms(state, found)];
    for (const message of drift) context.log({ kind: 'warning', message: `${name}: ${message}` });
    await tellUpdates(context, state);
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

function missingSboms(state: Properties, found: PublishedImage): readonly string[] {
  const there = new Map(found.lines.map((line) => [line.digest, line]));
  return (publishedImageOf(state)?.lines ?? []).flatMap(({ line, digest, sbomUrl }) => {
    const now = there.get(digest);
    return sbomUrl === undefined || now === undefined || now.sbomUrl !== undefined
      ? []
      : [`the SBOM of line ${line} is missing`];
  });
}

/** Plans the image anew to see whether the distribution has newer packages. Whether it can be planned is no matter of a refresh. */
async function tellUpdates(context: ResourceContext, state: Properties): Promise<void> {
  if (planDigest(state) === undefined || holdsUnknown(state, context.unknown)) return;
  try {
    const request = requestOf(state);
    const { summary } = await context.useCases(placeOf(state, context.place)).planImage(request);
    if (summary.digest === planDigest(state)) return;
    const before = (state['plan'] as Partial<typeof summary> | undefined)?.lines ?? {};
    for (const [line, row] of Object.entries(summary.lines)) {
      const changes = packageChanges(before[line]?.packages ?? {}, row.packages);
      if (row.error !== undefined || changes.length === 0) continue;
      context.log({
        kind: 'warning',
        message: [
          `${request.starter} ${line}: package updates are available; \`pulumi up\` builds them`,
          ...changes.map((change) => `  ${change}`),
        ].join('\n'),
      });
    }
  } catch (error) {
    context.log({ kind: 'status', message: `whether there are updates cannot be told now: ${describeError(error)}` });
  }
}

/**
 * The image under `id` in the registry, for a program that takes it over: what it was asked to be is read from the plans beside
 * it. Undefined when there is none. Throws `import/malformed-id`, `import/other-tenant`.
 */
export async function importImage(context: ResourceContext, id: string): Promise<ImportedResource | undefined> {
  const { tenant, name } = importId(id, context.place.tenant);
  const useCases = context.useCases(context.place);
  const image = await useCases.readImage(name);
  const standing = image === undefined ? undefined : await useCases.readImageRequest(name);
  if (image === undefined || standing === undefined) return undefined;
  const { lines, ...request } = standing.request;
  const given = Object.entries({ ...request, requestedLines: lines }).filter(
    ([, value]) => value !== undefined && (typeof value !== 'object' || Object.keys(value).length > 0),
  );
  const traceId = context.newTraceId();
  const inputs = Object.fromEntries(given);
  const run = {
    owner: standing.owner ?? traceId,
    traceId,
    createdAt: firstBuilt(image) ?? context.clock().toISOString(),
  };
  const outputs = { ...inputs, ...context.place, plan: standing.plan, ...imageOutputs(image, run) };
  return { id: `${tenant}/${name}`, inputs, outputs: withoutUndefined(outputs) as Properties };
}

/** The parts of an id as `local/web`. */
export function importId(id: string, own: string): { readonly tenant: string; readonly name: string } {
  const { tenant, name } = /^(?<tenant>[^/@\s]+)\/(?<name>[^/\s]+)$/u.exec(id)?.groups ?? {};
  if (tenant === undefined || name === undefined) {
    throw new PrivateImageError<ImportErrorCode>(
      'import/malformed-id',
      `${JSON.stringify(id)} names nothing to import`,
      {
        hint: `An image is imported by tenant and name, as ${own}/web; a file bundle by its reference, as ${own}/corporate-ca@sha256:….`,
        data: { id },
      },
    );
  }
  if (tenant === own) return { tenant, name };
  throw new PrivateImageError<ImportErrorCode>('import/other-tenant', `${id} is not of the tenant ${own}`, {
    hint: `Set private-image:tenant to ${tenant}, or import it with a provider of that tenant.`,
    data: { id, tenant: own },
  });
}

/** The oldest time in the timestamp tags of what stands. */
function firstBuilt(image: PublishedImage): string | undefined {
  const times = image.lines.flatMap((line) => line.tags.flatMap((tag) => /-(\d{14})$/u.exec(tag)?.[1] ?? []));
  const [first] = times.sort();
  return first?.replace(/^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/u, '$1-$2-$3T$4:$5:$6.000Z');
}
