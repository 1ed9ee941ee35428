import { createHash, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isPrivateImageError } from '../../support/errors.js';
import { redact } from '../../support/http-error.js';
import type { HttpClient } from '../../support/http.js';
import { inParallel } from '../../support/in-parallel.js';
import { collectBytes } from './byte-stream.js';
import { apkError } from './errors.js';

/** A public key that indexes and packages may be signed with. */
export interface ApkKey {
  /** Its file name, which signatures name: `alpine-devel@lists.alpinelinux.org-616ae350.rsa.pub`. */
  readonly name: string;
  /** As it was given; goes to `etc/apk/keys`. */
  readonly pem: string;
  /** Lowercase hex sha256 of the key's DER form (SubjectPublicKeyInfo). */
  readonly fingerprint: string;
  readonly key: KeyObject;
}

/** The trusted keys by name. */
export type ApkKeyring = ReadonlyMap<string, ApkKey>;

/** Where a key is: a URL or a path, and what it has to be. */
export interface KeySource {
  /** `https:`, `http:` or `file:` URL, or a path. The last part of it is the key's name. */
  readonly source: string;
  /** Lowercase hex sha256 of the DER form; required for keys that come over plain HTTP. */
  readonly fingerprint?: string;
}

/** What Alpine and Wolfi use; anything smaller can be forged in time. */
const minModulusBits = 2048;
const maxKeyBytes = 64 * 1024;

/**
 * A key from its PEM text. Throws `repository/unusable-key` when it is no RSA public key of at least 2048 bits, or
 * not the one that `fingerprint` pins.
 */
export function apkKey(name: string, pem: string, fingerprint?: string): ApkKey {
  if (!/^[^/\p{Cc}]+$/u.test(name)) throw unusable(name, 'its name is no file name');
  // A private key would be accepted as well: Node derives the public one.
  if (!pem.trimStart().startsWith('-----BEGIN PUBLIC KEY-----'))
    throw unusable(name, 'it is no public key in PEM form');
  const key = publicKeyOf(name, pem);
  const kind = key.asymmetricKeyType ?? 'secret';
  if (kind !== 'rsa') throw unusable(name, `it is a key of kind ${kind}, not rsa`);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < minModulusBits) throw unusable(name, `it has ${bits} bits, fewer than ${minModulusBits}`);
  const exponent = key.asymmetricKeyDetails?.publicExponent ?? 0n;
  if (exponent < 3n || exponent % 2n === 0n) throw unusable(name, 'its exponent is none that RSA allows');
  const actual = createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  if (fingerprint !== undefined && fingerprint.toLowerCase() !== actual) {
    throw unusable(name, `its fingerprint is ${actual}, not the pinned ${fingerprint.toLowerCase()}`);
  }
  return { name, pem, fingerprint: actual, key };
}

/** Keys by name. Throws `repository/unusable-key` when two different keys have one name. */
export function keyringOf(keys: readonly ApkKey[]): ApkKeyring {
  const keyring = new Map<string, ApkKey>();
  for (const key of keys) {
    const known = keyring.get(key.name);
    if (known !== undefined && known.fingerprint !== key.fingerprint) {
      throw unusable(key.name, 'another key has the same name');
    }
    keyring.set(key.name, known ?? key);
  }
  return keyring;
}

/** How keys are fetched. */
export interface KeyReading {
  readonly signal?: AbortSignal;
  /** What relative paths are resolved against; without it they are refused. */
  readonly workingDirectory?: string;
}

/**
 * Reads keys from files and URLs. Throws `repository/unusable-key`, also for a key over plain HTTP that nothing pins,
 * and what `http` throws.
 */
export async function readKeyring(
  http: HttpClient,
  sources: readonly KeySource[],
  reading: KeyReading = {},
): Promise<ApkKeyring> {
  const keys = await inParallel(sources, (source) => readKey(http, source, reading));
  return keyringOf(keys);
}

async function readKey(http: HttpClient, { source, fingerprint }: KeySource, reading: KeyReading): Promise<ApkKey> {
  const url = keyUrl(source, reading.workingDirectory);
  const name = decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf('/') + 1));
  if (url.protocol === 'http:' && fingerprint === undefined) {
    throw unusable(name, 'it comes over plain HTTP and no fingerprint pins it');
  }
  const signal = reading.signal === undefined ? {} : { signal: reading.signal };
  const response = await http.get(url.href, { maxBytes: maxKeyBytes, ...signal }).catch((error: unknown) => {
    const isNoFile = url.protocol === 'file:' && isPrivateImageError(error, 'http/status');
    throw isNoFile ? unusable(name, 'it is no file that can be read', error) : error;
  });
  return apkKey(name, (await collectBytes(response.body)).toString('utf8'), fingerprint);
}

function keyUrl(source: string, workingDirectory: string | undefined): URL {
  if (/^(https?|file):/i.test(source)) {
    if (URL.canParse(source)) return new URL(source);
    throw unusable(path.posix.basename(redact(source)), 'its URL is none');
  }
  if (path.isAbsolute(source)) return pathToFileURL(source);
  if (workingDirectory === undefined) throw unusable(source, 'its path is relative');
  return pathToFileURL(path.resolve(workingDirectory, source));
}

function publicKeyOf(name: string, pem: string): KeyObject {
  try {
    return createPublicKey({ key: pem, format: 'pem' });
  } catch (error) {
    throw unusable(name, 'it cannot be read', error);
  }
}

function unusable(name: string, why: string, cause?: unknown): Error {
  return apkError('repository/unusable-key', `The key ${JSON.stringify(name.slice(0, 200))} cannot be used: ${why}`, {
    hint: 'Name the public RSA key of the repository, as its publisher gives it, and its fingerprint.',
    data: { key: name.slice(0, 200) },
    ...(cause === undefined ? {} : { cause }),
  });
}
