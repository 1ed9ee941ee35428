/*
 * Group 9: what a repository signed, and what it did not.
 *
 * | case | tested in |
 * | --- | --- |
 * | a genuine signed index with a swapped archive, deb | here; provider/creator/bad-mirror.test.ts (damaged ones) |
 * | … apk: another package, other data behind a genuine control section | here; provider/packages/apk/apk-archive.test.ts |
 * | … a package replaced under its name, version and size | here |
 * | a key of the wrong kind, apk | provider/packages/apk/keyring.test.ts |
 * | … deb; the key of one format for the other | here |
 * | a signature by another key, also one of the same name | here; provider/packages/{deb/signature,apk/index-archive}.test.ts |
 * | an expired key; a revoked key; SHA-1 | provider/packages/deb/signature.test.ts |
 * | an expired signature; a key that may not sign; a short key | here |
 * | an index that nobody signed | here: only when asked for, and never in silence |
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as openpgp from 'openpgp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchPackages } from '../../provider/creator/fetch-packages.js';
import { planImage } from '../../provider/creator/plan-image.js';
import { publishImage } from '../../provider/creator/publish-image.js';
import type { PackageSource } from '../../provider/creator/package-source.js';
import { keyringOf, readKeyring as readApkKeyring } from '../../provider/packages/apk/keyring.js';
import { type MadePackage, makeApk, makeIndex, makeSigningKey } from '../../provider/packages/apk/testing/apk-maker.js';
import { storedApk } from '../../provider/packages/apk/stored-archive.js';
import { readKeyringFile } from '../../provider/packages/deb/keyring-file.js';
import { readKeyring, verifyClearSigned, verifyDetached } from '../../provider/packages/deb/signature.js';
import { detachedSign, makeKey, makeRelease } from '../../provider/packages/deb/testing/repository-maker.js';
import type { Package } from '../../provider/packages/package.js';
import { errorOf } from '../fixtures/error-of.js';
import { everywhere, openSmallWorld, requestFor, standardContent } from '../fixtures/small-world.js';
import { leaksIn } from './leaks.js';
import { answerOf, now, openWorkshop, type Workshop, yesterday } from './workshop.js';

let shop: Workshop;
beforeEach(async () => {
  shop = await openWorkshop();
});
afterEach(() => shop.close());

function only(source: PackageSource, name: string): Package {
  const [one, ...others] = source.get(name);
  if (one === undefined || others.length > 0) throw new Error(`not one package ${name}`);
  return one;
}

/** The bytes of the archive of `wanted` in the store, fetched if need be. */
async function fetched(wanted: Package): Promise<Buffer> {
  const stored = (await fetchPackages(shop.creator, [wanted])).get(wanted);
  if (stored === undefined) throw new Error('not stored');
  const { store } = shop.creator;
  const parts = wanted.format === 'apk' ? await storedApk(store, wanted.archive.checksum.value) : undefined;
  if (parts === undefined) return store.read(stored.archive);
  return Buffer.concat([await store.read(parts.head.digest), await store.read(parts.data.digest)]);
}

