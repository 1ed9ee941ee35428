import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startHttpsRegistry } from '../../../tests/registry/https-registry.js';
import { startMemoryRegistry } from '../../../tests/registry/memory-registry.js';
import type { MemoryRegistry } from '../../../tests/registry/memory-registry.js';
import { impatience } from '../../../tests/registry/open-test-repository.js';
import { makeCertificate } from '../../../tests/registry/real-registry.js';
import type { CertificatePair } from '../../../tests/registry/real-registry.js';
import { contentOf, putSampleImage } from '../../../tests/registry/sample-image.js';
import { missingProgram } from '../../../tests/setup/containers.js';
import { digestOf } from '../../support/digest.js';
import type { Repository } from '../registry.js';
import { openRegistry } from './open-registry.js';
import type { RegistryOptions } from './open-registry.js';
import { parseRegistryReference } from './reference.js';

const missing = missingProgram('openssl');
const cleanups: (() => Promise<unknown>)[] = [];

function open(registry: MemoryRegistry, options: Partial<RegistryOptions>, protocol = 'https'): Repository {
  const place = parseRegistryReference(`${protocol}://${registry.host}`);
  return openRegistry(place, { environment: {}, patience: { ...impatience, attempts: 1 }, ...options }).repository(
    'web',
  );
}

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

describe.skipIf(missing !== undefined)(`TLS${missing === undefined ? '' : ` (${missing})`}`, () => {
  let folder: string;
  let server: CertificatePair;
  let client: CertificatePair;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'tls-'));
    server = makeCertificate(folder, 'server');
    client = makeCertificate(folder, 'client');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function start(clientCa?: string): Promise<MemoryRegistry> {
    const registry = await startHttpsRegistry(server, clientCa);
    cleanups.push(() => registry.close());
    return registry;
  }

  it('takes a file, piece by piece from one buffer', async () => {
    const registry = await start();
    const bytes = randomBytes(3_000_000);
    const file = path.join(folder, 'blob');
    await writeFile(file, bytes);
    const blob = { digest: digestOf(bytes), size: bytes.length };
    await open(registry, { ca: server.certificate }).putBlob(blob, contentOf(''), { file });
    expect(registry.repository('web').blobs.get(blob.digest)?.equals(bytes)).toBe(true);
  });

  /** Folders as docker and podman have them. */
  async function certificates(host: string, files: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    const place = path.join(folder, host.replace(':', '-'), '.config', 'containers', 'certs.d', host);
    await mkdir(place, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(place, name), text);
    return { HOME: path.join(folder, host.replace(':', '-')) };
  }

  it('with a certificate of nobody known is refused, with a hint and without a second try', async () => {
    await expect(open(await start(), {}).tags()).rejects.toMatchObject({
      code: 'registry/unavailable',
      hint: expect.stringContaining('registryCertificates'),
      data: { temporary: false },
    });
  });

  it('with an authority that is given, in a folder or in the environment is trusted', async () => {
    const registry = await start();
    await putSampleImage(open(registry, { ca: server.certificate }), 'one');
    const environment = await certificates(registry.host, { 'ca.crt': server.certificate });
    expect(await open(registry, { environment }).tags()).toEqual([]);
    const file = path.join(folder, 'server.crt');
    expect(await open(registry, { environment: { SSL_CERT_FILE: file } }).tags()).toEqual([]);
  });

  it('with a certificate of ours, given or in a folder, is let in', async () => {
    const registry = await start(client.certificate);
    const ca = server.certificate;
    await expect(open(registry, { ca }).tags()).rejects.toMatchObject({ code: 'registry/unavailable' });
    const given = { ca, certificate: client.certificate, key: client.key };
    expect(await open(registry, given).tags()).toEqual([]);
    const files = { 'ca.crt': ca, 'client.cert': client.certificate, 'client.key': client.key };
    const environment = await certificates(registry.host, files);
    expect(await open(registry, { environment }).tags()).toEqual([]);
  });

  it('goes through a proxy, and not for what the environment excepts', async () => {
    const registry = await start();
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on('connect', (request, socket: Socket) => {
      asked.push(request.url ?? '');
      const tunnel = connect(Number(registry.host.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        tunnel.pipe(socket).pipe(tunnel);
      });
      tunnel.on('error', () => socket.destroy());
      socket.on('error', () => tunnel.destroy());
      cleanups.push(async () => tunnel.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    cleanups.push(async () => proxy.close());
    const HTTPS_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const ca = server.certificate;
    await putSampleImage(open(registry, { ca, environment: { HTTPS_PROXY } }), 'one');
    expect(new Set(asked)).toEqual(new Set([registry.host]));
    asked.length = 0;
    for (const NO_PROXY of ['127.0.0.1', '127.0.0.0/8']) {
      expect(await open(registry, { ca, environment: { HTTPS_PROXY, NO_PROXY } }).tags()).toEqual([]);
    }
    expect(asked).toEqual([]);
  });
});

describe('a registry without TLS', () => {
  it('is not spoken to in clear unless asked for', async () => {
    const registry = await startMemoryRegistry();
    cleanups.push(() => registry.close());
    await expect(open(registry, {}).tags()).rejects.toMatchObject({
      code: 'registry/unavailable',
      hint: expect.stringContaining('insecureRegistries'),
      data: { temporary: false },
    });
    expect(await open(registry, {}, 'http').tags()).toEqual([]);
  });
});
