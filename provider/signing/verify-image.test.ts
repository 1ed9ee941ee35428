import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/fixtures/error-of.js';
import { makeImage, type MadeImage } from '../../tests/signing/made-image.js';
import { type SigstoreServer, startSigstore } from '../../tests/signing/sigstore-server.js';
import { PrivateImageError } from '../support/errors.js';
import { publicKeyPem } from './key-pair.js';
import { signImages } from './sign-image.js';
import { openSigner, type Signer } from './signer.js';
import type { SignatureForm, SigningContext } from './signing.js';
import { predicateTypes } from './statement.js';
import { readTrustedRoot, type Trust, trustIdentity, trustKey } from './trust.js';
import { type ComparedImage, verifyImage } from './verify-image.js';

const name = 'registry.example.com/53/web';
const context: SigningContext = {
  http: { get: () => Promise.reject(new Error('no network')), close: () => Promise.resolve() },
  environment: {},
  now: () => Date.now(),
};
const all = Object.values(predicateTypes);

async function newKey(form: SignatureForm = 'bundle'): Promise<{ readonly signer: Signer; readonly trust: Trust }> {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return {
    signer: await openSigner({ kind: 'key', privateKey, form }, context),
    trust: trustKey(publicKeyPem(pair.publicKey)),
  };
}

let image: MadeImage;
beforeEach(async () => {
  image = await makeImage();
});
afterEach(() => image.remove());

describe('an image signed with a key', () => {
  it.each(['bundle', 'tags', 'both'] as const)('is verified whole, in the form %s', async (form) => {
    const { signer, trust } = await newKey(form);
    await signImages(image.repository, signer, name, image.requests);
    for (const reference of ['8.4', image.index.digest]) {
      const verified = await verifyImage(image.repository, reference, { trust, requires: all });
      expect(verified).toMatchObject({ reference, digest: image.index.digest, faults: [], distrusted: [] });
      const subjects = new Set(verified.signatures.map(({ subject }) => subject));
      expect([...subjects]).toEqual(image.requests.map(({ subject }) => subject.digest));
    }
  });

  it('is verified alone, one architecture of it', async () => {
    const { signer, trust } = await newKey();
    await signImages(image.repository, signer, name, image.requests);
    const digest = image.manifests[1]?.digest ?? '';
    const verified = await verifyImage(image.repository, digest, { trust });
    expect(verified.faults).toEqual([]);
    expect(new Set(verified.signatures.map(({ subject }) => subject))).toEqual(new Set([digest]));
  });

  it('is good although others have signed it as well, who are told of', async () => {
    const [mine, other] = [await newKey(), await newKey()];
    await signImages(image.repository, other.signer, name, image.requests);
    await signImages(image.repository, mine.signer, name, image.requests);
    const verified = await verifyImage(image.repository, '8.4', { trust: mine.trust });
    expect(verified.faults).toEqual([]);
    expect(new Set(verified.distrusted.map(({ code }) => code))).toEqual(new Set(['signing/wrong-key']));
    expect(verified.distrusted).toHaveLength(12);
  });

  it.each(['bundle', 'tags'] as const)('is refused with the key of somebody else, in the form %s', async (form) => {
    await signImages(image.repository, (await newKey(form)).signer, name, image.requests);
    const { faults, signatures } = await verifyImage(image.repository, '8.4', { trust: (await newKey()).trust });
    expect(signatures).toEqual([]);
    expect(new Set(faults.map(({ code }) => code))).toEqual(new Set(['signing/wrong-key', 'signing/wrong-sbom']));
  });

  it('is refused when no log knows it, and one is asked for', async () => {
    const sigstore = await startSigstore();
    const { signer, trust } = await newKey();
    await signImages(image.repository, signer, name, image.requests);
    const logged = { ...trust, root: readTrustedRoot(sigstore.trustedRoot()) } as Trust;
    const { faults } = await verifyImage(image.repository, '8.4', { trust: logged });
    expect(faults.map(({ code }) => code)).toContain('signing/not-in-log');
    await sigstore.close();
  });

  it('is compared with the SBOM that was signed for it, image by image', async () => {
    const { signer, trust } = await newKey();
    await signImages(image.repository, signer, name, image.requests);
    const seen: ComparedImage[] = [];
    const verified = await verifyImage(image.repository, '8.4', {
      trust,
      compare: (one) => {
        seen.push(one);
        return Promise.resolve([{ code: 'sbom/other', message: 'curl is not in the SBOM', hint: undefined }]);
      },
    });
    expect(seen.map(({ digest }) => digest)).toEqual(image.manifests.map(({ digest }) => digest));
    for (const { digest, sbom } of seen) expect(sbom).toMatchObject({ name: `hello ${digest}` });
    expect(verified.faults).toEqual(
      image.manifests.map(({ digest: subject }) => ({
        code: 'sbom/other',
        message: 'curl is not in the SBOM',
        hint: undefined,
        subject,
        artifact: undefined,
      })),
    );
  });
});