describe('a genuine index with a swapped archive', () => {
  it('deb: is refused, whatever genuine package the archive is', async () => {
    const one = { name: 'one', version: '1', architecture: 'amd64', files: { '/usr/bin/one': 'one' } };
    const stanza = await shop.putDeb(one);
    const other = await shop.putDeb({ ...one, name: 'two' });
    await shop.writeDebIndex(stanza + other);
    const genuine = await readFile(path.join(shop.folder, 'mirror/pool/one_1_amd64.deb'));
    await shop.write('pool/one_1_amd64.deb', await readFile(path.join(shop.folder, 'mirror/pool/two_1_amd64.deb')));
    const wanted = only(await shop.deb(), 'one');
    const error = await errorOf(fetched(wanted));
    expect(error).toMatchObject({ code: 'package/wrong-checksum', data: { package: 'one', version: '1' } });
    expect(error.message).toContain('tests stable main');
    await shop.write('pool/one_1_amd64.deb', genuine);
    expect(await fetched(wanted)).toEqual(genuine);
  });

  const web: MadePackage = { name: 'web', files: { 'usr/bin/web': 'genuine!' } };
  const evil: MadePackage = { name: 'web', files: { 'usr/bin/web': 'swapped!' } };

  it.each<[string, () => Promise<Buffer>]>([
    ['another package', async () => (await makeApk({ name: 'other' }, shop.apkKey)).bytes],
    ['a package of the same name, well signed', async () => (await makeApk(evil, shop.apkKey)).bytes],
    ['a package of the same name, signed by a stranger', async () => (await makeApk(evil, makeSigningKey())).bytes],
    [
      'a genuine control section before other data',
      async () => {
        const [its, other] = [await makeApk(web, shop.apkKey), await makeApk(evil, shop.apkKey)];
        return Buffer.concat([its.members.signature, its.members.control, other.members.data]);
      },
    ],
    [
      'a second control section before the genuine one',
      async () => {
        const [its, other] = [await makeApk(web, shop.apkKey), await makeApk(evil, shop.apkKey)];
        return Buffer.concat([other.members.control, its.members.control, its.members.data]);
      },
    ],
    [
      'data behind the genuine end',
      async () => Buffer.concat([(await makeApk(web, shop.apkKey)).bytes, Buffer.alloc(9)]),
    ],
  ])('apk: %s is refused', async (_, swapped) => {
    const genuine = await makeApk(web, shop.apkKey);
    const content = await swapped();
    // The index may well say the size of the swapped archive: apk indexes of mirrors in the wild are that loose.
    for (const size of [genuine.bytes.length, content.length]) {
      await shop.writeApkIndex([genuine.stanza.replace(/^S:\d+$/mu, `S:${size}`)], { madeAt: 1000 });
      await shop.write(`x86_64/${genuine.fileName}`, content);
      const error = await errorOf(fetched(only(await shop.apk(), 'web')));
      expect(error).toMatchObject({ code: 'package/wrong-checksum', data: { package: 'web' } });
      expect(error.message).toContain(shop.server.url);
    }
    await shop.writeApkIndex([genuine.stanza], { madeAt: 1000 });
    await shop.write(`x86_64/${genuine.fileName}`, genuine.bytes);
    expect(await fetched(only(await shop.apk(), 'web'))).toEqual(genuine.bytes);
  });
});

describe('a package replaced under its name and version', () => {
  it('deb: the archive that is in the store is not taken for it', async () => {
    const recipe = { name: 'one', version: '1', architecture: 'amd64' };
    const contents: Buffer[] = [];
    for (const content of ['first', 'other']) {
      await shop.writeDebIndex(await shop.putDeb({ ...recipe, files: { '/x': content } }));
      contents.push(await fetched(only(await shop.deb(), 'one')));
    }
    expect(contents[0]?.equals(contents[1]!)).toBe(false);
  });

  it('apk: the archive that is in the store is not taken for it', async () => {
    for (const content of ['first', 'other']) {
      const made = await makeApk({ name: 'web', files: { x: content } }, shop.apkKey);
      await shop.write(`x86_64/${made.fileName}`, made.bytes);
      await shop.writeApkIndex([made.stanza]);
      expect(await fetched(only(await shop.apk(), 'web'))).toEqual(made.bytes);
    }
  });

  it('is in the next image, though everything of the first was kept', async () => {
    const world = await openSmallWorld();
    try {
      const request = requestFor({ lines: ['8.4'], architectures: ['amd64'] });
      const publish = async (): Promise<string | undefined> => {
        const creator = world.creator();
        const { digest } = await planImage(creator, request);
        const claim = { owner: 'resource-1', traceId: 'trace-1' };
        return (await publishImage(creator, digest, claim)).lines[0]?.digest;
      };
      const first = await publish();
      const registry = path.join(world.folder, 'registry');
      expect(await leaksIn(registry, ['a replaced library'])).toEqual([]);
      const replaced = everywhere('libworld', '2.0', {}, { '/usr/lib/libworld.so.1': 'a replaced library' });
      await world.write(standardContent({ stable: replaced }), { date: new Date('2026-01-02T00:00:00Z') });
      const second = await publish();
      expect(second).toMatch(/^sha256:/u);
      expect(second).not.toBe(first);
      expect((await leaksIn(registry, ['a replaced library'])).length).toBeGreaterThan(0);
    } finally {
      await world.close();
    }
  });

  it('is an error while the index is still the old one', async () => {
    const recipe = { name: 'one', version: '1', architecture: 'amd64' };
    await shop.writeDebIndex(await shop.putDeb({ ...recipe, files: { '/x': 'first' } }));
    await shop.putDeb({ ...recipe, files: { '/x': 'other' } });
    expect((await errorOf(fetched(only(await shop.deb(), 'one')))).code).toBe('package/wrong-checksum');
  });
});

