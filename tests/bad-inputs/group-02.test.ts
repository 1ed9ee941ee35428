/*
 * Group 2: links with targets that are judged from one folder and made from another.
 *
 * | case | tested in |
 * | --- | --- |
 * | a hard link with an absolute target, or with `..`, from the root and from its own folder | here; provider/packages/tar.test.ts |
 * | a hard link to a file outside, then overwritten | here |
 * | a hard link to a link, to a folder, to nothing, to what another package has | here |
 * | a hard link under two names for one entry (PAX, GNU, header) | here |
 * | a symbolic link with an absolute target or `..` | here: kept as it is; through it nothing is written (group 1) |
 * | a hard link whose file another package takes over | here |
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

const hardlink = (name: string, to: string): TarPart => ({ name, type: '1', link: to });
const symlink = (name: string, to: string): TarPart => ({ name, type: '2', link: to });
const folders = foldersAbove('opt/sub/x');

describe.each(formats)('a hard link, %s', (format: Format) => {
  it.each<[string, string, string, (canary: string) => readonly TarPart[]]>([
    ['to an absolute name', 'archive/bad-name', 'canary', (canary) => [...folders, hardlink('opt/evil', canary)]],
    [
      'to an absolute name, then overwritten',
      'archive/bad-name',
      'canary',
      (canary) => [...folders, hardlink('opt/evil', canary), { name: 'opt/evil', content: 'dead' }],
    ],
    [
      'with .. that leaves the root from anywhere',
      'archive/bad-name',
      'canary',
      (canary) => [...folders, hardlink('opt/evil', `${'../'.repeat(16)}${canary.slice(1)}`.slice(0, 99))],
    ],
    [
      'with .. that stays in the root only from its own folder',
      'archive/bad-name',
      '../f',
      () => [...folders, { name: 'opt/f', content: 'x' }, hardlink('opt/sub/evil', '../f')],
    ],
    [
      'with .. that stays in the root only from the root',
      'archive/bad-name',
      'opt/sub/../f',
      () => [...folders, { name: 'opt/f', content: 'x' }, hardlink('evil', 'opt/sub/../f')],
    ],
    [
      'with a target that exists only in its own folder',
      'archive/bad-link',
      'opt/sub/evil',
      () => [...folders, { name: 'opt/sub/f', content: 'x' }, hardlink('opt/sub/evil', 'f')],
    ],
    [
      'to a symbolic link out of the root',
      'archive/bad-link',
      'opt/evil',
      (canary) => [...folders, symlink('opt/l', canary), hardlink('opt/evil', 'opt/l')],
    ],
    [
      'through a symbolic link',
      'archive/bad-link',
      'opt/evil',
      (canary) => [...folders, symlink('opt/l', canary.replace('/canary', '')), hardlink('opt/evil', 'opt/l/canary')],
    ],
    ['to a folder', 'archive/bad-link', 'opt/evil', () => [...folders, hardlink('opt/evil', 'opt/sub')]],
    ['to itself', 'archive/bad-link', 'opt/evil', () => [...folders, hardlink('opt/evil', 'opt/evil')]],
    ['to nothing', 'archive/bad-link', 'opt/evil', () => [...folders, hardlink('opt/evil', 'opt/none')]],
    [
      'to a file that comes later',
      'archive/bad-link',
      'opt/evil',
      () => [...folders, hardlink('opt/evil', 'opt/f'), { name: 'opt/f' }],
    ],
    ['with no target', 'archive/bad-link', 'opt/evil', () => [...folders, hardlink('opt/evil', '')]],
    [
      'with a target in PAX that is absolute',
      'archive/bad-name',
      'canary',
      (canary) => [...folders, { name: 'opt/f' }, { ...hardlink('opt/evil', 'opt/f'), pax: { linkpath: canary } }],
    ],
    [
      'with two targets, in PAX and before it',
      'archive/contradiction',
      'opt/g',
      () => [
        ...folders,
        { name: 'opt/f', content: 'f' },
        { name: 'opt/g', content: 'g' },
        { name: '././@LongLink', type: 'K', content: 'opt/g\0' },
        { ...hardlink('opt/evil', 'opt/f'), pax: { linkpath: 'opt/f' } },
      ],
    ],
    [
      'with a target in PAX that is empty',
      'archive/contradiction',
      'empty linkpath',
      () => [...folders, { name: 'opt/f' }, { ...hardlink('opt/evil', 'opt/f'), pax: { linkpath: '' } }],
    ],
  ])('%s is refused with the package and the path', async (_, code, path, parts) => {
    const reason = await hostile.refusal(format, [{ name: 'evil', parts: parts(hostile.canary) }]);
    expect(reason.code, reason.message).toBe(code);
    expect(reason.message).toMatch(/package evil 1\.0/u);
    expect(reason.message).toContain(path);
  });

  it('to a file of another package is refused, whether that is in the image or not', async () => {
    const evil = { name: 'evil', parts: [...folders, hardlink('opt/evil', 'srv/good')] };
    const good = { name: 'a-good', parts: [...foldersAbove('srv/good'), { name: 'srv/good', content: 'good' }] };
    for (const packages of [[evil], [good, evil]]) {
      const reason = await hostile.refusal(format, packages);
      expect(reason.code).toBe('archive/bad-link');
      expect(reason.message).toContain('opt/evil');
    }
  });

  it('to a file that another package takes over is refused with the path, and never leads to the other', async () => {
    const fields = format === 'deb' ? { Replaces: 'linker' } : { replaces: 'linker' };
    const reason = await hostile.refusal(format, [
      {
        name: 'linker',
        parts: [...folders, { name: 'opt/f', content: 'mine' }, hardlink('opt/link', 'opt/f')],
      },
      { name: 'taker', parts: [...folders, { name: 'opt/f', content: 'theirs' }], fields },
    ]);
    expect(reason.code).toBe('image/file-conflict');
    expect(reason.message).toContain('linker');
    expect(reason.message).toContain('/opt/f');
  });

  it('that is honest has the content of its file', async () => {
    await hostile.publish(format, [
      {
        name: 'honest',
        parts: [...folders, { name: './opt/f', content: 'content' }, hardlink('opt/sub/link', './opt/f')],
      },
    ]);
    const root = await hostile.root(format);
    expect(root.get('opt/f')?.content).toBe('content');
    expect(root.get('opt/sub/link')).toMatchObject({ type: 'hardlink', linkTarget: 'opt/f' });
  });
});

describe.each(formats)('a symbolic link, %s', (format: Format) => {
  it.each([
    ['an absolute target', '/opt/f'],
    ['.. within the root', '../../opt/f'],
    ['.. beyond the root', '../../../../../../opt/f'],
    ['.. after a name', 'none/../../f'],
  ])('with %s is in the image as it stands', async (_, target) => {
    await hostile.publish(format, [
      { name: 'linking', parts: [...folders, { name: 'opt/f', content: 'f' }, symlink('opt/sub/l', target)] },
    ]);
    expect((await hostile.root(format)).get('opt/sub/l')).toMatchObject({ type: 'symlink', linkTarget: target });
    await hostile.expectUntouched();
  });

  it('with no target is refused with the package', async () => {
    const reason = await hostile.refusal(format, [{ name: 'evil', parts: [...folders, symlink('opt/evil', '')] }]);
    expect(reason.code).toBe('archive/bad-name');
    expect(reason.message).toMatch(/package evil 1\.0/u);
  });
});
