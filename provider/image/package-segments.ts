import { parseRelations, satisfies } from '../packages/deb/relation.js';
import type { Store } from '../store/store.js';
import { digestOf } from '../support/digest.js';
import type { TaskRunner } from '../support/tasks.js';
import type { RecipePackage } from './recipe.js';
import { apkSegmentFormat, apkSegments, debSegmentFormat, debSegments } from './segment-tasks.js';
import { segmentSchema } from './segment.js';
import type { Segment, SegmentSettings } from './segment.js';

/** What making segments takes. */
export interface SegmentContext {
  readonly store: Store;
  readonly tasks: TaskRunner;
  readonly signal: AbortSignal | undefined;
  /** The machine's `xz`, absolute, if it is to be used: the result is the same without. */
  readonly xz?: string | undefined;
}

/** The segment of a package, made at most once for each archive and settings. */
export async function segmentOf(
  context: SegmentContext,
  one: RecipePackage,
  settings: SegmentSettings,
): Promise<Segment> {
  const { store } = context;
  const key = JSON.stringify([
    one.package.format === 'apk' ? apkSegmentFormat : debSegmentFormat,
    one.archive,
    settings.exclude,
    Object.entries(settings.directoryLinks),
    settings.setuid,
    settings.dropped,
    settings.alone,
    ...(settings.recorded === true ? ['recorded'] : []),
    ...(settings.diverted === undefined ? [] : [Object.entries(settings.diverted)]),
  ]);
  const known = await store.recall('segment', digestOf(key), segmentSchema);
  if (known !== undefined && (await isComplete(store, known))) return known;
  const segment = await makeSegment(context, one, settings);
  await store.remember('segment', digestOf(key), segment);
  return segment;
}

/** True when a package may take over files of another, by its format's rules. */
export function mayReplace(
  one: RecipePackage,
  segment: Segment,
  other: { readonly name: string; readonly version: string },
): boolean {
  return one.package.format === 'deb' && debReplaces(segment.replaces, other);
}

/**
 * True when the field `Replaces` of a package lets it take over files of `other`
 * (https://www.debian.org/doc/debian-policy/ch-relationships.html#overwriting-files-and-replacing-packages-replaces).
 */
function debReplaces(field: string, other: { readonly name: string; readonly version: string }): boolean {
  return parseRelations(field).some(({ alternatives }) =>
    alternatives.some(({ name, constraint }) => name === other.name && satisfies(other.version, constraint)),
  );
}

function makeSegment(
  { store, tasks, signal, xz }: SegmentContext,
  one: RecipePackage,
  settings: SegmentSettings,
): Promise<Segment> {
  const storeRoot = store.root;
  const { format, name, version, architecture, installedSize, archive: stated } = one.package;
  const { archive } = one;
  const subject = `package ${name} ${version} ${architecture}`;
  if (format === 'deb')
    return tasks.run(debSegments, { storeRoot, archive, name, version, subject, installedSize, settings, xz }, signal);
  const { size, checksum } = stated;
  return tasks.run(
    apkSegments,
    { storeRoot, name, version, controlSha1: checksum.value, size, subject, settings },
    signal,
  );
}

async function isComplete(store: Store, { blob, files, record }: Segment): Promise<boolean> {
  const digests = [blob.digest, files, ...(record === undefined ? [] : [record])];
  const there = await Promise.all(digests.map((digest) => store.has(digest)));
  return there.every(Boolean);
}
