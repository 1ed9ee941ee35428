import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/fixtures/error-of.js';
import { makeImage, type MadeImage } from '../../tests/signing/made-image.js';
import { type SigstoreServer, startSigstore } from '../../tests/signing/sigstore-server.js';
import { describeError, PrivateImageError } from '../support/errors.js';
import type { HttpClient } from '../support/http.js';
import { cosignTag, isCosignTag } from './cosign-tag.js';
import { findSignatures } from './found-signature.js';
import { bundleMediaType, statementOf } from './sigstore-bundle.js';
import { isSigned, signImages } from './sign-image.js';
import { openSigner, type Signer } from './signer.js';
import type { KeylessSigning, KeySigning, SigningContext } from './signing.js';
import { predicateTypes } from './statement.js';

const name = 'registry.example.com/53/web';
const http: HttpClient = {
  get: () => Promise.reject(new PrivateImageError('http/unreachable', 'no network')),
  close: () => Promise.resolve(),
};
const context: SigningContext = { http, environment: {}, now: () => Date.now() };

function keyPem(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
}

function keySigner(form: KeySigning['form'] = 'bundle', privateKey = keyPem()): Promise<Signer> {
  return openSigner({ kind: 'key', privateKey, form }, context);
}

describe('signing with a key', () => {
  let image: MadeImage;
  beforeEach(async () => {
    image = await makeImage();
  });
  afterEach(() => image.remove());

  it('signs the index and each manifest, and states SBOMs and provenance of each', async () => {
    const outcome = await signImages(image.repository, await keySigner(), name, image.requests);
    expect(outcome).toEqual({ added: 12, reused: 0 });
    for (const { subject } of image.requests) {
      const found = await findSignatures(image.repository, subject.digest);
      const types = found.map((one) => ('bundle' in one ? statementOf(one.bundle).predicateType : one.error.code));
      expect(types.sort()).toEqual(Object.values(predicateTypes).sort());
    }
  });

  it('names each bundle as cosign looks for it, and holds no time', async () => {
    await signImages(image.repository, await keySigner(), name, image.requests);
    const referrers = await image.repository.referrers(image.index.digest, bundleMediaType);
    for (const { annotations } of referrers) {
      expect(Object.keys(annotations ?? {}).sort()).toEqual([
        'dev.sigstore.bundle.content',
        'dev.sigstore.bundle.predicateType',
      ]);
      expect(annotations?.['dev.sigstore.bundle.content']).toBe('dsse-envelope');
    }
    const types = referrers.map(({ annotations }) => annotations?.['dev.sigstore.bundle.predicateType']);
    expect(types.sort()).toEqual(Object.values(predicateTypes).sort());
  });

  it.each(['bundle', 'tags', 'both'] as const)('adds nothing the second time, in the form %s', async (form) => {
    const privateKey = keyPem();
    const signer = await keySigner(form, privateKey);
    const [first] = image.requests;
    if (first === undefined) throw new Error('no request');
    expect(await isSigned(image.repository, signer, name, first)).toBe(false);
    const { added } = await signImages(image.repository, signer, name, image.requests);
    const tags = await image.repository.tags();
    const referrers = await image.repository.referrers(image.index.digest);
    const again = await signImages(image.repository, await keySigner(form, privateKey), name, image.requests);
    expect(again).toEqual({ added: 0, reused: added });
    expect(await image.repository.tags()).toEqual(tags);
    expect(await image.repository.referrers(image.index.digest)).toEqual(referrers);
    expect(await isSigned(image.repository, signer, name, first)).toBe(true);
  });

  it('adds what is new, and only that', async () => {
    const signer = await keySigner();
    const [request] = image.requests;
    if (request === undefined) throw new Error('no request');
    await signImages(image.repository, signer, name, [{ subject: request.subject, claims: [] }]);
    expect(await signImages(image.repository, signer, name, [request])).toEqual({ added: 3, reused: 1 });
  });

  it.each(['bundle', 'tags'] as const)('leaves the signatures of another signer, in the form %s', async (form) => {
    const requests = [{ subject: image.index, claims: [] }];
    const signers = [await keySigner(form), await keySigner(form)];
    for (const signer of signers) {
      expect((await signImages(image.repository, signer, name, requests)).added).toBe(1);
    }
    expect(await findSignatures(image.repository, image.index.digest)).toHaveLength(2);
    for (const signer of signers) {
      expect((await signImages(image.repository, signer, name, requests)).added).toBe(0);
    }
  });

  it('keeps the older form under tags that are known as such', async () => {
    await signImages(image.repository, await keySigner('tags'), name, image.requests);
    const tags = (await image.repository.tags()).map(({ tag }) => tag);
    expect(tags.filter((tag) => !isCosignTag(tag))).toEqual(['8.4']);
    expect(tags).toContain(cosignTag(image.index.digest, 'sig'));
    expect(tags).toContain(cosignTag(image.index.digest, 'att'));
  });
});

