import { PrivateImageError } from '../support/errors.js';

export type DeadlineErrorCode = 'resource/cancelled' | 'resource/timed-out';

/** How long a piece of work may take. */
export interface Deadline {
  /** In words, for errors. */
  readonly what: string;
  /** Stops the work from outside. */
  readonly signal: AbortSignal;
  /** Most seconds; undefined or 0 is no limit. */
  readonly seconds: number | undefined;
}

/**
 * Runs `work` with a signal that is aborted at the deadline or from outside, and does not wait for work that has been stopped: it
 * fails at once with `resource/timed-out` or `resource/cancelled`.
 */
export async function withDeadline<Result>(
  { what, signal, seconds }: Deadline,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const cancel = (): void => stop.abort(cancelled(what));
  if (signal.aborted) throw cancelled(what);
  signal.addEventListener('abort', cancel, { once: true });
  const timer =
    seconds === undefined || seconds <= 0
      ? undefined
      : setTimeout(() => stop.abort(timedOut(what, seconds)), seconds * 1000);
  const stopped = new Promise<never>((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(reasonOf(stop.signal)), { once: true });
  });
  try {
    return await Promise.race([work(stop.signal), stopped]);
  } catch (error) {
    // Whatever work says once it has been stopped: that it was is the reason.
    throw stop.signal.aborted ? reasonOf(stop.signal) : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

function cancelled(what: string): PrivateImageError {
  return new PrivateImageError<DeadlineErrorCode>('resource/cancelled', `${what} was cancelled`, {
    hint: 'What was done so far is kept: the next `pulumi up` goes on from there.',
  });
}

function timedOut(what: string, seconds: number): PrivateImageError {
  return new PrivateImageError<DeadlineErrorCode>('resource/timed-out', `${what} took longer than ${seconds} s`, {
    hint: 'What was done so far is kept: run `pulumi up` again, or give it more time with the option customTimeouts.',
  });
}
