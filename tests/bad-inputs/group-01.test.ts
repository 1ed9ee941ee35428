/*
 * Group 1: a symbolic link out of the root, and a write through it.
 *
 * | case | tested in |
 * | --- | --- |
 * | in one package, apk and deb | here, from the repository to the registry; provider/packages/tar.test.ts (the reader) |
 * | … by a link in another folder, to a link, to a folder of the image | here |
 * | split over two packages | here; provider/image/merge.test.ts |
 * | a link out of the root that nobody writes through | here: kept as it is, and followed by nobody |
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

const link = (name: string, to: string): TarPart => ({ name, type: '2', link: to });
const file = (name: string): TarPart => ({ name, content: 'evil' });

describe.each(formats)('a link and a write through it, %s', (format: Format) => {
  it.each<[string, string, (target: string) => readonly TarPart[]]>([
    [
      'out of the root by an absolute name',
      'opt/out/evil',
      (to) => [...foldersAbove('opt/x'), link('opt/out', to), file('opt/out/evil')],
    ],
    [
      'out of the root by ..',
      'opt/out/evil',
      () => [...foldersAbove('opt/x'), link('opt/out', `${'../'.repeat(12)}tmp`), file('opt/out/evil')],
    ],
    [
      'to a folder of the image',
      'opt/out/evil',
      () => [...foldersAbove('opt/x'), link('opt/out', '../etc'), file('opt/out/evil')],
    ],
    [
      'by way of another link',
      'opt/b/evil',
      (to) => [...foldersAbove('opt/x'), link('opt/a', to), link('opt/b', 'a'), file('opt/b/evil')],
    ],
    [
      'of a folder through it',
      'opt/out/sub',
      (to) => [...foldersAbove('opt/x'), link('opt/out', to), { name: 'opt/out/sub/', type: '5' }],
    ],
    [
      'of a link through it',
      'opt/out/sub',
      (to) => [...foldersAbove('opt/x'), link('opt/out', to), link('opt/out/sub', '/etc/passwd')],
    ],
  ])('%s is refused with the package and the path', async (_, path, parts) => {
    const reason = await hostile.refusal(format, [{ name: 'evil', parts: parts(hostile.outside) }]);
    expect(reason.code).toBe('archive/bad-link');
    expect(reason.message).toMatch(/package evil 1\.0/u);
    expect(reason.message).toContain(path);
  });

  it.each<[string, (target: string) => readonly TarPart[], readonly TarPart[]]>([
    [
      'out of the root',
      (to) => [...foldersAbove('opt/x'), link('opt/out', to)],
      [...foldersAbove('opt/out/x'), file('opt/out/evil')],
    ],
    ['out of the root, the folder not stated', (to) => [link('opt/out', to)], [file('opt/out/evil')]],
    ['out of the root by ..', () => [link('opt/out', '../../../../tmp')], [file('opt/out/evil')]],
    ['to a folder of the image', () => [...foldersAbove('opt/x'), link('opt/out', '../etc')], [file('opt/out/evil')]],
    ['at the end of the path', (to) => [link('opt/out', `${to}/canary`)], [...foldersAbove('opt/x'), file('opt/out')]],
  ])('split over two packages, %s, is refused with both, whichever comes first', async (_, makesLink, writes) => {
    for (const [linker, writer] of [
      ['a-evil', 'b-evil'],
      ['b-evil', 'a-evil'],
    ] as const) {
      const reason = await hostile.refusal(format, [
        { name: linker, parts: makesLink(hostile.outside) },
        { name: writer, parts: writes },
      ]);
      expect(['image/file-conflict', 'image/unsafe-path']).toContain(reason.code);
      expect(reason.message).toContain(linker);
      expect(reason.message).toContain(writer);
      expect(reason.message).toContain('/opt/out');
    }
  });

  it('that nobody writes through stays a link, and what it leads to is not read', async () => {
    const image = await hostile.publish(format, [
      {
        name: 'evil',
        parts: [...foldersAbove('srv/x'), link('srv/out', hostile.canary), link('srv/up', '../../../../etc/shadow')],
      },
    ]);
    expect(image.status).toBe('created');
    const root = await hostile.root(format);
    expect(root.get('srv/out')).toMatchObject({ type: 'symlink', linkTarget: hostile.canary });
    expect(root.get('srv/up')).toMatchObject({ type: 'symlink', linkTarget: '../../../../etc/shadow' });
    expect([...root.values()].filter(({ content }) => content.includes('alive'))).toEqual([]);
    await hostile.expectUntouched();
  });
});
