import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { addressRule } from '../../provider/support/address-rule.js';
import { tokenServer } from '../../provider/registry/distribution/tokens.js';
import type { PlacedCredential } from '../../provider/registry/credentials/credential.js';
import { digestOf } from '../../provider/support/digest.js';
import { startMemoryRegistry } from '../registry/memory-registry.js';
import type { Interceptor, MemoryRegistry } from '../registry/memory-registry.js';
import { openTestRepository } from '../registry/open-test-repository.js';
import { bytesIn, manifestType, putContent } from '../registry/sample-image.js';

const cleanups: (() => Promise<unknown>)[] = [];
const credential = { kind: 'password', username: 'me', password: 'very secret' } as const;
const content = Buffer.from('a layer');
const blob = { digest: digestOf(content), size: content.length };

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A server that notes what it is asked. */
async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}`, requests };
}

async function start(before: Interceptor): Promise<[MemoryRegistry, readonly PlacedCredential[]]> {
  const registry = await startMemoryRegistry({ before });
  cleanups.push(() => registry.close());
  return [registry, [{ place: registry.host, credential }]];
}

function challenge(header: string): Interceptor {
  return (request, response) => {
    if (request.headers.authorization?.startsWith('Bearer ') === true) return false;
    if (request.url?.startsWith('/token') === true) {
      response.end('{"token":"here"}');
      return true;
    }
    response.writeHead(401, { 'www-authenticate': header }).end();
    return true;
  };
}

/** Wants a password, and sends whoever has it elsewhere for what `pattern` matches. */
function sendElsewhere(pattern: RegExp, status: number, location: string): Interceptor {
  return (request, response) => {
    if (request.headers.authorization === undefined)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    else if (pattern.test(`${request.method ?? ''} ${request.url ?? ''}`))
      response.writeHead(status, { location }).end();
    else return false;
    return true;
  };
}

describe('group 14: where a registry sends us', () => {
  it('a realm on the same host and port works', async () => {
    const [registry, credentials] = await start((request, response, index) =>
      challenge(`Bearer realm="http://${request.headers.host ?? ''}/token",service="s"`)(request, response, index),
    );
    await putContent(openTestRepository(registry, 'web', { credentials }), content);
    expect(registry.repository('web').blobs.has(blob.digest)).toBe(true);
  });

  it('a realm on another host without TLS gets nothing', async () => {
    const other = await serve((_, response) => void response.end('{"token":"x"}'));
    const [registry, credentials] = await start(challenge(`Bearer realm="http://localhost:${other.port}/token"`));
    const repository = openTestRepository(registry, 'web', { credentials });
    await expect(repository.tags()).rejects.toMatchObject({ code: 'registry/redirect' });
    expect(other.requests).toEqual([]);
  });

  it.each([
    'http://169.254.169.254/latest/meta-data',
    'https://169.254.169.254/latest/meta-data',
    'https://[fe80::1]/token',
    'https://[::ffff:169.254.169.254]/token',
    'https://10.0.0.1/token',
    'file:///etc/passwd',
    'https://a.example/%0d%0aX',
    '',
  ])('a realm at %j is not asked', async (realm) => {
    const [registry, credentials] = await start(challenge(`Bearer realm="${realm}"`));
    const repository = openTestRepository(registry, 'web', { credentials });
    await expect(repository.tags()).rejects.toMatchObject({ code: 'registry/redirect' });
  });

  it('a realm does not lead down from https to http, and may be on another host with https', () => {
    const from = new URL('https://registry.example/v2/');
    expect(() => tokenServer('r', from, { realm: 'http://registry.example/token' })).toThrow(
      expect.objectContaining({ code: 'registry/redirect' }),
    );
    expect(tokenServer('r', from, { realm: 'https://auth.example/token' }).realm.host).toBe('auth.example');
  });

  it.each([301, 302, 303, 307, 308])('a download elsewhere (%i) goes without Authorization', async (status) => {
    const other = await serve((_, response) => void response.end(content));
    const [registry, credentials] = await start(sendElsewhere(/^GET .*blobs/u, status, `${other.url}/blob?signed=1`));
    const repository = openTestRepository(registry, 'web', { credentials });
    expect(await bytesIn(repository.getBlob(blob.digest))).toEqual(content);
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it.each([
    'http://169.254.169.254/x',
    'http://10.1.2.3/x',
    'http://[fd00:ec2::254]/x',
    'ftp://127.0.0.1/x',
    'http://0.0.0.0:1/\n',
  ])('a download at %j is refused', async (location) => {
    const [registry, credentials] = await start(
      sendElsewhere(/^GET .*blobs/u, 307, encodeURI(location).replace('%5B', '[').replace('%5D', ']')),
    );
    const repository = openTestRepository(registry, 'web', { credentials });
    await expect(bytesIn(repository.getBlob(blob.digest))).rejects.toMatchObject({ code: 'registry/redirect' });
  });

  it('an upload elsewhere goes without Authorization, and not inward', async () => {
    const other = await serve((request, response) => {
      request.resume().on('end', () => response.writeHead(201).end());
    });
    const [registry, credentials] = await start(sendElsewhere(/^POST/u, 202, `${other.url}/upload?state=1`));
    await openTestRepository(registry, 'web', { credentials }).putBlob(blob, async function* give() {
      yield content;
    });
    expect(other.requests.map(({ method, headers }) => [method, headers.authorization])).toEqual([['PUT', undefined]]);
    const [inward, also] = await start(sendElsewhere(/^POST/u, 202, 'http://169.254.169.254/upload'));
    await expect(putContent(openTestRepository(inward, 'web', { credentials: also }), content)).rejects.toMatchObject({
      code: 'registry/redirect',
    });
  });

  it('a challenge from where an upload goes gets no answer', async () => {
    const other = await serve((request, response) => {
      request.resume().on('end', () => response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end());
    });
    const [registry, credentials] = await start(sendElsewhere(/^POST/u, 202, `${other.url}/upload`));
    const repository = openTestRepository(registry, 'web', { credentials });
    await expect(putContent(repository, content)).rejects.toMatchObject({ code: 'registry/unauthorized' });
    expect(other.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('the addresses of a foreign layer are never asked', async () => {
    const other = await serve((_, response) => void response.writeHead(401).end());
    const [registry, credentials] = await start((request, response) => {
      if (request.headers.authorization !== undefined) return false;
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    });
    const layer = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      ...blob,
      urls: [`${other.url}/layer`],
    };
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', ...blob };
    const manifest = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config, layers: [layer] }),
    );
    registry.repository('web').manifests.set(digestOf(manifest), { content: manifest, mediaType: manifestType });
    registry.repository('web').tags.set('latest', digestOf(manifest));
    const repository = openTestRepository(registry, 'web', { credentials });
    await repository.getManifest('latest');
    await expect(bytesIn(repository.getBlob(blob.digest))).rejects.toMatchObject({ code: 'registry/missing' });
    expect(other.requests).toEqual([]);
  });

  it.each([
    ['https://registry.example', '127.0.0.1', false],
    ['https://registry.example', '10.0.0.1', false],
    ['https://registry.example', '169.254.169.254', false],
    ['https://registry.example', '::ffff:7f00:1', false],
    ['https://registry.example', '64:ff9b::a9fe:a9fe', false],
    ['https://registry.example', '93.184.215.14', true],
    ['http://10.0.0.9', '10.1.0.1', true],
    ['http://10.0.0.9', '127.0.0.1', false],
    ['http://localhost:5000', '127.0.0.1', true],
    ['http://localhost:5000', '::1', true],
    ['http://localhost:5000', '169.254.169.254', false],
    ['http://localhost:5000', '224.0.0.1', false],
  ])('from %s, a name that means %s when it is connected to: %s', (origin, address, allowed) => {
    const refusal = (host: string): Error => new Error(`refused ${host}`);
    const judge = (): void => addressRule(new URL(origin), refusal).judge(address, 'innocent.example', '443');
    if (allowed) expect(judge).not.toThrow();
    else expect(judge).toThrow('refused innocent.example:443');
  });
});
