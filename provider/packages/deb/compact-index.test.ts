import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inPieces } from '../testing/tar-maker.js';
import { compactIndexOf } from './compact-form.js';
import { openCompactIndex } from './compact-index.js';
import { debIndexOf, mergeIndexes } from './deb-index.js';
import type { DebIndex } from './deb-index.js';
import { readPackagesFile } from './packages-file.js';
import { makeStanza } from './testing/repository-maker.js';

const origin = { url: 'http://mirror.test/debian/', repository: 'debian bookworm main' };

async function indexOf(packages: string, piece = 50): Promise<DebIndex> {
  const batches = readPackagesFile(inPieces(Buffer.from(packages), piece), 'amd64', origin.repository);
  const { tables, records } = await compactIndexOf(batches, gather);
  return openCompactIndex(tables, ({ offset, length }) => records.subarray(offset, offset + length), origin);
}

async function gather(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a Packages file', () => {
  it('becomes packages with all that is used of them', async () => {
    const index = await indexOf(
      makeStanza('libfoo1', {
        Source: 'foo (1.0-2)',
        Version: '1:1.0-2+b1',
        Description: 'a library — short\n long text\n .\n more',
        Homepage: 'https://foo.example/',
        Section: 'libs',
        Priority: 'optional',
        'Multi-Arch': 'same',
        Depends: 'libc6 (>= 2.36),\n libbar1 | libbar2',
        'Pre-Depends': 'dpkg',
        Provides: 'foo-abi (= 1), foo-any:any, foo',
        Breaks: 'libfoo0',
        Replaces: 'libfoo0',
        Conflicts: 'nofoo',
        Recommends: 'foo-data',
        Enhances: 'baz',
        Tag: 'role::x,\n role::y',
        Filename: 'pool/main/f/foo/libfoo1_1.0-2+b1_amd64.deb',
      }),
    );
    const [foo] = index.get('libfoo1');
    expect(foo).toMatchObject({
      format: 'deb',
      name: 'libfoo1',
      version: '1:1.0-2+b1',
      architecture: 'amd64',
      origin: { name: 'foo', version: '1.0-2' },
      description: 'a library — short',
      homepage: 'https://foo.example/',
      installedSize: 12 * 1024,
      multiArch: 'same',
      essential: false,
      depends: 'libc6 (>= 2.36), libbar1 | libbar2',
      preDepends: 'dpkg',
      breaks: 'libfoo0',
      replaces: 'libfoo0',
      conflicts: 'nofoo',
      recommends: 'foo-data',
      enhances: 'baz',
      section: 'libs',
      priority: 'optional',
      repository: 'debian bookworm main',
      archive: { url: 'http://mirror.test/debian/pool/main/f/foo/libfoo1_1.0-2%2Bb1_amd64.deb', size: 1234 },
    });
    for (const name of ['foo-abi', 'foo-any', 'foo']) expect(index.providersOf(name)).toEqual([foo]);
    expect(index.get('foo')).toEqual([]);
    expect([...index.names()]).toEqual(['libfoo1']);
  });

  it('gives the same object each time, from real name and provided name', async () => {
    const index = await indexOf(makeStanza('a', { Provides: 'v' }) + makeStanza('a', { Version: '2' }));
    expect(index.get('a').map((one) => one.version)).toEqual(['1.0-1', '2']);
    expect(index.get('a')[0]).toBe(index.get('a')[0]);
    expect(index.providersOf('v')[0]).toBe(index.get('a')[0]);
  });

  it('takes a source without version from the package itself', async () => {
    const index = await indexOf(makeStanza('a') + makeStanza('b', { Source: 'c' }));
    expect(index.get('a')[0]?.origin).toEqual({ name: 'a', version: '1.0-1' });
    expect(index.get('b')[0]?.origin).toEqual({ name: 'c', version: '1.0-1' });
  });

  it('leaves other architectures out', async () => {
    const index = await indexOf(makeStanza('a', { Architecture: 'i386' }) + makeStanza('b', { Architecture: 'all' }));
    expect([...index.names()]).toEqual(['b']);
  });

  it.each([
    ['ab', ['ab', 'abc']],
    ['abc', ['abc']],
    ['abcd', []],
    ['', ['ab', 'a', 'abc', 'b']],
  ])('has the names that begin with %j', async (prefix, expected) => {
    const index = await indexOf(
      ['ab', 'a', 'abc', 'b'].map((name) => makeStanza(name, { Provides: 'abcde' })).join(''),
    );
    expect([...index.names(prefix)]).toEqual(expected);
    expect([...mergeIndexes([index, await indexOf(makeStanza('abc'))]).names(prefix)]).toEqual(expected);
    expect([...debIndexOf([...index.names()].flatMap((name) => index.get(name))).names(prefix)]).toEqual(expected);
  });

  it('may be empty, and may lack the last new line', async () => {
    expect([...(await indexOf('')).names()]).toEqual([]);
    expect([...(await indexOf(makeStanza('a').trimEnd())).names()]).toEqual(['a']);
  });

  it('is read the same however it arrives', async () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9+.-]{1,12}$/), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(names, fc.integer({ min: 1, max: 900 }), async (wanted, piece) => {
        const index = await indexOf(wanted.map((name) => makeStanza(name, { Description: 'ä € 𝄞' })).join(''), piece);
        expect([...index.names()]).toEqual(wanted);
        for (const name of wanted) expect(index.get(name)[0]).toMatchObject({ name, description: 'ä € 𝄞' });
        expect(index.get('not-there-at-all')).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['a file name that leaves the pool', { Filename: 'pool/../../etc/passwd' }],
    ['an absolute file name', { Filename: '/etc/passwd' }],
    ['a file name on another host', { Filename: 'http://evil.test/x.deb' }],
    ['a file name that begins another host', { Filename: '//evil.test/x.deb' }],
    ['a file name with a backslash', { Filename: 'pool\\..\\x.deb' }],
    ['a file name with a control character', { Filename: 'pool/x\u0001.deb' }],
    ['no file name', { Filename: '' }],
    ['no checksum', { SHA256: '' }],
    ['a short checksum', { SHA256: 'abc' }],
    ['no size', { Size: '' }],
    ['a negative size', { Size: '-1' }],
    ['no version', { Version: '' }],
    ['a version with a space', { Version: '1 2' }],
    ['a name with a slash', { Package: '../x' }],
    ['a name with a control character', { Package: 'x\u001b' }],
    ['an escape in a description', { Description: 'x\u001b[31m' }],
    ['a strange Multi-Arch', { 'Multi-Arch': 'maybe' }],
  ])('is refused for %s', async (_what, fields) => {
    await expect(indexOf(makeStanza('good') + makeStanza('bad', fields))).rejects.toMatchObject({
      code: 'repository/malformed',
      message: expect.stringContaining('debian bookworm main'),
    });
  });

  it.each([
    ['a field that is there twice', `Package: a\n${makeStanza('a')}`],
    ['a line without a field', 'Package: a\nnonsense\n\n'],
    ['a line that goes on from nothing', ' x\n\n'],
    ['a stanza that is cut off', makeStanza('a').slice(0, 60)],
  ])('is refused for %s', async (_what, text) => {
    await expect(indexOf(text)).rejects.toMatchObject({ code: 'repository/malformed' });
  });
});

