import { setTimeout as delay } from 'node:timers/promises';
import { pauseBeforeRetry } from '../../support/http-patience.js';
import type { Patience } from '../../support/http-patience.js';
import { registryError } from '../registry-error.js';
import type { Access } from './access.js';
import type { Authorizer } from './authorizer.js';
import { beginningOf } from './beginning-of.js';
import type { RegistryAnswer, RegistryRequest } from './request.js';
import { statedErrors, statusError } from './status-error.js';
import { transportFailure } from './wire.js';
import type { Wire } from './wire.js';

/** Requests to one repository of a registry, authorized, tried again while that helps, and with errors that say what is wrong. */
export interface Session {
  /** The repository as errors name it. */
  readonly repository: string;
  readonly patience: Patience;
  /**
   * The answer to `request`, with one of the statuses that it expects. Throws `registry/unauthorized`, `registry/denied`,
   * `registry/missing`, `registry/refused`, `registry/unavailable`, `registry/redirect`, `registry/malformed`, `registry/aborted`.
   */
  send(request: RegistryRequest): Promise<RegistryAnswer>;
  /** As `send`, with the body read to its end, so that one that was cut off is asked for again. For small ones: `maxBytes` is a must. */
  read(request: RegistryRequest & { readonly maxBytes: number }): Promise<ReadAnswer>;
  /** From now on, whatever only reads `repository`, a path in the registry, asks for the right to push as well. */
  expectWrites(repository: string): void;
  /** Waits before try number `attempt` + 1 if `error` is temporary; throws it otherwise. */
  pause(error: unknown, attempt: number, signal: AbortSignal): Promise<void>;
}

/** An answer with its whole body. */
export interface ReadAnswer extends Pick<RegistryAnswer, 'status' | 'headers' | 'url'> {
  readonly content: Buffer;
}

/** What a session is made of. */
export interface SessionParts {
  /** The repository as errors name it. */
  readonly repository: string;
  /** Where the registry answers. */
  readonly origin: URL;
  readonly wire: Wire;
  readonly authorizer: Authorizer;
  readonly patience: Patience;
}

/** Makes a session for one repository. */
export function openSession({ repository, origin, wire, authorizer, patience }: SessionParts): Session {
  let isRegistry = false;
  let written: string | undefined;

  function accessOf(request: RegistryRequest): readonly Access[] {
    return request.access.map((one) =>
      one.repository === written && one.actions.join() === 'pull' ? { ...one, actions: ['pull', 'push'] } : one,
    );
  }

  async function pause(error: unknown, attempt: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const time = pauseBeforeRetry(error, attempt, patience);
    if (time === undefined) throw error;
    await delay(time, undefined, { signal });
  }

  /** One try, with a second one when the registry asks for other credentials than it was shown. */
  async function attempt(request: RegistryRequest): Promise<RegistryAnswer> {
    const access = accessOf(request);
    for (let challenges = 0; ; challenges += 1) {
      // Where the registry has sent us to, as for an upload, nothing that we have is for.
      const isOurs = request.url.origin === origin.origin;
      const sent = isOurs ? await authorizer.authorization(access, request.signal) : undefined;
      const answer = await wire.exchange({ ...request, authorization: sent });
      if (request.expect.includes(answer.status) && answer.status !== 404) return answer;
      const text = await beginningOf(answer);
      const { status, headers, url } = answer;
      const challenge = headers['www-authenticate'];
      if (status === 401 && challenges === 0 && challenge !== undefined && url.origin === origin.origin) {
        await authorizer.challenged({ url, header: challenge, access, sent }, request.signal);
        continue;
      }
      if (status === 404 && url.origin === origin.origin) await assertRegistry(request, answer, text);
      if (request.expect.includes(status)) return { ...answer, body: nothing(), discard: () => Promise.resolve() };
      const unexpected = { method: request.method, url, status, headers, text };
      throw statusError(repository, unexpected, authorizer.secrets(), authorizer.notes());
    }
  }

  /** A 404 means "gone" only where a registry says it, and not the proxy before one, or a web site. */
  async function assertRegistry(request: RegistryRequest, answer: RegistryAnswer, text: string): Promise<void> {
    const says = answer.headers['docker-distribution-api-version'] !== undefined || statedErrors(text).length > 0;
    if (says || (isRegistry && request.method === 'HEAD')) return;
    const base = new URL('/v2/', origin);
    const ping = await wire.exchange({ method: 'GET', url: base, signal: request.signal, authorization: undefined });
    const { status, headers } = ping;
    const pingText = await beginningOf(ping);
    isRegistry = status === 200 || (status === 401 && headers['www-authenticate'] !== undefined);
    if (isRegistry) return;
    if (status !== 404) {
      throw statusError(
        repository,
        { method: 'GET', url: base, status, headers, text: pingText },
        authorizer.secrets(),
      );
    }
    throw registryError('registry/refused', repository, `no registry answers at ${base.href}`, {
      hint: 'Check the address, and the proxies on the way.',
      data: { method: 'GET', url: base.href, status, temporary: false },
    });
  }

  /** Runs `work` until it comes to an end that trying again does not change. */
  async function persist<Result>(request: RegistryRequest, work: () => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries += 1) {
      try {
        request.signal.throwIfAborted();
        return await work();
      } catch (error) {
        if (request.retry === false) throw error;
        await pause(error, tries, request.signal);
      }
    }
  }

  async function attemptWhole(request: RegistryRequest): Promise<ReadAnswer> {
    const { status, headers, url, body } = await attempt(request);
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of body) chunks.push(chunk);
    } catch (error) {
      throw transportFailure(repository, request.method, url, error);
    }
    return { status, headers, url, content: Buffer.concat(chunks) };
  }

  return {
    repository,
    patience,
    expectWrites: (path) => {
      written = path;
    },
    pause,
    send: (request) => persist(request, () => attempt(request)),
    read: (request) => persist(request, () => attemptWhole(request)),
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // A body that has been read already.
}
