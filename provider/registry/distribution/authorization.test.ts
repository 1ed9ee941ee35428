import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startMemoryRegistry } from '../../../tests/registry/memory-registry.js';
import type { Interceptor, MemoryRegistry } from '../../../tests/registry/memory-registry.js';
import { openTestRepository } from '../../../tests/registry/open-test-repository.js';
import { putContent, putSampleImage } from '../../../tests/registry/sample-image.js';
import { startTokenServer } from '../../../tests/registry/token-server.js';
import type { TokenServer, TokenServerOptions } from '../../../tests/registry/token-server.js';
import { describeError } from '../../support/errors.js';
import type { Credential } from '../credentials/credential.js';

const cleanups: (() => Promise<unknown>)[] = [];
const me = { user: 'me', password: 'very secret' };
const password: Credential = { kind: 'password', username: me.user, password: me.password };

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(before: Interceptor): Promise<MemoryRegistry> {
  const registry = await startMemoryRegistry({ before });
  cleanups.push(() => registry.close());
  return registry;
}

/** A registry that wants a password. */
function withPassword(): Promise<MemoryRegistry> {
  const wanted = `Basic ${Buffer.from(`${me.user}:${me.password}`).toString('base64')}`;
  return start((request, response) => {
    if (request.headers.authorization === wanted) return false;
    response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end(request.headers.authorization);
    return true;
  });
}

/** A registry that wants tokens for what is done, as `push` for a PUT. */
async function withTokens(options: TokenServerOptions = me): Promise<[MemoryRegistry, TokenServer]> {
  const tokens = await startTokenServer(options);
  cleanups.push(() => tokens.close());
  const registry = await start((request, response) => {
    const name = /^\/v2\/(.+?)\/(?:blobs|manifests|tags|referrers)/u.exec(request.url ?? '')?.[1] ?? '';
    const action = ['GET', 'HEAD'].includes(request.method ?? '')
      ? 'pull'
      : request.method === 'DELETE' && !(request.url ?? '').includes('uploads')
        ? 'delete'
        : 'push';
    const scopes = tokens.tokens.get((request.headers.authorization ?? '').replace('Bearer ', '')) ?? [];
    const isAllowed = scopes.some((scope) => {
      const [, repository, actions = ''] = scope.split(':');
      return repository === name && actions.split(',').includes(action);
    });
    if (isAllowed) return false;
    const scope = `repository:${name}:${action}`;
    const challenge = `Negotiate, Bearer realm="${tokens.realm}",service="test",scope="${scope}"`;
    response.writeHead(401, { 'www-authenticate': challenge }).end();
    return true;
  });
  return [registry, tokens];
}

describe('a registry with a password', () => {
  it('is told nothing before it asks, and gets the password from then on', async () => {
    const registry = await withPassword();
    const credentials = [{ place: registry.host, credential: password }];
    await putSampleImage(openTestRepository(registry, 'team/web', { credentials }), 'one');
    expect(registry.headers.map(({ authorization }) => authorization === undefined).indexOf(false)).toBe(1);
    expect(registry.headers.slice(1).every(({ authorization }) => authorization?.startsWith('Basic '))).toBe(true);
  });

  it('that does not take it is told apart from one that has none of it, and nothing is repeated', async () => {
    const registry = await withPassword();
    const wrong: Credential = { kind: 'password', username: 'me', password: 'wrong secret' };
    const repository = openTestRepository(registry, 'web', {
      credentials: [{ place: registry.host, credential: wrong }],
    });
    const error: unknown = await repository.tags().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'registry/unauthorized', data: { status: 401, method: 'GET' } });
    const text = `${describeError(error)} ${JSON.stringify((error as { data: unknown }).data)}`;
    expect(text).not.toContain('wrong secret');
    expect(text).not.toContain(Buffer.from('me:wrong secret').toString('base64'));
    await expect(openTestRepository(registry, 'web').tags()).rejects.toMatchObject({
      code: 'registry/unauthorized',
      hint: expect.stringContaining('docker login'),
    });
  });

  it('gets what the files of docker hold now, not what they held', async () => {
    const registry = await withPassword();
    const folder = await mkdtemp(path.join(tmpdir(), 'docker-'));
    cleanups.push(() => rm(folder, { recursive: true }));
    const repository = openTestRepository(registry, 'web', { environment: { DOCKER_CONFIG: folder } });
    await expect(repository.tags()).rejects.toMatchObject({ code: 'registry/unauthorized' });
    const auth = Buffer.from(`${me.user}:${me.password}`).toString('base64');
    await writeFile(
      path.join(folder, 'config.json'),
      JSON.stringify({ auths: { [`https://${registry.host}/v1/`]: { auth } } }),
    );
    expect(await repository.tags()).toEqual([]);
  });
});

