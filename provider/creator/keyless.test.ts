/** Images that are signed with an identity, from the plan to the verification, with an instance of sigstore of the test's own. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/fixtures/error-of.js';
import { openSmallWorld, requestFor, type SmallWorld } from '../../tests/fixtures/small-world.js';
import { incompleteImages } from '../../tests/registry/complete-image.js';
import { type MemoryRegistry, startMemoryRegistry } from '../../tests/registry/memory-registry.js';
import { impatience } from '../../tests/registry/open-test-repository.js';
import { type SigstoreServer, startSigstore } from '../../tests/signing/sigstore-server.js';
import { runProgram } from '../cli/program.js';
import { planImage } from './plan-image.js';
import { publishImage } from './publish-image.js';
import type { PublishedImage } from './published.js';

const claim = { owner: 'resource-1', traceId: 'trace-1' };
/** Nobody listens there. */
const nowhere = 'http://127.0.0.1:1';
let world: SmallWorld;
let registry: MemoryRegistry;
let sigstore: SigstoreServer;

beforeEach(async () => {
  [world, registry, sigstore] = await Promise.all([openSmallWorld(), startMemoryRegistry(), startSigstore()]);
});
afterEach(async () => {
  await Promise.all([registry.close(), sigstore.close()]);
  await world.close();
});

type Variables = Readonly<Record<string, string>>;

function settings(changes: Variables = {}): Variables {
  return {
    PRIVATE_IMAGE_REGISTRY: `http://${registry.host}/team`,
    PRIVATE_IMAGE_SIGNING: 'keyless',
    PRIVATE_IMAGE_FULCIO_URL: sigstore.url,
    PRIVATE_IMAGE_REKOR_URL: sigstore.url,
    SIGSTORE_ID_TOKEN: sigstore.token('dev@example.com'),
    ...changes,
  };
}

async function publish(packages: readonly string[], changes: Variables = {}): Promise<PublishedImage> {
  const creator = world.creator({ environment: settings(changes), registryManners: { patience: impatience } });
  const { digest } = await planImage(creator, requestFor({ architectures: ['amd64'], packages }));
  return publishImage(creator, digest, claim);
}

/** What `private-image verify` ends with, and what it says. */
async function verify(tag: string, identity = 'dev@example.com'): Promise<{ code: number; text: string }> {
  let text = '';
  const root = await world.file('root.json', sigstore.trustedRoot());
  const who = [
    '--certificate-identity',
    identity,
    '--certificate-oidc-issuer',
    sigstore.issuer,
    '--trusted-root',
    root,
  ];
  const code = await runProgram(['verify', `${registry.host}/team/53/web:${tag}`, ...who], {
    environment: world.environment({ environment: { PRIVATE_IMAGE_INSECURE_REGISTRIES: registry.host } }),
    workingDirectory: world.folder,
    home: world.folder,
    clock: () => world.now,
    signal: new AbortController().signal,
    write: (written) => (text += written),
    writeError: (written) => (text += written),
    isTerminal: false,
  });
  return { code, text };
}

function tags(): Readonly<Record<string, string>> {
  return Object.fromEntries(registry.repository('team/53/web').tags);
}

describe('an image that is signed with an identity', () => {
  it('has one certificate for all its lines, is verified, and is not signed again', async () => {
    const image = await publish([]);
    expect(image.status).toBe('created');
    const requests = Object.fromEntries(sigstore.requests);
    // Two lines, each with an index and an image, of which four things are said.
    expect(requests).toEqual({ '/api/v2/signingCert': 1, '/api/v1/log/entries': 16 });
    for (const tag of ['8.2', 'latest']) expect(await verify(tag)).toMatchObject({ code: 0 });
    const other = await verify('latest', 'eve@example.com');
    expect(other).toMatchObject({ code: 1, text: expect.stringContaining('signing/untrusted-identity') as string });

    expect(await publish([])).toEqual(image);
    expect(Object.fromEntries(sigstore.requests)).toEqual(requests);
  }, 60_000);

  it.each<[string, () => Variables, string]>([
    [
      'the token has expired',
      () => ({ SIGSTORE_ID_TOKEN: expired(sigstore.token('dev@example.com')) }),
      'signing/no-identity',
    ],
    ['there is no token', () => ({ SIGSTORE_ID_TOKEN: '' }), 'signing/no-identity'],
    ['the token is refused', () => ({ SIGSTORE_ID_TOKEN: `${sigstore.token('dev@example.com')}x` }), 'signing/service'],
    ['the authority is away', () => ({ PRIVATE_IMAGE_FULCIO_URL: nowhere }), 'signing/service'],
    ['the log is away', () => ({ PRIVATE_IMAGE_REKOR_URL: nowhere }), 'signing/service'],
  ])(
    'keeps its tags where they are while %s, and follows once that is mended',
    async (_, trouble, code) => {
      await publish([]);
      const before = tags();
      const changes = trouble();
      const error = await errorOf(publish(['jq'], changes));
      expect(error).toMatchObject({
        code: 'image/no-line-built',
        data: { lines: { '8.2': { code }, '8.4': { code } } },
      });
      const token = changes['SIGSTORE_ID_TOKEN'] ?? settings()['SIGSTORE_ID_TOKEN']!;
      if (token !== '') expect(JSON.stringify([error, String(error)])).not.toContain(token);
      expect(tags()).toEqual(before);
      expect(incompleteImages(registry, 'team/53/web')).toEqual([]);
      expect(await verify('latest')).toMatchObject({ code: 0 });

      const image = await publish(['jq']);
      expect(tags()['latest']).toBe(image.latest);
      expect(tags()['latest']).not.toBe(before['latest']);
      expect(incompleteImages(registry, 'team/53/web')).toEqual([]);
      for (const tag of ['8.2', 'latest']) expect(await verify(tag)).toMatchObject({ code: 0 });
    },
    120_000,
  );
});

/** The same token, past its term. */
function expired(token: string): string {
  const [head, payload = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as object;
  return [head, Buffer.from(JSON.stringify({ ...claims, exp: 1 })).toString('base64url'), signature].join('.');
}
