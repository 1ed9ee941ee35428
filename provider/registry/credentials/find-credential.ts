import { authFiles, credentialInFile, readAuthFile } from './auth-file.js';
import type { AuthFile } from './auth-file-schema.js';
import { askHelper } from './credential-helper.js';
import type { HelperSurroundings } from './credential-helper.js';
import { keysFor, normalizedKey } from './credential.js';
import type { FoundCredential, PlacedCredential } from './credential.js';

/** Where credentials are looked for. */
export interface CredentialSources extends HelperSurroundings {
  /** Before all files. */
  readonly given: readonly PlacedCredential[];
}

/**
 * The credential for `host/path`, read anew each time, so that a program that runs for long gets fresh ones: what was given, else from
 * the files of docker and podman. In a file a helper for the host comes first, then `auths`, then `credsStore`. Throws
 * `registry/bad-credentials`.
 */
export async function findCredential(
  host: string,
  repository: string,
  sources: CredentialSources,
): Promise<FoundCredential> {
  const given = new Map(sources.given.map(({ place, credential }) => [normalizedKey(place), credential]));
  for (const key of keysFor(host, repository)) {
    const credential = given.get(key);
    if (credential !== undefined) return { credential, notes: [] };
  }
  const notes: string[] = [];
  for (const file of authFiles(sources.environment)) {
    const content = await readAuthFile(file);
    if (content === undefined) continue;
    const found = await findInFile(content, host, repository, file, sources);
    if (found.credential !== undefined) return found;
    notes.push(...found.notes.map((note) => `${note} (asked for by ${file})`));
  }
  return { credential: undefined, notes };
}

async function findInFile(
  content: AuthFile,
  host: string,
  repository: string,
  file: string,
  surroundings: HelperSurroundings,
): Promise<FoundCredential> {
  const server = host === 'docker.io' ? 'https://index.docker.io/v1/' : host;
  const notes: string[] = [];
  const helpers = new Map(Object.entries(content.credHelpers ?? {}).map(([key, name]) => [normalizedKey(key), name]));
  for (const key of keysFor(host, repository)) {
    const helper = helpers.get(key);
    if (helper === undefined || helper === '') continue;
    const found = await askHelper(helper, key === host ? server : key, surroundings);
    if (found.credential !== undefined) return found;
    notes.push(...found.notes);
  }
  const credential = credentialInFile(content, host, repository, file);
  if (credential !== undefined) return { credential, notes };
  if (content.credsStore === undefined || content.credsStore === '') return { credential, notes };
  const stored = await askHelper(content.credsStore, server, surroundings);
  return { credential: stored.credential, notes: [...notes, ...stored.notes] };
}
