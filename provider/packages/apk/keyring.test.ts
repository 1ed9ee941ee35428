import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpClient } from '../../support/http-client.js';
import { apkKey, keyringOf, readKeyring } from './keyring.js';

function rsaPem(bits: number): string {
  return generateKeyPairSync('rsa', {
    modulusLength: bits,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).publicKey;
}

const unusable = (why: string): unknown =>
  expect.objectContaining({ code: 'repository/unusable-key', message: expect.stringContaining(why) });

describe('apkKey', () => {
  const pem = rsaPem(2048);
  const fingerprint = createHash('sha256')
    .update(createPublicKey(pem).export({ type: 'spki', format: 'der' }))
    .digest('hex');

  it('has the fingerprint of its DER form', () => {
    expect(apkKey('a.rsa.pub', pem).fingerprint).toBe(fingerprint);
    expect(apkKey('a.rsa.pub', pem, fingerprint.toUpperCase()).fingerprint).toBe(fingerprint);
  });

  it('refuses another than the pinned one', () => {
    expect(() => apkKey('a.rsa.pub', pem, '0'.repeat(64))).toThrow(unusable(fingerprint));
  });

  it.each([
    ['a small key', () => rsaPem(1024), '1024 bits'],
    [
      'an elliptic key',
      () => generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      'ed25519',
    ],
    [
      'a key for another scheme',
      () =>
        generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
          .publicKey.export({ type: 'spki', format: 'pem' })
          .toString(),
      'rsa-pss',
    ],
    [
      'a private key',
      () =>
        generateKeyPairSync('rsa', { modulusLength: 2048 })
          .privateKey.export({ type: 'pkcs8', format: 'pem' })
          .toString(),
      'no public key',
    ],
    ['text', () => 'hello', 'no public key'],
    ['damaged PEM', () => '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n', 'cannot be read'],
  ])('refuses %s', (_, make, why) => {
    expect(() => apkKey('a.rsa.pub', make())).toThrow(unusable(why));
  });

  it.each(['', 'a/b', 'a\nb', '../a'])('refuses the name %j', (name) => {
    expect(() => apkKey(name, pem)).toThrow(unusable('no file name'));
  });

  it('does not take two keys of one name', () => {
    const other = apkKey('a.rsa.pub', rsaPem(2048));
    expect(() => keyringOf([apkKey('a.rsa.pub', pem), other])).toThrow(unusable('same name'));
    expect(keyringOf([apkKey('a.rsa.pub', pem), apkKey('a.rsa.pub', pem)]).size).toBe(1);
  });

  describe('readKeyring', () => {
    const http = createHttpClient();
    let folder = '';
    beforeAll(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), 'apk-keys-'));
      await writeFile(path.join(folder, 'people@example.org-1.rsa.pub'), pem);
    });
    afterAll(async () => {
      await http.close();
      await rm(folder, { recursive: true });
    });

    it('reads keys from paths and file URLs, named after their files', async () => {
      const file = path.join(folder, 'people@example.org-1.rsa.pub');
      for (const source of [file, `file://${file}`]) {
        const keyring = await readKeyring(http, [{ source, fingerprint }]);
        expect(keyring.get('people@example.org-1.rsa.pub')?.fingerprint).toBe(fingerprint);
      }
    });

    it('reads relative paths from a folder that is given, and from none else', async () => {
      const source = 'people@example.org-1.rsa.pub';
      expect((await readKeyring(http, [{ source }], { workingDirectory: folder })).get(source)?.fingerprint).toBe(
        fingerprint,
      );
      await expect(readKeyring(http, [{ source }])).rejects.toThrow(unusable('relative'));
      await expect(readKeyring(http, [{ source: 'https://' }])).rejects.toThrow(unusable('URL is none'));
    });

    it.each(['nowhere.rsa.pub', '.'])('says which key is no file: %s', async (source) => {
      await expect(readKeyring(http, [{ source }], { workingDirectory: folder })).rejects.toMatchObject({
        code: 'repository/unusable-key',
        message: expect.stringMatching(/^The key "[^"]+" cannot be used: it is no file that can be read$/) as string,
        hint: expect.stringContaining('Name the public RSA key') as string,
        cause: { code: 'http/status', message: expect.stringContaining(path.join(folder, source)) as string },
      });
    });

    it('takes nothing over plain HTTP that is not pinned', async () => {
      await expect(readKeyring(http, [{ source: 'http://127.0.0.1:1/a.rsa.pub' }])).rejects.toThrow(
        unusable('plain HTTP'),
      );
    });
  });
});
