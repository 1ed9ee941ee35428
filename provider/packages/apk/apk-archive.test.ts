import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../store/open-store.js';
import type { Store } from '../../store/store.js';
import { isPrivateImageError } from '../../support/errors.js';
import type { ExpectedArchive } from './apk-archive.js';
import { cut, gzip, makeApk, makeSigningKey, makeTar } from './testing/apk-maker.js';
import type { MadeArchive, MadeFile } from './testing/apk-maker.js';
import { takeApk } from './testing/taken-apk.js';
import type { TakenApk } from './testing/taken-apk.js';

const key = makeSigningKey('trusted.rsa.pub');
const other = makeSigningKey('other.rsa.pub');

const spec = {
  name: 'web',
  version: '1.2-r3',
  depends: ['musl>=1.2', 'so:libz.so.1'],
  provides: ['cmd:web=1.2-r3'],
  triggers: ['/usr/lib/*'],
  buildTime: 1_700_000_000,
  scripts: { 'post-install': '#!/bin/sh\nexit 0\n' },
  files: {
    'usr/bin/web': { content: 'binary', mode: 0o755 },
    'usr/bin/w': { symlink: 'web' },
    'etc/web.conf': { content: 'a=b\n', uid: 10, gid: 20, mode: 0o640 },
  },
} as const;

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'apk-archive-'));
  store = openStore(folder);
});
afterAll(() => rm(folder, { recursive: true }));

async function open(bytes: Buffer, expected: Partial<ExpectedArchive> & { controlSha1: string }): Promise<TakenApk> {
  return takeApk(store, bytes, { name: 'web', version: '1.2-r3', ...expected });
}

async function readAll(archive: TakenApk, maxBytes?: number): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const found: Record<string, unknown>[] = [];
  for await (const { body, ...header } of archive.entries(maxBytes)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    found.push({ ...header, content: Buffer.concat(chunks).toString() });
  }
  return found;
}

/** What happens to an archive that is opened and read to its end. */
async function outcome(bytes: Buffer, controlSha1: string): Promise<string> {
  try {
    await readAll(await open(bytes, { controlSha1 }));
    return 'taken';
  } catch (error) {
    return isPrivateImageError(error) ? error.code : String(error);
  }
}

/** An archive whose data section is `tar`, with everything that vouches for it in order. */
async function withData(tar: Buffer): Promise<{ bytes: Buffer; controlSha1: string }> {
  const data = gzip(tar);
  const dataHash = createHash('sha256').update(data).digest('hex');
  const info = `pkgname = web\npkgver = 1.2-r3\narch = x86_64\nsize = 1\ndatahash = ${dataHash}\n`;
  const control = gzip(cut(await makeTar([[{ name: '.PKGINFO' }, info]])));
  return { bytes: Buffer.concat([control, data]), controlSha1: createHash('sha1').update(control).digest('hex') };
}

