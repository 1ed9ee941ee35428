/** What is signed here is verified by cosign, of versions 2 and 3, in a registry. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planImage } from '../../provider/creator/plan-image.js';
import { publishImage } from '../../provider/creator/publish-image.js';
import { publicKeyPem, readPublicKey } from '../../provider/signing/key-pair.js';
import { signImages } from '../../provider/signing/sign-image.js';
import { openSigner } from '../../provider/signing/signer.js';
import type { KeylessSigning, KeySigning, SignatureForm, SigningContext } from '../../provider/signing/signing.js';
import { predicateTypes } from '../../provider/signing/statement.js';
import { trustKey } from '../../provider/signing/trust.js';
import { verifyImage } from '../../provider/signing/verify-image.js';
import { openSmallWorld, requestFor } from '../fixtures/small-world.js';
import { openTestRepository } from '../registry/open-test-repository.js';
import { type RealRegistry, startRealRegistry } from '../registry/real-registry.js';
import { missingProgram } from '../setup/containers.js';
import { capture } from '../setup/run.mjs';
import { makeImage, type MadeImage } from '../signing/made-image.js';
import { type SigstoreServer, startSigstore } from '../signing/sigstore-server.js';

const missing = missingProgram('cosign', 'cosign-v2', 'registry');
const versions = ['cosign-v2', 'cosign'] as const;
const types = ['spdxjson', 'cyclonedx', 'slsaprovenance1'];
const context: SigningContext = {
  http: { get: () => Promise.reject(new Error('no network')), close: () => Promise.resolve() },
  environment: {},
  now: () => Date.now(),
};

describe.skipIf(missing !== undefined)(
  `cosign verifies what is signed here${missing === undefined ? '' : `: ${missing}`}`,
  () => {
    let registry: RealRegistry;
    let sigstore: SigstoreServer;
    let folder: string;
    let repositories = 0;
    const images: MadeImage[] = [];
    beforeAll(async () => {
      folder = mkdtempSync(path.join(tmpdir(), 'cosign-'));
      [registry, sigstore] = await Promise.all([startRealRegistry({ program: 'registry' }), startSigstore()]);
      writeFileSync(file('nobody.json'), '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}');
      writeFileSync(file('root.json'), sigstore.trustedRoot());
      for (const [name, pem] of Object.entries(sigstore.pems())) writeFileSync(file(`${name}.pem`), pem);
    });
    afterAll(async () => {
      await Promise.all([registry.stop(), sigstore.close()]);
      for (const image of images) image.remove();
      rmSync(folder, { recursive: true, force: true });
    });

    function file(name: string): string {
      return path.join(folder, name);
    }

    async function publish(
      settings: KeySigning | KeylessSigning,
    ): Promise<{ readonly image: MadeImage; readonly name: string }> {
      repositories += 1;
      const repository = openTestRepository(registry, `53/web${repositories}`);
      const image = await makeImage('hello', { repository });
      images.push(image);
      const name = `${registry.host}/53/web${repositories}`;
      await signImages(repository, await openSigner(settings, context), name, image.requests);
      return { image, name };
    }

    /** Runs cosign far from the machine's own settings. Gives what it wrote when it fails. */
    async function cosign(program: string, args: readonly string[], environment: object = {}): Promise<string> {
      const env = { ...process.env, HOME: folder, COSIGN_PASSWORD: 'secret', ...environment };
      const { code, stdout, stderr } = await capture(program, args, { env, cwd: folder });
      return code === 0 ? 'good' : `${stdout}${stderr}`;
    }

    /** Verifies the signature and each attestation of the index and of its images with one version of cosign. */
    async function verifyAll(
      program: string,
      { image, name }: Awaited<ReturnType<typeof publish>>,
      args: readonly string[],
      environment = {},
    ): Promise<void> {
      const [index, ...manifests] = image.requests.map(({ subject }) => `${name}@${subject.digest}`);
      for (const reference of [`${name}:8.4`, index ?? '', ...manifests]) {
        expect(await cosign(program, ['verify', ...args, reference], environment)).toBe('good');
      }
      for (const reference of [`${name}:8.4`, ...manifests]) {
        for (const type of types) {
          const attested = await cosign(
            program,
            ['verify-attestation', '--type', type, ...args, reference],
            environment,
          );
          expect(attested).toBe('good');
        }
      }
    }

    function pem(key: KeyObject): string {
      return key.export({ type: 'pkcs8', format: 'pem' }).toString();
    }

    it.each<[string, SignatureForm, () => { privateKey: KeyObject; publicKey: KeyObject }]>([
      ['on P-256, as bundles', 'bundle', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
      ['on P-256, under tags', 'tags', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
      ['on P-256, both', 'both', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
      ['of RSA, as bundles', 'bundle', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
      ['of RSA, under tags', 'tags', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
      ['Ed25519, as bundles', 'bundle', () => generateKeyPairSync('ed25519')],
      ['Ed25519, under tags', 'tags', () => generateKeyPairSync('ed25519')],
    ])('with a key %s', async (title, form, generate) => {
      const { privateKey, publicKey } = generate();
      const name = `${title.replaceAll(/\W+/g, '-')}.pub`;
      writeFileSync(file(name), publicKeyPem(publicKey));
      const published = await publish({ kind: 'key', privateKey: pem(privateKey), form });
      const args = ['--key', name, '--insecure-ignore-tlog', '--trusted-root', 'nobody.json'];
      for (const program of versions) await verifyAll(program, published, args);
    });

    it('with a key that cosign made, and not with another', async () => {
      for (const prefix of ['mine', 'other']) {
        expect(await cosign('cosign', ['generate-key-pair', '--output-key-prefix', prefix])).toBe('good');
      }
      const privateKey = readFileSync(file('mine.key'), 'utf8');
      const published = await publish({ kind: 'key', privateKey, password: 'secret' });
      const args = ['--insecure-ignore-tlog', '--trusted-root', 'nobody.json', `${published.name}:8.4`];
      for (const program of versions) {
        expect(await cosign(program, ['verify', '--key', 'mine.pub', ...args])).toBe('good');
        expect(await cosign(program, ['verify', '--key', 'other.pub', ...args])).not.toBe('good');
      }
    });

    it('with a key, entered in a log', async () => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      writeFileSync(file('logged.pub'), publicKeyPem(publicKey));
      const published = await publish({ kind: 'key', privateKey: pem(privateKey), rekorUrl: sigstore.url });
      for (const program of versions) {
        await verifyAll(program, published, ['--key', 'logged.pub', '--trusted-root', 'root.json']);
      }
    });

    it.each<[string, Partial<KeylessSigning>, readonly string[]]>([
      ['in a log', {}, []],
      ['in a log, with a timestamp', { tsaUrl: 'here' }, ['--use-signed-timestamps']],
      [
        'with a timestamp and no log',
        { tsaUrl: 'here', rekorUrl: 'none' },
        ['--use-signed-timestamps', '--insecure-ignore-tlog'],
      ],
    ])('with an identity, %s', async (_, more, flags) => {
      const { url, issuer } = sigstore;
      const published = await publish({
        kind: 'keyless',
        identityToken: sigstore.token('dev@example.com'),
        fulcioUrl: url,
        rekorUrl: more.rekorUrl ?? url,
        tsaUrl: more.tsaUrl === undefined ? undefined : url,
      });
      const who = ['--certificate-identity', 'dev@example.com', '--certificate-oidc-issuer', issuer];
      const args = ['--trusted-root', 'root.json', ...who, ...flags];
      for (const program of versions) await verifyAll(program, published, args);
      const other = ['--certificate-identity', 'eve@example.com', '--certificate-oidc-issuer', issuer];
      for (const program of versions) {
        const refused = await cosign(program, [
          'verify',
          '--trusted-root',
          'root.json',
          ...other,
          ...flags,
          `${published.name}:8.4`,
        ]);
        expect(refused).toMatch(/certificate identity/);
      }
    });

    it('with an identity, under tags', async () => {
      const { url, issuer } = sigstore;
      const identityToken = sigstore.token('dev@example.com');
      const published = await publish({ kind: 'keyless', identityToken, fulcioUrl: url, rekorUrl: url, form: 'tags' });
      const args = ['--certificate-identity', 'dev@example.com', '--certificate-oidc-issuer', issuer];
      const environment = {
        SIGSTORE_ROOT_FILE: file('authority.pem'),
        SIGSTORE_REKOR_PUBLIC_KEY: file('log.pem'),
        SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: file('promises.pem'),
      };
      for (const program of versions) await verifyAll(program, published, args, environment);
    });

    it('with an identity, through a whole publish from a plan', async () => {
      const { url, issuer } = sigstore;
      const world = await openSmallWorld();
      try {
        const creator = world.creator({
          environment: {
            PRIVATE_IMAGE_REGISTRY: `http://${registry.host}/team`,
            PRIVATE_IMAGE_SIGNING: 'keyless',
            PRIVATE_IMAGE_IDENTITY_TOKEN: sigstore.token('dev@example.com'),
            PRIVATE_IMAGE_FULCIO_URL: url,
            PRIVATE_IMAGE_REKOR_URL: url,
          },
        });
        const { digest } = await planImage(creator, requestFor({ architectures: ['amd64'], lines: ['8.4'] }));
        await publishImage(creator, digest, { owner: 'resource-1', traceId: 'trace-1' });
      } finally {
        await world.close();
      }
      const trust = ['--trusted-root', 'root.json', '--certificate-oidc-issuer', issuer, '--certificate-identity'];
      for (const program of versions) {
        const reference = `${registry.host}/team/53/web:8.4`;
        const args = [...trust, 'dev@example.com'];
        expect(await cosign(program, ['verify', ...args, reference])).toBe('good');
        for (const type of types) {
          expect(await cosign(program, ['verify-attestation', '--type', type, ...args, reference])).toBe('good');
        }
        const refused = await cosign(program, ['verify', ...trust, 'eve@example.com', reference]);
        expect(refused).toMatch(/certificate identity/);
      }
    });

    it('and what cosign signs is verified here', async () => {
      expect(await cosign('cosign', ['generate-key-pair', '--output-key-prefix', 'theirs'])).toBe('good');
      writeFileSync(file('offline.json'), '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}');
      repositories += 1;
      const repository = openTestRepository(registry, `53/web${repositories}`);
      const image = await makeImage('hello', { repository, bare: true });
      images.push(image);
      const reference = `${registry.host}/53/web${repositories}@${image.index.digest}`;
      const trust = trustKey(publicKeyPem(readPublicKey(readFileSync(file('theirs.pub'), 'utf8'))));
      const requires = [predicateTypes.signature];
      const wrong = async (): Promise<string[]> => {
        const { faults } = await verifyImage(repository, '8.4', { trust, requires });
        return faults.map(({ code }) => code);
      };
      expect(await wrong()).toEqual(['signing/unsigned', 'signing/unsigned', 'signing/unsigned']);
      const newer = [
        'sign',
        '--yes',
        '--key',
        'theirs.key',
        '--signing-config',
        'offline.json',
        '--recursive',
        reference,
      ];
      expect(await cosign('cosign', newer)).toBe('good');
      expect(await wrong()).toEqual([]);
      const older = ['sign', '--yes', '--key', 'theirs.key', '--tlog-upload=false', '--recursive', reference];
      expect(await cosign('cosign-v2', older)).toBe('good');
      const { signatures, faults } = await verifyImage(repository, '8.4', { trust, requires });
      expect(faults).toEqual([]);
      expect(signatures.map(({ form }) => form).sort()).toEqual(['bundle', 'bundle', 'bundle', 'sig', 'sig', 'sig']);
    });
  },
);
