import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { registryError } from '../registry-error.js';
import { authFileSchema } from './auth-file-schema.js';
import type { AuthEntry, AuthFile } from './auth-file-schema.js';
import { keysFor, normalizedKey } from './credential.js';
import type { Credential } from './credential.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The files that may hold credentials, first come first served, as podman and skopeo look for them
 * (https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md): the one of `REGISTRY_AUTH_FILE` and no other; else
 * podman's of the session, podman's of the user, docker's.
 */
export function authFiles(environment: Environment): readonly string[] {
  const set = (name: string): string | undefined => (environment[name] === '' ? undefined : environment[name]);
  const only = set('REGISTRY_AUTH_FILE');
  if (only !== undefined) return [only];
  const home = set('HOME') ?? set('USERPROFILE');
  const runtime = set('XDG_RUNTIME_DIR');
  const config = set('XDG_CONFIG_HOME') ?? (home === undefined ? undefined : path.join(home, '.config'));
  const docker = set('DOCKER_CONFIG') ?? (home === undefined ? undefined : path.join(home, '.docker'));
  return [
    ...(runtime === undefined ? [] : [path.join(runtime, 'containers', 'auth.json')]),
    ...(config === undefined ? [] : [path.join(config, 'containers', 'auth.json')]),
    ...(docker === undefined ? [] : [path.join(docker, 'config.json')]),
  ];
}

/** An authentication file; undefined when there is none. Throws `registry/bad-credentials`, which repeats nothing of what it holds. */
export async function readAuthFile(file: string): Promise<AuthFile | undefined> {
  const bad = (why: string, cause?: unknown): Error =>
    registryError('registry/bad-credentials', file, `credentials cannot be read from it: ${why}`, {
      hint: 'Mend or delete the file, or log in again with docker or podman.',
      ...(cause === undefined ? {} : { cause }),
    });
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw bad('the file system refuses', error);
  }
  if (text.trim() === '') return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's message quotes the text.
    throw bad('it is no JSON');
  }
  const parsed = authFileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw bad(`it has not the form of docker's config.json (${parsed.error.issues[0]?.path.join('.') ?? ''})`);
}

/** What stands in `auths` for `host/path`, the most exact entry that holds anything. Throws `registry/bad-credentials`. */
export function credentialInFile(
  { auths = {} }: AuthFile,
  host: string,
  repository: string,
  file: string,
): Credential | undefined {
  // Of several keys for one place the shortest counts: docker keeps what it renews its login to Docker Hub with beside that, below its address.
  const keys = Object.keys(auths).sort((left, right) => left.length - right.length);
  for (const wanted of keysFor(host, repository)) {
    for (const key of keys.filter((one) => normalizedKey(one) === wanted)) {
      const credential = credentialOf(auths[key] ?? {}, key, file);
      if (credential !== undefined) return credential;
    }
  }
  return undefined;
}

function credentialOf(entry: AuthEntry, key: string, file: string): Credential | undefined {
  if (entry.identitytoken) return { kind: 'identity', token: entry.identitytoken };
  if (entry.registrytoken) return { kind: 'bearer', token: entry.registrytoken };
  if (entry.auth) {
    const pair = Buffer.from(entry.auth, 'base64').toString('utf8').replace(/\0+$/u, '');
    const colon = pair.indexOf(':');
    if (colon > 0) return { kind: 'password', username: pair.slice(0, colon), password: pair.slice(colon + 1) };
    throw registryError(
      'registry/bad-credentials',
      file,
      `what it holds for ${key} is no user and password in base64`,
      {
        hint: 'Log in again with docker or podman.',
        data: { key },
      },
    );
  }
  if (entry.username === undefined || entry.password === undefined) return undefined;
  return { kind: 'password', username: entry.username, password: entry.password };
}
