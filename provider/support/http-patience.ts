import { isPrivateImageError } from './errors.js';

/** How patient the client is. Times in milliseconds. */
export interface Patience {
  /** Tries in all for one request. */
  readonly attempts: number;
  /** The first pause between two tries; it doubles each time. */
  readonly pause: number;
  /** The longest pause, whatever `Retry-After` says. */
  readonly longestPause: number;
  readonly connectTimeout: number;
  /** Longest wait for headers, and between two pieces of a body. */
  readonly silence: number;
  /** A body that `slowAfter` of waiting have brought less than `slowest` bytes a second of is given up, wherever it is by then. */
  readonly slowAfter: number;
  readonly slowest: number;
}

/** The patience of a client that is not told another. */
export const defaultPatience: Patience = {
  attempts: 4,
  pause: 500,
  longestPause: 30_000,
  connectTimeout: 15_000,
  silence: 60_000,
  slowAfter: 60_000,
  slowest: 1024,
};

const temporaryStatuses = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Whether the same request may well succeed a moment later. */
export function isTemporaryStatus(status: number): boolean {
  return temporaryStatuses.has(status);
}

/** How long to wait after try number `attempt` failed with `error`, in milliseconds; undefined when it is not to be tried again. */
export function pauseBeforeRetry(error: unknown, attempt: number, patience: Patience): number | undefined {
  if (!isPrivateImageError(error) || attempt >= patience.attempts) return undefined;
  const { status, retryAfter } = error.data;
  const temporary = error.data['temporary'] === true || (typeof status === 'number' && isTemporaryStatus(status));
  if (!temporary) return undefined;
  const pause = typeof retryAfter === 'number' ? retryAfter * 1000 : patience.pause * 2 ** (attempt - 1);
  return Math.min(pause, patience.longestPause);
}

/**
 * How long `Retry-After` asks to wait, in seconds: it is a number of them, or a date (RFC 9110, section 10.2.3), which is measured from
 * the server's own `Date` where it gives one, since either clock may be wrong. Undefined for what is neither.
 */
export function secondsToWait(retryAfter: string | undefined, serverDate: string | undefined): number | undefined {
  const text = retryAfter?.trim() ?? '';
  if (/^[0-9]{1,9}$/u.test(text)) return Number(text);
  const until = dateOf(text);
  const from = dateOf(serverDate ?? '');
  if (until === undefined || from === undefined) return undefined;
  return Math.max(0, (until - from) / 1000);
}

/** An HTTP date in milliseconds since the epoch. The weekday is what keeps `Date.parse` from taking `5` for a month. */
function dateOf(text: string): number | undefined {
  const time = /^[A-Z][a-z]{2,8},? .*\d{2}:\d{2}:\d{2}/u.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
