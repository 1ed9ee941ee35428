/** Encrypts keys as cosign does, for tests. */
import { type KeyObject, randomBytes, scryptSync } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';

/** An encrypted cosign key. `claimedCost` is what it says that scrypt costs, where that is not so. */
export function makeCosignKey(
  key: KeyObject | Buffer,
  password: string,
  { word = 'SIGSTORE', cost = 65_536, claimedCost = cost }: { word?: string; cost?: number; claimedCost?: number } = {},
): string {
  const salt = randomBytes(32);
  const nonce = randomBytes(24);
  const secret = scryptSync(password, salt, 32, { N: cost, r: 8, p: 1, maxmem: 512 * 1024 * 1024 });
  const content = Buffer.isBuffer(key) ? key : key.export({ type: 'pkcs8', format: 'der' });
  const ciphertext = Buffer.from(xsalsa20poly1305(secret, nonce).encrypt(content)).toString('base64');
  const json = JSON.stringify({
    kdf: { name: 'scrypt', params: { N: claimedCost, r: 8, p: 1 }, salt: salt.toString('base64') },
    cipher: { name: 'nacl/secretbox', nonce: nonce.toString('base64') },
    ciphertext,
  });
  const body = Buffer.from(json)
    .toString('base64')
    .replaceAll(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN ENCRYPTED ${word} PRIVATE KEY-----\n${body}\n-----END ENCRYPTED ${word} PRIVATE KEY-----\n`;
}
