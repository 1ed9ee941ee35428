import { isPrivateImageError } from '../../support/errors.js';
import type { Credential } from '../credentials/credential.js';
import { registryError } from '../registry-error.js';
import { rightsOf } from './access.js';
import { tokenSchema } from './answer-schema.js';
import { beginningOf } from './beginning-of.js';
import { bodyOf } from './request.js';
import type { RegistryAnswer } from './request.js';
import { statusError } from './status-error.js';
import { targetOf } from './wire.js';
import type { Wire } from './wire.js';

/** Where tokens come from: what a `Bearer` challenge says. */
export interface TokenServer {
  readonly realm: URL;
  readonly service: string | undefined;
}

/** A token for `Authorization: Bearer`, with what it is good for and until when. */
export interface Token {
  readonly value: string;
  readonly rights: ReadonlySet<string>;
  /** On the clock of `performance.now()`, in milliseconds. */
  readonly expires: number;
}

/** What a token is asked for with. */
export interface TokenRequest {
  readonly server: TokenServer;
  readonly scopes: readonly string[];
  readonly credential: Credential | undefined;
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
}

const client = 'pulumi-private-image';
/** What a token without a term lives, in seconds: https://distribution.github.io/distribution/spec/auth/token/#token-response-fields */
const shortestTerm = 60;
/** A token is not used in the last part of its term: the way to the registry takes time as well. */
const usablePart = 0.8;

/**
 * The token server that a challenge of the registry at `from` names. Throws `registry/redirect` when it leads from https to http, or
 * by http to another host than the registry's, which would send a password in clear to who knows whom.
 */
export function tokenServer(repository: string, from: URL, parameters: Readonly<Record<string, string>>): TokenServer {
  // A realm that is no address by itself is nobody's.
  const stated = parameters['realm'] ?? '';
  const realm = targetOf(repository, from, URL.canParse(stated) ? stated : undefined);
  if (realm.protocol === 'http:' && realm.hostname !== from.hostname) {
    throw registryError(
      'registry/redirect',
      repository,
      `the registry wants us to log in at ${realm.host} without TLS`,
      {
        hint: 'A token server on another host has to have https.',
        data: { host: realm.host },
      },
    );
  }
  return { realm, service: parameters['service'] };
}

/**
 * Gets a token: with the refresh token of a credential by POST, as OAuth 2 does, else by GET with user and password, or without any.
 * Throws `registry/unauthorized`, `registry/denied`, `registry/unavailable`, `registry/malformed`, `registry/redirect`.
 */
export async function fetchToken(wire: Wire, repository: string, request: TokenRequest): Promise<Token> {
  const asked = performance.now();
  const answer =
    request.credential?.kind === 'identity'
      ? await postForToken(wire, request, request.credential.token)
      : await getToken(wire, request);
  const text = await beginningOf(answer, 1_000_000);
  if (answer.status !== 200) {
    const { server, secrets } = request;
    const method = request.credential?.kind === 'identity' ? 'POST' : 'GET';
    const answered = { method, url: server.realm, status: answer.status, headers: answer.headers, text };
    throw asLoginError(repository, statusError(repository, answered, secrets));
  }
  const parsed = tokenSchema.safeParse(jsonOf(text)).data;
  const value = parsed?.token || parsed?.access_token;
  if (value === undefined || !/^[\u0021-\u007e]+$/u.test(value)) {
    throw registryError('registry/malformed', repository, `${request.server.realm.host} answers no token`, {
      hint: 'The token server is not what the registry says it is.',
    });
  }
  const term = Math.max(parsed?.expires_in ?? shortestTerm, shortestTerm) * 1000;
  return { value, rights: new Set(rightsOf(request.scopes)), expires: asked + term * usablePart };
}

function getToken(wire: Wire, { server, scopes, credential, signal }: TokenRequest): Promise<RegistryAnswer> {
  const url = new URL(server.realm);
  if (server.service !== undefined) url.searchParams.append('service', server.service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  url.searchParams.append('client_id', client);
  if (credential?.kind !== 'password') return wire.exchange({ method: 'GET', url, signal, authorization: undefined });
  url.searchParams.append('account', credential.username);
  const pair = `${credential.username}:${credential.password}`;
  const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  return wire.exchange({ method: 'GET', url, signal, authorization });
}

function postForToken(wire: Wire, request: TokenRequest, refreshToken: string): Promise<RegistryAnswer> {
  const { server, scopes, signal } = request;
  const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: client, refresh_token: refreshToken });
  if (server.service !== undefined) form.append('service', server.service);
  if (scopes.length > 0) form.append('scope', scopes.join(' '));
  return wire.exchange({
    method: 'POST',
    url: server.realm,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: bodyOf(Buffer.from(form.toString())),
    signal,
    authorization: undefined,
  });
}

/** A token server that refuses has refused the credentials, whatever status it has for that. */
function asLoginError(repository: string, error: Error): Error {
  if (!isPrivateImageError(error, 'registry/missing', 'registry/refused', 'registry/denied')) return error;
  const status = error.data['status'];
  if (status !== 400 && status !== 403) return error;
  return registryError('registry/unauthorized', repository, `the token server refuses: ${error.message}`, {
    hint: 'Log in again with "docker login" or "podman login", or mend the credentials in the configuration.',
    data: error.data,
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
