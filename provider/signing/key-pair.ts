import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { decryptCosignKey, isCosignKey } from './cosign-key.js';
import { signingError } from './signing-error.js';

/** The shortest RSA key that is used. Bits. */
const shortestRsa = 2048;

/**
 * Reads a private key: PKCS#8, encrypted PKCS#8, PKCS#1 or SEC 1 as PEM, or an encrypted cosign key. Elliptic keys are on P-256, as
 * cosign makes them; RSA has 2048 bits or more; Ed25519 as it is. Throws `signing/bad-key` and `signing/bad-password`.
 */
export async function readPrivateKey(pem: string, password: string | undefined): Promise<KeyObject> {
  if (isCosignKey(pem)) return assertUsable(await decryptCosignKey(pem, password ?? ''), 'private');
  const encrypted = pem.includes('ENCRYPTED');
  if (encrypted && (password ?? '') === '') throw badPassword('The private key is encrypted and there is no password');
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, format: 'pem', ...(encrypted ? { passphrase: password } : {}) });
  } catch {
    // The reason of OpenSSL is left out: it may tell of the key.
    if (encrypted) throw badPassword('The password does not open the private key, or the key is damaged');
    throw badKey('The private key is no PEM of a PKCS#8, RSA or elliptic key, nor an encrypted cosign key');
  }
  return assertUsable(key, 'private');
}

/** Reads a public key: PEM, as `cosign.pub` is. A private key is refused, so that none is spread. Throws `signing/bad-key`. */
export function readPublicKey(pem: string): KeyObject {
  if (pem.includes('PRIVATE KEY')) throw badKey('A private key was given where a public key is asked for');
  try {
    return assertUsable(createPublicKey({ key: pem, format: 'pem' }), 'public');
  } catch (error) {
    if (error instanceof Error && error.name === 'PrivateImageError') throw error;
    throw badKey('The public key is no PEM');
  }
}

/** The public key of a key pair in the form of `cosign.pub`: PEM of a SubjectPublicKeyInfo. */
export function publicKeyPem(key: KeyObject): string {
  return publicOf(key).export({ type: 'spki', format: 'pem' }).toString();
}

/** What names a public key in a bundle: base64 of the SHA-256 of its DER, as cosign writes it. */
export function keyHint(key: KeyObject): string {
  const der = publicOf(key).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('base64');
}

/** Signs `data`: ECDSA and RSA over its SHA-256, Ed25519 over itself. */
export function signData(key: KeyObject, data: Uint8Array): Buffer {
  return sign(digestFor(key), data, key);
}

/** Whether `signature` is one of `data` by the owner of `key`. */
export function verifyData(key: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(digestFor(key), data, key, signature);
  } catch {
    return false;
  }
}

function digestFor(key: KeyObject): 'sha256' | undefined {
  return key.asymmetricKeyType === 'ed25519' ? undefined : 'sha256';
}

function publicOf(key: KeyObject): KeyObject {
  return key.type === 'private' ? createPublicKey(key) : key;
}

function assertUsable(key: KeyObject, which: 'private' | 'public'): KeyObject {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ed25519') return key;
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return key;
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= shortestRsa) return key;
  const kind = [key.asymmetricKeyType, namedCurve ?? (modulusLength > 0 ? `${modulusLength} bits` : undefined)];
  throw badKey(
    `The ${which} key is of a kind that is not used: ${kind.filter((part) => part !== undefined).join(' ')}`,
  );
}

function badKey(message: string): Error {
  return signingError('signing/bad-key', message, {
    hint: 'Make a key pair with "cosign generate-key-pair", or give an elliptic key on P-256, RSA of 2048 bits or more, or Ed25519.',
  });
}

function badPassword(message: string): Error {
  return signingError('signing/bad-password', message, { hint: 'Give the password that the key was made with.' });
}
