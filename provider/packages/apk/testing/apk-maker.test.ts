import { execFileSync } from 'node:child_process';
import { createHash, createVerify } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeApk, makeIndex, makeSigningKey } from './apk-maker.js';
import { makeRepository } from './apk-repository-maker.js';

const key = makeSigningKey('maker.rsa.pub');

describe('the maker of test packages', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'apk-maker-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  it('makes what tar reads as one archive, as apk-v2(5) has it', async () => {
    const made = await makeApk(
      { name: 'a', scripts: { 'post-install': 'x' }, files: { 'usr/bin/a': 'b', 'usr/l': { symlink: 'bin/a' } } },
      key,
    );
    const file = path.join(folder, 'a.apk');
    await writeFile(file, made.bytes);
    const names = execFileSync('tar', ['-tzf', file], { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(names).toEqual([
      '.SIGN.RSA256.maker.rsa.pub',
      '.PKGINFO',
      '.post-install',
      'usr/',
      'usr/bin/',
      'usr/bin/a',
      'usr/l',
    ]);
  });

  it('signs the control member, which vouches for the data', async () => {
    const made = await makeApk({ name: 'a', files: { x: 'y' } }, key, 'RSA');
    const { signature, control, data } = made.members;
    expect(Buffer.concat([signature, control, data])).toEqual(made.bytes);
    const bytes = gunzipSync(signature).subarray(512, 512 + 256);
    expect(createVerify('RSA-SHA1').update(control).verify(key.public.key, bytes)).toBe(true);
    expect(gunzipSync(control).toString()).toContain(`datahash = ${createHash('sha256').update(data).digest('hex')}`);
    expect(made.stanza).toContain(`C:Q1${createHash('sha1').update(control).digest('base64')}`);
  });

  it('makes the same bytes each time', async () => {
    const spec = { name: 'a', files: { 'b/c': 'd' } };
    expect((await makeApk(spec, key)).bytes).toEqual((await makeApk(spec, key)).bytes);
    expect(await makeIndex(['P:a'], { key })).toEqual(await makeIndex(['P:a'], { key }));
  });

  it('writes a repository', async () => {
    const place = path.join(folder, 'repository');
    const made = await makeRepository(place, [{ name: 'a' }, { name: 'b', version: '2-r1' }], {
      key,
      architectures: ['x86_64', 'aarch64'],
    });
    expect(made.archives).toHaveLength(4);
    expect((await readdir(path.join(place, 'aarch64'))).sort()).toEqual([
      'APKINDEX.tar.gz',
      'a-1.0.0-r0.apk',
      'b-2-r1.apk',
    ]);
    expect(made.archives.at(-1)?.stanza).toContain('A:aarch64');
  });
});
