/*
 * Group 18: signatures that are good for something else.
 *
 * | case | tested in |
 * | --- | --- |
 * | a valid log entry for another artifact | here |
 * | wrong root | here |
 * | bad inclusion proof | here: hash, checkpoint, promise, and a proof that is left out |
 * | bad timestamp | here: of another signature, of another authority, changed, and none at all |
 * | a signature over another digest | here: moved from another image, in both forms |
 * | a tampered SBOM | here: the one beside the image, and the signed one; provider/signing/verify-image.test.ts (layers, manifests) |
 */
import { generateKeyPairSync } from 'node:crypto';
import type { SerializedBundle } from '@sigstore/bundle';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cosignTag } from '../../provider/signing/cosign-tag.js';
import { publicKeyPem } from '../../provider/signing/key-pair.js';
import { signImages } from '../../provider/signing/sign-image.js';
import { openSigner } from '../../provider/signing/signer.js';
import type { SignatureForm, SigningContext, SigningSettings } from '../../provider/signing/signing.js';
import { predicateTypes } from '../../provider/signing/statement.js';
import { readTrustedRoot, type Trust, trustIdentity, trustKey } from '../../provider/signing/trust.js';
import { verifyImage } from '../../provider/signing/verify-image.js';
import type { VerifiedImage } from '../../provider/signing/verification.js';
import { makeImage, type MadeImage, putSbom } from '../signing/made-image.js';
import { type SigstoreServer, startSigstore } from '../signing/sigstore-server.js';
import { bundleBeside, replaceBundle } from '../signing/spoiled-bundle.js';

type Bundle = SerializedBundle;

const context: SigningContext = {
  http: { get: () => Promise.reject(new Error('no network')), close: () => Promise.resolve() },
  environment: {},
  now: () => Date.now(),
};
const { signature, spdx } = predicateTypes;

let sigstore: SigstoreServer;
let foreign: SigstoreServer;
let image: MadeImage;
let other: MadeImage;
beforeAll(async () => {
  [sigstore, foreign] = await Promise.all([startSigstore(), startSigstore()]);
});
afterAll(() => Promise.all([sigstore.close(), foreign.close()]));
beforeEach(async () => {
  [image, other] = await Promise.all([makeImage('hello', { bare: true }), makeImage('other', { bare: true })]);
});
afterEach(() => {
  image.remove();
  other.remove();
});

function keyless(instance = sigstore, form: SignatureForm = 'bundle', rekorUrl = instance.url): SigningSettings {
  const { url } = instance;
  const identityToken = instance.token('dev@example.com');
  return { kind: 'keyless', identityToken, fulcioUrl: url, rekorUrl, tsaUrl: url, form };
}

async function sign(made: MadeImage, settings = keyless()): Promise<void> {
  if (settings.kind === 'none') throw new Error('nothing to sign with');
  await signImages(made.repository, await openSigner(settings, context), 'registry.example.com/53/web', made.requests);
}

function trusted(root = sigstore.trustedRoot()): Trust {
  return trustIdentity(readTrustedRoot(root), 'dev@example.com', sigstore.issuer);
}

function verify(trust = trusted()): Promise<VerifiedImage> {
  return verifyImage(image.repository, '8.4', { trust, requires: [signature] });
}

/** What is wrong with the image, told of the index or of what stands beside it. */
async function wrongs(trust?: Trust): Promise<string[]> {
  const { faults } = await verify(trust);
  return faults.filter(({ subject }) => subject === image.index.digest).map(({ code }) => code);
}

/** Changes the signature of the index, and says what is wrong with it then. */
async function spoiled(change: (bundle: Bundle, another: Bundle) => unknown): Promise<string[]> {
  const bundle = await bundleBeside(image, image.index, signature);
  const another = await bundleBeside(other, other.index, signature);
  expect(await wrongs()).toEqual([]);
  await replaceBundle(image, image.index, signature, change(bundle, another) ?? bundle);
  return wrongs();
}

function flip(base64: string, at = 20): string {
  const bytes = Buffer.from(base64, 'base64');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes.toString('base64');
}

function entryOf({ verificationMaterial }: Bundle): Bundle['verificationMaterial']['tlogEntries'][number] {
  const [entry] = verificationMaterial.tlogEntries;
  if (entry === undefined) throw new Error('no log entry');
  return entry;
}

function proofOf(bundle: Bundle): NonNullable<ReturnType<typeof entryOf>['inclusionProof']> {
  const { inclusionProof } = entryOf(bundle);
  if (inclusionProof === undefined) throw new Error('no proof');
  return inclusionProof;
}

function stampsOf({ verificationMaterial }: Bundle): { signedTimestamp: string }[] {
  return verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? [];
}

