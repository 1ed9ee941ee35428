/*
 * Group 6: bombs. What is unpacked is bounded by what a package says of itself and by limits that nothing it says can move.
 *
 * | case | tested in |
 * | --- | --- |
 * | in an apk's first stream: a signature, many signatures, the control section, its metadata | here; provider/packages/apk/apk-archive.test.ts |
 * | in its data: one file, many files, a size that is only stated | here |
 * | in a deb's control and data: gzip, xz, zstd | here; provider/packages/deb/{deb-archive,decompress}.test.ts |
 * | xz that asks for much memory; zstd that states a size | here |
 * | a package that says it is enormous | provider/packages/data-limit.test.ts |
 * | a sparse entry, in each of its forms | here |
 * | more entries than any package has | provider/packages/tar.test.ts |
 * | an index that unpacks to more than it should | here; provider/packages/apk/{gzip-members,index-archive}.test.ts |
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cut, gzip } from '../../provider/packages/apk/testing/apk-maker.js';
import { controlOfDeb } from '../../provider/packages/deb/deb-archive.js';
import { makeDeb } from '../../provider/packages/deb/testing/deb-maker.js';
import { inPieces, makeOpenTar, makeTar, type TarPart } from '../../provider/packages/testing/tar-maker.js';
import { errorOf } from '../fixtures/error-of.js';
import { type Format, formats } from './hostile-archives.js';
import { type HostileWorld, openHostileWorld } from './hostile-world.js';
import { openWorkshop, type Workshop } from './workshop.js';

let hostile: HostileWorld;
beforeAll(async () => {
  hostile = await openHostileWorld();
});
afterAll(() => hostile.close());

const MiB = 1024 * 1024;

/** A tar with a file of 80 MiB of zeros, in xz; that is so regular that gzip makes almost nothing of it. */
const xzBomb = gunzipSync(
  Buffer.from(
    'H4sIAAAAAAACA/trXhURxcDA8uzaFjcmBkVGMQYGhhL9p4v//89hnB7LIM59+liTcULcmtOHLJi2OUo9fp3n1VOouaHNJOHRfL57NcefSa0oOX8lW6Ty3PMJ1+Q+P9BgVqo6+ejbfJY42wneomoT3eP1F6myXw7wOW3mMOu9/+pyjWcTnnPuFT4SFLZj14z+uc7vN/+zEBC5c+mOz8019TmpqV+WXN34QiEwb9KXN68LxTbLrO9s5/svMPlHYUXkD+6z/6dquPGv/FNz7/csA72wA/2tn5sbD6QeUQ3+8XWimSHr0g3v8g8W+LrzXJwouGptguyucxvVJWIi216mBUXse1m2JvLJ02hWjp/Hb6398ztIu+SsXLSC08+7wbY/NFM4rRtOa+Xc32r94chevfhV/HbeaU4ThAeh1bo/60/O/y/AqM3wpjh4+d9962oMpeZv7zXMK5i3XDn+jcbp1otTZ3TVaU38pF76XfIA2wzfGX9vrL86gX9EhRKS1YH89ptGA2w0wEYDbDTARgNsNMBGA2w0wEYDbDTARgNsNMBGA2w0wEYDbDTARgNsNMBGA2w0wEYDbDTARgNsNMBGA2w0wEYDbDTARgNsNMBGA2w0wEYDbDTARgNsNMBGA2w0wEYDbDTARgNsNMBGA2w0wEZWgDVo/WZgZ3iT0b5/UgADA4PXd6eMF57zNBkYtyc09DRoGD95EbbxSPpvJqAcA0tkFABKbTVUXDAAAA==',
    'base64',
  ),
);

/** The head of a tar with one file of `size` bytes, which are left out. */
function headOf(size: number): Buffer {
  return makeOpenTar([{ name: 'zeros', tamper: statedSize(size) }]);
}

/** A zstd frame (RFC 8878) of `head` and then `zeros`, in blocks of four bytes that stand for 128 KiB each. */
function zstdBomb(head: Buffer, zeros: number): Buffer {
  const block = (type: number, size: number, last: boolean): Buffer => {
    const header = Buffer.alloc(3);
    header.writeUIntLE((size << 3) | (type << 1) | (last ? 1 : 0), 0, 3);
    return header;
  };
  const blocks = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50]), block(0, head.length, false), head];
  for (let left = zeros; left > 0; left -= 128 * 1024) {
    const size = Math.min(left, 128 * 1024);
    blocks.push(block(1, size, left === size), Buffer.from([0]));
  }
  return Buffer.concat(blocks);
}

