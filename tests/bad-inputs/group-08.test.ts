/*
 * Group 8: archives that end too early or too late, and bits that are wrong.
 *
 * | case | tested in |
 * | --- | --- |
 * | cut off at every byte | here; provider/packages/{tar,deb/deb-archive,deb/decompress,apk/gzip-members}.test.ts |
 * | cut off on its way, cut off at its source | here; provider/creator/bad-mirror.test.ts, group 11 |
 * | something behind the end: of the file, of a member, of a stream, of the tar | here; the unit tests above |
 * | two archives as one file, two tars as one stream | here |
 * | a data section in several gzip members | here: as it stands in an apk, and in a deb |
 * | a bit flipped anywhere, in either archive | here: every bit of a small one |
 * | … on its way from the mirror | here, at random; provider/creator/bad-mirror.test.ts |
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fetchPackages } from '../../provider/creator/fetch-packages.js';
import { gzip } from '../../provider/packages/apk/testing/apk-maker.js';
import { takeApk } from '../../provider/packages/apk/testing/taken-apk.js';
import { type ArchiveEntry, entriesOf } from '../../provider/packages/archive.js';
import { openDebArchive } from '../../provider/packages/deb/deb-archive.js';
import { inPieces, makeOpenTar, makeTar, type TarPart } from '../../provider/packages/testing/tar-maker.js';
import { openStore } from '../../provider/store/open-store.js';
import { isPrivateImageError } from '../../provider/support/errors.js';
import { errorOf } from '../fixtures/error-of.js';
import { type Format, formats, foldersAbove, hostileApk, hostileDeb, type HostilePackage } from './hostile-archives.js';
import { type HostileWorld, openHostileWorld } from './hostile-world.js';
import { openWorkshop, type Workshop } from './workshop.js';

const parts: readonly TarPart[] = [
  ...foldersAbove('srv/x'),
  { name: 'srv/f', content: 'content' },
  { name: 'srv/l', type: '2', link: 'f' },
];
const small: HostilePackage = { name: 'small', parts };
const controlSha1 = createHash('sha1').update(hostileApk(small).control).digest('hex');
const archives: Readonly<Record<Format, Buffer>> = { deb: hostileDeb(small), apk: hostileApk(small).bytes };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'group-08-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Everything that an archive holds, as text. */
async function read(format: Format, content: Uint8Array): Promise<string> {
  const entries: AsyncIterable<ArchiveEntry> =
    format === 'deb'
      ? entriesOf(openDebArchive(inPieces(content, 300), { subject: 'package small', installedSize: 4096 }).events())
      : (await takeApk(openStore(folder), content, { name: 'small', version: '1.0-r0', controlSha1 })).entries();
  const seen: unknown[] = [];
  for await (const { body, ...header } of entries) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    const { path, type, mode, uid, gid, mtime, size, linkTarget } = header;
    seen.push([path, type, mode, uid, gid, mtime, size, linkTarget, Buffer.concat(chunks).toString('latin1')]);
  }
  return JSON.stringify(seen);
}

