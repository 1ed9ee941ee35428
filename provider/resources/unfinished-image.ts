import { z } from 'zod';
import type { ImageStatus, PublishProgress, UnfinishedImage } from '../creator/published.js';
import { digestSchema } from '../support/digest-schema.js';
import type { Digest } from '../support/digest.js';
import { imageOutputFields } from './image-outputs.js';
import { type ImageRun, imageOutputs, lineOutputs } from './image-state.js';
import type { Properties } from './resource.js';
import { withoutUndefined } from './unknown.js';

/** A build of an image that goes on, or has ended before its end. */
export interface Unfinished {
  /** What was to be built. */
  readonly inputs: Properties;
  /** What stood before; undefined in a create. */
  readonly olds: Properties | undefined;
  readonly progress: PublishProgress;
  /** What the registry was found to have; undefined when it was not asked, or does not answer. */
  readonly found: UnfinishedImage | undefined;
  /** Why it is not finished. */
  readonly reason: string;
  /** True when it failed; false when it goes on, or was stopped. */
  readonly failed: boolean;
  readonly run: ImageRun;
}

/**
 * The state of an image whose build has not come to its end: what stands in the registry, as far as that is known, and what is there without a
 * tag. An update keeps what stood before it.
 */
export function unfinishedOutputs({ inputs, olds, progress, found, reason, failed, run }: Unfinished): Properties {
  const { image, builds, repository, lines } = progress;
  // The digests that were to be are not those that stand.
  const { digests: _, ...asked } = inputs;
  if (image !== undefined) return { ...inputs, ...imageOutputs(image, run), unfinished: reason };
  const before = olds === undefined ? { repository, ...lineOutputs(lines) } : outputsOf(olds);
  const standing = found === undefined ? {} : foundOutputs(found, olds === undefined ? lines : []);
  return withoutUndefined({
    ...before,
    ...standing,
    ...asked,
    plan: olds?.['plan'] ?? inputs['plan'],
    status: statusOf(failed, olds === undefined ? (found?.lines.length ?? 0) : 0),
    untagged: found?.untagged ?? [...new Set([...untaggedOf(olds), ...builds])],
    unfinished: reason,
    ...run,
  }) as Properties;
}

/** What a build gave, without what it was asked for: that is the new inputs, secrets among them. */
function outputsOf(state: Properties): Properties {
  const outputs = Object.entries(state).filter(([key]) => key in imageOutputFields.shape && key !== 'drift');
  return Object.fromEntries(outputs);
}

/** `created`: how many lines stand that did not before. */
function statusOf(failed: boolean, created: number): ImageStatus {
  if (!failed) return 'in progress';
  return created > 0 ? 'some lines created' : 'image build failed';
}

/** What a state says of lines that were found, with the lines of `tried` that no tag leads to. */
function foundOutputs({ lines, tags, latest }: UnfinishedImage, tried: PublishProgress['lines']): Properties {
  const there = new Set(lines.map(({ line }) => line));
  return { ...lineOutputs([...lines, ...tried.filter(({ line }) => !there.has(line))]), tags, latest };
}

/** The state of an unfinished image after a look at the registry. */
export function unfinishedState(state: Properties, found: UnfinishedImage): Properties {
  const { untagged: _, drift: __, ...rest } = state;
  const outputs = found.lines.length === 0 ? {} : foundOutputs(found, []);
  return withoutUndefined({ ...rest, ...outputs, untagged: found.untagged }) as Properties;
}

/** True for a state whose last build did not come to its end. */
export function isUnfinished(state: Properties): boolean {
  return typeof state['unfinished'] === 'string';
}

/** The builds that a state says are in the registry without a tag. */
export function untaggedOf(state: Properties | undefined): readonly Digest[] {
  return z.array(digestSchema).safeParse(state?.['untagged']).data ?? [];
}
