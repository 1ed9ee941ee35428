import { takeover } from '../creator/claim.js';
import { describeError, isPrivateImageError } from '../support/errors.js';
import { placeOf } from './place.js';
import type { CheckFailure, Properties, ResourceContext } from './resource.js';

/** A preview waits no longer than this for a registry that it only looks at. Milliseconds. */
const patience = 5000;

/** What a registry has under a name of its own. */
export type OwnedKind = 'image' | 'bundle';

/** Notes in a check what a state has already: should it be replaced, what comes takes nothing over. */
export function noteFormer(context: ResourceContext, kind: OwnedKind, olds: Properties): void {
  if (typeof olds['name'] === 'string') context.former.add(titleOf(context, kind, olds));
}

/** A fault where another resource of the same program has the same name: each would undo what the other has published. */
export function rivalFaults(context: ResourceContext, kind: OwnedKind, news: Properties): readonly CheckFailure[] {
  if (typeof news['name'] !== 'string' || news['name'] === context.unknown) return [];
  const title = titleOf(context, kind, { name: news['name'] });
  const rival = context.rivalFor(title);
  if (rival === undefined) return [];
  const reason = `the resource ${JSON.stringify(rival)} of this program publishes ${title} too: give one of them another name`;
  return [{ property: 'name', reason }];
}

/** True where a state of this run has had what these properties name: it is replaced, or another resource of the program has given it up. */
export function isReplacement(context: ResourceContext, kind: OwnedKind, properties: Properties): boolean {
  return context.former.has(titleOf(context, kind, properties));
}

/**
 * Warns of a resource that is to be published where another one stands. `owner`: its own identity; undefined for one that is to be
 * created. A registry that is away is warned of: nothing could be published. Any other that cannot be asked may still be written to.
 */
export async function tellTakeover(
  context: ResourceContext,
  kind: OwnedKind,
  properties: Properties,
  owner: string | undefined,
): Promise<void> {
  const { name } = properties;
  if (typeof name !== 'string' || name === context.unknown) return;
  if (owner === undefined && isReplacement(context, kind, properties)) return;
  const limit = AbortSignal.timeout(patience);
  try {
    const standing = await context.useCases(placeOf(properties, context.place), limit).readOwner(kind, name);
    if (standing === undefined || standing === owner) return;
    context.log({ kind: 'warning', message: takeover(titleOf(context, kind, properties)) });
  } catch (error) {
    const isAway = limit.aborted || isUnreachable(error);
    const reason = limit.aborted ? `no answer in ${patience / 1000} s` : describeError(error);
    const what = titleOf(context, kind, properties);
    if (isAway) context.log({ kind: 'warning', message: `${what} could not be published now: ${reason}` });
    else context.log({ kind: 'status', message: `whose ${what} is cannot be told now: ${reason}` });
  }
}

function isUnreachable(error: unknown): boolean {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (isPrivateImageError(current, 'http/unreachable', 'http/too-slow', 'http/cut-off')) return true;
  }
  return false;
}

/** Warns of a deletion that leaves in the registry what another resource has taken over. */
export function tellStays(context: ResourceContext, kind: OwnedKind, state: Properties): void {
  if (isReplacement(context, kind, state)) return;
  context.log({
    kind: 'warning',
    message: `${titleOf(context, kind, state)} stays there: another resource has taken it over`,
  });
}

/** `the image local/web in registry.example.com`. */
function titleOf(context: ResourceContext, kind: OwnedKind, properties: Properties): string {
  const { tenant, registry } = placeOf(properties, context.place);
  const what = kind === 'image' ? 'the image' : 'the file bundle';
  return `${what} ${tenant}/${String(properties['name'])} in ${registry}`;
}
