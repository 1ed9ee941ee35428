import type { Dispatcher } from 'undici';
import { aborted, httpError, redact } from './http-error.js';
import type { Patience } from './http-patience.js';

/** How long the end of an unwanted body is waited for, in milliseconds. */
const longestFarewell = 2000;

/** Reads what is left of a body that nobody wants, so that its connection can be used again; a long or slow one is closed instead. */
export async function letGo({ body }: Dispatcher.ResponseData, patience: Patience): Promise<void> {
  await body
    .dump({ limit: 131_072, signal: AbortSignal.timeout(Math.min(patience.silence, longestFarewell)) })
    .catch(() => undefined);
}

/** The error for a request that got no answer: `http/unreachable`, or `http/aborted` when it was `signal` that ended it. */
export function transportError(url: URL, error: unknown, signal: AbortSignal | undefined): Error {
  // An aborted request fails with whatever reason its signal has, so the signal is asked and not the error.
  if (signal?.aborted === true) return aborted(url, error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // A name that does not exist, a certificate that does not fit, or a server without TLS will not mend itself in a second.
  const temporary = code !== 'ENOTFOUND' && !/CERT|UNABLE_TO_VERIFY|SSL_WRONG_VERSION_NUMBER/u.test(code);
  return httpError('http/unreachable', `${redact(url.origin)} cannot be reached`, {
    cause: error,
    data: { url: redact(url.href), temporary },
    hint: 'Check the network, the proxy settings and the address.',
  });
}

/** A header of an answer; several of one name are joined by a comma. */
export function headerOf(answer: Dispatcher.ResponseData, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The headers of an answer, with their names in lower case. */
export function headersOf(answer: Dispatcher.ResponseData): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(answer.headers)) {
    const value = headerOf(answer, name);
    if (value !== undefined) headers[name.toLowerCase()] = value;
  }
  return headers;
}
