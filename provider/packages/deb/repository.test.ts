import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../store/open-store.js';
import { digestOf } from '../../support/digest.js';
import { PrivateImageError } from '../../support/errors.js';
import type { HttpClient } from '../../support/http.js';
import type { Progress } from '../../support/progress.js';
import { inlineTasks } from '../../support/tasks.js';
import { openDebRepository } from './repository.js';
import type { DebRepository, DebRepositoryOptions } from './repository.js';
import {
  clearSign,
  detachedSign,
  makeIndexFiles,
  makeKey,
  makeRelease,
  makeStanza,
  mapClient,
} from './testing/repository-maker.js';

const base = 'http://mirror.test/debian';
const folder = `${base}/dists/stable/`;
const now = new Date('2026-03-01T00:00:00Z');
const fields = {
  Origin: 'Debian',
  Suite: 'stable',
  Codename: 'trixie',
  Date: 'Sat, 28 Feb 2026 12:00:00 UTC',
  Architectures: 'amd64 arm64',
  Components: 'main',
};

const key = await makeKey({ date: new Date('2026-01-01T00:00:00Z') });

describe('openDebRepository', () => {
  let root: string;
  let files: Map<string, Uint8Array | string>;
  let http: ReturnType<typeof mapClient>;
  let reported: Progress[];

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'deb-repository-'));
    files = new Map();
    http = mapClient(files);
    reported = [];
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  /** Serves a repository: its index files, and a release over them. */
  async function serve(
    index: ReadonlyMap<string, Uint8Array>,
    more: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    files.set(`${folder}InRelease`, await clearSign(makeRelease(index, { ...fields, ...more }), [key], now));
    for (const [name, content] of index) files.set(`${folder}${name}`, content);
  }

  function open(options: Partial<DebRepositoryOptions> = {}, client: HttpClient = http): Promise<DebRepository> {
    const context = {
      http: client,
      store: openStore(root),
      clock: () => now,
      report: (one: Progress) => reported.push(one),
      tasks: inlineTasks,
    };
    return openDebRepository(context, {
      url: base,
      suite: 'stable',
      components: ['main'],
      keyring: [key.armoured],
      ...options,
    });
  }

  it('reads a signed release and its indexes', async () => {
    await serve(makeIndexFiles(makeStanza('a') + makeStanza('b', { Architecture: 'all' })), { Version: '13.1' });
    const repository = await open();
    expect(repository.release).toMatchObject({
      codename: 'trixie',
      version: '13.1',
      date: new Date('2026-02-28T12:00:00Z'),
    });
    const index = await repository.index('amd64');
    expect([...index.names()]).toEqual(['a', 'b']);
    expect(index.get('a')[0]).toMatchObject({
      repository: 'debian stable main',
      archive: { url: `${base}/pool/main/a_1.0-1_amd64.deb` },
    });
    expect(await repository.index('amd64')).toBe(index);
    expect([...(await repository.index('arm64')).names()]).toEqual(['b']);
  });

  it('fetches nothing twice that has not changed', async () => {
    await serve(makeIndexFiles(makeStanza('a')));
    await (await open()).index('amd64');
    http.asked.length = 0;
    expect((await (await open()).index('amd64')).get('a')).toHaveLength(1);
    expect(http.asked).toEqual([`${folder}InRelease`]);
    expect((await (await open({ offline: true })).index('amd64')).get('a')).toHaveLength(1);
    expect(http.asked).toHaveLength(1);
  });

  it('takes an index by its hash, or by its name where there is none', async () => {
    const index = makeIndexFiles(makeStanza('a'));
    await serve(index, { 'Acquire-By-Hash': 'yes' });
    const [name, content] = [...index][0]!;
    const hashed = `${folder}main/binary-amd64/by-hash/SHA256/${digestOf(content).slice(7)}`;
    expect((await (await open()).index('amd64')).get('a')).toHaveLength(1);
    expect(http.asked.slice(1)).toEqual([hashed, `${folder}${name}`]);
  });

  it('reads a release that is signed beside', async () => {
    const release = makeRelease(makeIndexFiles(makeStanza('a')), fields);
    files.set(`${folder}Release`, release);
    await expect(open()).rejects.toMatchObject({
      code: 'repository/unsigned',
      message: expect.stringContaining('nobody signed it') as string,
    });
    files.set(`${folder}Release.gpg`, Buffer.from([0xc2, 0xc1, 0x73, 4]));
    await expect(open()).rejects.toMatchObject({
      code: 'repository/bad-signature',
      message: expect.stringContaining('binary') as string,
    });
    files.set(`${folder}Release.gpg`, await detachedSign(release, key, now));
    expect((await open()).release.suite).toBe('stable');
    expect((await open({ offline: true })).release.suite).toBe('stable');
  });

  it.each([
    ['bookworm/mongodb-org/7.0', 'bookworm/mongodb-org'],
    ['bookworm/updates', 'bookworm'],
  ])('reads a suite in a folder that goes by the name of the folder, as apt does: %s', async (suite, codename) => {
    const index = makeIndexFiles(makeStanza('a'));
    const release = makeRelease(index, { ...fields, Suite: 'other', Codename: codename });
    files.set(`${base}/dists/${suite}/InRelease`, await clearSign(release, [key], now));
    for (const [name, content] of index) files.set(`${base}/dists/${suite}/${name}`, content);
    expect((await (await open({ suite })).index('amd64')).get('a')).toHaveLength(1);
    files.set(`${base}/dists/${suite}/x/InRelease`, await clearSign(release, [key], now));
    await expect(open({ suite: `${suite}/x/y` })).rejects.toMatchObject({ code: 'repository/not-found' });
    await expect(open({ suite: `${suite}/x` })).rejects.toMatchObject({ code: 'repository/mismatch' });
  });

  it('reads a repository that has packages for all architectures and for none alone', async () => {
    const packages = Buffer.from(makeStanza('a', { Architecture: 'all' }));
    await serve(new Map([['main/binary-all/Packages', packages]]), { Architectures: 'all' });
    expect([...(await (await open()).index('arm64')).names()]).toEqual(['a']);
    await serve(new Map([['main/binary-i386/Packages', packages]]), { Architectures: 'i386' });
    await expect((await open()).index('arm64')).rejects.toMatchObject({ code: 'repository/no-such-component' });
  });

  it('reads words in capitals as dpkg does', async () => {
    await serve(makeIndexFiles(makeStanza('a', { 'Multi-Arch': 'Foreign', Essential: 'Yes' })));
    const [one] = (await (await open()).index('amd64')).get('a');
    expect(one).toMatchObject({ multiArch: 'foreign', essential: true });
  });

  it('reads a flat repository', async () => {
    const packages = Buffer.from(makeStanza('a', { Filename: './a.deb' }) + makeStanza('b', { Architecture: 'arm64' }));
    const release = makeRelease(new Map([['Packages', packages]]), { Date: fields.Date });
    files.set(`${base}/InRelease`, await clearSign(release, [key], now));
    files.set(`${base}/Packages`, packages);
    const index = await (await open({ suite: './', components: [] })).index('amd64');
    expect(index.get('a')[0]?.archive.url).toBe(`${base}/a.deb`);
    expect([...index.names()]).toEqual(['a']);
  });

  it('reads packages for all architectures from an index of their own', async () => {
    const index = makeIndexFiles(makeStanza('a'));
    index.set('main/binary-all/Packages', Buffer.from(makeStanza('doc', { Architecture: 'all' })));
    await serve(index, { Architectures: 'all amd64 arm64' });
    expect([...(await (await open()).index('amd64')).names()]).toEqual(['a', 'doc']);
  });

  it('takes the components of the security archive', async () => {
    await serve(makeIndexFiles(makeStanza('a')), { Components: 'updates/main updates/contrib' });
    expect((await (await open()).index('amd64')).get('a')).toHaveLength(1);
  });

  it('keeps credentials out of packages and errors', async () => {
    await serve(makeIndexFiles(makeStanza('a')));
    for (const [url, content] of [...files]) files.set(url.replace('//', '//user:secret@'), content);
    const url = base.replace('//', '//user:secret@');
    const index = await (await open({ url })).index('amd64');
    expect(JSON.stringify(index.get('a'))).not.toContain('secret');
    const error = await open({ url, suite: 'other' }).catch((fault: unknown) => fault);
    expect(error).toMatchObject({
      code: 'repository/not-found',
      message: expect.stringContaining('http://mirror.test/debian other'),
    });
    expect(JSON.stringify(error) + String(error)).not.toContain('secret');
  });

  it.each<[string, string, Record<string, string>, Partial<DebRepositoryOptions>]>([
    ['past its Valid-Until', 'repository/expired', { 'Valid-Until': 'Sat, 28 Feb 2026 18:00:00 UTC' }, {}],
    ['from the future', 'repository/not-yet-valid', { Date: 'Wed, 04 Mar 2026 00:00:00 UTC' }, {}],
    ['without a date', 'repository/malformed', { Date: 'yesterday' }, {}],
    ['with a date in another zone', 'repository/malformed', { Date: 'Sat, 28 Feb 2026 12:00:00 +0900' }, {}],
    ['of another suite', 'repository/mismatch', { Suite: 'oldstable', Codename: 'bookworm' }, {}],
    ['that is not there', 'repository/not-found', {}, { suite: 'nonesuch' }],
    ['with a suite that is a way out', 'repository/not-found', {}, { suite: '../../x' }],
    ['that only the store may have', 'repository/not-in-store', {}, { offline: true }],
    ['with an empty keyring', 'repository/bad-keyring', {}, { keyring: [] }],
  ])('refuses a release %s', async (_what, code, more, options) => {
    await serve(makeIndexFiles(makeStanza('a')), more);
    await expect(open(options)).rejects.toMatchObject({ code });
  });

  it('accepts a release past its Valid-Until when told so, and says it', async () => {
    await serve(makeIndexFiles(''), { 'Valid-Until': 'Sat, 28 Feb 2026 18:00:00 UTC' });
    await open({ checkValidUntil: false });
    expect(reported).toEqual([{ kind: 'warning', message: expect.stringContaining(`${base} stable`) }]);
  });

  it('refuses a component, and an architecture, that the release does not have', async () => {
    await serve(makeIndexFiles(''), { Architectures: 'amd64' });
    await expect((await open({ components: ['contrib'] })).index('amd64')).rejects.toMatchObject({
      code: 'repository/no-such-component',
    });
    await expect((await open()).index('arm64')).rejects.toMatchObject({ code: 'repository/no-such-component' });
  });

  it('refuses to go back in time unless told so', async () => {
    await serve(makeIndexFiles(makeStanza('a')));
    await open();
    await serve(makeIndexFiles(makeStanza('a')), { Date: 'Fri, 27 Feb 2026 12:00:00 UTC' });
    await expect(open()).rejects.toMatchObject({ code: 'repository/rolled-back' });
    expect((await open({ allowRollBack: true })).release.date).toEqual(new Date('2026-02-27T12:00:00Z'));
  });

  it('refuses a swapped index, whether as long or longer', async () => {
    const index = makeIndexFiles(makeStanza('a'));
    await serve(index);
    const name = `${folder}main/binary-amd64/Packages.gz`;
    const genuine = Buffer.from(index.get('main/binary-amd64/Packages.gz')!);
    for (const swapped of [Buffer.from(genuine).fill(0, 20, 24), Buffer.concat([genuine, genuine])]) {
      files.set(name, swapped);
      await expect((await open()).index('amd64')).rejects.toMatchObject({
        code: 'repository/mismatch',
        message: expect.stringContaining('main/binary-amd64/Packages.gz'),
      });
    }
    files.set(name, genuine);
    expect((await (await open()).index('amd64')).get('a')).toHaveLength(1);
  });

  it('reads the release again when the mirror has moved on, once', async () => {
    const repositoryOf = async (suffix: string, date: string): Promise<void> => {
      await serve(makeIndexFiles(makeStanza(`a${suffix}`)), { Date: date });
    };
    await repositoryOf('1', 'Sat, 28 Feb 2026 12:00:00 UTC');
    const repository = await open();
    await repositoryOf('2', 'Sat, 28 Feb 2026 13:00:00 UTC');
    expect([...(await repository.index('amd64')).names()]).toEqual(['a2']);

    await repositoryOf('3', 'Sat, 28 Feb 2026 14:00:00 UTC');
    const restless = await open();
    await repositoryOf('4', 'Sat, 28 Feb 2026 15:00:00 UTC');
    files.set(`${folder}main/binary-amd64/Packages.gz`, 'always new');
    await expect(restless.index('amd64')).rejects.toMatchObject({ code: 'repository/changed-while-reading' });
  });

  it('parses again what the store has lost', async () => {
    await serve(makeIndexFiles(makeStanza('a')));
    await (await open()).index('amd64');
    await rm(path.join(root, 'sha256'), { recursive: true });
    expect((await (await open()).index('amd64')).get('a')).toHaveLength(1);
  });

  it('names mirror and suite when it cannot be reached, and does not fall back in silence', async () => {
    await serve(makeIndexFiles(makeStanza('a')));
    await open();
    const down: HttpClient = {
      get: () => Promise.reject(new PrivateImageError('http/unreachable', 'no route')),
      close: () => Promise.resolve(),
    };
    await expect(open({}, down)).rejects.toMatchObject({
      code: 'repository/unreachable',
      message: expect.stringContaining(`${base} stable`),
    });
  });

  it('refuses an index that unpacks to more than the release says', async () => {
    const index = makeIndexFiles(makeStanza('a') + makeStanza('b'));
    index.set('main/binary-amd64/Packages', Buffer.from('short'));
    await serve(index);
    await expect((await open()).index('amd64')).rejects.toMatchObject({ code: 'repository/malformed' });
  });
});
