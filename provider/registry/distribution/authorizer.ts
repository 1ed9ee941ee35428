import { isDeepStrictEqual } from 'node:util';
import { isPrivateImageError } from '../../support/errors.js';
import { secretsOf } from '../credentials/credential.js';
import type { Credential, FoundCredential } from '../credentials/credential.js';
import { registryError } from '../registry-error.js';
import { mergeScopes, rightsOf, scopesOf } from './access.js';
import type { Access } from './access.js';
import { parseChallenges } from './challenge.js';
import { fetchToken, tokenServer } from './tokens.js';
import type { Token, TokenServer } from './tokens.js';
import type { Wire } from './wire.js';

/** Knows what to show a registry for one of its repositories. */
export interface Authorizer {
  /** `Authorization` for a request with `access`; undefined as long as the registry has asked for nothing. */
  authorization(access: readonly Access[], signal: AbortSignal): Promise<string | undefined>;
  /**
   * Takes in the challenge of an answer 401 at `url` to a request that was sent with `sent`. Credentials are read anew. Throws
   * `registry/unauthorized` when there is nothing new to show.
   */
  challenged(challenge: Challenged, signal: AbortSignal): Promise<void>;
  /** What is never to be repeated. */
  secrets(): readonly string[];
  /** What was odd about the credentials. */
  notes(): readonly string[];
}

/** An answer 401. */
export interface Challenged {
  readonly url: URL;
  readonly header: string;
  readonly access: readonly Access[];
  readonly sent: string | undefined;
}

/** What the registry was found to want. */
type Manner = { readonly kind: 'fixed'; readonly authorization: string } | TokenManner;

interface TokenManner {
  readonly kind: 'token';
  readonly server: TokenServer;
  readonly credential: Credential | undefined;
}

/** Makes an authorizer that asks `find` for credentials, which is when the registry first wants some. */
export function openAuthorizer(wire: Wire, repository: string, find: () => Promise<FoundCredential>): Authorizer {
  let manner: Manner | undefined;
  let notes: readonly string[] = [];
  const secrets = new Set<string>();
  const tokens: Token[] = [];
  const coming = new Map<string, Promise<Token>>();

  async function look(): Promise<Credential | undefined> {
    const found = await find();
    notes = found.notes;
    for (const secret of secretsOf(found.credential)) secrets.add(secret);
    return found.credential;
  }

  function usableToken(access: readonly Access[]): Token | undefined {
    const wanted = rightsOf(scopesOf(access));
    return tokens.find(
      ({ rights, expires }) => expires > performance.now() && wanted.every((right) => rights.has(right)),
    );
  }

  /** One request for a token at a time for the same rights. */
  function newToken(
    server: TokenServer,
    credential: Credential | undefined,
    scopes: readonly string[],
    signal: AbortSignal,
  ): Promise<Token> {
    const key = scopes.join(' ');
    const known = coming.get(key);
    if (known !== undefined) return known;
    const made = fetchToken(wire, repository, { server, scopes, credential, secrets: [...secrets], signal })
      .then((token) => {
        secrets.add(token.value);
        tokens.splice(0, tokens.length, token, ...tokens.filter(({ expires }) => expires > performance.now()));
        return token;
      })
      .finally(() => coming.delete(key));
    coming.set(key, made);
    return made;
  }

  /** A token by the credentials that served before, or where these are no longer taken, as when they are for an hour, by those of now. */
  async function nextToken(
    { server, credential }: TokenManner,
    access: readonly Access[],
    signal: AbortSignal,
  ): Promise<Token> {
    const scopes = scopesOf(access);
    try {
      return await newToken(server, credential, scopes, signal);
    } catch (error) {
      if (!isPrivateImageError(error, 'registry/unauthorized')) throw error;
      const fresh = await look();
      if (isDeepStrictEqual(fresh, credential)) throw error;
      manner = { kind: 'token', server, credential: fresh };
      return newToken(server, fresh, scopes, signal);
    }
  }

  return {
    authorization: async (access, signal) => {
      if (manner === undefined) return undefined;
      if (manner.kind === 'fixed') return manner.authorization;
      const token = usableToken(access) ?? (await nextToken(manner, access, signal));
      return `Bearer ${token.value}`;
    },
    challenged: async ({ url, header, access, sent }, signal) => {
      const challenges = parseChallenges(header);
      const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
      const basic = challenges.some(({ scheme }) => scheme === 'basic');
      const credential = await look();
      if (credential?.kind === 'bearer') {
        manner = { kind: 'fixed', authorization: `Bearer ${credential.token}` };
      } else if (bearer !== undefined) {
        const server = tokenServer(repository, url, bearer.parameters);
        const stale = tokens.findIndex(({ value }) => sent === `Bearer ${value}`);
        if (stale !== -1) tokens.splice(stale, 1);
        manner = { kind: 'token', server, credential };
        const stated = (bearer.parameters['scope'] ?? '').split(' ').filter((scope) => scope !== '');
        await newToken(server, credential, mergeScopes([...scopesOf(access), ...stated]), signal);
        return;
      } else if (basic && credential?.kind === 'password') {
        const pair = `${credential.username}:${credential.password}`;
        manner = { kind: 'fixed', authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
      } else {
        throw nothingToShow(
          repository,
          challenges.map(({ scheme }) => scheme),
          notes,
        );
      }
      if (manner.authorization === sent) {
        throw registryError('registry/unauthorized', repository, 'the registry does not take the credentials', {
          hint: 'Log in again with "docker login" or "podman login", or mend the credentials in the configuration.',
        });
      }
    },
    secrets: () => [...secrets],
    notes: () => notes,
  };
}

function nothingToShow(repository: string, schemes: readonly string[], notes: readonly string[]): Error {
  const wants = schemes.length === 0 ? 'credentials' : `credentials (${schemes.join(', ')})`;
  const about = notes.length === 0 ? '' : ` What was found: ${notes.join('; ')}.`;
  return registryError('registry/unauthorized', repository, `the registry wants ${wants}, and there are none for it`, {
    hint: `Log in with "docker login" or "podman login", or give credentials in the configuration.${about}`,
  });
}

/** Whether `error` says that the right to do something is missing, and not that something is out of order. */
export function isRefusal(error: unknown): boolean {
  return isPrivateImageError(error, 'registry/unauthorized', 'registry/denied', 'registry/refused', 'registry/missing');
}
