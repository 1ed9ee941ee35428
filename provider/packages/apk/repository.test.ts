import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../store/open-store.js';
import { describeError, isPrivateImageError } from '../../support/errors.js';
import { createHttpClient } from '../../support/http-client.js';
import type { Progress } from '../../support/progress.js';
import { inlineTasks } from '../../support/tasks.js';
import { keyringOf } from './keyring.js';
import { openApkRepository } from './repository.js';
import type { ApkRepositoryOptions, ApkRepositoryTools } from './repository.js';
import { putArchive, recallArchive } from './stored-archive.js';
import { makeSigningKey } from './testing/apk-maker.js';
import { makeRepository } from './testing/apk-repository-maker.js';

const key = makeSigningKey('trusted.rsa.pub');
const other = makeSigningKey('other.rsa.pub');
const keyring = keyringOf([key.public]);
const http = createHttpClient({ patience: { attempts: 1, pause: 1 } });

interface Serving {
  readonly url: string;
  readonly requests: IncomingMessage[];
  readonly server: Server;
}

/** Serves a folder with ETags, to whoever has the credentials when some are asked for. */
async function serve(folder: string, authorization?: string): Promise<Serving> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    if (authorization !== undefined && request.headers.authorization !== authorization) {
      response.writeHead(401).end();
      return;
    }
    readFile(path.join(folder, request.url ?? '')).then(
      (bytes) => {
        const etag = `"${bytes.length}-${bytes.at(-20) ?? 0}-${bytes.at(-5) ?? 0}"`;
        if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
        else response.writeHead(200, { etag }).end(bytes);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, server };
}

