import { basename, join } from 'node:path';
import { apkKey } from '../packages/apk/keyring.js';
import type { Package } from '../packages/package.js';
import { PrivateImageError } from '../support/errors.js';
import type { CatalogErrorCode } from './catalog-error.js';

/** A key as a distribution file pins it. */
export interface PinnedKey {
  readonly name: string;
  /** Relative to the folder of the distribution. */
  readonly file: string;
  /** Uppercase hex digits: 40 of an OpenPGP key, 64 (sha256 of the DER form) of an RSA key. */
  readonly fingerprint: string;
}

type Format = Package['format'];

/**
 * The text of each key as `read` gives it, by name: armoured OpenPGP for deb, PEM for apk. A file that is not the key that is pinned is refused with
 * `catalog/untrusted-key`, one that cannot be read with `catalog/unreadable`.
 */
export async function loadKeys(
  folder: string,
  format: Format,
  keys: readonly PinnedKey[],
  read: (path: string) => Promise<string>,
): Promise<ReadonlyMap<string, string>> {
  const entries = await Promise.all(
    keys.map(async (key) => [key.name, await loadKey(folder, format, key, read)] as const),
  );
  return new Map(entries);
}

async function loadKey(
  folder: string,
  format: Format,
  key: PinnedKey,
  read: (path: string) => Promise<string>,
): Promise<string> {
  const path = join(folder, key.file);
  const content = await read(path).catch((cause: unknown) => {
    throw new PrivateImageError<CatalogErrorCode>('catalog/unreadable', `The key ${key.name} cannot be read: ${path}`, {
      hint: 'Put the public key there, or correct its path in the distribution file.',
      cause,
      data: { path, key: key.name },
    });
  });
  const found = format === 'deb' ? await openPgpFingerprint(content, path, key) : rsaFingerprint(content, path, key);
  if (found === key.fingerprint) return content;
  throw untrusted(path, key, `its fingerprint is ${found}, and ${key.fingerprint} is pinned`);
}

async function openPgpFingerprint(armoured: string, path: string, key: PinnedKey): Promise<string> {
  const { readKey } = await import('openpgp');
  try {
    return (await readKey({ armoredKey: armoured })).getFingerprint().toUpperCase();
  } catch (cause) {
    throw untrusted(path, key, 'it is no armoured OpenPGP public key', cause);
  }
}

function rsaFingerprint(pem: string, path: string, key: PinnedKey): string {
  try {
    return apkKey(basename(path), pem).fingerprint.toUpperCase();
  } catch (cause) {
    throw untrusted(path, key, 'it is no RSA public key that can be used', cause);
  }
}

function untrusted(path: string, key: PinnedKey, why: string, cause?: unknown): PrivateImageError<CatalogErrorCode> {
  return new PrivateImageError<CatalogErrorCode>(
    'catalog/untrusted-key',
    `The key ${key.name} in ${path} is not trusted: ${why}`,
    {
      hint: 'Restore the file; change the pinned fingerprint only after checking it against what the distribution publishes.',
      cause,
      data: { path, key: key.name, fingerprint: key.fingerprint },
    },
  );
}
