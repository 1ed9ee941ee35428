import { describeError } from '../support/errors.js';
import type { HalfMade } from './resource.js';

/** Work that failed, and what it leaves. */
export interface Failure {
  readonly error: unknown;
  readonly halfMade: HalfMade;
  /** What a person reads. */
  readonly reasons: readonly string[];
}

/**
 * Runs `work`. When it fails after it has told of a half-made resource, `failed` gives what is thrown in the place of its error; the last that
 * was told counts.
 */
export async function keepingHalfMade<Result>(
  work: (keep: (halfMade: HalfMade) => void) => Promise<Result>,
  failed: (failure: Failure) => Error,
): Promise<Result> {
  let kept: HalfMade | undefined;
  try {
    return await work((halfMade) => (kept = halfMade));
  } catch (error) {
    if (kept === undefined) throw error;
    throw failed({ error, halfMade: kept, reasons: [describeError(error)] });
  }
}
