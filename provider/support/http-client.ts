import { setTimeout as delay } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { refusalIn } from './address-rule.js';
import { headerOf, headersOf, letGo, transportError } from './http-answer.js';
import { guardBody } from './http-body.js';
import { authorizationIn, type CredentialBook, credentialBook } from './http-credentials.js';
import { createDispatcher } from './http-dispatcher.js';
import { aborted, httpError, redact } from './http-error.js';
import { getFile } from './http-file.js';
import { defaultPatience, type Patience, pauseBeforeRetry, secondsToWait } from './http-patience.js';
import type { AuthorizingHttpClient, GetOptions, HttpCredential, HttpResponse } from './http.js';
import { type JudgedConnections, judgedConnections } from './inward-redirect.js';
import { undici } from './undici.js';

export { redact } from './http-error.js';

const redirectStatuses = new Set([301, 302, 303, 307, 308]);
const longestRedirectChain = 5;

/** What a request is made with. */
interface Sender {
  /** What makes the connections; made when the first one is needed. */
  readonly dispatcher: () => Dispatcher;
  /** What makes those to where the server of a URL sends us. */
  readonly judged: (start: URL) => Promise<JudgedConnections>;
  readonly patience: Patience;
  readonly credentials: CredentialBook;
}

/**
 * Makes the HTTP client. Proxies come from `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` of `environment`. A request carries the
 * `Authorization` of its own headers, else the user and password of its URL, else those of `credentials` that are for it. Throws
 * `http/bad-credential`.
 */
export function createHttpClient(
  options: {
    readonly environment?: Readonly<Record<string, string | undefined>>;
    readonly patience?: Partial<Patience>;
    readonly credentials?: readonly HttpCredential[];
  } = {},
): AuthorizingHttpClient {
  const patience = { ...defaultPatience, ...options.patience };
  const credentials = credentialBook(options.credentials);
  let made: Dispatcher | undefined;
  const environment = options.environment ?? {};
  const dispatcher = (): Dispatcher => (made ??= createDispatcher(environment, patience));
  const judgedByHost = new Map<string, Promise<JudgedConnections>>();
  const judged = (start: URL): Promise<JudgedConnections> => {
    const found = judgedByHost.get(start.origin) ?? judgedConnections(start, environment, patience);
    judgedByHost.set(start.origin, found);
    return found;
  };
  const sender = { dispatcher, judged, patience, credentials };
  return {
    get: async (url, getOptions = {}) => get(sender, parseUrl(url), getOptions),
    authorize: (credential) => credentials.add(credential),
    close: async () => {
      await made?.close();
      for (const connections of judgedByHost.values()) await (await connections).dispatcher.close();
    },
  };
}

function parseUrl(text: string): URL {
  // Control characters and spaces would be dropped or escaped in silence: whoever wrote them meant to smuggle.
  if (/[\u0000-\u0020\u007f]/u.test(text) || !URL.canParse(text)) {
    throw httpError('http/bad-url', `Not a URL: ${JSON.stringify(redact(text))}`);
  }
  const url = new URL(text);
  if (['http:', 'https:', 'file:'].includes(url.protocol)) return url;
  throw httpError('http/bad-url', `Not an http, https or file URL: ${redact(text)}`);
}

async function get(sender: Sender, url: URL, options: GetOptions): Promise<HttpResponse> {
  if (url.protocol === 'file:') return getFile(url, options);
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await followRedirects(sender, url, options).then(
      (response) => ({ response }),
      (error: unknown) => ({ error }),
    );
    if ('response' in outcome) return outcome.response;
    const pause = pauseBeforeRetry(outcome.error, attempt, sender.patience);
    if (pause === undefined) throw outcome.error;
    await delay(pause, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(
      (error: unknown) => {
        throw aborted(url, error);
      },
    );
  }
}

async function followRedirects(sender: Sender, start: URL, options: GetOptions): Promise<HttpResponse> {
  let url = start;
  // Once the origin has been left, credentials stay behind, even when the chain comes back to it.
  let trusted = true;
  for (let hops = 0; ; hops += 1) {
    const isJudged = options.staysOutside === true && url.origin !== start.origin;
    const answer = await send(
      isJudged ? await judgedDispatcher(sender, start, url) : sender.dispatcher(),
      url,
      trusted ? authorizationFor(sender, start, url, options) : undefined,
      options,
    );
    const status = answer.statusCode;
    if (!redirectStatuses.has(status)) {
      if (status >= 400) throw await statusError(url, answer, sender.patience);
      return respond(url, answer, sender.patience, options);
    }
    await letGo(answer, sender.patience);
    url = redirectTarget(url, headerOf(answer, 'location'), hops);
    trusted &&= url.origin === start.origin;
  }
}

/** What a request to `url` carries, which is of the origin of `start`, where the request began. */
function authorizationFor({ credentials }: Sender, start: URL, url: URL, options: GetOptions): string | undefined {
  const given = Object.entries(options.headers ?? {}).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  return given ?? authorizationIn(start) ?? credentials.authorizationFor(url) ?? credentials.authorizationFor(start);
}

async function judgedDispatcher({ judged }: Sender, start: URL, url: URL): Promise<Dispatcher> {
  const { rule, dispatcher } = await judged(start);
  rule.judgeText(url);
  return dispatcher;
}

async function send(
  dispatcher: Dispatcher,
  url: URL,
  authorization: string | undefined,
  options: GetOptions,
): Promise<Dispatcher.ResponseData> {
  const headers: Record<string, string> = { 'user-agent': 'pulumi-private-image' };
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = value;
  delete headers['authorization'];
  if (authorization !== undefined) headers['authorization'] = authorization;
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  try {
    return await undici().request(bare, {
      dispatcher,
      method: 'GET',
      headers,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (error) {
    throw refusalIn(error, 'http/redirect') ?? transportError(url, error, options.signal);
  }
}

/**
 * Where a redirect from `from` to the header `location` goes, after `hops` others. Throws `http/redirect` when the chain is too
 * long, when the address is none or smuggles something in, and when it leads from https to http or to another protocol.
 */
export function redirectTarget(from: URL, location: string | undefined, hops: number): URL {
  const refuse = (why: string): Error => httpError('http/redirect', `${redact(from.href)} redirects ${why}`);
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
  return {
    status: answer.statusCode,
    headers: headersOf(answer),
    url: redact(url.href),
    body: guardBody(url, answer, patience, options),
    discard: () => letGo(answer, patience),
  };
}

const credentialsHint =
  'The server wants credentials, or refuses the ones it got. Give them by the setting repositoryAuth (PRIVATE_IMAGE_REPOSITORY_AUTH).';

async function statusError(url: URL, answer: Dispatcher.ResponseData, patience: Patience): Promise<Error> {
  await letGo(answer, patience);
  const status = answer.statusCode;
  const retryAfter = secondsToWait(headerOf(answer, 'retry-after'), headerOf(answer, 'date'));
  return httpError('http/status', `${redact(url.href)} answers ${status}`, {
    data: { url: redact(url.href), status, ...(retryAfter === undefined ? {} : { retryAfter }) },
    ...(status === 401 || status === 403 ? { hint: credentialsHint } : {}),
  });
}
