import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { registryError } from '../registry-error.js';

/** Certificates in PEM: authorities that are trusted beside the usual ones, and what we show of ourselves. */
export interface Certificates {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** What a connection takes. PEM; nothing for the usual trust. */
export interface TlsMaterial {
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What TLS to `host` is made with: what is given, else what lies in the folders `certs.d/<host>` of docker and podman (`*.crt` are
 * authorities, `*.cert` with `*.key` are ours). Authorities of `SSL_CERT_FILE` and `NODE_EXTRA_CA_CERTS` are trusted as well. Throws
 * `registry/bad-credentials`.
 */
export async function tlsMaterial(host: string, given: Certificates, environment: Environment): Promise<TlsMaterial> {
  const found = await Promise.all(certificateFolders(environment).map((folder) => readFolder(path.join(folder, host))));
  const extra = [environment['SSL_CERT_FILE'], environment['NODE_EXTRA_CA_CERTS']];
  const files = extra.flatMap((file) => (file === undefined || file === '' ? [] : [file]));
  const more = await Promise.all(files.map(readText));
  const stated = given.ca === undefined ? [] : [given.ca];
  const authorities = [...stated, ...found.flatMap(({ ca }) => ca), ...more].filter((text) => text !== undefined);
  const own =
    given.certificate !== undefined && given.key !== undefined
      ? { cert: given.certificate, key: given.key }
      : found.find(({ pair }) => pair !== undefined)?.pair;
  return {
    // Node takes these instead of the usual ones.
    ...(authorities.length === 0 ? {} : { ca: [...rootCertificates, ...authorities] }),
    ...(own ?? {}),
  };
}

/** The folders `certs.d`, the user's before the machine's. */
function certificateFolders(environment: Environment): readonly string[] {
  const home = environment['HOME'] ?? environment['USERPROFILE'] ?? '';
  const config = environment['XDG_CONFIG_HOME'] || (home === '' ? '' : path.join(home, '.config'));
  const docker = environment['DOCKER_CONFIG'] || (home === '' ? '' : path.join(home, '.docker'));
  return [
    ...(config === '' ? [] : [path.join(config, 'containers', 'certs.d')]),
    ...(docker === '' ? [] : [path.join(docker, 'certs.d')]),
    '/etc/containers/certs.d',
    '/etc/docker/certs.d',
  ];
}

interface FolderContent {
  readonly ca: readonly string[];
  readonly pair: { readonly cert: string; readonly key: string } | undefined;
}

async function readFolder(folder: string): Promise<FolderContent> {
  const names = (await readdir(folder).catch(() => [])).sort();
  const ca: string[] = [];
  for (const name of names.filter((one) => one.endsWith('.crt'))) {
    const text = await readText(path.join(folder, name));
    if (text !== undefined) ca.push(text);
  }
  const certificate = names.find((name) => name.endsWith('.cert') && names.includes(keyNameOf(name)));
  if (certificate === undefined) return { ca, pair: undefined };
  const cert = await readText(path.join(folder, certificate));
  const key = await readText(path.join(folder, keyNameOf(certificate)));
  return { ca, pair: cert === undefined || key === undefined ? undefined : { cert, key } };
}

function keyNameOf(certificate: string): string {
  return certificate.replace(/\.cert$/u, '.key');
}

/** The text of a file; undefined when there is none. */
async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw registryError('registry/bad-credentials', file, 'the certificate cannot be read', {
      hint: 'Check who may read the file.',
      cause: error,
    });
  }
}
