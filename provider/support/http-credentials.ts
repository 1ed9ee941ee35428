import { httpError, redact } from './http-error.js';
import type { AuthorizingHttpClient, HttpCredential } from './http.js';

/** Credentials by the URLs that they are for. */
export interface CredentialBook {
  add(credential: HttpCredential): void;
  /** The value of `Authorization` for a request to `url`; undefined when none is for it. */
  authorizationFor(url: URL): string | undefined;
}

/** A book with `credentials` in it. Throws `http/bad-credential` for one that no header can hold, or whose prefix is no plain URL. */
export function credentialBook(credentials: readonly HttpCredential[] = []): CredentialBook {
  const book = new Map<string, string>();
  const add = ({ prefix, authorization }: HttpCredential): void => {
    const url = URL.canParse(prefix) ? new URL(prefix) : undefined;
    if (
      url === undefined ||
      !/^https?:$/u.test(url.protocol) ||
      hasUserInfo(url) ||
      `${url.search}${url.hash}` !== ''
    ) {
      throw bad('credentials are for an http or https URL without user, query and fragment');
    }
    if (!/^(?:Basic|Bearer) [\u0021-\u007e]+$/u.test(authorization)) {
      throw bad(`the credentials for ${url.href} are neither "Basic …" nor "Bearer …" in plain characters`);
    }
    book.set(keyOf(url), authorization);
  };
  for (const credential of credentials) add(credential);
  return {
    add,
    authorizationFor: (url) => {
      // From the URL itself up to its origin, part by part: the first that is found is the longest.
      for (let key = keyOf(url); ; key = key.slice(0, key.lastIndexOf('/'))) {
        const authorization = book.get(key);
        if (authorization !== undefined) return authorization;
        if (key.length <= url.origin.length) return undefined;
      }
    },
  };
}

/** The value of `Authorization` for a user and password (RFC 7617), in UTF-8. */
export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** What the user and password of a URL make; undefined when it has none. */
export function authorizationIn(url: URL): string | undefined {
  return hasUserInfo(url) ? basicAuthorization(percentDecoded(url.username), percentDecoded(url.password)) : undefined;
}

/** `url` without user and password, which `http` has from now on for all that lies under it; any other text as it is. */
export function takeCredentials(http: AuthorizingHttpClient, url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const authorization = parsed === undefined ? undefined : authorizationIn(parsed);
  if (parsed === undefined || authorization === undefined) return url;
  parsed.username = '';
  parsed.password = '';
  const prefix = new URL(parsed);
  prefix.search = '';
  prefix.hash = '';
  if (/^https?:$/u.test(prefix.protocol)) http.authorize({ prefix: prefix.href, authorization });
  return parsed.href;
}

/**
 * A repository's address, as `https://user:password@host/path` or `@tag https://…`, without user and password and otherwise letter by
 * letter as it is; any other text as it is.
 */
export function withoutUserInfo(address: string): string {
  const tag = /^@\S+\s+/u.exec(address)?.[0] ?? '';
  const url = address.slice(tag.length);
  // The user of an address for SSH is part of it, and there is no password.
  if (/^(?:git\+)?ssh:/iu.test(url)) return address;
  // What cannot be read, as by a slash in a password, has a password all the same.
  if (!URL.canParse(url)) return `${tag}${url.replace(/\/\/.*@/su, '//')}`;
  const bare = url.replace(/\/\/[^/?#\\]*@/u, '//');
  return `${tag}${hasUserInfo(new URL(bare)) ? redact(bare) : bare}`;
}

function hasUserInfo(url: URL): boolean {
  return url.username !== '' || url.password !== '';
}

/** Origin and path without a slash at the end. */
function keyOf(url: URL): string {
  return `${url.origin}${url.pathname}`.replace(/\/+$/u, '');
}

/** `text` as it is when it is not well percent-encoded. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function bad(what: string): Error {
  return httpError('http/bad-credential', `Credentials cannot be used: ${what}`, {
    hint: 'Write them as https://host/path=basic USER:PASSWORD or https://host/path=bearer TOKEN.',
  });
}
