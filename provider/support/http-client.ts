import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Agent, type Dispatcher, EnvHttpProxyAgent, errors, request } from 'undici';
import { PrivateImageError } from './errors.js';
import type { GetOptions, HttpClient, HttpResponse } from './http.js';

type HttpErrorCode =
  | 'http/status'
  | 'http/unreachable'
  | 'http/too-slow'
  | 'http/too-large'
  | 'http/cut-off'
  | 'http/redirect'
  | 'http/aborted'
  | 'http/bad-url';

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
  /** A body that after `slowAfter` has arrived at less than `slowest` bytes a second is given up. */
  readonly slowAfter: number;
  readonly slowest: number;
}

const defaultPatience: Patience = {
  attempts: 4,
  pause: 500,
  longestPause: 30_000,
  connectTimeout: 15_000,
  silence: 60_000,
  slowAfter: 60_000,
  slowest: 1024,
};

const redirectStatuses = new Set([301, 302, 303, 307, 308]);
const temporaryStatuses = new Set([408, 425, 429, 500, 502, 503, 504]);
const longestRedirectChain = 5;

/** Makes the HTTP client. Proxies come from `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` of `environment`. */
export function createHttpClient(
  options: {
    readonly environment?: Readonly<Record<string, string | undefined>>;
    readonly patience?: Partial<Patience>;
  } = {},
): HttpClient {
  const patience = { ...defaultPatience, ...options.patience };
  const dispatcher = createDispatcher(options.environment ?? {}, patience);
  return {
    get: async (url, getOptions = {}) => get(dispatcher, patience, parseUrl(url), getOptions),
    close: () => dispatcher.close(),
  };
}

function createDispatcher(environment: Readonly<Record<string, string | undefined>>, patience: Patience): Dispatcher {
  const shared = {
    connect: { timeout: patience.connectTimeout },
    headersTimeout: patience.silence,
    bodyTimeout: patience.silence,
  };
  const httpProxy = environment['http_proxy'] ?? environment['HTTP_PROXY'];
  const httpsProxy = environment['https_proxy'] ?? environment['HTTPS_PROXY'];
  if (httpProxy === undefined && httpsProxy === undefined) return new Agent(shared);
  return new EnvHttpProxyAgent({
    ...shared,
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    noProxy: environment['no_proxy'] ?? environment['NO_PROXY'] ?? '',
  });
}

function parseUrl(text: string): URL {
  // Control characters and spaces would be dropped or escaped in silence: whoever wrote them meant to smuggle.
  if (/[\u0000-\u0020\u007f]/u.test(text) || !URL.canParse(text)) {
    throw new PrivateImageError<HttpErrorCode>('http/bad-url', `Not a URL: ${JSON.stringify(redact(text))}`);
  }
  const url = new URL(text);
  if (['http:', 'https:', 'file:'].includes(url.protocol)) return url;
  throw new PrivateImageError<HttpErrorCode>('http/bad-url', `Not an http, https or file URL: ${redact(text)}`);
}

async function get(dispatcher: Dispatcher, patience: Patience, url: URL, options: GetOptions): Promise<HttpResponse> {
  if (url.protocol === 'file:') return getFile(url, options);
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await followRedirects(dispatcher, patience, url, options).then(
      (response) => ({ response }),
      (error: unknown) => ({ error }),
    );
    if ('response' in outcome) return outcome.response;
    const pause = pauseBeforeRetry(outcome.error, attempt, patience);
    if (pause === undefined) throw outcome.error;
    await delay(pause, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(
      (error: unknown) => {
        throw aborted(url, error);
      },
    );
  }
}

