import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../store/open-store.js';
import type { Store } from '../../store/store.js';
import type { SignedText } from './signature.js';
import { clearSign, detachedSign, makeKey } from './testing/repository-maker.js';
import { type ReleaseToVerify, verifiedRelease } from './verified-release.js';

const made = new Date('2026-01-01T00:00:00Z');
const hour = 3600_000;
const text = 'Origin: Test\nSuite: stable';

const folder = await mkdtemp(path.join(tmpdir(), 'verified-release-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

const key = await makeKey({ date: made });
const passing = await makeKey({ date: made, keyExpirationTime: 24 * 3600 });
const stranger = await makeKey({ date: made });

let store: Store;

beforeEach(async () => {
  store = openStore(await mkdtemp(path.join(folder, 'store-')));
});

async function released(by = key): Promise<ReleaseToVerify> {
  const content = Buffer.from(await clearSign(text, [by], at(1)));
  return { content, signature: undefined, keyring: [by.armoured], repository: 'http://m.test stable' };
}

/** So many hours after the keys were made. */
function at(hours: number): Date {
  return new Date(made.getTime() + hours * hour);
}

function verify(release: ReleaseToVerify, now = at(2)): Promise<SignedText> {
  return verifiedRelease(store, now, release);
}

/** Writes another name into what is remembered: whoever gives that name has not verified again. */
async function markRemembered(): Promise<void> {
  const facts = path.join(store.root, 'facts', 'deb-verdict');
  for (const entry of await readdir(facts, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const verdict = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...verdict, signedBy: 'remembered' }));
  }
}

describe('a verified release', () => {
  it('is verified once', async () => {
    const release = await released();
    expect(await verify(release)).toEqual({ text, signedBy: key.privateKey.getFingerprint() });
    await markRemembered();
    expect(await verify(release, at(1000))).toEqual({ text, signedBy: 'remembered' });
  });

  it('is verified once when its signature lies beside it', async () => {
    const signature = Buffer.from(await detachedSign(`${text}\n`, key, at(1)));
    const release = { ...(await released()), content: Buffer.from(`${text}\n`), signature };
    expect(await verify(release)).toEqual({ text: `${text}\n`, signedBy: key.privateKey.getFingerprint() });
    await markRemembered();
    expect(await verify(release)).toEqual({ text: `${text}\n`, signedBy: 'remembered' });
  });

  it.each<[string, string, (release: ReleaseToVerify) => Partial<ReleaseToVerify>]>([
    [
      'another text',
      'repository/bad-signature',
      ({ content }) => ({ content: Buffer.from(Buffer.from(content).toString().replace('Suite', 'Suitf')) }),
    ],
    ['another keyring', 'repository/untrusted-key', () => ({ keyring: [stranger.armoured] })],
    ['another signature', 'repository/bad-signature', ({ content }) => ({ signature: content })],
  ])('is verified again with %s', async (_, code, change) => {
    const release = await released();
    await verify(release);
    await markRemembered();
    await expect(verify({ ...release, ...change(release) })).rejects.toMatchObject({ code });
  });

  it('is verified again from the moment on at which its key ends', async () => {
    const release = await released(passing);
    await verify(release);
    await markRemembered();
    const end = at(24).getTime();
    expect(await verify(release, new Date(end - 1))).toMatchObject({ signedBy: 'remembered' });
    await expect(verify(release, new Date(end))).rejects.toMatchObject({ code: 'repository/expired-key' });
  });

  it('is verified again from the moment on at which a key of the keyring begins', async () => {
    const coming = await makeKey({ date: at(48) });
    const release = await released();
    await verify({ ...release, keyring: [key.armoured, coming.armoured] });
    await markRemembered();
    const later = await verify({ ...release, keyring: [key.armoured, coming.armoured] }, at(48));
    expect(later).toMatchObject({ signedBy: key.privateKey.getFingerprint() });
  });

  it('is verified again when the clock has gone back', async () => {
    const release = await released();
    await verify(release, at(3));
    await markRemembered();
    expect(await verify(release, at(2))).toMatchObject({ signedBy: key.privateKey.getFingerprint() });
    await expect(verify(release, at(0.5))).rejects.toMatchObject({ code: 'repository/bad-signature' });
  });

  it('is not remembered when it was refused', async () => {
    const release = { ...(await released()), keyring: [stranger.armoured] };
    await expect(verify(release)).rejects.toMatchObject({ code: 'repository/untrusted-key' });
    await expect(verify(release)).rejects.toMatchObject({ code: 'repository/untrusted-key' });
    await expect(readdir(path.join(store.root, 'facts'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