describe('signing with an identity', () => {
  let image: MadeImage;
  let sigstore: SigstoreServer;
  beforeEach(async () => {
    [image, sigstore] = await Promise.all([makeImage(), startSigstore()]);
  });
  afterEach(async () => {
    image.remove();
    await sigstore.close();
  });

  function settings(more: Partial<KeylessSigning> = {}): KeylessSigning {
    const { url } = sigstore;
    return {
      kind: 'keyless',
      identityToken: sigstore.token('dev@example.com'),
      fulcioUrl: url,
      rekorUrl: url,
      ...more,
    };
  }

  it('asks for one certificate, and enters each signature in the log', async () => {
    const signer = await openSigner(settings({ tsaUrl: sigstore.url }), context);
    expect((await signImages(image.repository, signer, name, image.requests)).added).toBe(12);
    expect(Object.fromEntries(sigstore.requests)).toEqual({
      '/api/v2/signingCert': 1,
      '/api/v1/log/entries': 12,
      '/api/v1/timestamp': 12,
    });
  });

  it.each([
    ['the same identity, and is not signed again', 'dev@example.com', 0],
    ['another identity, and is signed for that one as well', 'ops@example.com', 12],
  ])('was signed for %s', async (_, subject, added) => {
    await signImages(image.repository, await openSigner(settings(), context), name, image.requests);
    const signer = await openSigner(settings({ identityToken: sigstore.token(subject) }), context);
    expect((await signImages(image.repository, signer, name, image.requests)).added).toBe(added);
  });

  it('asks for another certificate when the first has become old', async () => {
    let now = Date.now();
    const signer = await openSigner(settings(), { ...context, now: () => now });
    await signer.signStatement('{}');
    now += 5 * 60_000;
    await signer.signStatement('{}');
    expect(sigstore.requests.get('/api/v2/signingCert')).toBe(2);
  });

  it('needs no token when all is signed already', async () => {
    await signImages(image.repository, await openSigner(settings(), context), name, image.requests);
    const signer = await openSigner(settings({ identityToken: undefined }), context);
    expect(await signImages(image.repository, signer, name, image.requests)).toEqual({ added: 0, reused: 12 });
  });

  it('says that there is no token when there is something to sign', async () => {
    const signer = await openSigner(settings({ identityToken: undefined }), context);
    const error = await errorOf(signImages(image.repository, signer, name, image.requests));
    expect(error.code).toBe('signing/no-identity');
    expect(await image.repository.referrers(image.index.digest, bundleMediaType)).toEqual([]);
  });

  it.each(['rsa', 'ed25519'] as const)(
    'takes the entry of an earlier try, with a key of %s that signs the same each time',
    async (kind) => {
      const pair =
        kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
      const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      const signer = await openSigner({ kind: 'key', privateKey, rekorUrl: sigstore.url }, context);
      const [first, second] = [await signer.signStatement('{}'), await signer.signStatement('{}')];
      expect(second).toEqual(first);
      expect(first.verificationMaterial.tlogEntries).toHaveLength(1);
    },
  );

  it('is not satisfied by a signature of the same claim that no log knows', async () => {
    const requests = [{ subject: image.index, claims: [] }];
    const unlogged = await openSigner(settings({ rekorUrl: 'none', tsaUrl: sigstore.url }), context);
    await signImages(image.repository, unlogged, name, requests);
    const logged = await openSigner(settings(), context);
    expect((await signImages(image.repository, logged, name, requests)).added).toBe(1);
  });

  it.each<[string, (token: string) => Partial<KeylessSigning>]>([
    ['the authority refuses the token', (token) => ({ identityToken: `${token}x` })],
    ['the authority is not there', () => ({ fulcioUrl: `${sigstore.url}/nowhere` })],
    ['the log is not there', () => ({ rekorUrl: `${sigstore.url}/nowhere` })],
    ['the timestamp authority is not there', () => ({ tsaUrl: `${sigstore.url}/nowhere` })],
  ])('fails, and does not tell the token, when %s', async (_, more) => {
    const token = sigstore.token('dev@example.com');
    const given = settings({ identityToken: token, ...more(token) });
    const signer = await openSigner(given, context);
    const error = await errorOf(signImages(image.repository, signer, name, image.requests));
    expect(error.code).toBe('signing/service');
    expect(`${describeError(error)} ${error.stack ?? ''} ${JSON.stringify(error)}`).not.toContain(token);
    expect(await image.repository.referrers(image.index.digest, bundleMediaType)).toEqual([]);
  });
});
