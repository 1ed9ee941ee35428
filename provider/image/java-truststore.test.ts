import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { X509Certificate } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { addToTruststore } from './java-truststore.js';

const [first, second] = rootCertificates.map((pem) => new X509Certificate(pem).raw);
const keytool = ['/usr/bin/keytool'].find((file) => existsSync(file));
/** A store without entries, as every Java since 1.2 writes it. */
const empty = Buffer.from('feedfeed0000000200000000e2686e45fb43dfa4d992dd41ceb6b21c6330d792', 'hex');

function entry(alias: string, certificate = first): { readonly alias: string; readonly certificate: Buffer } {
  return { alias, certificate: certificate ?? Buffer.alloc(0) };
}

describe('a Java key store', () => {
  it.runIf(keytool !== undefined)('is what keytool reads, with all that has been added', async () => {
    const one = addToTruststore(empty, [entry('Mine')], 86_400, 'cacerts');
    const two = addToTruststore(one, [entry('another', second)], 0, 'cacerts');
    const folder = await mkdtemp(path.join(os.tmpdir(), 'truststore-'));
    try {
      const file = path.join(folder, 'cacerts');
      await writeFile(file, two);
      const list = ['-list', '-storetype', 'JKS', '-storepass', 'changeit', '-keystore', file];
      const { stdout } = spawnSync(keytool ?? '', list, { encoding: 'utf8', env: { LC_ALL: 'C', TZ: 'UTC' } });
      expect(stdout).toContain('2 entries');
      expect(stdout).toMatch(/mine, .*1970, trustedCertEntry/);
      expect(stdout).toContain(new X509Certificate(second ?? '').fingerprint256);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('has one entry for an alias, and does not depend on the order of additions', () => {
    const ab = addToTruststore(empty, [entry('a'), entry('b', second)], 5, 'x');
    expect(addToTruststore(empty, [entry('b', second), entry('a')], 5, 'x')).toEqual(ab);
    expect(addToTruststore(ab, [entry('A')], 5, 'x')).toEqual(ab);
    expect(addToTruststore(ab, [], 9, 'x')).toEqual(ab);
  });

  it('can be made of nothing', () => {
    expect(addToTruststore(undefined, [], 5, 'x')).toEqual(empty);
    expect(addToTruststore(undefined, [entry('a')], 5, 'x')).toEqual(addToTruststore(empty, [entry('a')], 5, 'x'));
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another password', Buffer.concat([empty.subarray(0, 12), Buffer.alloc(20)])],
    ['something else', Buffer.from('a'.repeat(64))],
  ])('is not %s', (_, store) => {
    expect(() => addToTruststore(store, [], 0, 'etc/cacerts')).toThrow(
      expect.objectContaining({ code: 'image/bad-certificate' }) as Error,
    );
  });
});