describe('a registry with a token server', () => {
  it('gets a token for what is done, and few of them', async () => {
    const [registry, tokens] = await withTokens();
    const credentials = [{ place: registry.host, credential: password }];
    const repository = openTestRepository(registry, 'team/web', { credentials });
    const image = await putSampleImage(repository, 'one');
    await repository.tag([{ tag: 'latest', digest: image.digest }]);
    await repository.tags();
    expect(tokens.asked).toEqual(['GET me repository:team/web:pull', 'GET me repository:team/web:pull,push']);
    await repository.deleteManifests([image.digest]);
    expect(tokens.asked).toHaveLength(3);
    expect(registry.headers.every(({ authorization }) => authorization?.startsWith('Basic ') !== true)).toBe(true);
  });

  it('asks for both repositories of a mount, and lives with getting one', async () => {
    const [registry, tokens] = await withTokens();
    const credentials = [{ place: registry.host, credential: password }];
    const blob = await putContent(openTestRepository(registry, 'base', { credentials }), 'content');
    const before = tokens.asked.length;
    const other = openTestRepository(registry, 'web', { credentials });
    const unread = (): AsyncIterable<Uint8Array> => {
      throw new Error('is not read');
    };
    await other.putBlob(blob, unread, { mountFrom: ['base'] });
    expect(tokens.asked.slice(before).at(-1)).toBe('GET me repository:base:pull repository:web:pull,push');
  });

  it('takes a refresh token as a form, and no password', async () => {
    const [registry, tokens] = await withTokens({ ...me, refreshToken: 'refresh me' });
    const credentials = [{ place: registry.host, credential: { kind: 'identity', token: 'refresh me' } as const }];
    await putContent(openTestRepository(registry, 'web', { credentials }), 'content');
    expect(new Set(tokens.asked.map((asked) => asked.split(' ', 2).join(' ')))).toEqual(new Set(['POST me']));
  });

  it('is asked again when a token is no good any more', async () => {
    const [registry, tokens] = await withTokens();
    const credentials = [{ place: registry.host, credential: password }];
    const repository = openTestRepository(registry, 'web', { credentials });
    await putContent(repository, 'one');
    tokens.revoke();
    await putContent(repository, 'two');
    expect(registry.repository('web').blobs.size).toBe(2);
  });

  it('is shown the credentials of now when it no longer takes those of before', async () => {
    const owner = { ...me };
    const [registry] = await withTokens(owner);
    const folder = await mkdtemp(path.join(tmpdir(), 'docker-'));
    cleanups.push(() => rm(folder, { recursive: true }));
    const logIn = (secret: string): Promise<void> => {
      const auth = Buffer.from(`${me.user}:${secret}`).toString('base64');
      return writeFile(path.join(folder, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    };
    await logIn(me.password);
    const repository = openTestRepository(registry, 'web', { environment: { DOCKER_CONFIG: folder } });
    expect(await repository.tags()).toEqual([]);
    owner.password = 'the next secret';
    await expect(putContent(repository, 'one')).rejects.toMatchObject({ code: 'registry/unauthorized' });
    await logIn(owner.password);
    await Promise.all([putContent(repository, 'two'), putContent(repository, 'three')]);
    expect(registry.repository('web').blobs.size).toBe(2);
  });

  it.each<[string, Credential | undefined]>([
    ['wrong credentials', { kind: 'password', username: 'me', password: 'wrong secret' }],
    ['a spent refresh token', { kind: 'identity', token: 'wrong secret' }],
    ['no credentials', undefined],
  ])('with %s is said so', async (_, credential) => {
    const [registry] = await withTokens();
    const credentials = credential === undefined ? [] : [{ place: registry.host, credential }];
    const error: unknown = await openTestRepository(registry, 'web', { credentials })
      .tags()
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'registry/unauthorized' });
    expect(describeError(error)).not.toContain('wrong secret');
  });
});
