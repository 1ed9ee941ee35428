import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entriesOf } from '../archive.js';
import { inPieces, makeTar } from '../testing/tar-maker.js';
import { controlOfDeb, openDebArchive } from './deb-archive.js';
import { makeAr, makeDeb } from './testing/deb-maker.js';

const options = { subject: 'package t 1', installedSize: 4096 };
const fields = { Package: 't', Version: '1', Architecture: 'all', Replaces: 'u' };
const control = gzipSync(makeTar([{ name: './control', content: 'Package: t\nVersion: 1\nArchitecture: all\n' }]));
const data = gzipSync(makeTar([{ name: './f', content: 'x' }]));

async function pathsOf(deb: Uint8Array): Promise<string[]> {
  const paths = [];
  for await (const entry of entriesOf(openDebArchive(inPieces(deb), options).events())) paths.push(entry.path);
  return paths;
}

describe('openDebArchive', () => {
  it('gives the control and then the files', async () => {
    const deb = makeDeb(fields, [{ name: './usr/f', content: 'hello' }], {
      md5sums: '5d41402abc4b2a76b9719d911017c592  usr/f\n',
      conffiles: '/etc/t.conf\nremove-on-upgrade /etc/old.conf\n',
      postinst: '#!/bin/sh\n',
      triggers: 'activate-noawait ldconfig\n',
      templates: 'Template: t\n',
    });
    const archive = openDebArchive(inPieces(deb), options);
    const read = await archive.control();
    expect(read.fields.get('replaces')).toBe('u');
    expect(read.text).toBe('Package: t\nVersion: 1\nArchitecture: all\nReplaces: u\n');
    expect(read.md5sums).toContain('usr/f');
    expect(read.conffiles).toEqual(['/etc/t.conf', '/etc/old.conf']);
    expect([...read.scripts.keys()]).toEqual(['postinst']);
    expect(read.triggers).toBe('activate-noawait ldconfig\n');
    const entries = [];
    for await (const entry of entriesOf(archive.events())) entries.push(`${entry.type} ${entry.path} ${entry.size}`);
    expect(entries).toEqual(['file usr/f 5']);
  });

  it.each([
    [
      'plain members',
      [
        ['control.tar', makeTar([{ name: 'control', content: 'Package: t\nVersion: 1\nArchitecture: all' }])],
        ['data.tar', makeTar([{ name: 'f' }])],
      ],
    ],
    [
      'members that a reader may pass over',
      [
        ['_gpgorigin', 'x'],
        ['control.tar.gz', control],
        ['_more', 'y'],
        ['data.tar.gz', data],
        ['later', 'z'],
      ],
    ],
    [
      'names with a slash behind them',
      [
        ['control.tar.gz/', control],
        ['data.tar.gz/', data],
      ],
    ],
  ] as const)('takes %s', async (_what, members) => {
    expect(await pathsOf(makeAr([['debian-binary', '2.0\n'], ...members]))).toEqual(['f']);
  });

  it('closes its source when only the control is wanted', async () => {
    let closed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield* inPieces(makeDeb(fields, [{ name: './f', content: 'x'.repeat(10_000) }]), 100);
      } finally {
        closed = true;
      }
    }
    expect((await controlOfDeb(source(), options)).fields.get('package')).toBe('t');
    expect(closed).toBe(true);
  });

  const binary = ['debian-binary', '2.0\n'] as const;
  it.each<[string, string, Uint8Array]>([
    ['no archive at all', 'archive/malformed', Buffer.from('<html>this is a sign-in page</html>')],
    ['nothing', 'archive/truncated', Buffer.alloc(0)],
    ['the old format', 'archive/unsupported', Buffer.from('0.939000\n123\n')],
    ['another major format', 'archive/unsupported', makeAr([['debian-binary', '3.0\n']])],
    [
      'no debian-binary',
      'archive/malformed',
      makeAr([
        ['control.tar.gz', control],
        ['data.tar.gz', data],
      ]),
    ],
    [
      'an unknown member before the control',
      'archive/malformed',
      makeAr([binary, ['new', ''], ['control.tar.gz', control]]),
    ],
    [
      'data before the control',
      'archive/malformed',
      makeAr([binary, ['data.tar.gz', data], ['control.tar.gz', control]]),
    ],
    ['no data', 'archive/truncated', makeAr([binary, ['control.tar.gz', control]])],
    [
      'data twice',
      'archive/contradiction',
      makeAr([binary, ['control.tar.gz', control], ['data.tar.gz', data], ['data.tar.gz', data]]),
    ],
    ['bzip2', 'archive/unsupported', makeAr([binary, ['control.tar.gz', control], ['data.tar.bz2', data]])],
    ['long names', 'archive/malformed', makeAr([binary, ['//', 'long'], ['control.tar.gz', control]])],
    ['a control archive without control', 'archive/malformed', makeAr([binary, ['control.tar.gz', data]])],
    ['a control file without a version', 'archive/malformed', makeDeb({ Package: 't', Architecture: 'all' }, [])],
    [
      'a control file that is a link',
      'archive/malformed',
      makeAr([binary, ['control.tar.gz', gzipSync(makeTar([{ name: 'control', type: '2', link: '/etc/passwd' }]))]]),
    ],
    [
      'junk behind gzip',
      'archive/trailing-data',
      makeAr([binary, ['control.tar.gz', Buffer.concat([control, Buffer.from('junk')])]]),
    ],
    [
      'zeros behind gzip',
      'archive/trailing-data',
      makeAr([binary, ['control.tar.gz', Buffer.concat([control, Buffer.alloc(9)])]]),
    ],
    ['a bomb', 'archive/too-large', makeDeb(fields, [{ name: './f', content: Buffer.alloc(80_000_000) }])],
    ['a file out of the root', 'archive/bad-name', makeDeb(fields, [{ name: './../f' }])],
  ])('refuses %s', async (_what, code, deb) => {
    await expect(pathsOf(deb)).rejects.toMatchObject({ code });
  });

  it.each([
    ['a negative size', '-1'],
    ['a size that is no number', '0x10'],
    ['an empty size', ''],
  ])('refuses an ar header with %s', async (_what, size) => {
    const deb = makeDeb(fields, []);
    deb.write(size.padEnd(10), 8 + 48, 'latin1');
    await expect(pathsOf(deb)).rejects.toMatchObject({ code: 'archive/malformed' });
  });

  it('refuses an ar member that is longer than the archive', async () => {
    const deb = makeDeb(fields, []);
    deb.write('9999999999', 8 + 60 + 4 + 48, 'latin1');
    await expect(pathsOf(deb)).rejects.toMatchObject({ code: 'archive/truncated' });
  });

  it('refuses whatever is cut off', async () => {
    const deb = makeDeb(fields, [{ name: './f', content: 'x'.repeat(3000) }]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: deb.length - 2 }), async (length) => {
        await expect(pathsOf(deb.subarray(0, length))).rejects.toMatchObject({ code: 'archive/truncated' });
      }),
    );
  });
});
