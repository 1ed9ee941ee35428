import { isIP } from 'node:net';
import { registryError } from '../registry-error.js';

/** A place in a registry: a repository, or what several repositories have in common. */
export interface RegistryReference {
  /** As a tool is given it: `host[:port]/path`, or the host alone. Without a protocol. */
  readonly text: string;
  /** `host` or `host:port`, in lower case: the key of credentials and certificates. */
  readonly host: string;
  /** The path in the registry; empty for the registry itself. */
  readonly path: string;
  /** Where the API answers, as `https://registry.example.com`. */
  readonly origin: string;
}

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const pathPattern = new RegExp(`^${component}(?:/${component})*$`, 'u');
const hostPattern = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/u;
/** Docker Hub answers under another name than it is called by. */
const hub = { names: new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']), api: 'registry-1.docker.io' };

/**
 * Reads `host[:port][/path]`, with `oci://`, `https://` or `http://` before it or without. Plain HTTP is spoken when the text begins with
 * `http://` or `plainHttp` says so, never by itself. Throws `registry/bad-reference`.
 */
export function parseRegistryReference(text: string, plainHttp = false): RegistryReference {
  const protocol = /^(oci|https?):\/\//u.exec(text)?.[1];
  const bare = text.slice(protocol === undefined ? 0 : protocol.length + 3).replace(/\/+$/u, '');
  const slash = bare.indexOf('/');
  const host = (slash === -1 ? bare : bare.slice(0, slash)).toLowerCase();
  const path = slash === -1 ? '' : bare.slice(slash + 1);
  if (bare.includes('@') || !hostPattern.test(host) || !URL.canParse(`https://${host}/`)) {
    // What stands before an "@" may be a password.
    throw bad(bare.replace(/^.*@/su, ''), 'it has no host, as in registry.example.com/team');
  }
  if (path !== '' && !isRepositoryPath(path)) {
    throw bad(bare, `its path is to be lowercase letters, digits and single ".", "_", "-" between them: ${path}`);
  }
  const isHub = hub.names.has(host);
  const scheme = protocol === 'http' || (plainHttp && protocol !== 'https') ? 'http' : 'https';
  return {
    text: `${isHub ? 'docker.io' : host}${path === '' ? '' : `/${path}`}`,
    host: isHub ? 'docker.io' : host,
    path,
    origin: new URL(`${scheme}://${isHub ? hub.api : host}/`).origin,
  };
}

/** The repository `name` below `place`. Throws `registry/bad-reference`. */
export function below(place: RegistryReference, name: string): RegistryReference {
  const path = [place.path, name].filter((part) => part !== '').join('/');
  if (!isRepositoryPath(path)) throw bad(`${place.host}/${path}`, 'its path is no name of a repository');
  return { ...place, path, text: `${place.host}/${path}` };
}

/**
 * Whether a setting that can be a folder or a registry is a registry: it has the protocol of one, or begins with a host, which is
 * `localhost`, an address, or has a dot or a port in it. What begins with `.`, `/`, `~`, `file:` or a drive is a folder.
 */
export function isRegistrySetting(text: string): boolean {
  if (/^(?:oci|https?):\/\//u.test(text)) return true;
  if (/^(?:[./~\\]|file:|[A-Za-z]:[\\/])/u.test(text) || text.includes('\\')) return false;
  const host = text.split('/', 1)[0]?.toLowerCase() ?? '';
  const name = host.replace(/:[0-9]+$/u, '');
  if (!hostPattern.test(host)) return false;
  return name === 'localhost' || name !== host || name.includes('.') || isIP(name.replace(/^\[|\]$/gu, '')) !== 0;
}

function isRepositoryPath(path: string): boolean {
  return path.length <= 255 && pathPattern.test(path);
}

function bad(text: string, why: string): Error {
  return registryError('registry/bad-reference', text, why, {
    hint: 'Write it as host/path or host:port/path, with http:// before it for a registry without TLS.',
  });
}
