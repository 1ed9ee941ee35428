/*
 * Group 4: names that collide, delete, or go too deep.
 *
 * | case | tested in |
 * | --- | --- |
 * | names that differ by case or Unicode form | here: an image tells them apart, and nothing of either is lost |
 * | a link and a folder whose names differ so | here: nothing is written through the link |
 * | `.wh.` names, of files, folders, links and targets | here; provider/packages/tar.test.ts |
 * | attributes that a layer's reader takes for deletions | here; provider/image/package-layout.test.ts |
 * | thousands of nested folders in one entry | here; provider/packages/tar.test.ts |
 * | the same path from two packages with different types | here and in group 3; provider/image/merge.test.ts |
 */
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
const composed = 'srv/caf\u00e9';
const decomposed = 'srv/cafe\u0301';

describe.each(formats)('names that collide elsewhere, %s', (format: Format) => {
  it.each([
    ['by case', 'srv/Readme', 'srv/readme'],
    ['by Unicode form', composed, decomposed],
    ['by a letter that folds into two', 'srv/stra\u00dfe', 'srv/strasse'],
    ['by a sign that is compatible', 'srv/\ufb01le', 'srv/file'],
  ])('%s are two files, from one package or two', async (_, one, other) => {
    const parts = (name: string): readonly TarPart[] => [{ name: 'x', pax: { path: name }, content: name }];
    for (const packages of [
      [{ name: 'both', parts: [...folders, ...parts(one), ...parts(other)] }],
      [
        { name: 'one', parts: [...folders, ...parts(one)] },
        { name: 'other', parts: [...folders, ...parts(other)] },
      ],
    ]) {
      await hostile.publish(format, packages);
      const root = await hostile.root(format);
      for (const name of [one, other]) {
        expect(Buffer.from(root.get(name)?.content ?? '', 'latin1').toString()).toBe(name);
      }
    }
  });

  it.each([
    ['by case', 'srv/Link', 'srv/link'],
    ['by Unicode form', composed, decomposed],
  ])('%s do not make a way through a link', async (_, link, folder) => {
    await hostile.publish(format, [
      {
        name: 'evil',
        parts: [
          ...folders,
          { name: 'x', type: '2', link: hostile.outside, pax: { path: link } },
          { name: 'x', pax: { path: `${folder}/canary` }, content: 'dead' },
        ],
      },
    ]);
    const root = await hostile.root(format);
    expect(root.get(link)?.type).toBe('symlink');
    expect(root.get(folder)?.type).toBe('directory');
    expect(root.get(`${folder}/canary`)?.content).toBe('dead');
    await hostile.expectUntouched();
  });
});

describe.each(formats)('a name that deletes, %s', (format: Format) => {
  it.each<[string, string, readonly TarPart[]]>([
    ['a whiteout', '.wh.passwd', [...foldersAbove('etc/x'), { name: 'etc/.wh.passwd' }]],
    ['a whiteout of a folder', '.wh.usr', [{ name: '.wh.usr' }]],
    ['an opaque mark', '.wh..wh..opq', [{ name: 'srv/', type: '5' }, { name: 'srv/.wh..wh..opq' }]],
    ['a folder', '.wh.srv', [{ name: '.wh.srv/', type: '5' }]],
    ['a folder on the way', '.wh.srv', [{ name: '.wh.srv/f' }]],
    ['a link', '.wh.srv', [{ name: '.wh.srv', type: '2', link: '/etc' }]],
    ['the target of a hard link', '.wh.srv', [{ name: 'f' }, { name: 'g', type: '1', link: '.wh.srv' }]],
    ['in PAX', '.wh.srv', [{ name: 'f', pax: { path: '.wh.srv' } }]],
    ['a name of the mark’s own', '.wh..wh.plnk', [{ name: '.wh..wh.plnk/', type: '5' }]],
  ])('%s is refused with the package and the name', async (_, name, parts) => {
    const reason = await hostile.refusal(format, [{ name: 'evil', parts }]);
    expect(reason.code).toBe('archive/bad-name');
    expect(reason.message).toMatch(/package evil 1\.0/u);
    expect(reason.message).toContain(name);
  });

  it.each(['trusted.overlay.opaque', 'trusted.overlay.redirect', 'user.overlay.opaque', 'user.overlay.whiteout'])(
    'the attribute %s is refused with the package and the path',
    async (attribute) => {
      const pax = { [`SCHILY.xattr.${attribute}`]: 'y' };
      for (const part of [
        { name: 'srv/d/', type: '5', pax },
        { name: 'srv/d', content: 'x', pax },
      ]) {
        const reason = await hostile.refusal(format, [{ name: 'evil', parts: [...folders, part] }]);
        expect(reason.code, reason.message).toBe('image/unsafe-path');
        expect(reason.message).toMatch(/package evil 1\.0/u);
        expect(reason.message).toContain('/srv/d');
      }
    },
  );
});

describe.each(formats)('a name that goes deep, %s', (format: Format) => {
  it.each<[string, string]>([
    ['thousands of folders in one name', 'd/'.repeat(2000)],
    ['a thousand folders, and a file', `${'d/'.repeat(1000)}f`],
    ['a name longer than any file system takes', `srv/${'n'.repeat(256)}`],
    ['a path longer than any file system takes', `srv/${`${'n'.repeat(200)}/`.repeat(30)}f`],
  ])('%s is refused with the package', async (_, path) => {
    const type = path.endsWith('/') ? '5' : '0';
    const reason = await hostile.refusal(format, [{ name: 'evil', parts: [{ name: 'x', type, pax: { path } }] }]);
    expect(reason.code).toBe('archive/bad-name');
    expect(reason.message).toMatch(/package evil 1\.0/u);
    expect(reason.message.length).toBeLessThan(1000);
  });

  it('as honest packages have is kept', async () => {
    const path = `${'d/'.repeat(60)}f`;
    await hostile.publish(format, [{ name: 'deep', parts: [{ name: 'x', pax: { path }, content: 'deep' }] }]);
    expect((await hostile.root(format)).get(path)?.content).toBe('deep');
  });
});
