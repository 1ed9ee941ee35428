import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/fixtures/error-of.js';
import { type SigstoreServer, startSigstore } from '../../tests/signing/sigstore-server.js';
import { fetchPublicRoot, readTrustedRoot, trustKey } from './trust.js';

describe('a trusted root', () => {
  let sigstore: SigstoreServer;
  beforeAll(async () => {
    sigstore = await startSigstore();
  });
  afterAll(() => sigstore.close());

  it('is read with all its authorities and logs', () => {
    const root = readTrustedRoot(sigstore.trustedRoot());
    expect(root.tlogs.map(({ baseURL }) => baseURL)).toEqual([sigstore.url]);
    expect(root.ctlogs).toHaveLength(1);
    expect(root.certificateAuthorities.map(({ certChain }) => certChain.length)).toEqual([2]);
    expect(root.timestampAuthorities.map(({ certChain }) => certChain.length)).toEqual([2]);
  });

  it.each<[string, (json: string) => string]>([
    ['is no JSON', (json) => json.slice(1)],
    ['is of another type', (json) => json.replace('trustedroot', 'signingconfig')],
    ['has a key that is none', (json) => json.replaceAll(/"rawBytes":"MF/g, '"rawBytes":"AA')],
    ['has a certificate that is none', (json) => json.replaceAll(/"rawBytes":"MII/g, '"rawBytes":"AAA')],
    ['has a time that is none', (json) => json.replace(/"start":"2/, '"start":"x2')],
  ])('is refused when it %s', (_, change) => {
    const spoiled = change(sigstore.trustedRoot());
    expect(() => readTrustedRoot(spoiled)).toThrow(expect.objectContaining({ code: 'signing/bad-trusted-root' }));
  });

  it('that cannot be fetched is an error with a name', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'root-'));
    const error = await errorOf(fetchPublicRoot(folder, `${sigstore.url}/nothing`));
    expect(error.code).toBe('signing/bad-trusted-root');
    await rm(folder, { recursive: true, force: true });
  });
});

it('trust in a key needs a public key', () => {
  expect(() => trustKey('cosign.pub')).toThrow(expect.objectContaining({ code: 'signing/bad-key' }));
});