describe('an apk archive', () => {
  it('reads control and data of a package that the index vouches for', async () => {
    const made = await makeApk(spec, key);
    const archive = await open(made.bytes, { controlSha1: made.controlSha1 });
    expect(archive.info).toMatchObject({
      name: 'web',
      version: '1.2-r3',
      architecture: 'x86_64',
      depends: spec.depends,
      provides: spec.provides,
      triggers: spec.triggers,
      buildTime: spec.buildTime,
    });
    expect(archive.controlFiles.map((file) => file.path)).toEqual(['.post-install']);
    const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const { signature, control, data } = made.members;
    expect(archive.stored).toEqual({
      archive: sha256(made.bytes),
      head: { digest: sha256(Buffer.concat([signature, control])), size: signature.length + control.length },
      data: { digest: sha256(data), size: data.length },
    });
    const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');
    expect(await readAll(archive)).toMatchObject([
      { path: 'etc', type: 'directory', mode: 0o755 },
      { path: 'etc/web.conf', type: 'file', mode: 0o640, uid: 10, gid: 20, content: 'a=b\n', checksum: sha1('a=b\n') },
      { path: 'usr', type: 'directory' },
      { path: 'usr/bin', type: 'directory' },
      { path: 'usr/bin/w', type: 'symlink', linkTarget: 'web', checksum: sha1('web') },
      { path: 'usr/bin/web', type: 'file', mode: 0o755, content: 'binary', checksum: sha1('binary') },
    ]);
  });

  it('can be read more than once', async () => {
    const made = await makeApk(spec);
    const archive = await open(made.bytes, { controlSha1: made.controlSha1 });
    expect(await readAll(archive)).toEqual(await readAll(archive));
  });

  it('takes several signature members', async () => {
    const made = await makeApk(spec, key);
    const second = await makeApk(spec, other);
    const bytes = Buffer.concat([second.members.signature, made.bytes]);
    expect(await outcome(bytes, made.controlSha1)).toBe('taken');
  });

  it('refuses an archive that was swapped under a genuine index, well signed as it may be', async () => {
    const genuine = await makeApk(spec, key);
    const swapped = await makeApk({ ...spec, files: { 'usr/bin/web': 'evil' } }, key);
    expect(await outcome(swapped.bytes, genuine.controlSha1)).toBe('archive/checksum-mismatch');
  });

  it('refuses data of another package behind a genuine control section', async () => {
    const genuine = await makeApk(spec, key);
    const swapped = await makeApk({ ...spec, files: { 'usr/bin/web': 'evil' } }, key);
    const bytes = Buffer.concat([genuine.members.signature, genuine.members.control, swapped.members.data]);
    expect(await outcome(bytes, genuine.controlSha1)).toBe('archive/contradiction');
  });

  it('refuses a genuine package under another name or version', async () => {
    const made = await makeApk(spec, key);
    const { controlSha1 } = made;
    await expect(open(made.bytes, { controlSha1, version: '1.2-r4' })).rejects.toThrow(
      expect.objectContaining({ code: 'archive/contradiction' }),
    );
    await expect(open(made.bytes, { controlSha1, name: 'wep' })).rejects.toThrow(
      expect.objectContaining({ code: 'archive/contradiction' }),
    );
  });

  it('refuses every cut and whatever is behind', async () => {
    const made = await makeApk(spec, key);
    for (let length = 0; length < made.bytes.length; length += 13) {
      expect(await outcome(made.bytes.subarray(0, length), made.controlSha1)).toMatch(
        /^archive\/(truncated|contradiction)$/,
      );
    }
    expect(await outcome(Buffer.concat([made.bytes, Buffer.from('x')]), made.controlSha1)).toBe(
      'archive/contradiction',
    );
    expect(await outcome(Buffer.concat([made.bytes, made.members.data]), made.controlSha1)).toBe(
      'archive/contradiction',
    );
  });

  it('refuses a flipped bit anywhere in control and data', async () => {
    const made = await makeApk(spec, key);
    for (let at = made.members.signature.length; at < made.bytes.length; at += 3) {
      const flipped = Buffer.from(made.bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 4;
      expect(await outcome(flipped, made.controlSha1)).toMatch(/^archive\//);
    }
  });

  it('takes a data section of several members, and refuses what follows the last', async () => {
    const tar = await makeTar([[{ name: 'a' }, 'x'.repeat(2000)]]);
    const make = async (data: Buffer): Promise<MadeArchive['bytes'][]> => {
      const info = `pkgname = web\npkgver = 1.2-r3\narch = x86_64\ndatahash = ${createHash('sha256').update(data).digest('hex')}\n`;
      const control = gzip(cut(await makeTar([[{ name: '.PKGINFO' }, info]])));
      return [control, data];
    };
    const parts = await make(Buffer.concat([gzip(tar.subarray(0, 700)), gzip(tar.subarray(700))]));
    const sha1 = (bytes: Buffer | undefined): string =>
      createHash('sha1')
        .update(bytes ?? '')
        .digest('hex');
    expect(await outcome(Buffer.concat(parts), sha1(parts[0]))).toBe('taken');
    const trailing = await make(Buffer.concat([gzip(tar), Buffer.from('trailing')]));
    expect(await outcome(Buffer.concat(trailing), sha1(trailing[0]))).toBe('archive/trailing-data');
  });

  it('refuses bombs: in the signature, in the control section, in the data', async () => {
    const made = await makeApk(spec, key);
    const bomb = gzip(cut(await makeTar([[{ name: '.SIGN.RSA.trusted.rsa.pub' }, Buffer.alloc(40_000_000)]])));
    expect(await outcome(Buffer.concat([bomb, made.bytes]), made.controlSha1)).toBe('archive/too-large');
    const control = gzip(cut(await makeTar([[{ name: '.PKGINFO' }, Buffer.alloc(40_000_000)]])));
    expect(await outcome(Buffer.concat([control, made.members.data]), made.controlSha1)).toBe('archive/too-large');
    const { bytes, controlSha1 } = await withData(await makeTar([[{ name: 'zeros' }, Buffer.alloc(3_000_000)]]));
    const archive = await open(bytes, { controlSha1 });
    await expect(readAll(archive, 1_000_000)).rejects.toThrow(expect.objectContaining({ code: 'archive/too-large' }));
  });

  it('refuses endless signatures', async () => {
    const made = await makeApk(spec, key);
    const many = Array.from({ length: 20 }, () => made.members.signature);
    expect(await outcome(Buffer.concat([...many, made.members.control, made.members.data]), made.controlSha1)).toBe(
      'archive/malformed',
    );
  });

  it.each<[string, MadeFile]>([
    ['a file', { content: 'x', pax: { 'APK-TOOLS.checksum.SHA1': '0'.repeat(40) } }],
    [
      'a file, in base64',
      { content: 'x', pax: { 'APK-TOOLS.checksum.SHA1': `Q1${Buffer.alloc(20).toString('base64')}` } },
    ],
  ])('refuses a wrong checksum of %s, though the datahash is right', async (_, file) => {
    const made = await makeApk({ ...spec, files: { file } });
    expect(await outcome(made.bytes, made.controlSha1)).toBe('archive/contradiction');
  });

  it('refuses a checksum that is none, and a wrong one of a symlink', async () => {
    const nonsense = await makeApk({
      ...spec,
      files: { file: { content: 'x', pax: { 'APK-TOOLS.checksum.SHA1': 'zz' } } },
    });
    expect(await outcome(nonsense.bytes, nonsense.controlSha1)).toBe('archive/malformed');
    const pax = { 'APK-TOOLS.checksum.SHA1': '0'.repeat(40) };
    const { bytes, controlSha1 } = await withData(
      await makeTar([[{ name: 'l', type: 'symlink', linkname: 'x', pax }, '']]),
    );
    expect(await outcome(bytes, controlSha1)).toBe('archive/contradiction');
  });

  it('takes base64 checksums and extended attributes', async () => {
    const base64 = `Q1${createHash('sha1').update('x').digest('base64')}`;
    const pax = { 'APK-TOOLS.checksum.SHA1': base64, 'SCHILY.xattr.user.note': 'hello' };
    const made = await makeApk({ ...spec, files: { file: { content: 'x', pax } } });
    const archive = await open(made.bytes, { controlSha1: made.controlSha1 });
    const [entry] = await readAll(archive);
    expect(entry).toMatchObject({ path: 'file', checksum: createHash('sha1').update('x').digest('hex') });
    expect(entry?.['xattrs']).toEqual(new Map([['user.note', Buffer.from('hello')]]));
  });

  it.each([
    ['leave the root', [{ name: '../evil' }, 'x'], 'archive/bad-name'],
    ['are absolute', [{ name: '/etc/evil' }, 'x'], 'archive/bad-name'],
    ['delete in a layer', [{ name: 'etc/.wh.passwd' }, 'x'], 'archive/bad-name'],
    ['link to nothing', [{ name: 'a', type: 'link', linkname: '../../etc/shadow' }, ''], 'archive/bad-name'],
  ] as const)('refuses entries that %s', async (_, [header, content], code) => {
    const { bytes, controlSha1 } = await withData(await makeTar([[header, content]]));
    expect(await outcome(bytes, controlSha1)).toBe(code);
  });

  it.each([
    ['no .PKGINFO', [[{ name: '.post-install' }, 'x']], 'archive/malformed'],
    ['folders in it', [[{ name: 'etc/passwd' }, 'x']], 'archive/malformed'],
    ['no datahash', [[{ name: '.PKGINFO' }, 'pkgname = web\npkgver = 1.2-r3\narch = x86_64\n']], 'archive/unsupported'],
    ['a line without a value', [[{ name: '.PKGINFO' }, 'pkgname\n']], 'archive/malformed'],
    ['no name', [[{ name: '.PKGINFO' }, `datahash = ${'0'.repeat(64)}\n`]], 'archive/malformed'],
  ] as const)('refuses a control section with %s', async (_, entries, code) => {
    const control = gzip(cut(await makeTar(entries)));
    const sha1 = createHash('sha1').update(control).digest('hex');
    expect(await outcome(Buffer.concat([control, gzip(await makeTar([]))]), sha1)).toBe(code);
  });
});
