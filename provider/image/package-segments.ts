import type { Store } from '../store/store.js';
import { digestOf } from '../support/digest.js';
import type { TaskRunner } from '../support/tasks.js';
import { debReplaces, debSegmentFormat, debSegmentTask } from './deb-segment.js';
import { imageError } from './image-error.js';
import type { RecipePackage } from './recipe.js';
import { segmentSchema } from './segment.js';
import type { Segment, SegmentSettings } from './segment.js';

/** What making segments takes. */
export interface SegmentContext {
  readonly store: Store;
  readonly tasks: TaskRunner;
  readonly signal: AbortSignal | undefined;
}

/** The segment of a package, made at most once for each archive and settings. */
export async function segmentOf(
  context: SegmentContext,
  one: RecipePackage,
  settings: SegmentSettings,
): Promise<Segment> {
  const { store, tasks, signal } = context;
  const key = JSON.stringify([
    debSegmentFormat,
    one.archive,
    settings.exclude,
    Object.entries(settings.directoryLinks),
    settings.setuid,
    settings.dropped,
  ]);
  const known = await store.recall('segment', digestOf(key), segmentSchema);
  if (known !== undefined && (await store.has(known.blob.digest)) && (await store.has(known.files))) return known;
  const segment = await makeSegment(store.root, tasks, one, settings, signal);
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

function makeSegment(
  storeRoot: string,
  tasks: TaskRunner,
  one: RecipePackage,
  settings: SegmentSettings,
  signal: AbortSignal | undefined,
): Promise<Segment> {
  const { format, name, version, architecture, installedSize } = one.package;
  const subject = `package ${name} ${version} ${architecture}`;
  if (format !== 'deb') {
    throw imageError('image/unknown-format', `${subject}: packages of format ${format} cannot be laid out`, {
      hint: 'Build from a Debian starter.',
      data: { package: name, format },
    });
  }
  return tasks.run(debSegmentTask, { storeRoot, archive: one.archive, name, subject, installedSize, settings }, signal);
}
