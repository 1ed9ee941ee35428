import { checkPrimeSync, createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { apkKey } from '../../provider/packages/apk/keyring.js';
import type { SigningKey } from '../../provider/packages/apk/testing/apk-maker.js';

const publicExponent = 65_537n;

/**
 * An RSA key pair that is always the same for a name, so that an image with the public one in it is as well. Worth nothing as a key:
 * anyone can make it.
 */
export function seededKey(name: string): SigningKey {
  const [p, q] = [primeOf(`${name} p`), primeOf(`${name} q`)];
  const d = inverse(publicExponent, (p - 1n) * (q - 1n));
  const jwk = {
    kty: 'RSA',
    n: encoded(p * q),
    e: encoded(publicExponent),
    d: encoded(d),
    p: encoded(p),
    q: encoded(q),
    dp: encoded(d % (p - 1n)),
    dq: encoded(d % (q - 1n)),
    qi: encoded(inverse(q, p)),
  };
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  const privatePem = String(key.export({ type: 'pkcs8', format: 'pem' }));
  return { public: apkKey(name, String(createPublicKey(key).export({ type: 'spki', format: 'pem' }))), privatePem };
}

/** The first prime of 1024 bits, both top bits set, from where the seed points. */
function primeOf(seed: string): bigint {
  const bytes = Buffer.concat([0, 1, 2, 3].map((part) => createHash('sha256').update(`${seed} ${part}`).digest()));
  let candidate = BigInt(`0x${bytes.toString('hex')}`) | (3n << 1022n) | 1n;
  while (!checkPrimeSync(candidate) || (candidate - 1n) % publicExponent === 0n) candidate += 2n;
  return candidate;
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [rest, next, factor, nextFactor] = [modulus, value % modulus, 0n, 1n];
  while (next !== 0n) {
    const times = rest / next;
    [rest, next] = [next, rest - times * next];
    [factor, nextFactor] = [nextFactor, factor - times * nextFactor];
  }
  return factor < 0n ? factor + modulus : factor;
}

function encoded(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url');
}