describe('a wrong key', () => {
  it('deb: an index by a stranger is refused, and nothing of it is remembered', async () => {
    const stranger = await makeKey({ date: new Date('2026-01-01T00:00:00Z') });
    await shop.writeDebIndex(await shop.putDeb({ name: 'evil', version: '9', architecture: 'amd64' }), {
      keys: [stranger],
    });
    const error = await errorOf(shop.deb());
    expect(error.code).toBe('repository/untrusted-key');
    expect(error.message).toContain(`${shop.server.url} stable`);
    expect((await errorOf(shop.deb({ offline: true }))).code).toBe('repository/not-in-store');
    await shop.writeDebIndex(await shop.putDeb({ name: 'good', version: '1', architecture: 'amd64' }), {
      keys: [stranger, shop.debKey],
    });
    expect([...(await shop.deb()).names()]).toEqual(['good']);
  });

  it('apk: an index by a stranger is refused, and nothing of it is remembered', async () => {
    const good = await makeApk({ name: 'good' }, shop.apkKey);
    await shop.writeApkIndex([good.stanza]);
    await shop.apk();
    const evil = await makeApk({ name: 'evil' }, shop.apkKey);
    for (const [key, code] of [
      [makeSigningKey('stranger.rsa.pub'), 'repository/untrusted-key'],
      [makeSigningKey('trusted.rsa.pub'), 'repository/bad-signature'],
    ] as const) {
      await shop.writeApkIndex([evil.stanza], { key });
      const error = await errorOf(shop.apk());
      expect(error.code).toBe(code);
      expect(error.message).toContain(shop.server.url);
    }
    expect([...(await shop.apk({ offline: true })).names()]).toEqual(['good']);
  });

  it('apk: a genuine index that was damaged is fetched again, though the server says that it has not changed', async () => {
    const { stanza } = await makeApk({ name: 'good' }, shop.apkKey);
    await shop.writeApkIndex([stanza]);
    const content = await readFile(path.join(shop.folder, 'mirror/x86_64/APKINDEX.tar.gz'));
    let damaged = true;
    shop.server.answer = (_name, response, request) => {
      const sent = damaged ? content.subarray(0, -10) : content;
      if (request.headers['if-none-match'] === '"same"') response.writeHead(304).end();
      else response.writeHead(200, { etag: '"same"', 'content-length': sent.length }).end(sent);
      return true;
    };
    expect((await errorOf(shop.apk())).code).toBe('repository/bad-signature');
    damaged = false;
    expect([...(await shop.apk()).names()]).toEqual(['good']);
  });

  it('of the other format, or none at all, is refused as a key', async () => {
    const keys = async (...armoured: readonly string[]): Promise<unknown> => readKeyring(armoured, 'the repository');
    await shop.writeDebIndex('');
    const secret = shop.debKey.privateKey.armor();
    for (const text of [shop.apkKey.public.pem, shop.apkKey.privatePem, secret, '', 'ssh-rsa AAAA me']) {
      expect((await errorOf(keys(text))).code).toBe('repository/bad-keyring');
      expect((await errorOf(shop.deb({ keyring: [text] }))).code).toBe('repository/bad-keyring');
    }
    await shop.write('secret.gpg', shop.debKey.privateKey.write());
    const file = pathToFileURL(path.join(shop.folder, 'mirror', 'secret.gpg')).href;
    expect((await errorOf(readKeyringFile(shop.creator.http, file))).code).toBe('repository/bad-keyring');
    await shop.write('deb.rsa.pub', shop.debKey.armoured);
    const source = path.join(shop.folder, 'mirror', 'deb.rsa.pub');
    expect((await errorOf(readApkKeyring(shop.creator.http, [{ source }]))).code).toBe('repository/unusable-key');
  });
});