describe('a bomb in an apk', () => {
  const signature = (bytes: number): Buffer =>
    gzip(cut(makeTar([{ name: '.SIGN.RSA256.tests.rsa.pub', content: Buffer.alloc(bytes) }])));
  it.each<[string, () => Buffer]>([
    ['a signature', () => signature(40 * MiB)],
    ['a signature that is no longer one', () => signature(MiB)],
    ['signatures without an end', () => Buffer.concat(Array.from({ length: 40 }, () => signature(256)))],
    ['a first stream without entries', () => gzip(Buffer.alloc(40 * MiB))],
    ['a first stream whose entry is only stated', () => gzip(headOf(2 ** 33 - 1))],
    ['a first stream with a name of its own for every byte', () => gzip(cut(makeTar(manyFiles(2000))))],
    [
      'a gzip header with a name that does not end',
      () => Buffer.concat([Buffer.from('1f8b0808000000000003', 'hex'), Buffer.alloc(MiB, 'n')]),
    ],
  ])('in front, %s, is refused with the package', async (_, head) => {
    const reason = await hostile.refusal('apk', [{ name: 'evil', parts: [], head: head() }]);
    expect(reason.code, reason.message).toBe('package/wrong-checksum');
    expect(reason.message).toMatch(/evil 1\.0-r0/u);
    expect(reason.message).toMatch(/archive|tar|member|inflates|signature|bytes/u);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['a field', { pkgdesc: 'x'.repeat(9 * MiB) }],
    ['a control section', { pkgdesc: 'x'.repeat(33 * MiB) }],
  ])('in %s of the metadata is refused with the package', async (_, fields) => {
    const reason = await hostile.refusal('apk', [{ name: 'evil', parts: [], fields }]);
    expect(reason.code, reason.message).toBe('package/wrong-checksum');
    expect(reason.message).toMatch(/evil 1\.0-r0/u);
  });

  it('in the data, of 300 MiB in 300 kB, is refused with the package', async () => {
    const data = gzip(Buffer.concat([headOf(300 * MiB), Buffer.alloc(300 * MiB + 1024)]));
    expect(data.length).toBeLessThan(MiB);
    const reason = await hostile.refusal('apk', [{ name: 'evil', parts: [], data }]);
    expect(reason.code, reason.message).toBe('archive/too-large');
    expect(reason.message).toMatch(/package evil 1\.0-r0/u);
  });
});

