/*
 * Group 7: headers that lie, or that are none.
 *
 * | case | tested in |
 * | --- | --- |
 * | malformed ar: magic, header, size (none, negative, too great), name, order and number of members | here; provider/packages/deb/deb-archive.test.ts |
 * | a .deb of the old format, of a format to come; members packed as nobody packs any more | here |
 * | malformed tar: magic, checksum, numbers; negative and overflowing sizes, in octal and base 256 | here; provider/packages/tar.test.ts |
 * | base 256 where it is right | here; provider/packages/tar.test.ts |
 * | PAX that contradicts the header, or itself | here; provider/packages/tar.test.ts |
 * | times and owners that no system has | here |
 */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gzip } from '../../provider/packages/apk/testing/apk-maker.js';
import { makeAr } from '../../provider/packages/deb/testing/deb-maker.js';
import { makePaxRecord, makeTar, type TarPart } from '../../provider/packages/testing/tar-maker.js';
import { type Format, formats } from './hostile-archives.js';
import { type HostileWorld, openHostileWorld } from './hostile-world.js';

let hostile: HostileWorld;
beforeAll(async () => {
  hostile = await openHostileWorld();
});
afterAll(() => hostile.close());

type Member = readonly [name: string, content: Uint8Array | string];

const control: Member = [
  'control.tar.gz',
  gzipSync(makeTar([{ name: './control', content: 'Package: evil\nVersion: 1.0\nArchitecture: amd64\n' }])),
];
const data: Member = ['data.tar.gz', gzipSync(makeTar([{ name: 'f', content: 'x' }]))];
const version: Member = ['debian-binary', '2.0\n'];

/** The first ar header of the archive with another text at `offset` of it. */
const inHeader = (offset: number, text: string) => (): Buffer => {
  const archive = makeAr([version, control, data]);
  archive.write(text, 8 + offset, 'latin1');
  return archive;
};

describe('an ar archive', () => {
  it.each<[string, string, () => Buffer]>([
    [
      'with another magic',
      'malformed',
      () => Buffer.from(makeAr([version, control, data]).toString('latin1').replace('!<arch>', '!<thin>'), 'latin1'),
    ],
    ['that is empty', 'truncated', () => Buffer.alloc(0)],
    ['without members', 'truncated', () => makeAr([])],
    ['with a header that has no end', 'malformed', inHeader(58, 'xx')],
    ['with a negative size', 'malformed', inHeader(48, '-4        ')],
    ['with a size in letters', 'malformed', inHeader(48, '0x4       ')],
    ['without a size', 'malformed', inHeader(48, '          ')],
    ['with a size that runs into the mark', 'malformed', inHeader(48, '4444444444xx')],
    ['with a size beyond its end', 'malformed', inHeader(48, '9999999999')],
    ['with a name of spaces', 'malformed', inHeader(0, '                ')],
    ['with a name in the table of names', 'malformed', inHeader(0, '/0              ')],
    ['with a name of BSD’s', 'malformed', inHeader(0, '#1/20           ')],
    ['with the data first', 'malformed', () => makeAr([version, data, control])],
    ['without debian-binary', 'malformed', () => makeAr([control, data])],
    ['without a control', 'malformed', () => makeAr([version, data])],
    ['without data', 'truncated', () => makeAr([version, control])],
    ['with two controls', 'malformed', () => makeAr([version, control, control, data])],
    ['with a second data behind the first', 'contradiction', () => makeAr([version, control, data, data])],
    ['with a second control behind the data', 'contradiction', () => makeAr([version, control, data, control])],
    ['with a foreign member in front of the data', 'malformed', () => makeAr([version, control, ['evil', 'x'], data])],
    [
      'in which the data is of another’s compression',
      'malformed',
      () => makeAr([version, control, ['data.tar.xz', data[1]]]),
    ],
    ['with data in bzip2', 'unsupported', () => makeAr([version, control, ['data.tar.bz2', 'BZh9']])],
    ['with data in lzma', 'unsupported', () => makeAr([version, control, ['data.tar.lzma', ']']])],
    ['of the format of 1995', 'unsupported', () => Buffer.from('0.939000\n100\n')],
    ['of a format to come', 'unsupported', () => makeAr([['debian-binary', '3.0\n'], control, data])],
    ['with a version that is none', 'unsupported', () => makeAr([['debian-binary', '2'], control, data])],
    [
      'with a version that does not end',
      'malformed',
      () => makeAr([['debian-binary', '2.0\n'.padEnd(2000)], control, data]),
    ],
    [
      'with a control that is no control',
      'malformed',
      () => makeAr([version, ['control.tar.gz', gzipSync(makeTar([{ name: 'x' }]))], data]),
    ],
    [
      'with a control that is a link',
      'malformed',
      () =>
        makeAr([
          version,
          ['control.tar.gz', gzipSync(makeTar([{ name: 'control', type: '2', link: '/etc/passwd' }]))],
          data,
        ]),
    ],
  ])('%s is refused with the package', async (_, kind, make) => {
    const reason = await hostile.refusal('deb', [{ name: 'evil', parts: [], spoil: make }]);
    expect(reason.code, reason.message).toMatch(new RegExp(`^archive/(?:${kind}|truncated)$`, 'u'));
    expect(reason.message).toMatch(/package evil 1\.0 amd64/u);
  });

  it.each<[string, readonly Member[]]>([
    ['members of later versions', [version, control, ['_gpgbuilder', 'x'], data, ['_gpgorigin', 'signature']]],
    [
      'a plain control and data',
      [
        version,
        ['control.tar', makeTar([{ name: 'control', content: 'Package: evil\nVersion: 1.0\nArchitecture: amd64\n' }])],
        ['data.tar', makeTar([{ name: 'f' }])],
      ],
    ],
    ['a version of minor changes', [['debian-binary', '2.9\n'], control, data]],
  ])('with %s is taken', async (_, members) => {
    const image = await hostile.publish('deb', [{ name: 'evil', parts: [], spoil: () => makeAr(members) }]);
    expect(image.status).toBe('created');
  });
});

