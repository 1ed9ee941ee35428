import { PrivateImageError } from './errors.js';
import type { ErrorDetails } from './errors.js';

/** What can go wrong with a request. */
export type HttpErrorCode =
  | 'http/status'
  | 'http/unreachable'
  | 'http/too-slow'
  | 'http/too-large'
  | 'http/cut-off'
  | 'http/redirect'
  | 'http/aborted'
  | 'http/bad-url'
  | 'http/bad-credential';

/** An error of the HTTP client; `message` holds no credentials. */
export function httpError(
  code: HttpErrorCode,
  message: string,
  details: ErrorDetails = {},
): PrivateImageError<HttpErrorCode> {
  return new PrivateImageError<HttpErrorCode>(code, message, details);
}

/** The error for a request that was given up on request. */
export function aborted(url: URL, cause: unknown): PrivateImageError<HttpErrorCode> {
  return httpError('http/aborted', `${redact(url.href)} was given up on request`, { cause });
}

/** A URL or a piece of one without user, password and query, fit for logs, errors and state. */
export function redact(url: string): string {
  if (/^file:/iu.test(url)) return url;
  const parsed = /^https?:/iu.test(url) && URL.canParse(url) ? new URL(url) : undefined;
  // What is no URL, as by a slash in a password, has a password all the same: everything up to the last `@` goes.
  if (parsed === undefined) return url.replace(/\/\/.*@/su, '//').replace(/^[^/]*:.*@/su, '');
  parsed.username = '';
  parsed.password = '';
  if (parsed.search !== '') parsed.search = '?…';
  return parsed.href.replace('?%E2%80%A6', '?…');
}