describe('a signature in the name of an identity', () => {
  beforeEach(() => Promise.all([sign(image), sign(other)]));

  it.each<[string, string, (bundle: Bundle, another: Bundle) => unknown]>([
    [
      'with the valid log entry of another artifact',
      'signing/wrong-log-entry',
      (bundle, another) => {
        bundle.verificationMaterial.tlogEntries = another.verificationMaterial.tlogEntries;
      },
    ],
    [
      'with a hash of the inclusion proof changed',
      'signing/bad-log-proof',
      (bundle) => {
        const { hashes } = proofOf(bundle);
        hashes[0] = flip(hashes[0] ?? '');
      },
    ],
    [
      'with a hash of the inclusion proof left out',
      'signing/bad-log-proof',
      (bundle) => {
        proofOf(bundle).hashes.pop();
      },
    ],
    [
      'with the checkpoint of another tree',
      'signing/bad-log-proof',
      (bundle, another) => {
        proofOf(bundle).checkpoint.envelope = proofOf(another).checkpoint.envelope;
      },
    ],
    [
      'with a checkpoint that is changed after it was signed',
      'signing/bad-log-proof',
      (bundle) => {
        const { checkpoint } = proofOf(bundle);
        checkpoint.envelope = checkpoint.envelope.replace(/\n\d+\n/, '\n1\n');
      },
    ],
    [
      'with the promise of the log changed',
      'signing/bad-log-proof',
      (bundle) => {
        const { inclusionPromise } = entryOf(bundle);
        if (inclusionPromise !== undefined)
          inclusionPromise.signedEntryTimestamp = flip(inclusionPromise.signedEntryTimestamp);
      },
    ],
    [
      'with neither promise nor proof',
      'signing/malformed',
      (bundle) => {
        Object.assign(entryOf(bundle), { inclusionPromise: undefined, inclusionProof: undefined });
      },
    ],
    [
      'with no log entry',
      'signing/not-in-log',
      (bundle) => {
        bundle.verificationMaterial.tlogEntries = [];
      },
    ],
    [
      'with a checkpoint signed by a name that is a pattern',
      'signing/malformed',
      (bundle) => {
        const { checkpoint } = proofOf(bundle);
        checkpoint.envelope = checkpoint.envelope.replace('\u2014 127.0.0.1', '\u2014 (1+)+x');
      },
    ],
    [
      'with the timestamp of another signature',
      'signing/bad-timestamp',
      (bundle, another) => {
        bundle.verificationMaterial.timestampVerificationData = another.verificationMaterial.timestampVerificationData;
      },
    ],
    [
      'with a timestamp that is changed',
      'signing/bad-timestamp',
      (bundle) => {
        for (const stamp of stampsOf(bundle))
          stamp.signedTimestamp = flip(stamp.signedTimestamp, Buffer.from(stamp.signedTimestamp, 'base64').length - 5);
      },
    ],
    [
      'with a timestamp that is none',
      'signing/malformed',
      (bundle) => {
        for (const stamp of stampsOf(bundle)) stamp.signedTimestamp = 'MAA=';
      },
    ],
    [
      'with the same timestamp twice',
      'signing/bad-timestamp',
      (bundle) => {
        stampsOf(bundle).push(...stampsOf(bundle));
      },
    ],
    [
      'with the signature changed',
      'signing/wrong-log-entry',
      (bundle) => {
        for (const one of bundle.dsseEnvelope?.signatures ?? []) one.sig = flip(one.sig);
        stampsOf(bundle).length = 0;
      },
    ],
    [
      'with the statement of another artifact',
      'signing/wrong-log-entry',
      (bundle, another) => {
        if (bundle.dsseEnvelope !== undefined) bundle.dsseEnvelope.payload = another.dsseEnvelope?.payload ?? '';
      },
    ],
    ['moved whole from another artifact', 'signing/wrong-subject', (_, another) => another],
    [
      'with a second signature in its envelope',
      'signing/malformed',
      (bundle, another) => {
        bundle.dsseEnvelope?.signatures.push(...(another.dsseEnvelope?.signatures ?? []));
      },
    ],
    ['cut off', 'signing/malformed', (bundle) => JSON.stringify(bundle).slice(0, 400)],
    ['that is no bundle', 'signing/malformed', () => '{}'],
  ])('%s is refused: %s', async (_, code, change) => {
    expect(await spoiled(change)).toEqual([code]);
  });

  it('is refused with the trusted root of somebody else', async () => {
    // The timestamp is looked at first.
    expect(await wrongs(trusted(foreign.trustedRoot()))).toEqual(['signing/bad-timestamp']);
  });

  it.each(['certificateAuthorities', 'ctlogs', 'tlogs', 'timestampAuthorities'])(
    'is refused when the %s of the trusted root are those of somebody else',
    async (part) => {
      const mixed = {
        ...(JSON.parse(sigstore.trustedRoot()) as object),
        [part]: (JSON.parse(foreign.trustedRoot()) as Record<string, unknown>)[part],
      };
      const expected = {
        certificateAuthorities: 'untrusted-certificate',
        ctlogs: 'untrusted-certificate',
        tlogs: 'bad-log-proof',
        timestampAuthorities: 'bad-timestamp',
      };
      expect(await wrongs(trusted(JSON.stringify(mixed)))).toContain(
        `signing/${expected[part as keyof typeof expected]}`,
      );
    },
  );

  it('is refused with any one byte of its bundle changed, or says the same', async () => {
    const bundle = JSON.stringify(await bundleBeside(image, image.index, signature));
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: bundle.length - 1 }),
        fc.constantFrom('A', '0', '"', '}', ' '),
        async (at, char) => {
          const text = bundle.slice(0, at) + char + bundle.slice(at + 1);
          await replaceBundle(image, image.index, signature, text);
          const { signatures, faults } = await verify();
          const kept = signatures.filter(({ subject }) => subject === image.index.digest);
          for (const one of kept) expect(one.signer).toBe('dev@example.com');
          const refused = faults.filter(({ subject }) => subject === image.index.digest);
          expect(kept.length + refused.length).toBe(1);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('made by another instance is refused', async () => {
    const made = image;
    image = await makeImage('another', { bare: true });
    await sign(image, keyless(foreign));
    expect((await wrongs()).every((code) => code === 'signing/bad-timestamp' || code === 'signing/wrong-sbom')).toBe(
      true,
    );
    made.remove();
  });
});

describe('a signature without a time', () => {
  it('is refused', async () => {
    await sign(image, { ...keyless(sigstore, 'bundle', 'none') });
    const noLogs = trusted(sigstore.trustedRoot({ logs: false }));
    expect(await wrongs(noLogs)).toEqual([]);
    const bundle = await bundleBeside(image, image.index, signature);
    stampsOf(bundle).length = 0;
    await replaceBundle(image, image.index, signature, bundle);
    expect(await wrongs(noLogs)).toEqual(['signing/bad-timestamp']);
  });
});

describe('a signature in the older form', () => {
  it('moved from another image is refused', async () => {
    await Promise.all([sign(image, keyless(sigstore, 'tags')), sign(other, keyless(sigstore, 'tags'))]);
    expect(await wrongs()).toEqual([]);
    const foreignLayer = await other.repository.getManifest(cosignTag(other.index.digest, 'sig'));
    if (foreignLayer === undefined) throw new Error('not signed');
    const { layers, config } = JSON.parse(foreignLayer.content.toString('utf8')) as Record<
      string,
      { digest: `sha256:${string}`; size: number }[]
    >;
    for (const blob of [...(layers ?? []), config as unknown as { digest: `sha256:${string}`; size: number }]) {
      await image.repository.putBlob(blob, () => other.repository.getBlob(blob.digest));
    }
    await image.repository.putManifest(foreignLayer.content, foreignLayer.descriptor.mediaType);
    await image.repository.tag([{ tag: cosignTag(image.index.digest, 'sig'), digest: foreignLayer.descriptor.digest }]);
    expect(await wrongs()).toEqual(['signing/wrong-subject']);
  });
});

describe('a tampered SBOM', () => {
  let trust: Trust;
  beforeEach(async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    trust = trustKey(publicKeyPem(pair.publicKey));
    image.remove();
    image = await makeImage();
    await sign(image, { kind: 'key', privateKey });
  });

  it.each(['application/spdx+json', 'application/vnd.cyclonedx+json'])(
    'beside the image (%s) is found, and the image is named',
    async (type) => {
      expect((await verifyImage(image.repository, '8.4', { trust })).faults).toEqual([]);
      const subject = image.manifests[1];
      if (subject === undefined) throw new Error('no image');
      await image.repository.deleteManifests(
        (await image.repository.referrers(subject.digest, type)).map(({ digest }) => digest),
      );
      const tampered = await putSbom(image.repository, subject, type, '{"packages":[]}');
      const { faults } = await verifyImage(image.repository, '8.4', { trust });
      expect(faults.map(({ code, subject: about, artifact }) => ({ code, about, artifact }))).toEqual([
        { code: 'signing/wrong-sbom', about: subject.digest, artifact: tampered.digest },
      ]);
    },
  );

  it('in its signed statement is found', async () => {
    const bundle = await bundleBeside(image, image.index, spdx);
    const statement = Buffer.from(bundle.dsseEnvelope?.payload ?? '', 'base64')
      .toString('utf8')
      .replace('SPDX-2.3', 'SPDX-2.2');
    if (bundle.dsseEnvelope !== undefined) bundle.dsseEnvelope.payload = Buffer.from(statement).toString('base64');
    await replaceBundle(image, image.index, spdx, bundle);
    const { faults } = await verifyImage(image.repository, '8.4', { trust });
    expect(faults.map(({ code }) => code)).toEqual(['signing/bad-signature', 'signing/wrong-sbom']);
  });

  it('that is no JSON is found', async () => {
    const tampered = await putSbom(image.repository, image.index, 'application/spdx+json', 'no JSON');
    const { faults } = await verifyImage(image.repository, '8.4', { trust });
    expect(faults.map(({ code, artifact }) => ({ code, artifact }))).toEqual([
      { code: 'signing/wrong-sbom', artifact: tampered.digest },
    ]);
  });
});
