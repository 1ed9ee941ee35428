import type { Dispatcher } from 'undici';
import { isPrivateImageError } from '../../support/errors.js';
import { type AddressRule, refusalIn } from '../../support/address-rule.js';
import { headersOf, letGo, transportError } from '../../support/http-answer.js';
import { guardBody } from '../../support/http-body.js';
import { redirectTarget } from '../../support/http-client.js';
import { createDispatcher } from '../../support/http-dispatcher.js';
import { redact } from '../../support/http-error.js';
import type { Patience } from '../../support/http-patience.js';
import { undici } from '../../support/undici.js';
import type { TlsMaterial } from '../credentials/certificates.js';
import { registryError } from '../registry-error.js';
import { pacedStream } from './paced-stream.js';
import type { RegistryAnswer, RegistryRequest } from './request.js';
import { watchedBody } from './watched-body.js';

/** A request as it goes out: with what it is authorized by, which is for the place it begins at and no other. */
export type WireRequest = Pick<RegistryRequest, 'method' | 'url' | 'headers' | 'body' | 'maxBytes' | 'signal'> & {
  readonly authorization: string | undefined;
};

/** The connections to one registry and to where it sends us. */
export interface Wire {
  /**
   * Sends a request once and follows its redirects, whatever the status of the answer. Authorization does not go to another origin.
   * Throws `registry/unavailable`, `registry/redirect`, `registry/aborted`, or what the request's body throws.
   */
  exchange(request: WireRequest): Promise<RegistryAnswer>;
  close(): Promise<void>;
}

/** How a wire is made. */
export interface WireOptions {
  readonly repository: string;
  readonly origin: URL;
  readonly tls: TlsMaterial;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly patience: Patience;
  readonly rule: AddressRule;
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);
/** How much longer than for headers in general is waited for a registry that has just taken in a large body. */
const digestionFactor = 10;

/** Makes the connections for the registry at `origin`. Our own certificate is shown to it alone. */
export function openWire(options: WireOptions): Wire {
  const { environment, patience, rule, tls, origin, repository } = options;
  const own = createDispatcher(environment, patience, { tls, judge: rule.seen });
  const foreignTls = tls.ca === undefined ? {} : { ca: tls.ca };
  const foreign = createDispatcher(environment, patience, { tls: foreignTls, judge: rule.judge });

  async function send(
    request: WireRequest,
    url: URL,
    authorization: string | undefined,
  ): Promise<Dispatcher.ResponseData> {
    const isOwn = url.origin === origin.origin;
    if (!isOwn) rule.judgeText(url);
    const watched =
      request.body === undefined ? undefined : watchedBody(request.body, { repository, silence: patience.silence });
    const signal = watched === undefined ? request.signal : AbortSignal.any([request.signal, watched.stalled]);
    const { body } = request;
    try {
      return await undici().request(url, {
        dispatcher: isOwn ? own : foreign,
        method: request.method,
        headers: {
          'user-agent': 'pulumi-private-image',
          ...request.headers,
          ...(authorization === undefined ? {} : { authorization }),
          ...(body === undefined ? lengthOfNothing(request.method) : { 'content-length': String(body.size) }),
        },
        signal,
        // After HEAD as well: most of what is asked is whether something is there, and a new connection takes longer than the answer.
        reset: false,
        ...(body === undefined ? {} : { headersTimeout: patience.silence * digestionFactor }),
        // An empty body is none: a server may wait for the first byte of one.
        ...(watched === undefined || body?.size === 0 ? {} : { body: pacedStream(watched.content) }),
      });
    } catch (error) {
      throw failureOf(request, url, error, watched?.failure());
    }
  }

  function failureOf(request: WireRequest, url: URL, error: unknown, bodyFailure: unknown): unknown {
    // What the content's own source says is not the registry's fault, and is not mended by asking it again.
    if (bodyFailure !== undefined) return bodyFailure;
    const refusal = refusalIn(error, 'registry/redirect');
    if (refusal !== undefined) return refusal;
    return transportFailure(repository, request.method, url, transportError(url, error, request.signal));
  }

  return {
    exchange: async (request) => {
      let { url } = request;
      let { authorization } = request;
      for (let hops = 0; ; hops += 1) {
        const answer = await send(request, url, authorization);
        const followed = redirectStatuses.has(answer.statusCode) && keepsMethod(request.method, answer.statusCode);
        if (!followed) return answerOf(answer, url, request, patience);
        await letGo(answer, patience);
        const target = targetOf(repository, url, headersOf(answer)['location'], hops);
        // Once the origin has been left, credentials stay behind, even when the chain comes back to it.
        if (target.origin !== request.url.origin) authorization = undefined;
        url = target;
      }
    },
    close: async () => {
      await Promise.all([own.close(), foreign.close()]);
    },
  };
}

