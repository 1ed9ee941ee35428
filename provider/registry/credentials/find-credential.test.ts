import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeError } from '../../support/errors.js';
import { authFiles } from './auth-file.js';
import { keysFor, normalizedKey } from './credential.js';
import type { FoundCredential } from './credential.js';
import { findCredential } from './find-credential.js';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'home-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const auth = (user: string, password: string): object => ({
  auth: Buffer.from(`${user}:${password}`).toString('base64'),
});
const found = (username: string, password: string): object => ({ kind: 'password', username, password });

async function write(file: string, content: unknown): Promise<void> {
  await mkdir(path.dirname(path.join(home, file)), { recursive: true });
  await writeFile(path.join(home, file), typeof content === 'string' ? content : JSON.stringify(content));
}

/** Makes the helper program `docker-credential-<name>` of a shell script. */
async function helper(name: string, script: string): Promise<void> {
  await mkdir(path.join(home, 'bin'), { recursive: true });
  await writeFile(path.join(home, 'bin', `docker-credential-${name}`), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function find(
  host = 'r.example:5000',
  repository = 'team/web',
  environment: Record<string, string> = {},
): Promise<FoundCredential> {
  const all = { HOME: home, PATH: `${path.join(home, 'bin')}:${process.env['PATH'] ?? ''}`, ...environment };
  return findCredential(host, repository, { given: [], environment: all, timeout: 5000 });
}

describe('credentials', () => {
  it('are none where there are no files', async () => {
    expect(await find()).toEqual({ credential: undefined, notes: [] });
  });

  it.each<[string, unknown, object | undefined]>([
    ['by host', { auths: { 'r.example:5000': auth('me', 'a:b') } }, found('me', 'a:b')],
    ['by address', { auths: { 'https://r.example:5000/v2/': auth('me', 'b') } }, found('me', 'b')],
    ['by user and password', { auths: { 'r.example:5000': { username: 'me', password: 'c' } } }, found('me', 'c')],
    [
      'by the most exact path',
      {
        auths: {
          'r.example:5000': auth('host', '1'),
          'r.example:5000/team': auth('team', '2'),
          'r.example:5000/team/we': auth('other', '3'),
        },
      },
      found('team', '2'),
    ],
    [
      'that are empty',
      { auths: { 'r.example:5000/team': {}, 'r.example:5000': auth('host', '1') } },
      found('host', '1'),
    ],
    ['of another port', { auths: { 'r.example': auth('me', 'x'), 'r.example:5001': auth('me', 'x') } }, undefined],
    [
      'that buy tokens',
      { auths: { 'r.example:5000': { auth: 'eA==', identitytoken: 't' } } },
      { kind: 'identity', token: 't' },
    ],
    ['that are a token', { auths: { 'r.example:5000': { registrytoken: 't' } } }, { kind: 'bearer', token: 't' }],
    [
      'in a file with other things',
      { credsStore: '', detachKeys: 'x', auths: { 'r.example:5000': auth('me', 'd') } },
      found('me', 'd'),
    ],
  ])('%s', async (_, file, expected) => {
    await write('.docker/config.json', file);
    expect((await find()).credential).toEqual(expected);
  });

  it('for Docker Hub stand under its old address', async () => {
    await write('.docker/config.json', { auths: { 'https://index.docker.io/v1/': auth('me', 'hub') } });
    expect((await find('docker.io', 'library/debian')).credential).toEqual(found('me', 'hub'));
  });

  it('for Docker Hub are not what docker keeps below that address to log in again with', async () => {
    const [address, empty] = ['https://index.docker.io/v1/', {}];
    const renewing = { [`${address}access-token`]: auth('me', 'old'), [`${address}refresh-token`]: auth('me', 'no') };
    for (const auths of [
      { [address]: auth('me', 'hub'), ...renewing },
      { ...renewing, [address]: auth('me', 'hub') },
      { [address]: auth('me', 'hub'), 'docker.io': empty },
    ]) {
      await write('.docker/config.json', { auths });
      expect((await find('docker.io', 'library/debian')).credential).toEqual(found('me', 'hub'));
    }
  });

  it('are looked for in the order of podman', async () => {
    await write('.docker/config.json', { auths: { 'r.example:5000': auth('docker', '1') } });
    expect((await find()).credential).toEqual(found('docker', '1'));
    await write('config/config.json', { auths: { 'r.example:5000': auth('moved', '2') } });
    const moved = { DOCKER_CONFIG: path.join(home, 'config') };
    expect((await find(undefined, undefined, moved)).credential).toEqual(found('moved', '2'));
    await write('.config/containers/auth.json', { auths: { 'r.example:5000': auth('podman', '3') } });
    expect((await find(undefined, undefined, moved)).credential).toEqual(found('podman', '3'));
    await write('run/containers/auth.json', { auths: { 'r.example:5000': auth('session', '4') } });
    const session = { ...moved, XDG_RUNTIME_DIR: path.join(home, 'run') };
    expect((await find(undefined, undefined, session)).credential).toEqual(found('session', '4'));
    await write('only.json', { auths: {} });
    const only = { ...session, REGISTRY_AUTH_FILE: path.join(home, 'only.json') };
    expect((await find(undefined, undefined, only)).credential).toBeUndefined();
    expect(authFiles({})).toEqual([]);
  });

  it('that are given come first', async () => {
    await write('.docker/config.json', { auths: { 'r.example/team': auth('file', '1') } });
    const credential = { kind: 'bearer', token: 'given' } as const;
    const sources = { given: [{ place: 'r.example', credential }], environment: { HOME: home }, timeout: 1000 };
    expect((await findCredential('r.example', 'team/web', sources)).credential).toEqual(credential);
  });

  it.each([
    ['no JSON', '{"auths": secret'],
    ['another form', '{"auths":{"r.example:5000":{"auth":["secret"]}}}'],
    ['no base64 of a pair', '{"auths":{"r.example:5000":{"auth":"c2VjcmV0"}}}'],
  ])('in a file with %s are an error that repeats nothing', async (_, text) => {
    await write('.docker/config.json', text);
    const error: unknown = await find().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'registry/bad-credentials' });
    expect(describeError(error)).not.toMatch(/secret|c2Vj/u);
  });
});

