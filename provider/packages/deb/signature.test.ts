import * as openpgp from 'openpgp';
import { describe, expect, it } from 'vitest';
import { readKeyring, verifyClearSigned, verifyDetached } from './signature.js';
import type { Verifier } from './signature.js';
import { clearSign, detachedSign, makeKey } from './testing/repository-maker.js';
import type { TestKey } from './testing/repository-maker.js';

const made = new Date('2026-01-01T00:00:00Z');
const now = new Date('2026-01-02T00:00:00Z');
const text = 'Origin: Test\nSuite: stable\n- dashed\nSHA256:\n aa 1 main';

const key = await makeKey({ date: made });
const stranger = await makeKey({ date: made });

async function verifierOf(...keys: readonly TestKey[]): Promise<Verifier> {
  return {
    keys: await readKeyring(
      keys.map((one) => one.armoured),
      'r',
    ),
    now,
    repository: 'http://m.test stable',
  };
}

describe('verifyClearSigned', () => {
  it('gives the signed text and who signed it', async () => {
    const signed = await verifyClearSigned(
      Buffer.from(await clearSign(text, [key], now)),
      await verifierOf(stranger, key),
    );
    expect(signed.text).toBe(text);
    expect(signed.signedBy).toBe(key.privateKey.getFingerprint());
  });

  it('needs one good signature only', async () => {
    const content = Buffer.from(await clearSign(text, [stranger, key], now));
    expect((await verifyClearSigned(content, await verifierOf(key))).text).toBe(text);
  });

  it('takes RSA keys too, and keyrings of several blocks', async () => {
    const rsa = await openpgp.generateKey({
      type: 'rsa',
      rsaBits: 2048,
      userIDs: [{ name: 'R' }],
      format: 'object',
      date: made,
    });
    const armoured = rsa.publicKey.armor();
    const content = Buffer.from(await clearSign(text, [{ armoured, privateKey: rsa.privateKey }], now));
    const keys = await readKeyring([`${stranger.armoured}\n${armoured}`], 'r');
    expect((await verifyClearSigned(content, { keys, now, repository: 'r' })).text).toBe(text);
  });

  it('refuses a signature by a stranger', async () => {
    const content = Buffer.from(await clearSign(text, [stranger], now));
    await expect(verifyClearSigned(content, await verifierOf(key))).rejects.toMatchObject({
      code: 'repository/untrusted-key',
    });
  });

  it('refuses a text that was changed', async () => {
    const content = Buffer.from((await clearSign(text, [key], now)).replace('Suite: stable', 'Suite: sstable'));
    await expect(verifyClearSigned(content, await verifierOf(key))).rejects.toMatchObject({
      code: 'repository/bad-signature',
    });
  });

  it('refuses a key that has expired since', async () => {
    const old = await makeKey({ date: made, keyExpirationTime: 3600 });
    const content = Buffer.from(await clearSign(text, [old], new Date(made.getTime() + 60_000)));
    await expect(verifyClearSigned(content, await verifierOf(old))).rejects.toMatchObject({
      code: 'repository/expired-key',
    });
  });

  it('refuses a key that was revoked', async () => {
    const content = Buffer.from(await clearSign(text, [key], now));
    const revoked = await openpgp.revokeKey({ key: key.privateKey, format: 'object', date: made });
    const verifier = await verifierOf({ armoured: revoked.publicKey.armor(), privateKey: key.privateKey });
    await expect(verifyClearSigned(content, verifier)).rejects.toMatchObject({ code: 'repository/expired-key' });
  });

  it('refuses SHA-1', async () => {
    const message = await openpgp.createCleartextMessage({ text });
    const config = {
      nonDeterministicSignaturesViaNotation: false,
      preferredHashAlgorithm: openpgp.enums.hash.sha1,
      rejectHashAlgorithms: new Set<openpgp.enums.hash>(),
    };
    const rsa = await openpgp.generateKey({
      type: 'rsa',
      rsaBits: 2048,
      userIDs: [{ name: 'R' }],
      format: 'object',
      date: made,
      config,
    });
    const signed = await openpgp.sign({
      message,
      signingKeys: rsa.privateKey,
      date: now,
      config: { ...config, rejectMessageHashAlgorithms: new Set() },
    });
    expect(signed).toContain('Hash: SHA1');
    const verifier = await verifierOf({ armoured: rsa.publicKey.armor(), privateKey: rsa.privateKey });
    await expect(verifyClearSigned(Buffer.from(signed.replaceAll('\r\n', '\n')), verifier)).rejects.toMatchObject({
      code: 'repository/weak-signature',
    });
  });

  it.each<[string, string, (signed: string) => string | Buffer]>([
    ['text before the signed part', 'repository/unsigned', (signed) => `Origin: Evil\n${signed}`],
    ['an empty line before the signed part', 'repository/unsigned', (signed) => `\n${signed}`],
    [
      'text among the armour headers',
      'repository/unsigned',
      (signed) => signed.replace('\nHash', '\nOrigin: Evil\nHash'),
    ],
    ['text behind the signature', 'repository/unsigned', (signed) => `${signed}Origin: Evil\n`],
    ['a second signed part', 'repository/unsigned', (signed) => `${signed}${signed}`],
    ['no signature at all', 'repository/unsigned', () => text],
    ['a sign-in page', 'repository/unsigned', () => '<html>'],
    ['nothing', 'repository/unsigned', () => ''],
    ['a cut-off signature', 'repository/bad-signature', (signed) => signed.slice(0, -60)],
    ['a cut-off text', 'repository/bad-signature', (signed) => signed.slice(0, 80)],
    [
      'text between text and signature',
      'repository/bad-signature',
      (signed) => signed.replace('-----BEGIN PGP SIGNATURE', 'Evil: yes\n-----BEGIN PGP SIGNATURE'),
    ],
    [
      'a message within the message',
      'repository/bad-signature',
      (signed) => signed.replace('Origin', '-----BEGIN PGP SIGNED MESSAGE-----\nOrigin'),
    ],
    ['carriage returns', 'repository/bad-signature', (signed) => signed.replaceAll('\n', '\r\n')],
    ['a lone carriage return', 'repository/bad-signature', (signed) => signed.replace('Suite', 'X: y\rSuite')],
    ['a NUL', 'repository/bad-signature', (signed) => signed.replace('Suite', '\0Suite')],
    [
      'what is no UTF-8',
      'repository/bad-signature',
      (signed) => Buffer.concat([Buffer.from(signed), Buffer.from([0xff])]),
    ],
  ])('refuses %s', async (_what, code, change) => {
    const content = Buffer.from(change(await clearSign(text, [key], now)));
    await expect(verifyClearSigned(content, await verifierOf(key))).rejects.toMatchObject({ code });
  });
});

describe('verifyDetached', () => {
  it('verifies the exact bytes', async () => {
    const signature = Buffer.from(await detachedSign(text, key, now));
    const verifier = await verifierOf(key);
    expect((await verifyDetached(Buffer.from(text), signature, verifier)).text).toBe(text);
    await expect(verifyDetached(Buffer.from(`${text} `), signature, verifier)).rejects.toMatchObject({
      code: 'repository/bad-signature',
    });
    await expect(verifyDetached(Buffer.from(text), signature, await verifierOf(stranger))).rejects.toMatchObject({
      code: 'repository/untrusted-key',
    });
    await expect(verifyDetached(Buffer.from(text), Buffer.from('nothing'), verifier)).rejects.toMatchObject({
      code: 'repository/bad-signature',
    });
  });
});

describe('readKeyring', () => {
  it.each([[[]], [['no key']], [['']]])('refuses %j', async (keyring) => {
    await expect(readKeyring(keyring, 'r')).rejects.toMatchObject({ code: 'repository/bad-keyring' });
  });
});