describe('an image signed with an identity', () => {
  let sigstore: SigstoreServer;
  beforeEach(async () => {
    sigstore = await startSigstore();
  });
  afterEach(() => sigstore.close());

  async function sign(subject: string, more: object = {}): Promise<void> {
    const { url } = sigstore;
    const settings = {
      kind: 'keyless' as const,
      identityToken: sigstore.token(subject),
      fulcioUrl: url,
      rekorUrl: url,
    };
    await signImages(image.repository, await openSigner({ ...settings, ...more }, context), name, image.requests);
  }

  const workflow = 'https://github.com/acme/web/.github/workflows/build.yml@refs/heads/main';

  it.each<[string, string | RegExp, boolean]>([
    ['dev@example.com', 'dev@example.com', true],
    [workflow, workflow, true],
    [workflow, /https:\/\/github\.com\/acme\/.*/, true],
    ['dev@example.com', 'ev@example.com', false],
    ['dev@example.com.evil.example', 'dev@example.com', false],
    ['dev@example.com.evil.example', /dev@example\.com/, false],
    ['evil-dev@example.com', /dev@example\.com/m, false],
    ['dev@example.com', /a|b/, false],
  ])('by %s is one by %s: %s', async (signer, wanted, good) => {
    await sign(signer);
    const trust = trustIdentity(readTrustedRoot(sigstore.trustedRoot()), wanted, sigstore.issuer);
    const { faults, signatures } = await verifyImage(image.repository, '8.4', { trust });
    if (good) {
      expect(faults).toEqual([]);
      expect(new Set(signatures.map((one) => one.signer))).toEqual(new Set([signer]));
    } else expect(faults.map(({ code }) => code)).toContain('signing/untrusted-identity');
  });

  it('is refused when another issuer vouches for the same name', async () => {
    await sign('dev@example.com');
    const trust = trustIdentity(readTrustedRoot(sigstore.trustedRoot()), 'dev@example.com', 'https://other.example');
    const { faults } = await verifyImage(image.repository, '8.4', { trust });
    expect(faults.map(({ code }) => code)).toContain('signing/untrusted-identity');
  });

  it.each<[string, object, { logs?: boolean; timestamps?: boolean }]>([
    ['with log and timestamp', { tsaUrl: true }, {}],
    ['with a timestamp and no log', { tsaUrl: true, rekorUrl: 'none' }, { logs: false }],
    ['in the older form', { form: 'tags' }, {}],
    ['in the older form, with a timestamp', { form: 'tags', tsaUrl: true }, {}],
  ])('is verified %s', async (_, more, parts) => {
    const tsaUrl = 'tsaUrl' in more ? sigstore.url : undefined;
    await sign('dev@example.com', { ...more, tsaUrl });
    const trust = trustIdentity(readTrustedRoot(sigstore.trustedRoot(parts)), 'dev@example.com', sigstore.issuer);
    expect(await verifyImage(image.repository, '8.4', { trust })).toMatchObject({ faults: [], distrusted: [] });
  });
});

describe('what cannot be verified', () => {
  it('is told, all of it, for an image that nobody signed', async () => {
    const { faults } = await verifyImage(image.repository, '8.4', { trust: (await newKey()).trust, requires: all });
    const unsigned = faults.filter(({ code }) => code === 'signing/unsigned');
    expect(unsigned).toHaveLength(image.requests.length * all.length);
    for (const { hint } of faults) expect(hint).toMatch(/\.$/);
  });

  it('is an image that is not there', async () => {
    const { trust } = await newKey();
    expect((await errorOf(verifyImage(image.repository, '9.9', { trust }))).code).toBe('signing/no-image');
  });

  it('is, in an outage, no fault of the image', async () => {
    const { trust } = await newKey();
    const outage = new PrivateImageError('registry/unavailable', 'it is down');
    const repository = { ...image.repository, referrers: () => Promise.reject(outage) };
    expect((await errorOf(verifyImage(repository, '8.4', { trust }))).code).toBe('registry/unavailable');
  });

  it.each<[string, (made: MadeImage) => `sha256:${string}` | undefined]>([
    ['a layer', ({ layers }) => layers[1]?.digest],
    ['a manifest', ({ manifests }) => manifests[0]?.digest],
  ])('is %s that was changed on disk: it is named, and nothing else', async (_, pick) => {
    const { signer, trust } = await newKey();
    await signImages(image.repository, signer, name, image.requests);
    const digest = pick(image);
    if (digest === undefined) throw new Error('nothing to spoil');
    image.spoil(digest);
    const { openLayout } = await import('../registry/layout.js');
    const { faults } = await verifyImage(openLayout(image.folder), '8.4', { trust });
    expect(faults.map(({ code, artifact }) => ({ code, artifact }))).toEqual([
      { code: 'signing/damaged', artifact: digest },
    ]);
    expect(faults[0]?.message).toContain(digest);
  });
});