/** Where the registry sends us from `from`: a redirect, the place of an upload, the next page. Throws `registry/redirect`. */
export function targetOf(repository: string, from: URL, location: string | undefined, hops = 0): URL {
  try {
    const target = redirectTarget(from, location, hops);
    if (target.username === '' && target.password === '') return target;
    target.username = '';
    target.password = '';
    return target;
  } catch (error) {
    throw registryError('registry/redirect', repository, error instanceof Error ? error.message : String(error), {
      hint: 'The registry, or a proxy before it, is set up wrongly: it has to name itself as we do, with https where we use it.',
      cause: error,
      data: { url: redact(from.href) },
    });
  }
}

/** The error for an exchange, or the body of an answer, that failed with `error` of the HTTP room. */
export function transportFailure(repository: string, method: string, url: URL, error: unknown): unknown {
  if (!isPrivateImageError(error)) return error;
  const data = { method, url: redact(url.href) };
  if (error.code === 'http/aborted') {
    return registryError('registry/aborted', repository, error.message, {
      hint: 'What was done so far is kept. Run it again to go on.',
      cause: error.cause,
      data,
    });
  }
  if (!error.code.startsWith('http/')) return error;
  if (error.code === 'http/too-large') {
    return registryError('registry/malformed', repository, error.message, {
      hint: 'No registry has so much to say here. Check the address.',
      cause: error,
      data,
    });
  }
  return registryError('registry/unavailable', repository, `${method}: ${error.message}`, {
    hint: tlsHint(error.cause) ?? error.hint ?? 'Try again later: what was done so far is kept, and is not done again.',
    cause: error,
    data: { ...data, temporary: error.data['temporary'] !== false },
  });
}

/** What to do about TLS that did not come about, by the code of its error; the first that fits. */
const tlsHints: readonly (readonly [RegExp, string])[] = [
  [
    /SSL_WRONG_VERSION_NUMBER|SSL_PACKET_LENGTH/u,
    'What answers there speaks no TLS. Name a registry without TLS in the setting insecureRegistries, or with http:// before it.',
  ],
  [/ALTNAME/u, 'The certificate is for another host: check the address, or have the registry get one for this.'],
  [
    /EXPIRED|NOT_YET_VALID/u,
    'The certificate is not valid today: check the clock, or have the registry get a new one.',
  ],
  [
    /CERT|UNABLE_TO_VERIFY/u,
    'Give the authority that the certificate is from: by the setting registryCertificates, or as certs.d/<host>/ca.crt of docker or podman.',
  ],
];

function tlsHint(cause: unknown): string | undefined {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return tlsHints.find(([pattern]) => pattern.test(code))?.[1];
}

/** GET and HEAD may be sent again wherever they are sent; everything else only where the server says that it stays what it is. */
function keepsMethod(method: string, status: number): boolean {
  return method === 'GET' || method === 'HEAD' || status === 307 || status === 308;
}

function lengthOfNothing(method: string): Readonly<Record<string, string>> {
  return method === 'POST' || method === 'PUT' || method === 'PATCH' ? { 'content-length': '0' } : {};
}

function answerOf(answer: Dispatcher.ResponseData, url: URL, request: WireRequest, patience: Patience): RegistryAnswer {
  const limits = { signal: request.signal, ...(request.maxBytes === undefined ? {} : { maxBytes: request.maxBytes }) };
  return {
    status: answer.statusCode,
    headers: headersOf(answer),
    url,
    body: guardBody(url, answer, patience, limits),
    discard: () => letGo(answer, patience),
  };
}