const base256 =
  (bytes: readonly number[], offset = 124, length = 12) =>
  (header: Buffer): void => {
    header.fill(0, offset, offset + length);
    Buffer.from(bytes).copy(header, offset, 0, length);
  };
const octal =
  (text: string, offset = 124) =>
  (header: Buffer): void =>
    void header.write(text, offset, 'latin1');

describe.each(formats)('a tar header, %s', (format: Format) => {
  const entry = (tamper: (header: Buffer) => void): readonly TarPart[] => [{ name: 'evil', content: 'x', tamper }];
  it.each<[string, string, readonly TarPart[]]>([
    ['with a negative size in base 256', 'malformed', entry(base256(Array.from({ length: 12 }, () => 0xff)))],
    ['with a size of 2 to the 63 in base 256', 'malformed', entry(base256([0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]))],
    [
      'with a size of 2 to the 95 in base 256',
      'malformed',
      entry(base256([0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
    ],
    ['with a size that wraps to a small one', 'malformed', entry(base256([0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]))],
    ['with a size of 2 to the 52 in base 256', 'too-large', entry(base256([0x80, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0]))],
    ['with a negative size', 'malformed', entry(octal('-0000000001\0'))],
    ['with a size that is not octal', 'malformed', entry(octal('00000000009\0'))],
    ['with a size in hexadecimal', 'malformed', entry(octal('0x000000001\0'))],
    ['with a size with a gap', 'malformed', entry(octal('000 0000001\0'))],
    ['with a size of eight gigabytes that is not there', 'too-large', entry(octal('77777777777\0'))],
    ['with a mode that is no number', 'malformed', entry(octal('rwxr-xr\0', 100))],
    ['with a negative owner', 'malformed', entry(base256([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 108, 8))],
    ['with an owner that no system has', 'malformed', entry(base256([0x80, 0, 0, 1, 0, 0, 0, 0], 108, 8))],
    ['with a group that no system has', 'malformed', entry(base256([0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], 116, 8))],
    ['with a time that is no number', 'malformed', entry(octal('yesterday  \0', 136))],
    [
      'with a time before all files',
      'malformed',
      entry(
        base256(
          Array.from({ length: 12 }, () => 0xff),
          136,
        ),
      ),
    ],
    ['with a time after all files', 'malformed', entry(base256([0x80, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0], 136))],
    ['with another magic', 'malformed', entry(octal('USTAR\0', 257))],
    ['with the magic of one form and the version of another', 'malformed', entry(octal('ustar \0\0', 257))],
    ['with an owner in PAX that no system has', 'malformed', [{ name: 'evil', pax: { uid: '99999999999' } }]],
    ['with an owner in PAX that is no number', 'malformed', [{ name: 'evil', pax: { gid: '-1' } }]],
    ['with a time in PAX after all files', 'malformed', [{ name: 'evil', pax: { mtime: '999999999999999' } }]],
    ['with a negative time in PAX', 'malformed', [{ name: 'evil', pax: { mtime: '-1' } }]],
    [
      'with a size in PAX that contradicts it',
      'contradiction',
      [{ name: 'evil', content: 'x'.repeat(600), pax: { size: '1' } }],
    ],
    ['with a size in PAX where it has none', 'contradiction', [{ name: 'evil', pax: { size: '512' } }]],
    ['with a negative size in PAX', 'malformed', [{ name: 'evil', content: 'x', pax: { size: '-1' } }]],
    [
      'with a size in PAX beyond all numbers',
      'malformed',
      [{ name: 'evil', content: 'x', pax: { size: '9'.repeat(40) } }],
    ],
    ['with a size in PAX of terabytes', 'too-large', [{ name: 'evil', content: 'x', pax: { size: '9999999999999' } }]],
    [
      'with a PAX key that is there twice',
      'contradiction',
      [
        { name: 'pax', type: 'x', content: Buffer.concat([makePaxRecord('path', 'a'), makePaxRecord('path', 'b')]) },
        { name: 'evil' },
      ],
    ],
    [
      'with two PAX headers',
      'contradiction',
      [
        { name: 'pax', type: 'x', content: makePaxRecord('path', 'a') },
        { name: 'evil', pax: { path: 'b' } },
      ],
    ],
    [
      'with a PAX length that is too short',
      'malformed',
      [{ name: 'pax', type: 'x', content: '6 path=evil\n' }, { name: 'evil' }],
    ],
    [
      'with a PAX length that is too long',
      'malformed',
      [{ name: 'pax', type: 'x', content: '600 path=evil\n' }, { name: 'evil' }],
    ],
    [
      'with a PAX length that is none',
      'malformed',
      [{ name: 'pax', type: 'x', content: 'xx path=evil\n' }, { name: 'evil' }],
    ],
    [
      'with a PAX record that does not end',
      'malformed',
      [{ name: 'pax', type: 'x', content: '12 path=evil' }, { name: 'evil' }],
    ],
    [
      'with a PAX header for all entries',
      'unsupported',
      [{ name: 'pax', type: 'g', content: makePaxRecord('path', 'evil') }, { name: 'x' }],
    ],
    ['that stands before nothing', 'truncated', [{ name: 'pax', type: 'x', content: makePaxRecord('path', 'evil') }]],
    ['of a folder with content', 'contradiction', [{ name: 'evil/', type: '5', content: 'x' }]],
    ['of a link with content', 'contradiction', [{ name: 'evil', type: '2', link: 'x', content: 'x' }]],
    [
      'of a hard link with content',
      'contradiction',
      [{ name: 'x' }, { name: 'evil', type: '1', link: 'x', content: 'x' }],
    ],
    ['of a device with content', 'contradiction', [{ name: 'evil', type: '3', content: 'x' }]],
  ])('%s is refused with the package', async (_, kind, parts) => {
    const reason = await hostile.refusal(format, [{ name: 'evil', parts }]);
    expect(reason.code, reason.message).toBe(`archive/${kind}`);
    expect(reason.message).toMatch(/package evil 1\.0/u);
  });

  it('with a wrong checksum is refused with the package', async () => {
    const tar = makeTar([{ name: 'evil', content: 'x' }]);
    tar[0] = 'E'.charCodeAt(0);
    const reason = await hostile.refusal(format, [{ name: 'evil', parts: [], data: gzip(tar) }]);
    expect(reason.code).toBe('archive/malformed');
    expect(reason.message).toMatch(/package evil 1\.0.*checksum/u);
  });

  it.each<[string, readonly TarPart[]]>([
    ['a size in base 256', entry(base256([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]))],
    ['a size in PAX that agrees', [{ name: 'evil', content: 'x', pax: { size: '1' } }]],
    ['a time in PAX with a fraction', [{ name: 'evil', content: 'x', pax: { mtime: '1700000000.123456789' } }]],
    ['numbers that end in spaces', entry(octal('000000001   '))],
    [
      'a comment for all entries',
      [
        { name: 'pax', type: 'g', content: makePaxRecord('comment', 'made by') },
        { name: 'evil', content: 'x' },
      ],
    ],
  ])('with %s is taken', async (_, parts) => {
    await hostile.publish(format, [{ name: 'evil', parts }]);
    expect((await hostile.root(format)).get('evil')?.content).toBe('x');
  });
});

describe('a build date that no system has', () => {
  it.each(['999999999999999', '-1', 'yesterday'])('apk: %s is refused with the package', async (builddate) => {
    const reason = await hostile.refusal('apk', [{ name: 'evil', parts: [], fields: { builddate } }]);
    expect(reason.code, reason.message).toBe('package/wrong-checksum');
    expect(reason.message).toMatch(/evil 1\.0-r0[\s\S]*builddate/u);
  });
});
