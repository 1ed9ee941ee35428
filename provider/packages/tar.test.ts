import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inPieces, makeOpenTar, makePaxRecord, makeTar } from './testing/tar-maker.js';
import type { TarPart } from './testing/tar-maker.js';
import { readTar } from './tar.js';
import type { TarEntry, TarLimits } from './tar.js';

const limits: TarLimits = { subject: 'package t 1', maxBytes: 1_000_000 };

async function entriesOf(tar: Uint8Array, more: Partial<TarLimits> = {}): Promise<(TarEntry & { content: string })[]> {
  const entries = [];
  for await (const entry of readTar(inPieces(tar), { ...limits, ...more })) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry.body) chunks.push(chunk);
    entries.push({ ...entry, content: Buffer.concat(chunks).toString('latin1') });
  }
  return entries;
}

const file: TarPart = { name: './usr/f', content: 'x' };

describe('readTar', () => {
  it('gives entries of every kind with their metadata', async () => {
    const entries = await entriesOf(
      makeTar([
        { name: './', type: '5' },
        { name: './usr/', type: '5', mode: 0o755 },
        { name: './usr/f', content: 'hello', mode: 0o4755, uid: 1, gid: 2, mtime: 1_700_000_000 },
        { name: './usr/l', type: '2', link: '/etc/x' },
        { name: './usr/h', type: '1', link: './usr/f' },
        { name: './dev/null', type: '3', tamper: (header) => header.write('0000001\u00000000003\0', 329, 'latin1') },
        { name: './run/p', type: '6' },
      ]),
    );
    expect(
      entries.map(({ path, type, linkTarget, device, content }) => ({ path, type, linkTarget, device, content })),
    ).toEqual([
      { path: 'usr', type: 'directory', content: '' },
      { path: 'usr/f', type: 'file', content: 'hello' },
      { path: 'usr/l', type: 'symlink', linkTarget: '/etc/x', content: '' },
      { path: 'usr/h', type: 'hardlink', linkTarget: 'usr/f', content: '' },
      { path: 'dev/null', type: 'character-device', device: { major: 1, minor: 3 }, content: '' },
      { path: 'run/p', type: 'fifo', content: '' },
    ]);
    expect(entries[1]).toMatchObject({ mode: 0o4755, uid: 1, gid: 2, mtime: 1_700_000_000, size: 5 });
  });

  it('reads long names and binary attributes from PAX', async () => {
    const capability = Buffer.from([1, 0, 0, 2, 0x0a, 0xff, 0, 0x3d]);
    const path = `usr/${'d'.repeat(200)}/${'f'.repeat(200)}`;
    const [entry] = await entriesOf(
      makeTar([
        {
          name: 'short',
          content: 'x',
          pax: { path, mtime: '12.75', uid: '70000', 'SCHILY.xattr.security.capability': capability },
        },
      ]),
    );
    expect(entry).toMatchObject({ path, mtime: 12, uid: 70_000, content: 'x' });
    expect(Buffer.from(entry!.xattrs!.get('security.capability')!)).toEqual(capability);
  });

  it('reads GNU long names', async () => {
    const name = `./usr/${'n'.repeat(180)}`;
    const target = `../${'t'.repeat(180)}`;
    const [entry] = await entriesOf(
      makeTar([
        { name: '././@LongLink', type: 'K', content: `${target}\0` },
        { name: '././@LongLink', type: 'L', content: `${name}\0` },
        { name: name.slice(0, 100), type: '2', link: target.slice(0, 100) },
      ]),
    );
    expect(entry).toMatchObject({ path: name.slice(2), linkTarget: target });
  });

  it('reads a size in base 256', async () => {
    const tamper = (header: Buffer): void => {
      header.fill(0, 124, 136);
      header[124] = 0x80;
      header[135] = 5;
    };
    const [entry] = await entriesOf(makeTar([{ name: 'f', content: 'hello', tamper }]));
    expect(entry!.content).toBe('hello');
  });

  it('takes a name with a slash at its end for a folder in archives from before ustar', async () => {
    const tamper = (header: Buffer): void => void header.fill(0, 156, 157).fill(0, 257, 265);
    const entries = await entriesOf(
      makeTar([
        { name: 'd/', tamper },
        { name: 'd/f', content: 'x', tamper },
      ]),
    );
    expect(entries.map(({ path, type }) => [path, type])).toEqual([
      ['d', 'directory'],
      ['d/f', 'file'],
    ]);
  });

  it('passes over bodies that nobody reads', async () => {
    const paths = [];
    const tar = makeTar([
      { name: 'a', content: 'x'.repeat(3000) },
      { name: 'b', content: 'y' },
    ]);
    for await (const entry of readTar(inPieces(tar), limits)) paths.push(entry.path);
    expect(paths).toEqual(['a', 'b']);
  });

  it('ends without a mark only where that is agreed', async () => {
    expect(await entriesOf(makeOpenTar([file]), { end: 'open' })).toHaveLength(1);
    await expect(entriesOf(makeOpenTar([file]))).rejects.toMatchObject({ code: 'archive/truncated' });
  });

  const base256 = (bytes: readonly number[]) => (header: Buffer) => {
    header.fill(0xff, 124, 136);
    Buffer.from(bytes).copy(header, 124);
  };
  it.each<[string, string, TarPart[]]>([
    ['an absolute name', 'archive/bad-name', [{ name: '/etc/passwd' }]],
    ['a name that leaves the root', 'archive/bad-name', [{ name: './usr/../../etc/x' }]],
    ['a name that leaves the root in PAX', 'archive/bad-name', [{ name: 'a', pax: { path: '../x' } }]],
    ['a control character', 'archive/bad-name', [{ name: 'a\nb' }]],
    ['a NUL in PAX', 'archive/bad-name', [{ name: 'a', pax: { path: 'a\0b' } }]],
    ['a name that is no UTF-8', 'archive/bad-name', [{ name: 'a', pax: { path: Buffer.from([0x61, 0xff]) } }]],
    ['a whiteout', 'archive/bad-name', [{ name: './etc/.wh.passwd' }]],
    ['an opaque whiteout above a file', 'archive/bad-name', [{ name: './.wh..wh..opq/x' }]],
    ['too many levels', 'archive/bad-name', [{ name: 'a', pax: { path: 'd/'.repeat(2000) } }]],
    ['a part that is too long', 'archive/bad-name', [{ name: 'a', pax: { path: 'n'.repeat(256) } }]],
    ['an empty symlink', 'archive/bad-name', [{ name: 'a', type: '2' }]],
    ['a file in place of the root', 'archive/bad-name', [{ name: './.' }]],
    ['a hard link out of the root', 'archive/bad-name', [{ name: 'h', type: '1', link: '../../etc/passwd' }]],
    ['a hard link to an absolute name', 'archive/bad-name', [{ name: 'h', type: '1', link: '/etc/passwd' }]],
    ['a hard link to nothing before it', 'archive/bad-link', [{ name: 'h', type: '1', link: 'f' }, { name: 'f' }]],
    [
      'a hard link to a symlink',
      'archive/bad-link',
      [
        { name: 's', type: '2', link: '/etc' },
        { name: 'h', type: '1', link: 's' },
      ],
    ],
    ['a file through a symlink', 'archive/bad-link', [{ name: 's', type: '2', link: '/etc' }, { name: 's/passwd' }]],
    ['a file beneath a file', 'archive/bad-link', [{ name: 'f' }, { name: 'f/x' }]],
    [
      'a symlink in place of a folder',
      'archive/duplicate-entry',
      [{ name: 'd/x' }, { name: 'd', type: '2', link: '/etc' }],
    ],
    ['the same name twice', 'archive/duplicate-entry', [{ name: 'f' }, { name: './f' }]],
    [
      'a folder that becomes a symlink',
      'archive/duplicate-entry',
      [
        { name: 'd', type: '5' },
        { name: 'd', type: '2', link: 'x' },
      ],
    ],
    ['a folder with content', 'archive/contradiction', [{ name: 'd/', type: '5', content: 'x' }]],
    ['a symlink with content', 'archive/contradiction', [{ name: 'd', type: '2', link: 'x', content: 'x' }]],
    ['a size that PAX contradicts', 'archive/contradiction', [{ name: 'f', content: 'xy', pax: { size: '1' } }]],
    [
      'a PAX record that is there twice',
      'archive/contradiction',
      [
        { name: 'p', type: 'x', content: Buffer.concat([makePaxRecord('path', 'a'), makePaxRecord('path', 'b')]) },
        { name: 'f' },
      ],
    ],
    [
      'a PAX record of a false length',
      'archive/malformed',
      [{ name: 'p', type: 'x', content: '99 path=a\n' }, { name: 'f' }],
    ],
    ['a negative size', 'archive/malformed', [{ name: 'f', tamper: base256([0xff]) }]],
    ['a size beyond all files', 'archive/malformed', [{ name: 'f', tamper: base256([0x80, 0x7f]) }]],
    [
      'a size that is no number',
      'archive/malformed',
      [{ name: 'f', tamper: (header) => header.write('-0000000001', 124) }],
    ],
    [
      'a user name without an end',
      'archive/malformed',
      [{ name: 'f', tamper: (header) => header.fill('u', 265, 297) }],
    ],
    ['a magic that is unknown', 'archive/malformed', [{ name: 'f', tamper: (header) => header.write('tar', 257) }]],
    [
      'a name in PAX and another of GNU',
      'archive/contradiction',
      [
        { name: '././@LongLink', type: 'L', content: 'a\0' },
        { name: 'x', pax: { path: 'b' } },
      ],
    ],
    [
      'two names of GNU',
      'archive/contradiction',
      [
        { name: '././@LongLink', type: 'L', content: 'a\0' },
        { name: '././@LongLink', type: 'L', content: 'b\0' },
        { name: 'x' },
      ],
    ],
    ['a name that PAX makes empty', 'archive/contradiction', [{ name: 'd/', type: '5', pax: { path: '' } }]],
    ['a file with the name of a folder', 'archive/contradiction', [{ name: 'd/' }]],
    ['a header of star’s', 'archive/unsupported', [{ name: 'f', tamper: (header) => header.write('tar\0', 508) }]],
    ['a PAX key with a control character', 'archive/malformed', [{ name: 'f', pax: { 'SCHILY.xattr.a\0': 'x' } }]],
    ['an owner that no system has', 'archive/malformed', [{ name: 'f', pax: { uid: '4294967295' } }]],
    ['a time after the year 9999', 'archive/malformed', [{ name: 'f', pax: { mtime: '253402300800' } }]],
    [
      'a size beyond the limit, before it is read',
      'archive/too-large',
      [{ name: 'f', tamper: (header) => header.write('77777777777\0', 124) }],
    ],
    [
      'a header that stands alone',
      'archive/truncated',
      [{ name: 'p', type: 'x', content: makePaxRecord('path', 'a') }],
    ],
    [
      'names for all entries',
      'archive/unsupported',
      [{ name: 'g', type: 'g', content: makePaxRecord('path', 'x') }, { name: 'f' }],
    ],
    ['a sparse file', 'archive/unsupported', [{ name: 'f', type: 'S' }]],
    ['a sparse file in PAX', 'archive/unsupported', [{ name: 'f', pax: { 'GNU.sparse.major': '1' } }]],
    [
      'megabytes of metadata',
      'archive/too-large',
      [{ name: 'p', type: 'x', content: Buffer.alloc(2_000_000, 'x') }, { name: 'f' }],
    ],
  ])('refuses %s', async (_what, code, parts) => {
    await expect(entriesOf(makeTar(parts), { maxBytes: 10_000_000 })).rejects.toMatchObject({ code });
  });

  it('refuses more bytes and more entries than are allowed', async () => {
    await expect(
      entriesOf(makeTar([{ name: 'f', content: 'x'.repeat(5000) }]), { maxBytes: 4096 }),
    ).rejects.toMatchObject({
      code: 'archive/too-large',
    });
    await expect(entriesOf(makeTar([{ name: 'a' }, { name: 'b' }]), { maxEntries: 1 })).rejects.toMatchObject({
      code: 'archive/too-large',
    });
  });

  it('refuses data behind the end, and takes zeros', async () => {
    expect(await entriesOf(Buffer.concat([makeTar([file]), Buffer.alloc(9000)]))).toHaveLength(1);
    await expect(entriesOf(Buffer.concat([makeTar([file]), Buffer.from('x')]))).rejects.toMatchObject({
      code: 'archive/trailing-data',
    });
  });

  it('refuses whatever is cut off or has a flipped bit in a header', async () => {
    const tar = makeTar([file, { name: './usr/g', content: 'y'.repeat(600) }]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: tar.length - 513 }), async (length) => {
        await expect(entriesOf(tar.subarray(0, length))).rejects.toMatchObject({ code: 'archive/truncated' });
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 147 }), fc.integer({ min: 0, max: 7 }), async (byte, bit) => {
        const flipped = Buffer.from(tar);
        flipped[byte]! ^= 1 << bit;
        await expect(entriesOf(flipped)).rejects.toMatchObject({ code: 'archive/malformed' });
      }),
    );
  });

  it('gives back any content, however it arrives', async () => {
    const content = fc.uint8Array({ maxLength: 2000 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(content, { maxLength: 5 }),
        fc.integer({ min: 1, max: 1500 }),
        async (contents, size) => {
          const tar = makeTar(contents.map((bytes, index) => ({ name: `f${index}`, content: bytes })));
          const found: string[] = [];
          for await (const entry of readTar(inPieces(tar, size), limits)) {
            const chunks: Uint8Array[] = [];
            for await (const chunk of entry.body) chunks.push(chunk);
            found.push(Buffer.concat(chunks).toString('hex'));
          }
          expect(found).toEqual(contents.map((bytes) => Buffer.from(bytes).toString('hex')));
        },
      ),
      { numRuns: 50 },
    );
  });
});
