/** What a registry is shown. Secret: it goes into no log, error or state. */
export type Credential =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  /** Buys tokens (OAuth 2 refresh token). */
  | { readonly kind: 'identity'; readonly token: string }
  /** Is the token. */
  | { readonly kind: 'bearer'; readonly token: string };

/** A credential and the places it is for. */
export interface PlacedCredential {
  /** `host[:port]`, or with a path that a repository's begins with, whole parts of it. */
  readonly place: string;
  readonly credential: Credential;
}

/** What was found for a repository, and what a person should hear when it turns out to be too little. */
export interface FoundCredential {
  readonly credential: Credential | undefined;
  readonly notes: readonly string[];
}

/** Texts that betray a credential, to be taken out of what a server answers. */
export function secretsOf(credential: Credential | undefined): readonly string[] {
  if (credential === undefined) return [];
  if (credential.kind !== 'password') return [credential.token];
  const pair = `${credential.username}:${credential.password}`;
  return [credential.password, Buffer.from(pair).toString('base64')];
}

/**
 * The keys under which a file may hold what is for `host/path`, the most exact first, as in
 * https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md.
 */
export function keysFor(host: string, path: string): readonly string[] {
  const parts = path === '' ? [] : path.split('/');
  const keys = parts.map((_, index) => `${host}/${parts.slice(0, parts.length - index).join('/')}`);
  return [...keys, host];
}

/** How a file's key is compared: without protocol, the path of an API version and slashes at the end; all names of Docker Hub as one. */
export function normalizedKey(key: string): string {
  const isUrl = /^https?:\/\//iu.test(key);
  const bare = key.replace(/^https?:\/\//iu, '').replace(/\/+$/u, '');
  const slash = bare.indexOf('/');
  const host = (slash === -1 ? bare : bare.slice(0, slash)).toLowerCase();
  const name = ['index.docker.io', 'registry-1.docker.io'].includes(host) ? 'docker.io' : host;
  // A URL is what docker writes, whose paths say the version of an API and never a repository.
  return slash === -1 || isUrl || /^\/v[12]$/u.test(bare.slice(slash)) ? name : `${name}${bare.slice(slash)}`;
}
