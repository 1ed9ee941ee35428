import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readKey } from 'openpgp';
import { PrivateImageError } from '../support/errors.js';
import type { CatalogErrorCode } from './catalog-error.js';

/** A key as a distribution file pins it. */
export interface PinnedKey {
  readonly name: string;
  /** Relative to the folder of the distribution. */
  readonly file: string;
  /** 40 uppercase hex digits. */
  readonly fingerprint: string;
}

/**
 * The armoured text of each key, by name. A file that is not the key that is pinned is refused with
 * `catalog/untrusted-key`, one that cannot be read with `catalog/unreadable`.
 */
export async function loadKeys(folder: string, keys: readonly PinnedKey[]): Promise<ReadonlyMap<string, string>> {
  const entries = await Promise.all(keys.map(async (key) => [key.name, await loadKey(folder, key)] as const));
  return new Map(entries);
}

async function loadKey(folder: string, key: PinnedKey): Promise<string> {
  const path = join(folder, key.file);
  const armoured = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new PrivateImageError<CatalogErrorCode>('catalog/unreadable', `The key ${key.name} cannot be read: ${path}`, {
      hint: 'Put the armoured public key there, or correct its path in the distribution file.',
      cause,
      data: { path, key: key.name },
    });
  });
  const found = await fingerprintOf(armoured, path, key);
  if (found === key.fingerprint) return armoured;
  throw untrusted(path, key, `its fingerprint is ${found}, and ${key.fingerprint} is pinned`);
}

async function fingerprintOf(armoured: string, path: string, key: PinnedKey): Promise<string> {
  try {
    return (await readKey({ armoredKey: armoured })).getFingerprint().toUpperCase();
  } catch (cause) {
    throw untrusted(path, key, 'it is no armoured OpenPGP public key', cause);
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