describe('a deb signature that is worth nothing any more', () => {
  const text = 'Origin: Tests\nSuite: stable';
  const date = new Date('2026-01-01T00:00:00Z');

  it('by a key that is too short', async () => {
    const config = { minRSABits: 1024 };
    const { privateKey, publicKey } = await openpgp.generateKey({
      type: 'rsa',
      rsaBits: 1024,
      userIDs: [{ name: 'R' }],
      format: 'object',
      date,
      config,
    });
    const message = await openpgp.createCleartextMessage({ text });
    const signed = await openpgp.sign({ message, signingKeys: privateKey, date: now, config });
    const verifier = { keys: await readKeyring([publicKey.armor()], 'r'), now, repository: 'r' };
    const error = await errorOf(verifyClearSigned(Buffer.from(signed.replaceAll('\r\n', '\n')), verifier));
    expect(error.code).toBe('repository/weak-signature');
  });

  it('that has expired, while its key has not', async () => {
    const key = await makeKey({ date });
    const content = Buffer.from(text);
    const armoured = await signatureBy(key.privateKey.keyPacket as openpgp.SecretKeyPacket, text, 3600);
    const keys = await readKeyring([key.armoured], 'r');
    const at = (time: Date): Promise<unknown> =>
      verifyDetached(content, armoured, { keys, now: time, repository: 'r' });
    await expect(at(new Date(date.getTime() + 1_800_000))).resolves.toMatchObject({ text });
    expect((await errorOf(at(new Date(date.getTime() + 7_200_000)))).code).toBe('repository/expired-key');
  });

  it('by a subkey that is there to encrypt', async () => {
    const { privateKey, publicKey } = await openpgp.generateKey({
      type: 'rsa',
      rsaBits: 2048,
      userIDs: [{ name: 'R' }],
      format: 'object',
      date,
    });
    const keys = await readKeyring([publicKey.armor()], 'r');
    const verify = async (by: openpgp.SecretKeyPacket | openpgp.SecretSubkeyPacket): Promise<unknown> => {
      const signature = await signatureBy(by, text);
      return verifyDetached(Buffer.from(text), signature, { keys, now, repository: 'r' });
    };
    await expect(verify(privateKey.keyPacket as openpgp.SecretKeyPacket)).resolves.toMatchObject({ text });
    const [subkey] = privateKey.subkeys;
    const error = await errorOf(verify(subkey!.keyPacket as openpgp.SecretSubkeyPacket));
    expect(error.code).toBe('repository/expired-key');
  });
});

/** A detached signature by a key packet, whatever it is for; with `lifetime`, in seconds, one that expires. */
async function signatureBy(
  by: openpgp.SecretKeyPacket | openpgp.SecretSubkeyPacket,
  text: string,
  lifetime?: number,
): Promise<Buffer> {
  const message = await openpgp.createMessage({ binary: Buffer.from(text) });
  const [literal] = message.packets.filterByTag(openpgp.enums.packet.literalData);
  const packet = new openpgp.SignaturePacket();
  Object.assign(packet, {
    signatureType: openpgp.enums.signature.binary,
    publicKeyAlgorithm: by.algorithm,
    hashAlgorithm: openpgp.enums.hash.sha512,
    ...(lifetime === undefined ? {} : { signatureExpirationTime: lifetime, signatureNeverExpires: false }),
  });
  // The configuration is no part of the declared type, and needed.
  const signing = packet as unknown as { sign(...all: readonly unknown[]): Promise<void> };
  await signing.sign(by, literal, new Date('2026-01-01T00:00:00Z'), true, openpgp.config);
  const list = new openpgp.PacketList<openpgp.SignaturePacket>();
  list.push(packet);
  return Buffer.from(new openpgp.Signature(list).armor().replaceAll('\r\n', '\n'));
}