describe('a bomb in a deb', () => {
  it.each<[string, string, () => Buffer]>([
    ['gzip', 'data.tar.gz', () => gzipSync(Buffer.concat([headOf(80 * MiB), Buffer.alloc(80 * MiB + 1024)]))],
    ['xz', 'data.tar.xz', () => xzBomb],
    ['zstd', 'data.tar.zst', () => zstdBomb(headOf(80 * MiB), 80 * MiB + 1024)],
    ['zstd in frames', 'data.tar.zst', () => Buffer.concat([zstdBomb(headOf(80 * MiB), MiB), ...frames(80)])],
  ])('in its data, %s, is refused with the package', async (_, dataName, make) => {
    const data = make();
    expect(data.length).toBeLessThan(MiB);
    const reason = await hostile.refusal('deb', [{ name: 'evil', parts: [], data, dataName }]);
    expect(reason.code, reason.message).toBe('archive/too-large');
    expect(reason.message).toMatch(/package evil 1\.0 /u);
  });

  it.each<[string, () => Buffer]>([
    ['zstd that states more than anyone has', () => stated(zstdBomb(Buffer.from('x'), MiB), 2n ** 40n)],
    ['zstd that states more than a number holds', () => stated(zstdBomb(Buffer.from('x'), MiB), 2n ** 63n)],
    ['zstd that states less than there is', () => stated(zstdBomb(Buffer.from('x'), MiB), 10n)],
    ['zstd with a window of terabytes', () => windowed(zstdBomb(Buffer.from('x'), MiB), 0xff)],
  ])('%s is refused with the package', async (_, make) => {
    const made = { name: 'evil', parts: [], data: make(), dataName: 'data.tar.zst' };
    const reason = await hostile.refusal('deb', [made]);
    expect(reason.code, reason.message).toMatch(/^archive\//u);
    expect(reason.message).toMatch(/package evil 1\.0 /u);
  });

  it('in its control, is refused with the package', async () => {
    const fields = { Package: 'evil', Version: '1.0', Architecture: 'amd64', Description: 'x'.repeat(65 * MiB) };
    const deb = makeDeb(fields, []);
    expect(deb.length).toBeLessThan(MiB);
    const error = await errorOf(controlOfDeb(inPieces(deb, 4096), { subject: 'package evil 1.0', installedSize: 0 }));
    expect(error.code).toBe('archive/too-large');
    expect(error.message).toContain('package evil 1.0');
  });
});

describe.each(formats)('a size that is only stated, %s', (format: Format) => {
  it.each([
    ['more than the package may have', 2 ** 33 - 1],
    ['more than there is', 4096],
  ])('%s is refused at once, with the package', async (_, size) => {
    const data = gzip(Buffer.concat([headOf(size), Buffer.alloc(512)]));
    const reason = await hostile.refusal(format, [{ name: 'evil', parts: [], data }]);
    expect(['archive/too-large', 'archive/truncated']).toContain(reason.code);
    expect(reason.message).toMatch(/package evil 1\.0/u);
  });

  it.each<[string, TarPart]>([
    ['GNU', { name: 'x', type: 'S', content: 'x' }],
    ['PAX 0.0', { name: 'x', content: 'x', pax: { 'GNU.sparse.size': '1099511627776', 'GNU.sparse.numblocks': '1' } }],
    ['PAX 0.1', { name: 'x', content: 'x', pax: { 'GNU.sparse.map': '0,1', 'GNU.sparse.size': '1099511627776' } }],
    [
      'PAX 1.0',
      {
        name: 'GNUSparseFile.0/x',
        content: '1\n0\n1\n'.padEnd(512, '\0'),
        pax: { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '1099511627776' },
      },
    ],
  ])('of a sparse file in the form of %s is refused with the package', async (_, part) => {
    const reason = await hostile.refusal(format, [{ name: 'evil', parts: [part] }]);
    expect(reason.code).toBe('archive/unsupported');
    expect(reason.message).toMatch(/package evil 1\.0/u);
  });
});

describe('a bomb in an index', () => {
  let shop: Workshop;
  beforeEach(async () => {
    shop = await openWorkshop();
  });
  afterEach(() => shop.close());

  it('apk: is refused by its stated size, with the repository', async () => {
    const index = gzip(
      Buffer.concat([makeOpenTar([{ name: 'APKINDEX', tamper: statedSize(2 ** 33 - 1) }]), Buffer.alloc(MiB)]),
    );
    await shop.write('x86_64/APKINDEX.tar.gz', index);
    const error = await errorOf(shop.apk({ allowUnsigned: true }));
    expect(error.code).toBe('archive/too-large');
    expect(error.message).toContain(shop.server.url);
  });

  it('deb: a stanza without an end is refused with the repository, before all of it is there', async () => {
    await shop.writeDebIndex(`Package: evil\nDescription: ${'x'.repeat(40 * MiB)}`);
    const error = await errorOf(shop.deb());
    expect(error.code).toBe('repository/malformed');
    expect(error.message).toContain(`${shop.server.url} stable`);
  });
});

function statedSize(size: number): (header: Buffer) => void {
  return (header) => void header.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
}

function manyFiles(count: number): readonly TarPart[] {
  return Array.from({ length: count }, (_, index) => ({ name: `.file-${index}` }));
}

/** So many frames of one MiB of zeros each. */
function frames(count: number): readonly Buffer[] {
  return Array.from({ length: count }, () => zstdBomb(Buffer.alloc(1), MiB - 1));
}

/** The frame with a content size in its header. */
function stated(frame: Buffer, size: bigint): Buffer {
  const content = Buffer.alloc(8);
  content.writeBigUInt64LE(size);
  return Buffer.concat([frame.subarray(0, 4), Buffer.from([0xc0]), frame.subarray(5, 6), content, frame.subarray(6)]);
}

/** The frame with another window. */
function windowed(frame: Buffer, descriptor: number): Buffer {
  return Buffer.concat([frame.subarray(0, 5), Buffer.from([descriptor]), frame.subarray(6)]);
}
