/*
 * Group 5: entries that no image has, and names that are made to be mistaken.
 *
 * | case | tested in |
 * | --- | --- |
 * | device nodes and FIFOs | here; provider/image/build-image.test.ts |
 * | setuid and setgid programs that nothing declares, also by a hard link that says so | here; provider/image/package-layout.test.ts |
 * | user and group names without an end | here; provider/packages/tar.test.ts |
 * | overlong link names | here |
 * | an entry named like a file of ours: temporary, of the cache, of the package database | here |
 * | an entry of a kind that nobody knows | here |
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TarPart } from '../../provider/packages/testing/tar-maker.js';
import { type Format, formats, foldersAbove } from './hostile-archives.js';
import { type HostileWorld, openHostileWorld } from './hostile-world.js';

let hostile: HostileWorld;
beforeAll(async () => {
  hostile = await openHostileWorld();
});
afterAll(() => hostile.close());

const folders = foldersAbove('srv/x');
const device = (name: string, type: string, major: string): TarPart => ({
  name,
  type,
  tamper: (header) => header.write(`${major.padStart(7, '0')}\0`, 329, 'latin1'),
});
const plain: TarPart = { name: 'srv/f', content: 'x', mode: 0o755 };

describe.each(formats)('an entry, %s', (format: Format) => {
  it.each<[string, string, string, readonly TarPart[]]>([
    ['a character device', 'image/special-file', '/srv/evil', [...folders, device('srv/evil', '3', '1')]],
    ['a block device', 'image/special-file', '/srv/evil', [...folders, device('srv/evil', '4', '10')]],
    [
      'a device 0, which hides what is below',
      'image/special-file',
      '/srv/evil',
      [...folders, device('srv/evil', '3', '0')],
    ],
    ['a FIFO', 'image/special-file', '/srv/evil', [...folders, { name: 'srv/evil', type: '6' }]],
    [
      'a setuid program',
      'image/special-file',
      '/srv/evil',
      [...folders, { name: 'srv/evil', content: 'x', mode: 0o4755 }],
    ],
    [
      'a setgid program',
      'image/special-file',
      '/srv/evil',
      [...folders, { name: 'srv/evil', content: 'x', mode: 0o2755 }],
    ],
    ['a sparse file of GNU', 'archive/unsupported', '"S"', [...folders, { name: 'srv/evil', type: 'S' }]],
    ['a part of a file in another volume', 'archive/unsupported', '"M"', [...folders, { name: 'srv/evil', type: 'M' }]],
    ['a folder with its list of names', 'archive/unsupported', '"D"', [...folders, { name: 'srv/evil', type: 'D' }]],
    ['of a kind that nobody knows', 'archive/unsupported', '"Z"', [...folders, { name: 'srv/evil', type: 'Z' }]],
    [
      'with a user name without an end',
      'archive/malformed',
      'user name',
      [...folders, { name: 'srv/evil', tamper: (header) => header.fill('u', 265, 297) }],
    ],
    [
      'with a group name without an end',
      'archive/malformed',
      'group name',
      [...folders, { name: 'srv/evil', tamper: (header) => header.fill('g', 297, 329) }],
    ],
    [
      'with user and group names that run into what follows',
      'archive/malformed',
      'user name',
      [...folders, { name: 'srv/evil', tamper: (header) => header.fill('x', 265, 345) }],
    ],
    [
      'a link with a target longer than any',
      'archive/bad-name',
      'longer than 4096',
      [...folders, { name: 'srv/evil', type: '2', pax: { linkpath: 't/'.repeat(2500) } }],
    ],
    [
      'a link with a target of GNU longer than any',
      'archive/bad-name',
      'longer than 4096',
      [
        ...folders,
        { name: '././@LongLink', type: 'K', content: 't'.repeat(70_000) },
        { name: 'srv/evil', type: '2', link: 't' },
      ],
    ],
    [
      'a hard link with a target longer than any',
      'archive/bad-name',
      'longer than 4096',
      [...folders, plain, { name: 'srv/evil', type: '1', pax: { linkpath: 't/'.repeat(2500) } }],
    ],
    [
      'with a name that is no metadata any more',
      'archive/too-large',
      'bytes of names',
      [...folders, { name: '././@LongLink', type: 'L', content: 'n'.repeat(1_100_000) }, { name: 'srv/evil' }],
    ],
    [
      'with attributes that are no metadata any more',
      'archive/too-large',
      'bytes of names',
      [...folders, { name: 'srv/evil', pax: { 'SCHILY.xattr.user.x': Buffer.alloc(1_100_000) } }],
    ],
    [
      'with an attribute whose name has a NUL',
      'archive/malformed',
      'PAX',
      [{ name: 'f', pax: { 'SCHILY.xattr.user.\0': 'x' } }],
    ],
  ])('%s is refused with the package', async (_, code, words, parts) => {
    const reason = await hostile.refusal(format, [{ name: 'evil', parts }]);
    expect(reason.code, reason.message).toBe(code);
    expect(reason.message).toMatch(/package evil 1\.0/u);
    expect(reason.message).toContain(words);
  });

  it('that is a hard link and would make its file setuid is refused, or has the mode of its file', async () => {
    const link: TarPart = { name: 'srv/evil', type: '1', link: 'srv/f', mode: 0o4755 };
    const evil = { name: 'evil', parts: [...folders, plain, link] };
    if (format === 'deb') {
      const reason = await hostile.refusal(format, [evil]);
      expect(reason.code, reason.message).toBe('image/special-file');
      expect(reason.message).toMatch(/package evil 1\.0.*\/srv\/evil/u);
      return;
    }
    // As with apko, a hard link of an apk has nothing of its own.
    await hostile.publish(format, [evil]);
    const root = await hostile.root(format);
    expect([root.get('srv/f')?.mode, root.get('srv/evil')?.mode]).toEqual([0o755, 0o755]);
  });

  it('with special bits that mean nothing, of a folder or of a file, is kept', async () => {
    await hostile.publish(format, [
      {
        name: 'honest',
        parts: [...folders, { name: 'srv/group/', type: '5', mode: 0o2775 }, { ...plain, mode: 0o1755 }],
      },
    ]);
    const root = await hostile.root(format);
    expect(root.get('srv/f')?.mode).toBe(0o1755);
    expect(root.get('srv/group')?.type).toBe('directory');
  });

  it('named like a temporary file or a cache of ours is a file like any other', async () => {
    const names = [
      `tmp/${randomUUID()}`,
      'store/tmp/x',
      'store/facts/line/00/x.json',
      `store/sha256/00/${'0'.repeat(64)}`,
      'cache/store/tmp/x',
      'blobs/sha256/x',
      'index.json',
      'oci-layout',
      '.apk.0123456789abcdef',
      'lib/.apk.0123456789abcdef',
    ].filter((name) => format === 'deb' || !name.startsWith('tmp/'));
    await hostile.publish(format, [
      {
        name: 'mimic',
        parts: names.flatMap((name): TarPart[] => [{ name: 'x', pax: { path: name }, content: name }]),
      },
    ]);
    const root = await hostile.root(format);
    for (const name of names) {
      const place = name.replace(/^lib\//u, format === 'deb' ? 'usr/lib/' : 'lib/');
      expect(root.get(place)?.content, place).toBe(name);
    }
    await hostile.expectUntouched();
  });
});

describe('an entry in place of the package database', () => {
  it.each<[string, string, readonly TarPart[]]>([
    ['of its own stanza', 'image/file-conflict', [{ name: 'var/lib/dpkg/status.d/evil', content: 'Package: good' }]],
    ['of a folder for its own stanza', 'image/file-conflict', [{ name: 'var/lib/dpkg/status.d/evil/', type: '5' }]],
    [
      'of another’s stanza',
      'image/file-conflict',
      [{ name: 'var/lib/dpkg/status.d/libworld', content: 'Package: evil' }],
    ],
    ['of the folder by a link', 'image/unsafe-path', [{ name: 'var/lib/dpkg/status.d', type: '2', link: '/etc' }]],
    ['of a folder above by a link', 'image/unsafe-path', [{ name: 'var/lib/dpkg', type: '2', link: '/etc' }]],
  ])('deb: %s is refused with the package', async (_, code, parts) => {
    const reason = await hostile.refusal('deb', [{ name: 'evil', parts: [...foldersAbove('var/lib/x'), ...parts] }]);
    expect([code, 'image/file-conflict', 'archive/bad-link']).toContain(reason.code);
    expect(reason.message).toContain('evil');
    expect(reason.message).toContain('var/lib/dpkg');
  });

  it.each<[string, readonly TarPart[]]>([
    ['a file', [{ name: 'installed', content: 'P:faked' }]],
    ['a link', [{ name: 'installed', type: '2', link: '/etc/passwd' }]],
  ])('apk: %s does not become a part of it', async (_, parts) => {
    const folder = 'usr/lib/apk/db/';
    await hostile.publish('apk', [
      {
        name: 'evil',
        parts: [...foldersAbove(`${folder}x`), ...parts.map((part) => ({ ...part, name: `${folder}${part.name}` }))],
      },
    ]);
    const installed = (await hostile.root('apk')).get(`${folder}installed`);
    expect(installed?.type).toBe('file');
    expect(installed?.content).toContain('P:evil\nV:1.0-r0\n');
    expect(installed?.content).not.toContain('faked');
  });

  it('deb: a control file that speaks of another package is refused', async () => {
    for (const fields of [{ Package: 'good' }, { Version: '9' }]) {
      const reason = await hostile.refusal('deb', [{ name: 'evil', parts: [], fields }]);
      expect(reason.code, reason.message).toBe('archive/contradiction');
      expect(reason.message).toMatch(/package evil 1\.0/u);
    }
  });

  it('apk: a control section that speaks of another package is refused', async () => {
    for (const fields of [{ pkgname: 'good' }, { pkgver: '9-r0' }]) {
      const reason = await hostile.refusal('apk', [{ name: 'evil', parts: [], fields }]);
      expect(reason.code, reason.message).toBe('package/wrong-checksum');
      expect(reason.message).toContain('evil 1.0-r0');
    }
  });
});