describe('a deb repository that nobody signed', () => {
  async function writeUnsigned(name: string): Promise<void> {
    await shop.writeDebIndex(await shop.putDeb({ name, version: '1', architecture: 'amd64' }), {
      spoil: (text) => text.replace(/^[\s\S]*?\n\n/u, '').replace(/\n-----BEGIN PGP SIGNATURE[\s\S]*$/u, '\n'),
    });
  }

  it('is refused, also when another configuration took it before', async () => {
    await writeUnsigned('a');
    expect((await errorOf(shop.deb())).code).toBe('repository/unsigned');
    expect([...(await shop.deb({ allowUnsigned: true })).names()]).toEqual(['a']);
    expect((await errorOf(shop.deb())).code).toBe('repository/unsigned');
    expect((await errorOf(shop.deb({ offline: true }))).code).toBe('repository/unsigned');
  });

  it('is taken when asked for, in any form, and never in silence', async () => {
    await writeUnsigned('a');
    for (const keyring of [[], [shop.debKey.armoured]]) {
      shop.warnings.length = 0;
      expect(answerOf(await shop.deb({ allowUnsigned: true, keyring }), ['a'])).toBe('a=1');
      expect(shop.warnings).toEqual([expect.stringMatching(/stable: its signature is not verified/u)]);
    }
    shop.server.answer = (name, response) => {
      if (!name.endsWith('InRelease')) return false;
      response.writeHead(404).end();
      return true;
    };
    const inRelease = await readFile(path.join(shop.folder, 'mirror/dists/stable/InRelease'), 'utf8');
    await shop.write('dists/stable/Release', inRelease);
    expect((await errorOf(shop.deb())).code).toBe('repository/unsigned');
    expect(answerOf(await shop.deb({ allowUnsigned: true }), ['a'])).toBe('a=1');
  });

  it('needs its archives to be what it says all the same', async () => {
    await writeUnsigned('a');
    await shop.write('pool/a_1_amd64.deb', 'something else');
    const wanted = only(await shop.deb({ allowUnsigned: true }), 'a');
    expect((await errorOf(fetched(wanted))).code).toBe('package/wrong-checksum');
  });

  it('does not open the door to one that a stranger signed, when there are keys', async () => {
    const stranger = await makeKey({ date: new Date('2026-01-01T00:00:00Z') });
    await shop.writeDebIndex('', { keys: [stranger] });
    expect((await errorOf(shop.deb({ allowUnsigned: true }))).code).toBe('repository/untrusted-key');
    await shop.writeDebIndex('', { spoil: (text) => text.replace('Origin: Tests', 'Origin: Guess') });
    expect((await errorOf(shop.deb({ allowUnsigned: true }))).code).toBe('repository/bad-signature');
    const release = makeRelease(new Map([['main/binary-amd64/Packages', Buffer.alloc(0)]]), { Date: yesterday });
    await shop.write('dists/stable/Release', release);
    await shop.write('dists/stable/Release.gpg', await detachedSign(release, stranger, now));
    shop.server.answer = (name, response) => {
      if (!name.endsWith('InRelease')) return false;
      response.writeHead(404).end();
      return true;
    };
    expect((await errorOf(shop.deb({ allowUnsigned: true }))).code).toBe('repository/untrusted-key');
    expect(shop.warnings).toEqual([]);
  });

  it('is told from one that is signed, whose signature is verified and not spoken of', async () => {
    await shop.writeDebIndex(await shop.putDeb({ name: 'a', version: '1', architecture: 'amd64' }));
    expect(answerOf(await shop.deb({ allowUnsigned: true }), ['a'])).toBe('a=1');
    expect(shop.warnings).toEqual([]);
    expect(answerOf(await shop.deb({ allowUnsigned: true, keyring: [] }), ['a'])).toBe('a=1');
    expect(shop.warnings).toHaveLength(1);
  });
});

describe('an apk repository that nobody signed', () => {
  it('is taken when asked for, and never in silence', async () => {
    const { stanza } = await makeApk({ name: 'a' }, undefined);
    await shop.write('x86_64/APKINDEX.tar.gz', await makeIndex([stanza]));
    expect((await errorOf(shop.apk())).code).toBe('repository/unsigned');
    expect(answerOf(await shop.apk({ allowUnsigned: true }), ['a'])).toBe('a=1.0.0-r0');
    expect(shop.warnings).toEqual([expect.stringContaining(`${shop.server.url} for x86_64 is signed by nobody`)]);
    expect((await errorOf(shop.apk())).code).toBe('repository/unsigned');
    await shop.writeApkIndex([stanza]);
    shop.warnings.length = 0;
    expect(answerOf(await shop.apk({ allowUnsigned: true, keyring: keyringOf([shop.apkKey.public]) }), ['a'])).toBe(
      'a=1.0.0-r0',
    );
    expect(shop.warnings).toEqual([]);
  });
});