describe('openCompactIndex', () => {
  it('refuses other forms and lengths', async () => {
    const batches = readPackagesFile(inPieces(Buffer.from(makeStanza('a'))), 'amd64', 't');
    const { tables: bytes, records } = await compactIndexOf(batches, gather);
    for (const wrong of [
      Buffer.alloc(0),
      Buffer.alloc(100),
      bytes.subarray(0, -1),
      Buffer.concat([bytes, Buffer.alloc(1)]),
    ]) {
      expect(() => openCompactIndex(wrong, () => records, origin)).toThrow(
        expect.objectContaining({ code: 'repository/malformed' }),
      );
    }
  });
});

describe('mergeIndexes', () => {
  it('joins suites; of the same package the first is kept', async () => {
    const release = await indexOf(makeStanza('a', { Provides: 'v' }) + makeStanza('b'));
    const security = await indexOf(
      makeStanza('a', { Provides: 'v' }) + makeStanza('a', { Version: '2', Provides: 'v' }) + makeStanza('c'),
    );
    const merged = mergeIndexes([release, security]);
    expect([...merged.names()]).toEqual(['a', 'b', 'c']);
    expect(merged.get('a')).toEqual([release.get('a')[0], security.get('a')[1]]);
    expect(merged.get('a')[0]).toBe(release.get('a')[0]);
    expect(merged.providersOf('v')).toEqual(merged.get('a'));
    expect(merged.get('z')).toEqual([]);
  });

  it('is the same over objects', async () => {
    const index = await indexOf(makeStanza('a', { Provides: 'v (= 1) , w' }) + makeStanza('b'));
    const same = debIndexOf([...index.names()].flatMap((name) => index.get(name)));
    expect([...same.names()]).toEqual(['a', 'b']);
    expect(same.providersOf('w')).toEqual(index.get('a'));
  });
});