async function followRedirects(
  dispatcher: Dispatcher,
  patience: Patience,
  start: URL,
  options: GetOptions,
): Promise<HttpResponse> {
  let url = start;
  // Once the origin has been left, credentials stay behind, even when the chain comes back to it.
  let trusted = true;
  for (let hops = 0; ; hops += 1) {
    const answer = await send(dispatcher, url, trusted ? start : undefined, options);
    const status = answer.statusCode;
    if (!redirectStatuses.has(status)) {
      if (status >= 400) throw await statusError(url, answer);
      return respond(url, answer, patience, options);
    }
    await answer.body.dump();
    url = redirectTarget(url, headerOf(answer, 'location'), hops);
    trusted &&= url.origin === start.origin;
  }
}

async function send(
  dispatcher: Dispatcher,
  url: URL,
  trustedStart: URL | undefined,
  options: GetOptions,
): Promise<Dispatcher.ResponseData> {
  const headers: Record<string, string> = { 'user-agent': 'pulumi-private-image' };
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = value;
  if (trustedStart === undefined) delete headers['authorization'];
  else if (trustedStart.username !== '') headers['authorization'] ??= basicAuthorization(trustedStart);
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  try {
    return await request(bare, {
      dispatcher,
      method: 'GET',
      headers,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (error) {
    throw transportError(url, error, options.signal);
  }
}

function basicAuthorization(url: URL): string {
  const credentials = `${percentDecoded(url.username)}:${percentDecoded(url.password)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

/** `text` as it is when it is not well percent-encoded. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Where a redirect from `from` to the header `location` goes, after `hops` others. Throws `http/redirect` when the chain is too
 * long, when the address is none or smuggles something in, and when it leads from https to http or to another protocol.
 */
export function redirectTarget(from: URL, location: string | undefined, hops: number): URL {
  const refuse = (why: string): PrivateImageError =>
    new PrivateImageError<HttpErrorCode>('http/redirect', `${redact(from.href)} redirects ${why}`);
  if (hops >= longestRedirectChain) throw refuse(`more than ${longestRedirectChain} times`);
  if (location === undefined || /[\u0000-\u0020\u007f]|%0[ad]/iu.test(location) || !URL.canParse(location, from.href)) {
    throw refuse('to something that is not a URL');
  }
  const target = new URL(location, from.href);
  if (target.protocol !== 'https:' && target.protocol !== from.protocol)
    throw refuse(`from ${from.protocol} to ${target.protocol}`);
  return target;
}

function respond(url: URL, answer: Dispatcher.ResponseData, patience: Patience, options: GetOptions): HttpResponse {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(answer.headers)) {
    const value = headerOf(answer, name);
    if (value !== undefined) headers[name.toLowerCase()] = value;
  }
  return {
    status: answer.statusCode,
    headers,
    url: redact(url.href),
    body: guardBody(url, answer, patience, options),
    discard: async () => {
      await answer.body.dump();
    },
  };
}

async function* guardBody(
  url: URL,
  answer: Dispatcher.ResponseData,
  patience: Patience,
  options: GetOptions,
): AsyncGenerator<Uint8Array> {
  const started = performance.now();
  let received = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      received += chunk.length;
      if (options.maxBytes !== undefined && received > options.maxBytes) {
        throw new PrivateImageError<HttpErrorCode>(
          'http/too-large',
          `${redact(url.href)} sends more than the ${options.maxBytes} bytes that are allowed`,
        );
      }
      const elapsed = performance.now() - started;
      if (elapsed > patience.slowAfter && received / (elapsed / 1000) < patience.slowest) {
        throw new PrivateImageError<HttpErrorCode>(
          'http/too-slow',
          `${redact(url.href)} sent only ${received} bytes in ${Math.round(elapsed / 1000)} s`,
        );
      }
      yield chunk;
    }
  } catch (error) {
    throw error instanceof PrivateImageError ? error : bodyError(url, error, options.signal);
  }
}

async function statusError(url: URL, answer: Dispatcher.ResponseData): Promise<PrivateImageError> {
  await answer.body.dump();
  const status = answer.statusCode;
  const retryAfter = headerOf(answer, 'retry-after');
  return new PrivateImageError<HttpErrorCode>('http/status', `${redact(url.href)} answers ${status}`, {
    data: { url: redact(url.href), status, ...(retryAfter === undefined ? {} : { retryAfter }) },
    ...(status === 401 || status === 403 ? { hint: 'The server wants credentials, or refuses the ones it got.' } : {}),
  });
}

function pauseBeforeRetry(error: unknown, attempt: number, patience: Patience): number | undefined {
  if (!(error instanceof PrivateImageError) || attempt >= patience.attempts) return undefined;
  const status = error.data['status'];
  const temporary =
    error.code === 'http/unreachable'
      ? error.data['temporary'] === true
      : typeof status === 'number' && temporaryStatuses.has(status);
  if (!temporary) return undefined;
  const asked = Number(error.data['retryAfter']);
  const pause = Number.isFinite(asked) && asked >= 0 ? asked * 1000 : patience.pause * 2 ** (attempt - 1);
  return Math.min(pause, patience.longestPause);
}

function transportError(url: URL, error: unknown, signal: AbortSignal | undefined): PrivateImageError {
  // An aborted request fails with whatever reason its signal has, so the signal is asked and not the error.
  if (signal?.aborted === true) return aborted(url, error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // A name that does not exist or a certificate that does not fit will not mend itself in a second.
  const temporary = !['ENOTFOUND', 'ERR_TLS_CERT_ALTNAME_INVALID'].includes(code) && !code.includes('CERT');
  return new PrivateImageError<HttpErrorCode>('http/unreachable', `${redact(url.origin)} cannot be reached`, {
    cause: error,
    data: { url: redact(url.href), temporary },
    hint: 'Check the network, the proxy settings and the address.',
  });
}

function bodyError(url: URL, error: unknown, signal: AbortSignal | undefined): PrivateImageError {
  if (signal?.aborted === true) return aborted(url, error);
  if (error instanceof errors.BodyTimeoutError) {
    return new PrivateImageError<HttpErrorCode>('http/too-slow', `${redact(url.href)} stopped sending`, {
      cause: error,
    });
  }
  return new PrivateImageError<HttpErrorCode>('http/cut-off', `${redact(url.href)} was cut off`, { cause: error });
}

function aborted(url: URL, cause: unknown): PrivateImageError {
  return new PrivateImageError<HttpErrorCode>('http/aborted', `${redact(url.href)} was given up on request`, { cause });
}

async function getFile(url: URL, options: GetOptions): Promise<HttpResponse> {
  const file = pathOf(url);
  const found = await stat(file).catch((error: unknown) => {
    throw noFile(url, file, error);
  });
  if (!found.isFile()) throw noFile(url, file, undefined);
  if (options.maxBytes !== undefined && found.size > options.maxBytes) {
    throw new PrivateImageError<HttpErrorCode>(
      'http/too-large',
      `${file} holds ${found.size} bytes, more than the ${options.maxBytes} that are allowed`,
    );
  }
  return {
    status: 200,
    headers: { 'content-length': String(found.size) },
    url: url.href,
    body: createReadStream(file) as AsyncIterable<Buffer>,
    discard: () => Promise.resolve(),
  };
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new PrivateImageError<HttpErrorCode>('http/bad-url', `Not the URL of a file: ${url.href}`, { cause: error });
  }
}

function noFile(url: URL, file: string, cause: unknown): PrivateImageError {
  return new PrivateImageError<HttpErrorCode>('http/status', `There is no file ${file}`, {
    cause,
    data: { url: url.href, status: 404 },
  });
}

function headerOf(answer: Dispatcher.ResponseData, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** A URL or a piece of one without user, password and query, fit for logs, errors and state. */
export function redact(url: string): string {
  if (!URL.canParse(url)) return url.replace(/\/\/[^/@]*@/u, '//');
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  if (parsed.search !== '') parsed.search = '?…';
  return parsed.protocol === 'file:' ? url : parsed.href.replace('?%E2%80%A6', '?…');
}
