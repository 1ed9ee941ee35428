import { createPrivateKey, type KeyObject, scrypt } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import type { z } from 'zod';
import { cosignKeySchema } from './schema.js';
import { signingError } from './signing-error.js';

/** Of old and of new keys: both hold the same JSON. */
const armour =
  /^-----BEGIN ENCRYPTED (SIGSTORE|COSIGN) PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END ENCRYPTED \1 PRIVATE KEY-----\s*$/u;

/**
 * The costs that cosign has ever used. Others are refused: who gives the key could have them take all memory there is.
 */
const acceptedCosts = [32_768, 65_536, 131_072];

/** True for the armour of a key that `cosign generate-key-pair` made. */
export function isCosignKey(pem: string): boolean {
  return /^\s*-----BEGIN ENCRYPTED (SIGSTORE|COSIGN) PRIVATE KEY-----/u.test(pem);
}

/**
 * Decrypts a key that `cosign generate-key-pair` or `import-key-pair` made. Throws `signing/bad-key` for what is no such key and
 * `signing/bad-password` when the password does not open it.
 */
export async function decryptCosignKey(pem: string, password: string): Promise<KeyObject> {
  const { kdf, cipher, ciphertext } = parseCosignKey(pem);
  const { N, r, p } = kdf.params;
  if (!acceptedCosts.includes(N) || r !== 8 || p !== 1)
    throw malformed('it asks for scrypt costs that cosign never used');
  const nonce = Buffer.from(cipher.nonce, 'base64');
  if (nonce.length !== 24) throw malformed('its nonce is not 24 bytes long');
  const key = await deriveKey(password, Buffer.from(kdf.salt, 'base64'), N);
  const der = openBox(key, nonce, Buffer.from(ciphertext, 'base64'));
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch {
    throw malformed('what it holds is no PKCS#8 key');
  }
}

function parseCosignKey(pem: string): z.output<typeof cosignKeySchema> {
  const body = armour.exec(pem.trim())?.[2];
  if (body === undefined) throw malformed('its PEM armour is broken');
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(body, 'base64').toString('utf8'));
  } catch {
    throw malformed('it holds no JSON');
  }
  const parsed = cosignKeySchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw malformed('it is not encrypted with scrypt and NaCl');
}

function deriveKey(password: string, salt: Uint8Array, cost: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { N: cost, r: 8, p: 1, maxmem: 256 * cost * 8 };
    scrypt(password, salt, 32, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function openBox(key: Uint8Array, nonce: Uint8Array, ciphertext: Uint8Array): Buffer {
  try {
    return Buffer.from(xsalsa20poly1305(key, nonce).decrypt(ciphertext));
  } catch {
    throw signingError('signing/bad-password', 'The password does not open the private key', {
      hint: 'Give the password that the key was made with.',
    });
  }
}

function malformed(what: string): Error {
  return signingError('signing/bad-key', `The encrypted cosign key cannot be read: ${what}`, {
    hint: 'Give the whole file that "cosign generate-key-pair" wrote.',
  });
}