describe('openApkRepository', () => {
  let root = '';
  let folder = '';
  let progress: Progress[] = [];
  const servers: Server[] = [];

  beforeEach(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'apk-repository-'));
    folder = path.join(root, 'repository');
    progress = [];
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) server.close();
    await rm(root, { recursive: true });
  });

  function tools(now = new Date(0)): ApkRepositoryTools {
    return {
      http,
      store: openStore(path.join(root, 'store')),
      tasks: inlineTasks,
      clock: () => now,
      report: (one) => progress.push(one),
    };
  }

  async function namesIn(
    options: Partial<ApkRepositoryOptions> & { readonly url: string },
  ): Promise<readonly string[]> {
    const index = await openApkRepository(tools(), { keyring, ...options }).index('amd64');
    return [...index.names()];
  }

  async function failureOf(options: Partial<ApkRepositoryOptions> & { readonly url: string }): Promise<string> {
    return namesIn(options).then(
      () => 'none',
      (error: unknown) => (isPrivateImageError(error) ? error.code : String(error)),
    );
  }

  it('reads a file: repository, and a path, for each architecture', async () => {
    const made = await makeRepository(folder, [{ name: 'a' }], { key, architectures: ['x86_64', 'aarch64'] });
    for (const url of [made.url, `${made.url}/`, folder]) {
      const repository = openApkRepository(tools(), { url, keyring });
      const [one] = (await repository.index('arm64')).get('a');
      expect(one).toMatchObject({ architecture: 'aarch64', archive: { url: `${made.url}/aarch64/a-1.0.0-r0.apk` } });
      expect((await repository.index('amd64')).get('a')[0]?.architecture).toBe('x86_64');
    }
  });

  it('reads an index once, and the next time asks whether it changed', async () => {
    await makeRepository(folder, [{ name: 'a' }], { key });
    const { url, requests, server } = await serve(folder);
    servers.push(server);
    const repository = openApkRepository(tools(), { url, keyring });
    expect(await repository.index('amd64')).toBe(await repository.index('amd64'));
    expect(requests).toHaveLength(1);
    expect(await namesIn({ url })).toEqual(['a']);
    expect(requests[1]?.headers['if-none-match']).toMatch(/^"/);
    await makeRepository(folder, [{ name: 'a' }, { name: 'b' }], { key });
    expect(await namesIn({ url })).toEqual(['a', 'b']);
    expect(await namesIn({ url, offline: true })).toEqual(['a', 'b']);
    expect(requests).toHaveLength(3);
  });

  it('fetches anew what has gone from the store', async () => {
    await makeRepository(folder, [{ name: 'a' }], { key });
    const { url, server } = await serve(folder);
    servers.push(server);
    await namesIn({ url });
    await rm(path.join(root, 'store', 'sha256'), { recursive: true });
    expect(await failureOf({ url, offline: true })).toBe('repository/not-stored');
    expect(await namesIn({ url })).toEqual(['a']);
  });

  it('does not use what nobody in the keyring signed, fetched or stored', async () => {
    const made = await makeRepository(folder, [{ name: 'a' }], { key: other });
    expect(await failureOf({ url: made.url })).toBe('repository/untrusted-key');
    expect(await namesIn({ url: made.url, keyring: keyringOf([other.public]) })).toEqual(['a']);
    expect(await failureOf({ url: made.url })).toBe('repository/untrusted-key');
    expect(await failureOf({ url: made.url, keyring: new Map() })).toBe('repository/untrusted-key');
  });

  it('does not use an unsigned index that another configuration allowed', async () => {
    const made = await makeRepository(folder, [{ name: 'a' }]);
    expect(await namesIn({ url: made.url, allowUnsigned: true })).toEqual(['a']);
    expect(await failureOf({ url: made.url })).toBe('repository/unsigned');
  });

  it('refuses an index that is older than one that was there', async () => {
    const url = (await makeRepository(folder, [{ name: 'a', version: '2-r0' }], { key, madeAt: 2000 })).url;
    await namesIn({ url });
    await makeRepository(folder, [{ name: 'a', version: '1-r0' }], { key, madeAt: 1000 });
    expect(await failureOf({ url })).toBe('repository/rolled-back');
    expect(progress).toEqual([]);
    expect(await namesIn({ url, allowOlder: true })).toEqual(['a']);
    expect(progress).toMatchObject([{ kind: 'warning', message: expect.stringContaining('older') }]);
    expect(await failureOf({ url })).toBe('repository/rolled-back');
  });

  it('says so when an index never gets newer', async () => {
    const { url } = await makeRepository(folder, [{ name: 'a' }], { key, madeAt: 86_400 });
    await openApkRepository(tools(new Date(400 * 86_400_000)), { url, keyring }).index('amd64');
    expect(progress).toMatchObject([{ kind: 'warning', message: expect.stringContaining('399 days') }]);
  });

  it.each([
    ['an architecture that is missing', 'x86_64', 404],
    ['a server that is away', undefined, undefined],
  ])('names the repository of %s', async (_, remove, status) => {
    await makeRepository(folder, [{ name: 'a' }], { key });
    const { url, server } = await serve(folder);
    if (remove === undefined) await new Promise((resolve) => server.close(resolve));
    else {
      await rm(path.join(folder, remove), { recursive: true });
      servers.push(server);
    }
    await expect(namesIn({ url })).rejects.toThrow(
      expect.objectContaining({
        code: 'repository/unreachable',
        message: expect.stringContaining(`${url} for x86_64`),
        data: expect.objectContaining(status === undefined ? {} : { status }),
      }),
    );
  });

  it('uses nothing that is stored when the server is away, unless it is told to', async () => {
    await makeRepository(folder, [{ name: 'a' }], { key });
    const { url, server } = await serve(folder);
    await namesIn({ url });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await failureOf({ url })).toBe('repository/unreachable');
    expect(await namesIn({ url, offline: true })).toEqual(['a']);
  });

  it('sends credentials, and keeps them out of URLs and errors', async () => {
    await makeRepository(folder, [{ name: 'a' }], { key });
    const { url, server } = await serve(folder, `Basic ${Buffer.from('joe:s3cret').toString('base64')}`);
    servers.push(server);
    const private_ = url.replace('//', '//joe:s3cret@');
    const repository = openApkRepository(tools(), { url: private_, keyring });
    const [one] = (await repository.index('amd64')).get('a');
    expect(JSON.stringify([one, repository.url, repository.title])).not.toContain('s3cret');
    const error: unknown = await namesIn({ url: url.replace('//', '//joe:wr0ng@') }).catch((caught: unknown) => caught);
    expect(isPrivateImageError(error, 'repository/unreachable')).toBe(true);
    expect(`${describeError(error)}${JSON.stringify(error)}`).not.toContain('wr0ng');
    for (const file of await readFacts(path.join(root, 'store', 'facts'))) expect(file).not.toContain('s3cret');
  });

  it('sends bearer tokens', async () => {
    await makeRepository(folder, [{ name: 'a' }], { key });
    const { url, server } = await serve(folder, 'Bearer t0ken');
    servers.push(server);
    expect(await namesIn({ url, headers: { authorization: 'Bearer t0ken' } })).toEqual(['a']);
    expect(await failureOf({ url })).toBe('repository/unreachable');
  });

  it('refuses a damaged index, and a page that is none', async () => {
    const made = await makeRepository(folder, [{ name: 'a' }], { key });
    const file = path.join(folder, 'x86_64', 'APKINDEX.tar.gz');
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, -100));
    expect(await failureOf({ url: made.url })).toBe('repository/bad-signature');
    await writeFile(file, '<html>');
    expect(await failureOf({ url: made.url })).toBe('archive/malformed');
    await writeFile(file, bytes);
    expect(await failureOf({ url: made.url })).toBe('none');
  });

  describe('an archive', () => {
    it('is taken in and remembered by its checksum', async () => {
      const made = await makeRepository(folder, [{ name: 'a', files: { x: 'y' } }], { key });
      const { store } = tools();
      const [one] = (await openApkRepository(tools(), { url: made.url, keyring }).index('amd64')).get('a');
      if (one === undefined) throw new Error('no package');
      expect(await recallArchive(store, one)).toBeUndefined();
      const digest = await putArchive(store, (await http.get(one.archive.url)).body, one);
      expect(await recallArchive(store, one)).toBe(digest);
    });

    it('that was replaced under the same name is refused and not remembered', async () => {
      const made = await makeRepository(folder, [{ name: 'a', files: { x: 'y' } }], { key });
      const [one] = (await openApkRepository(tools(), { url: made.url, keyring }).index('amd64')).get('a');
      if (one === undefined) throw new Error('no package');
      const replaced = await makeRepository(path.join(root, 'evil'), [{ name: 'a', files: { x: 'z' } }], { key });
      const { store } = tools();
      const evil = replaced.archives[0];
      if (evil === undefined) throw new Error('no archive');
      const ofItsSize = { ...one, archive: { ...one.archive, size: evil.bytes.length } };
      const body = async (): Promise<AsyncIterable<Uint8Array>> =>
        (await http.get(`${replaced.url}/x86_64/${evil.fileName}`)).body;
      await expect(putArchive(store, await body(), ofItsSize)).rejects.toThrow(
        expect.objectContaining({ code: 'archive/checksum-mismatch' }),
      );
      const { body: right } = await http.get(one.archive.url);
      await expect(putArchive(store, right, { ...one, archive: { ...one.archive, size: 1 } })).rejects.toThrow(
        expect.objectContaining({ code: 'store/mismatch' }),
      );
      expect(await recallArchive(store, one)).toBeUndefined();
    });
  });
});

async function readFacts(folder: string): Promise<readonly string[]> {
  const { readdir } = await import('node:fs/promises');
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    files.filter((one) => one.isFile()).map((one) => readFile(path.join(one.parentPath, one.name), 'utf8')),
  );
}
