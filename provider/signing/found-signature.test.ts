import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/fixtures/error-of.js';
import { makeImage, type MadeImage } from '../../tests/signing/made-image.js';
import { openLayout } from '../registry/layout.js';
import { registryError } from '../registry/registry-error.js';
import type { Repository } from '../registry/registry.js';
import { addTaggedLayers, cosignAnnotations, simpleSigningMediaType, simpleSigningPayload } from './cosign-tags.js';
import { cosignTag } from './cosign-tag.js';
import { findSignatures } from './found-signature.js';
import type { ArtifactLayer } from './referrer.js';
import { putReferrer } from './referrer.js';
import { bundleMediaType, maxBundleBytes } from './sigstore-bundle.js';
import { signImages } from './sign-image.js';
import { openSigner } from './signer.js';

let image: MadeImage;
beforeEach(async () => {
  image = await makeImage('hello', { bare: true });
});
afterEach(() => image.remove());

function layer(text: string, annotations: Readonly<Record<string, string>> = {}): ArtifactLayer {
  const all = { [cosignAnnotations.signature]: 'AAAA', ...annotations };
  return {
    mediaType: simpleSigningMediaType,
    content: simpleSigningPayload(text, image.index.digest),
    annotations: all,
  };
}

async function codes(): Promise<string[]> {
  const found = await findSignatures(image.repository, image.index.digest);
  return found.map((one) => ('error' in one ? one.error.code : one.form));
}

const logged = { SignedEntryTimestamp: 'AAAA', Payload: { body: 'e30=', integratedTime: 1, logIndex: 1, logID: 'ab' } };

describe('older signatures', () => {
  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['alone', {}, 'sig'],
    ['with an empty certificate', { [cosignAnnotations.certificate]: '' }, 'sig'],
    ['with a certificate that is none', { [cosignAnnotations.certificate]: 'MIIB' }, 'signing/malformed'],
    ['with a log entry that is no JSON', { [cosignAnnotations.bundle]: '{' }, 'signing/malformed'],
    ['with a log entry that is none', { [cosignAnnotations.bundle]: '{}' }, 'signing/malformed'],
    ['with a log entry of nothing', { [cosignAnnotations.bundle]: JSON.stringify(logged) }, 'signing/malformed'],
    ['with a timestamp that is none', { [cosignAnnotations.timestamp]: '[]' }, 'signing/malformed'],
  ])('%s are %s', async (_, annotations, expected) => {
    await addTaggedLayers(image.repository, image.index.digest, 'sig', [layer('a', annotations)]);
    expect(await codes()).toEqual([expected]);
  });

  it('of several writers at once all stay', async () => {
    const writers = ['a', 'b', 'c', 'd'].map((word) => ({ word, repository: openLayout(image.folder) }));
    await Promise.all(
      writers.map(({ word, repository }) => addTaggedLayers(repository, image.index.digest, 'sig', [layer(word)])),
    );
    expect(await codes()).toEqual(['sig', 'sig', 'sig', 'sig']);
  });

  it('are given up when somebody moves their tag for ever', async () => {
    let tries = 0;
    const moved = registryError('registry/tag-moved', 'here', 'somebody else', { hint: 'Try again.' });
    const repository: Repository = {
      ...image.repository,
      tag: () => {
        tries += 1;
        return Promise.reject(moved);
      },
    };
    const error = await errorOf(addTaggedLayers(repository, image.index.digest, 'sig', [layer('a')]));
    expect(error).toBe(moved);
    expect(tries).toBeGreaterThan(1);
    expect((await image.repository.tags()).map(({ tag }) => tag)).not.toContain(cosignTag(image.index.digest, 'sig'));
  });
});

describe('bundles', () => {
  it.each<[string, string]>([
    ['that are no JSON', 'no JSON'],
    ['of no version', '{"mediaType":"application/json"}'],
    ['without a signature', `{"mediaType":"${bundleMediaType}","verificationMaterial":{"publicKey":{"hint":""}}}`],
  ])('%s are told as malformed', async (_, content) => {
    await putReferrer(image.repository, image.index, bundleMediaType, { mediaType: bundleMediaType, content }, {});
    expect(await codes()).toEqual(['signing/malformed']);
  });

  it('that are as long as an image are not read', async () => {
    const privateKey = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const context = {
      http: { get: () => Promise.reject(new Error()), close: () => Promise.resolve() },
      environment: {},
      now: Date.now,
    };
    const signer = await openSigner({ kind: 'key', privateKey }, context);
    await signImages(image.repository, signer, 'web', image.requests);
    const getManifest: Repository['getManifest'] = async (reference) => {
      const found = await image.repository.getManifest(reference);
      if (found === undefined) return undefined;
      const manifest = JSON.parse(found.content.toString('utf8')) as { layers: object[] };
      const layers = manifest.layers.map((one) => ({ ...one, size: maxBundleBytes + 1 }));
      return { ...found, content: Buffer.from(JSON.stringify({ ...manifest, layers })) };
    };
    const getBlob: Repository['getBlob'] = () => {
      throw new Error('it is read');
    };
    const found = await findSignatures({ ...image.repository, getManifest, getBlob }, image.index.digest);
    expect(found.map((one) => ('error' in one ? one.error.code : one.form))).toEqual(['signing/malformed']);
  });
});