/** What reading gives: `refused` by a typed error, or the content. Every other error is thrown. */
async function outcome(format: Format, content: Uint8Array): Promise<string> {
  return read(format, content).catch((error: unknown) => {
    if (isPrivateImageError(error) && /^(?:archive|control)\//u.test(error.code)) return 'refused';
    throw error;
  });
}

describe.each(formats)('the reader of a small archive, %s', (format) => {
  const archive = archives[format];

  it('refuses it cut off at every byte', async () => {
    for (let length = 0; length < archive.length; length += 1) {
      expect(await outcome(format, archive.subarray(0, length)), `at ${length}`).toBe('refused');
    }
    expect(await outcome(format, archive)).toContain('content');
  }, 60_000);

  it('refuses every flipped bit, but for those that mean nothing: then it is the same', async () => {
    const right = await outcome(format, archive);
    const harmless: number[] = [];
    for (let bit = 0; bit < archive.length * 8; bit += 1) {
      const flipped = Buffer.from(archive);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const seen = await outcome(format, flipped);
      if (seen === 'refused') continue;
      expect(seen, `bit ${bit}`).toBe(right);
      harmless.push(bit);
    }
    // An apk's index vouches for every bit; a deb's for the whole file, which is tested below, with times and owners in ar headers.
    if (format === 'apk') expect(harmless).toEqual([]);
  }, 120_000);

  it('refuses what follows its end', async () => {
    for (const tail of [
      Buffer.from([0]),
      Buffer.alloc(512),
      Buffer.from('\n\n'),
      Buffer.from('evil'),
      gzipSync('evil'),
      archive,
    ]) {
      expect(await outcome(format, Buffer.concat([archive, tail])), tail.toString('hex').slice(0, 40)).toBe('refused');
    }
  });
});

describe('an archive that came whole', () => {
  let hostile: HostileWorld;
  beforeAll(async () => {
    hostile = await openHostileWorld();
  });
  afterAll(() => hostile.close());

  const whole = makeTar(parts);
  const halves = [gzip(whole.subarray(0, 700)), gzip(whole.subarray(700))];
  describe.each(formats)('%s', (format) => {
    it.each<[string, Partial<HostilePackage>]>([
      ['cut off in its first header', { spoil: (archive) => archive.subarray(0, 7) }],
      ['cut off in its control', { spoil: (archive) => archive.subarray(0, 150) }],
      ['cut off in its data', { spoil: (archive) => archive.subarray(0, archive.length - 20) }],
      ['that is empty', { spoil: () => Buffer.alloc(0) }],
      ['with a byte behind its end', { spoil: (archive) => Buffer.concat([archive, Buffer.from('x')]) }],
      ['twice in one file', { spoil: (archive) => Buffer.concat([archive, archive]) }],
      ['with data that is cut off', { data: gzip(whole).subarray(0, -9) }],
      ['with data without a checksum', { data: gzip(whole).subarray(0, -8) }],
      ['with data of a wrong checksum', { data: spoiled(gzip(whole), -6) }],
      ['with data of a wrong length', { data: spoiled(gzip(whole), -1) }],
      ['with data and something behind it', { data: Buffer.concat([gzip(whole), Buffer.from('evil')]) }],
      ['with data and zeros behind it', { data: Buffer.concat([gzip(whole), Buffer.alloc(1024)]) }],
      ['with data of which the second half is cut off', { data: Buffer.concat(halves).subarray(0, -30) }],
      ['with data that is no gzip', { data: whole }],
      ['with data that is empty', { data: gzip(Buffer.alloc(0)) }],
      ['with a tar without an end', { data: gzip(makeOpenTar(parts)) }],
      ['with a tar with half an end', { data: gzip(Buffer.concat([makeOpenTar(parts), Buffer.alloc(512)])) }],
      ['with a tar that ends in a header', { data: gzip(makeOpenTar(parts).subarray(0, 700)) }],
      ['with a tar that ends in a file', { data: gzip(makeOpenTar(parts).subarray(0, 1027)) }],
      ['with a second tar behind the first', { data: gzip(Buffer.concat([whole, makeTar([{ name: 'evil' }])])) }],
      [
        'with a second tar in a second member',
        { data: Buffer.concat([gzip(whole), gzip(makeTar([{ name: 'evil' }]))]) },
      ],
      ['with something behind its tar', { data: gzip(Buffer.concat([whole, Buffer.from('evil')])) }],
    ])('%s is refused with the package', async (_, spoil) => {
      const reason = await hostile.refusal(format, [{ name: 'evil', parts, ...spoil }]);
      expect(reason.code, reason.message).toMatch(/^(?:archive\/|package\/wrong-checksum)/u);
      expect(reason.message).toMatch(/evil 1\.0/u);
    });

    it.each<[string, Buffer]>([
      ['in two gzip members', Buffer.concat(halves)],
      ['with many zeros at the end of its tar', gzip(Buffer.concat([whole, Buffer.alloc(10_240)]))],
    ])('with data %s is what it is', async (_, data) => {
      await hostile.publish(format, [{ name: 'honest', parts: [], data }]);
      expect((await hostile.root(format)).get('srv/f')?.content).toBe('content');
    });
  });
});

describe('an archive that is damaged on its way', () => {
  let shop: Workshop;
  beforeEach(async () => {
    shop = await openWorkshop();
  });
  afterEach(() => shop.close());

  it('deb: is refused whichever bit it is, with the package, and nothing of it is kept', async () => {
    const stanza = await shop.putDeb({ name: 'small', version: '1.0', architecture: 'amd64', archive: archives.deb });
    await shop.writeDebIndex(stanza);
    const [wanted] = (await shop.deb()).get('small');
    if (wanted === undefined) throw new Error('no package');
    await fc.assert(
      fc.asyncProperty(fc.nat(archives.deb.length * 8 - 1), async (bit) => {
        const sent = spoiled(archives.deb, bit >> 3, 1 << (bit & 7));
        shop.server.answer = (_, response) => {
          response.writeHead(200, { 'content-length': sent.length }).end(sent);
          return true;
        };
        const error = await errorOf(fetchPackages(shop.creator, [wanted]));
        expect(error).toMatchObject({ code: 'package/wrong-checksum', data: { package: 'small' } });
      }),
      { numRuns: 200 },
    );
    shop.server.answer = () => false;
    const stored = (await fetchPackages(shop.creator, [wanted])).get(wanted);
    expect(stored && (await shop.creator.store.read(stored.archive)).equals(archives.deb)).toBe(true);
  }, 60_000);
});

/** A copy with some bits of the byte at `index` flipped, counted from the end when negative. */
function spoiled(content: Buffer, index: number, bits = 1): Buffer {
  const copy = Buffer.from(content);
  const at = index < 0 ? copy.length + index : index;
  copy[at] = (copy[at] ?? 0) ^ bits;
  return copy;
}
