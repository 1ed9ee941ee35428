import { planDigest } from './image-plan.js';
import { publishingChanges } from './image-publishing.js';
import { publishedImageOf } from './image-state.js';
import { propertyChanges } from './property-changes.js';
import type { DiffResult, Properties, PropertyChange } from './resource.js';
import { isUnfinished } from './unfinished-image.js';
import { holdsUnknown } from './unknown.js';

/** Inputs whose change needs a new image. */
const identity = ['starter', 'name', 'tenant', 'registry'];
/** Inputs whose change is an update; the order of those in `unordered` says nothing. */
const content = [
  'description',
  'environment',
  'requestedLines',
  'packages',
  'fileBundles',
  'setuidPrograms',
  'architectures',
];
const unordered = new Set(['requestedLines', 'packages', 'fileBundles', 'setuidPrograms', 'architectures']);
/** Outputs that stay for an image's life. */
const stables = ['starter', 'name', 'tenant', 'registry', 'repository', 'createdAt', 'owner'];

/** What differs between the state of an image and checked inputs. */
export function imageDiff(olds: Properties, news: Properties, unknown: string): DiffResult {
  const inputs = propertyChanges(olds, news, { keys: [...identity, ...content], unordered, in: 'inputs' });
  const plan = planDigest(olds) === planDigest(news) ? {} : planChanges(olds, news);
  const detailed = { ...inputs, ...plan, ...publishingChanges(olds, news), ...unfinished(olds) };
  const replaces = identity.filter((key) => key in detailed);
  return {
    changes: Object.keys(detailed).length > 0 || holdsUnknown(news, unknown),
    replaces,
    deleteBeforeReplace: false,
    detailed,
    stables: replaces.length > 0 ? [] : stables,
  };
}

/** The packages, versions and tags that change; the digest when nothing of these does. */
function planChanges(olds: Properties, news: Properties): Readonly<Record<string, PropertyChange>> {
  const comparison = { keys: ['plan'], unordered: new Set<string>(), in: 'inputs' } as const;
  return propertyChanges(olds, news, comparison);
}

/** The registry was found changed, the last build did not come to its end, or a line that can be built stands unbuilt: then an update mends it. */
function unfinished(state: Properties): Readonly<Record<string, PropertyChange>> {
  const drift: Readonly<Record<string, PropertyChange>> =
    Array.isArray(state['drift']) && state['drift'].length > 0 ? { drift: { kind: 'delete', in: 'state' } } : {};
  if (isUnfinished(state)) return { ...drift, unfinished: { kind: 'delete', in: 'state' } };
  const image = publishedImageOf(state);
  if (image === undefined) return { ...drift, status: { kind: 'update', in: 'state' } };
  const plan = state['plan'];
  const unbuilt = image.lines.some(
    ({ line, status, dev }) =>
      (status !== 'built' && !failsInPlan(plan, line)) || (dev?.error !== undefined && !devFailsInPlan(plan, line)),
  );
  return unbuilt ? { ...drift, lines: { kind: 'update', in: 'state' } } : drift;
}

interface PlannedLine {
  readonly error?: string;
  readonly dev?: { readonly error?: string };
}

function failsInPlan(plan: unknown, line: string): boolean {
  if (typeof plan !== 'object' || plan === null || !('lines' in plan)) return false;
  const planned = plannedLine(plan, line);
  return planned === undefined || planned.error !== undefined;
}

function devFailsInPlan(plan: unknown, line: string): boolean {
  if (failsInPlan(plan, line)) return true;
  const dev = plannedLine(plan, line)?.dev;
  return dev === undefined || 'error' in dev;
}

function plannedLine(plan: unknown, line: string): PlannedLine | undefined {
  if (typeof plan !== 'object' || plan === null || !('lines' in plan)) return undefined;
  return (plan.lines as Readonly<Record<string, PlannedLine | undefined>>)[line];
}
