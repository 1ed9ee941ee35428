/*
 * Group 3: names that leave the root.
 *
 * | case | tested in |
 * | --- | --- |
 * | `../` and absolute names, in the header, the prefix, PAX, GNU long names | here; provider/packages/tar.test.ts |
 * | a sibling with the same prefix | here: of the output, of the cache, of a folder that is a link |
 * | a folder that an entry swaps for a link, a link for a folder, a file for a folder | here |
 * | one entry with two names, of which readers take one or the other | here; provider/packages/tar.test.ts |
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TarPart } from '../../provider/packages/testing/tar-maker.js';
import { type Format, formats, foldersAbove } from './hostile-archives.js';
import { type HostileWorld, openHostileWorld } from './hostile-world.js';

let hostile: HostileWorld;
beforeAll(async () => {
  hostile = await openHostileWorld();
});
afterAll(() => hostile.close());

const longName = (type: 'L' | 'K', name: string): TarPart => ({ name: '././@LongLink', type, content: `${name}\0` });

describe.each(formats)('a name, %s', (format: Format) => {
  it.each<[string, string, string, (outside: string) => readonly TarPart[]]>([
    ['that is absolute', 'archive/bad-name', 'evil', (outside) => [{ name: `${outside}/evil`, content: 'x' }]],
    ['that is absolute by two slashes', 'archive/bad-name', '//evil', () => [{ name: '//evil' }]],
    [
      'that is absolute in PAX',
      'archive/bad-name',
      'evil',
      (outside) => [{ name: 'x', pax: { path: `${outside}/evil` } }],
    ],
    [
      'that is absolute in a GNU long name',
      'archive/bad-name',
      'evil',
      (outside) => [longName('L', `${outside}/evil`), { name: 'x' }],
    ],
    [
      'that is absolute by its prefix',
      'archive/bad-name',
      '/etc/evil',
      () => [{ name: 'evil', tamper: (header) => header.write('/etc', 345) }],
    ],
    ['that begins with ..', 'archive/bad-name', '../evil', () => [{ name: '../evil' }]],
    ['with .. behind a dot', 'archive/bad-name', '/../evil', () => [{ name: './../evil' }]],
    ['with .. in the middle', 'archive/bad-name', 'a/../../evil', () => [{ name: 'a/../../evil' }]],
    ['with .. that stays in the root', 'archive/bad-name', 'a/../evil', () => [{ name: 'a/../evil' }]],
    ['with .. at its end', 'archive/bad-name', 'a/..', () => [{ name: 'a/..', type: '5' }]],
    ['with .. in PAX', 'archive/bad-name', '../evil', () => [{ name: 'x', pax: { path: '../evil' } }]],
    [
      'with .. by its prefix',
      'archive/bad-name',
      '../evil',
      () => [{ name: 'evil', tamper: (header) => header.write('..', 345) }],
    ],
    [
      'that begins as the output does',
      'archive/bad-name',
      'registry-evil',
      (outside) => [{ name: 'x', pax: { path: `../${path.basename(path.dirname(outside))}/registry-evil/x` } }],
    ],
    ['that is the root itself', 'archive/bad-name', 'root', () => [{ name: './.', content: 'x' }]],
    ['with a NUL', 'archive/bad-name', 'evil', () => [{ name: 'x', pax: { path: 'evil\0/../x' } }]],
    ['with a newline', 'archive/bad-name', 'evil', () => [{ name: 'evil\nx' }]],
    [
      'that is no UTF-8',
      'archive/bad-name',
      'evil',
      () => [{ name: 'x', pax: { path: Buffer.from('evil\xff', 'latin1') } }],
    ],
    [
      'in PAX with another in a GNU long name',
      'archive/contradiction',
      'evil',
      () => [longName('L', 'opt/evil'), { name: 'x', pax: { path: 'opt/good' } }],
    ],
    [
      'in two GNU long names',
      'archive/contradiction',
      'two names',
      () => [longName('L', 'opt/evil'), longName('L', 'opt/good'), { name: 'x' }],
    ],
    [
      'that PAX makes empty',
      'archive/contradiction',
      'empty path',
      () => [{ name: 'evil/', type: '5', pax: { path: '' } }],
    ],
    [
      'of a file that ends as that of a folder',
      'archive/contradiction',
      'evil',
      () => [{ name: 'opt/evil/', type: '0' }],
    ],
    [
      'whose prefix another reader ends earlier',
      'archive/unsupported',
      'star',
      () => [
        {
          name: 'evil',
          tamper: (header) => {
            header.write('p'.repeat(131), 345);
            header.write('tar\0', 508);
          },
        },
      ],
    ],
  ])('%s is refused with the package', async (_, code, name, parts) => {
    const reason = await hostile.refusal(format, [{ name: 'evil', parts: parts(hostile.outside) }]);
    expect(reason.code, reason.message).toBe(code);
    expect(reason.message).toMatch(/package evil 1\.0/u);
    expect(reason.message).toContain(name);
  });

  it('that begins with the name of a folder that is a link stays where it is', async () => {
    await hostile.publish(format, [
      {
        name: 'sibling',
        parts: [...foldersAbove('lib-evil/x'), { name: 'lib-evil/f', content: 'f' }, { name: 'libx', content: 'x' }],
      },
    ]);
    const root = await hostile.root(format);
    expect([root.get('lib-evil/f')?.content, root.get('libx')?.content]).toEqual(['f', 'x']);
    expect(root.has('usr/lib-evil')).toBe(false);
  });
});

describe.each(formats)('an entry that takes the place of another, %s', (format: Format) => {
  const folder: TarPart = { name: 'opt/d/', type: '5' };
  const link: TarPart = { name: 'opt/d', type: '2', link: '/etc' };
  const file: TarPart = { name: 'opt/d', content: 'x' };
  it.each<[string, readonly TarPart[]]>([
    ['a link for a folder', [folder, link]],
    ['a link for a folder with a file in it', [folder, { name: 'opt/d/f' }, link]],
    ['a link for a folder that is only implied', [{ name: 'opt/d/f' }, link]],
    ['a folder for a link', [link, folder]],
    ['a file for a folder', [folder, file]],
    ['a file for a file', [file, file]],
    ['a file for a link', [link, file]],
    ['a link for a file', [file, link]],
    ['a folder for a folder', [folder, folder]],
    ['a hard link for a file', [{ name: 'opt/f' }, file, { name: 'opt/d', type: '1', link: 'opt/f' }]],
    ['the same name in other words', [file, { name: './opt//d' }]],
  ])('%s is refused with the package and the path', async (_, parts) => {
    const reason = await hostile.refusal(format, [{ name: 'evil', parts: [...foldersAbove('opt/d'), ...parts] }]);
    expect(reason.code, reason.message).toBe('archive/duplicate-entry');
    expect(reason.message).toMatch(/package evil 1\.0/u);
    expect(reason.message).toContain('opt/d');
  });

  it.each<[string, readonly TarPart[], readonly TarPart[]]>([
    ['a link for a folder', [folder, { name: 'opt/d/f' }], [link]],
    ['a file for a folder', [folder, { name: 'opt/d/f' }], [file]],
    ['a file for an empty folder', [folder], [file]],
    ['a file for a link', [link], [file]],
    ['another file for a file', [file], [{ ...file, content: 'y' }]],
  ])('%s, of another package, is refused with both and the path', async (_, one, other) => {
    const reason = await hostile.refusal(format, [
      { name: 'a-one', parts: [...foldersAbove('opt/d'), ...one] },
      { name: 'b-other', parts: [...foldersAbove('opt/d'), ...other] },
    ]);
    expect(reason.code, reason.message).toBe('image/file-conflict');
    for (const word of ['a-one', 'b-other', '/opt/d']) expect(reason.message).toContain(word);
  });
});
