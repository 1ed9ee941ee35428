import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/fixtures/error-of.js';
import { makeCosignKey } from '../../tests/signing/cosign-key-maker.js';
import { describeError } from '../support/errors.js';
import { keyHint, publicKeyPem, readPrivateKey, readPublicKey, signData, verifyData } from './key-pair.js';

const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed25519 = generateKeyPairSync('ed25519');
const password = 'correct horse';

function pkcs8(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function encrypted(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password }).toString();
}

describe('a private key', () => {
  it.each<[string, string, string | undefined, KeyObject]>([
    ['on P-256', pkcs8(p256.privateKey), undefined, p256.publicKey],
    [
      'on P-256 as SEC 1',
      p256.privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
      undefined,
      p256.publicKey,
    ],
    ['of RSA', pkcs8(rsa.privateKey), undefined, rsa.publicKey],
    ['of RSA as PKCS#1', rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(), undefined, rsa.publicKey],
    ['Ed25519', pkcs8(ed25519.privateKey), undefined, ed25519.publicKey],
    ['encrypted', encrypted(p256.privateKey), password, p256.publicKey],
    ['of cosign', makeCosignKey(p256.privateKey, password), password, p256.publicKey],
    [
      'of an old cosign',
      makeCosignKey(p256.privateKey, password, { word: 'COSIGN', cost: 32_768 }),
      password,
      p256.publicKey,
    ],
    ['of cosign, with an empty password', makeCosignKey(p256.privateKey, ''), undefined, p256.publicKey],
  ])('%s is read, and signs for its public key', async (_, pem, secret, publicKey) => {
    const key = await readPrivateKey(pem, secret);
    expect(publicKeyPem(key)).toBe(publicKey.export({ type: 'spki', format: 'pem' }));
    const data = Buffer.from('data');
    expect(verifyData(readPublicKey(publicKeyPem(key)), data, signData(key, data))).toBe(true);
    expect(verifyData(publicKey, Buffer.from('date'), signData(key, data))).toBe(false);
    expect(keyHint(key)).toBe(keyHint(publicKey));
  });

  it.each<[string, string, string | undefined, string]>([
    ['that is none', 'hello', undefined, 'signing/bad-key'],
    [
      'on another curve',
      pkcs8(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey),
      undefined,
      'signing/bad-key',
    ],
    [
      'of short RSA',
      pkcs8(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey),
      undefined,
      'signing/bad-key',
    ],
    ['that cannot sign', pkcs8(generateKeyPairSync('x25519').privateKey), undefined, 'signing/bad-key'],
    ['that is encrypted, without its password', encrypted(p256.privateKey), undefined, 'signing/bad-password'],
    ['that is encrypted, with another password', encrypted(p256.privateKey), 'wrong', 'signing/bad-password'],
    ['of cosign, with another password', makeCosignKey(p256.privateKey, password), 'wrong', 'signing/bad-password'],
    ['of cosign, without its password', makeCosignKey(p256.privateKey, password), undefined, 'signing/bad-password'],
    [
      'of cosign with costs that would fill the memory',
      makeCosignKey(p256.privateKey, password, { claimedCost: 2 ** 30 }),
      password,
      'signing/bad-key',
    ],
    ['of cosign that is cut', makeCosignKey(p256.privateKey, password).slice(0, 120), password, 'signing/bad-key'],
    ['of cosign that holds no key', makeCosignKey(Buffer.from('no key'), password), password, 'signing/bad-key'],
  ])('%s is refused, and neither it nor its password is told', async (_, pem, secret, code) => {
    const error = await errorOf(readPrivateKey(pem, secret));
    expect(error.code).toBe(code);
    const told = `${describeError(error)} ${error.stack ?? ''} ${JSON.stringify(error.data)}`;
    for (const line of pem.split('\n').filter((one) => /^[A-Za-z0-9+/=]{20,}$/.test(one)))
      expect(told).not.toContain(line);
    if (secret !== undefined) expect(told).not.toContain(secret);
  });

  it('of cosign is refused with any byte of its box changed', async () => {
    const pem = makeCosignKey(p256.privateKey, password, { cost: 32_768 });
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 100 }), async (at) => {
        const json = JSON.parse(Buffer.from(pem.replaceAll(/-----.*-----/g, ''), 'base64').toString('utf8')) as {
          ciphertext: string;
        };
        const box = Buffer.from(json.ciphertext, 'base64');
        box[at] = (box[at] ?? 0) ^ 1;
        const body = Buffer.from(JSON.stringify({ ...json, ciphertext: box.toString('base64') })).toString('base64');
        const changed = `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n${body}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n`;
        expect((await errorOf(readPrivateKey(changed, password))).code).toBe('signing/bad-password');
      }),
      { numRuns: 5 },
    );
  });
});

describe('a public key', () => {
  it('is not taken from a private one', () => {
    expect(() => readPublicKey(pkcs8(p256.privateKey))).toThrow(/private key was given/);
  });

  it.each(['', 'ssh-ed25519 AAAA', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'])(
    'is not %j',
    (pem) => {
      expect(() => readPublicKey(pem)).toThrow(expect.objectContaining({ code: 'signing/bad-key' }));
    },
  );
});
