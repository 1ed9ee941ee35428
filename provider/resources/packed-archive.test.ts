import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { makeOpenTar, makeTar } from '../packages/testing/tar-maker.js';
import { mostBytes } from './file-limits.js';
import { readPackedArchive } from './packed-archive.js';
import { makeZip } from './testing/zip-maker.js';

const parts = [
  { name: 'app.conf', content: 'a = 1\n' },
  { name: 'empty', content: '' },
];
const many = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `f${index}`, content: 'x' }));
const large = { name: 'big', content: Buffer.alloc(mostBytes + 1) };
const whole = gzipSync(makeTar(parts));

describe('a packed archive', () => {
  it.each([
    ['a tar', makeTar(parts)],
    [
      'a tar that was made in the folder itself',
      makeTar([{ name: './', type: '5' }, { name: './app.conf', content: 'a = 1\n' }, { name: './empty' }]),
    ],
    ['a tar with gzip', whole],
    ['a zip', makeZip(parts)],
  ])('as %s gives its files', async (_, content) => {
    const read = await readPackedArchive('files', content);
    expect(read).toEqual({ files: { 'app.conf': Buffer.from('a = 1\n'), empty: Buffer.alloc(0) } });
  });

  it.each([
    ['a tar', makeTar],
    ['a zip', makeZip],
  ])('as %s may have as many and as large files as a bundle', async (_, make) => {
    const read = await readPackedArchive(
      'files',
      make([...many(19), { name: 'big', content: Buffer.alloc(mostBytes) }]),
    );
    expect('files' in read && Object.keys(read.files)).toHaveLength(20);
  });

  it.each<[string, Buffer, RegExp]>([
    ['nothing', Buffer.alloc(0), /neither a \.tar, \.tar\.gz, \.tgz nor a \.zip/u],
    ['something else', Buffer.from('%PDF-1.7'), /neither a \.tar/u],
    ['a tar with 21 files', makeTar(many(21)), /more than 20 files/u],
    ['a zip with 21 files', makeZip(many(21)), /more than 20 files/u],
    ['a tar with a file over 1 MB', makeTar([large]), /big has 1048577 bytes/u],
    ['a zip with a file over 1 MB', makeZip([large]), /big has 1048577 bytes/u],
    ['a tar that leaves its root', makeTar([{ name: '../passwd', content: 'x' }]), /passwd/u],
    ['a zip that leaves its root', makeZip([{ name: '../passwd', content: 'x' }]), /passwd/u],
    ['a tar with an absolute name', makeTar([{ name: '/etc/passwd', content: 'x' }]), /files: .*passwd/u],
    ['a zip with an absolute name', makeZip([{ name: '/etc/passwd', content: 'x' }]), /files.*passwd/u],
    ['a zip with a name of another system', makeZip([{ name: '..\\passwd', content: 'x' }]), /files.*passwd/u],
    ['a tar with a symlink', makeTar([{ name: 'a', type: '2', link: '/etc/passwd' }]), /a is no plain file/u],
    ['a zip with a symlink', makeZip([{ name: 'a', content: '/etc/passwd', mode: 0o120777 }]), /a is no plain file/u],
    ['a tar with a hard link', makeTar([...parts, { name: 'b', type: '1', link: 'app.conf' }]), /b is no plain file/u],
    ['a tar with a device', makeTar([{ name: 'null', type: '3' }]), /null is no plain file/u],
    ['a tar with a folder', makeTar([{ name: 'in/', type: '5' }]), /in.* is no plain file/u],
    ['a zip with a folder', makeZip([{ name: 'in/' }]), /in\/ is no plain file/u],
    ['a tar with a file twice', makeTar([...parts, ...parts]), /app\.conf/u],
    ['a zip with a file twice', makeZip([...parts, ...parts]), /app\.conf is in it twice/u],
    ['a bomb in gzip', gzipSync(Buffer.concat([makeOpenTar(many(1)), Buffer.alloc(64 * mostBytes)])), /files: /u],
    [
      'a bomb of a tar',
      gzipSync(
        makeTar(
          Array.from({ length: 19 }, (_, index) => ({ name: `f${index}`, content: Buffer.alloc(2 * mostBytes) })),
        ),
      ),
      /at most 1048576/u,
    ],
    [
      'a bomb in a zip',
      makeZip([{ name: 'a', content: Buffer.alloc(64 * mostBytes), size: 10 }]),
      /files cannot be read/u,
    ],
    [
      'a zip whose content is other than announced',
      makeZip([{ name: 'a', content: 'x', checksum: 1 }]),
      /a does not have the checksum/u,
    ],
    ['an encrypted zip', makeZip([{ name: 'a', content: 'x', flags: 1 }]), /a is encrypted/u],
    ['half a tar', makeTar(parts).subarray(0, 700), /files: /u],
    ['half of a tar with gzip', whole.subarray(0, whole.length / 2), /files: the gzip stream ends too early/u],
    ['half a zip', makeZip(parts).subarray(0, 60), /files cannot be read as an archive/u],
    ['a tar with something behind', Buffer.concat([gzipSync(makeTar(parts)), Buffer.from('more')]), /files: /u],
  ])('is refused: %s', async (_, content, reason) => {
    const read = await readPackedArchive('files', content);
    expect('fault' in read ? read.fault : 'it was not').toMatch(reason);
  });
});