describe('a helper', () => {
  it('for the host is asked before the rest of the file', async () => {
    await helper(
      'mine',
      'read server; echo "{\\"ServerURL\\":\\"$server\\",\\"Username\\":\\"$1\\",\\"Secret\\":\\"for $server\\"}"',
    );
    await write('.docker/config.json', {
      credHelpers: { 'r.example:5000': 'mine' },
      auths: { 'r.example:5000': auth('file', '1') },
    });
    expect((await find()).credential).toEqual(found('get', 'for r.example:5000'));
    expect((await find('docker.io', 'a/b')).credential).toBeUndefined();
  });

  it('that keeps everything is asked, also for tokens', async () => {
    await helper('store', 'read server; echo "{\\"Username\\":\\"<token>\\",\\"Secret\\":\\"$server\\"}"');
    await write('.docker/config.json', { credsStore: 'store', auths: { 'https://index.docker.io/v1/': {} } });
    const expected = { kind: 'identity', token: 'https://index.docker.io/v1/' };
    expect((await find('docker.io', 'a/b')).credential).toEqual(expected);
  });

  it('that knows nothing, or is not there, is a note', async () => {
    await helper('empty', 'echo "credentials not found in native keychain"; exit 1');
    await write('.docker/config.json', { credsStore: 'empty' });
    expect(await find()).toMatchObject({
      credential: undefined,
      notes: [expect.stringContaining('has no credentials')],
    });
    await write('.docker/config.json', { credsStore: 'desktop' });
    expect(await find()).toMatchObject({ credential: undefined, notes: [expect.stringContaining('not on the PATH')] });
  });

  it.each([
    ['fails', 'echo secret; exit 3', 'bad'],
    ['answers no JSON', 'echo secret', 'bad'],
    ['answers something else', 'echo "{\\"secret\\":1}"', 'bad'],
    ['has a path for a name', '', '../bad'],
  ])('that %s is an error that repeats nothing', async (_, script, name) => {
    if (script !== '') await helper('bad', script);
    await write('.docker/config.json', { credHelpers: { 'r.example:5000': name } });
    const error: unknown = await find().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'registry/bad-credentials' });
    expect(describeError(error)).not.toContain('secret');
  });

  it('that hangs is given up', async () => {
    await helper('slow', 'exec sleep 60');
    await write('.docker/config.json', { credsStore: 'slow' });
    const environment = { HOME: home, PATH: `${path.join(home, 'bin')}:${process.env['PATH'] ?? ''}` };
    await expect(findCredential('r.example', 'a', { given: [], environment, timeout: 100 })).rejects.toMatchObject({
      code: 'registry/bad-credentials',
    });
  });
});

describe('keys', () => {
  it('go from the repository up to the host', () => {
    expect(keysFor('h', 'a/b')).toEqual(['h/a/b', 'h/a', 'h']);
    expect(keysFor('h', '')).toEqual(['h']);
  });

  it.each([
    ['https://r.example/v1/', 'r.example'],
    ['R.example/team/', 'r.example/team'],
    ['index.docker.io', 'docker.io'],
    ['docker.io/me', 'docker.io/me'],
  ])('%s is %s', (key, expected) => {
    expect(normalizedKey(key)).toBe(expected);
  });
});
