/*
 * Group 12: what an index says, well signed as it may be; with the hostile indexes of the same kind.
 *
 * | case | tested in |
 * | --- | --- |
 * | `Filename:` with `..` or another host | here, to the request that is made or not; provider/packages/deb/compact-index.test.ts |
 * | a name or version of an apk package that leaves its folder | here; provider/packages/apk/packed-index.test.ts |
 * | control characters in names | here; both files above |
 * | cycles | here; provider/packages/deb/universe.test.ts, provider/packages/apk/universe.test.ts |
 * | a dependency explosion | here; provider/resolver/resolve.test.ts (limits) |
 * | a rolling repository that outranks the pinned one | here; provider/packages/apk/universe.test.ts (tags) |
 * | an index that is cut off, huge, with duplicates, self-conflicting | here |
 * | an index that changes between two reads | group-11.test.ts |
 * | a wrong key; a package replaced under the same name | group-09.test.ts |
 */
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchPackages } from '../../provider/creator/fetch-packages.js';
import { makeApk, makeIndex, type MadePackage } from '../../provider/packages/apk/testing/apk-maker.js';
import { faultOfRecord, packageOfRecord, recordFields } from '../../provider/packages/deb/package-record.js';
import { clearSign, makeRelease, makeStanza } from '../../provider/packages/deb/testing/repository-maker.js';
import { errorOf } from '../fixtures/error-of.js';
import { fileStamps } from '../fixtures/file-stamps.js';
import { answerOf, now, openWorkshop, type Workshop, yesterday } from './workshop.js';

let shop: Workshop;
beforeEach(async () => {
  shop = await openWorkshop();
});
afterEach(() => shop.close());

async function stanzasOf(packages: readonly MadePackage[]): Promise<readonly string[]> {
  return (await Promise.all(packages.map((one) => makeApk(one)))).map((made) => made.stanza);
}

/** Stanzas of an apk index without archives behind them, for indexes of thousands. */
function apkStanza(name: string, more: readonly string[] = []): string {
  return [`C:Q1${Buffer.alloc(20, name).toString('base64')}`, `P:${name}`, 'V:1-r0', 'A:x86_64', 'S:1', ...more].join(
    '\n',
  );
}

describe('a file name that leads out of the repository', () => {
  it.each([
    'pool/../../etc/passwd',
    '../x.deb',
    'pool/..',
    '/etc/passwd',
    '//evil.test/x.deb',
    'http://evil.test/x.deb',
    'file:///etc/passwd',
    'pool\\..\\x.deb',
    'pool//x.deb',
    'pool/./x.deb',
    'pool/x\u0001.deb',
    'x'.repeat(2000),
  ])('deb: %j is refused with its whole index, and nothing is asked for', async (Filename) => {
    await shop.writeDebIndex(makeStanza('good') + makeStanza('evil', { Filename }));
    const error = await errorOf(shop.deb());
    expect(error.code).toBe('repository/malformed');
    expect(error.message).toContain('"evil"');
    expect(error.message).toContain(`${shop.server.url} stable`);
    expect(error.message).not.toMatch(/[\u0000-\u001f]/u);
    expect(shop.server.requests.every((one) => one.path.startsWith('/dists/'))).toBe(true);
  });

  it('deb: what is taken lies below the repository, whatever it is called', () => {
    const origin = { url: 'https://mirror.test/debian/', repository: 'r' };
    const part = fc.string({
      unit: fc.constantFrom('a', '.', '/', '%', '2', 'e', 'f', '?', '#', ':', '@', '\\', ' ', 'é'),
    });
    fc.assert(
      fc.property(part, (filename) => {
        const its: Readonly<Record<string, string>> = {
          package: 'a',
          version: '1',
          architecture: 'amd64',
          size: '1',
          sha256: '0'.repeat(64),
          filename,
        };
        const values = recordFields.map((field) => its[field] ?? '');
        if (faultOfRecord(values) !== undefined) return;
        const url = new URL(packageOfRecord(values.join('\n'), origin).archive.url);
        expect(url.href.startsWith(origin.url)).toBe(true);
        expect(`${url.search}${url.hash}`).toBe('');
        expect(decodeURIComponent(url.pathname)).toBe(`/debian/${filename.replace(/^\.\//u, '')}`);
      }),
      { numRuns: 2000 },
    );
  });

  it('deb: dots that are encoded are asked for as they are', async () => {
    await shop.writeDebIndex(makeStanza('odd', { Filename: 'pool/%2e%2e/%2fetc' }));
    const error = await errorOf(fetchPackages(shop.creator, (await shop.deb()).get('odd')));
    expect(error.code).toBe('package/vanished');
    expect(shop.server.requests.at(-1)?.path).toBe('/pool/%2e%2e/%2fetc');
  });

  it.each([
    ['P:../../etc/passwd', 'V:1-r0'],
    ['P:evil', 'V:1/../../x'],
    ['P:evil', 'V:1?x'],
    ['P://evil.test/x', 'V:1-r0'],
    ['P:evil\\x', 'V:1-r0'],
    ['P:evil%2f', 'V:1-r0'],
  ])('apk: %s %s is refused with its whole index', async (name, version) => {
    const stanza = apkStanza('evil').replace('P:evil', name).replace('V:1-r0', version);
    await shop.writeApkIndex([apkStanza('good'), stanza]);
    const error = await errorOf(shop.apk());
    expect(error.code).toBe('repository/malformed');
    expect(error.message).toContain(shop.server.url);
    expect(shop.server.requests.every((one) => one.path.endsWith('APKINDEX.tar.gz'))).toBe(true);
  });
});

describe('control characters', () => {
  it.each<[string, Record<string, string>]>([
    ['name', { Package: 'a\u001b[31m' }],
    ['version', { Version: '1\u0007' }],
    ['description', { Description: 'x\u001b]0;owned\u0007' }],
    ['maintainer', { Maintainer: 'x\u0000' }],
    ['dependency', { Depends: 'b\u0008' }],
  ])('deb: in a %s: refused, and not repeated', async (_, more) => {
    await shop.writeDebIndex(makeStanza('a', more));
    const error = await errorOf(shop.deb());
    expect(error.code).toBe('repository/malformed');
    expect(error.message).not.toMatch(/\p{Cc}/u);
  });

  it.each(['P:a\u001b[31m', 'V:1\u0007', 'A:x86\u0000'])('apk: in %j: refused, and not repeated', async (line) => {
    const stanza = apkStanza('a').replace(new RegExp(`^${line.charAt(0)}:.*$`, 'mu'), line);
    await shop.writeApkIndex([stanza]);
    const error = await errorOf(shop.apk());
    expect(error.code).toBe('repository/malformed');
    expect(error.message).not.toMatch(/\p{Cc}/u);
  });

  it('apk: in what is only read by people: gone', async () => {
    await shop.writeApkIndex([apkStanza('a', ['T:x\u001b]0;owned\u0007', 'm:\u0000me'])]);
    const [one] = (await shop.apk()).get('a');
    expect(`${one?.description ?? ''}${one?.maintainer ?? ''}`).not.toMatch(/\p{Cc}/u);
  });
});

describe('cycles and packages that are against themselves', () => {
  it.each<[string, Record<string, Record<string, string>>, string]>([
    ['a needs b needs a', { a: { Depends: 'b' }, b: { Depends: 'a' } }, 'a=1.0-1 b=1.0-1'],
    ['a needs itself', { a: { Depends: 'a (= 1.0-1)', 'Pre-Depends': 'a' } }, 'a=1.0-1'],
    ['a needs another version of itself', { a: { Depends: 'a (>> 1.0-1)' } }, 'no: '],
    ['a conflicts with itself', { a: { Conflicts: 'a', Breaks: 'a' } }, 'a=1.0-1'],
    ['a conflicts with what it provides', { a: { Provides: 'v', Conflicts: 'v' } }, 'a=1.0-1'],
    ['a needs what it breaks', { a: { Depends: 'b', Breaks: 'b' }, b: {} }, 'no: '],
    ['b, which a needs, conflicts with a', { a: { Depends: 'b' }, b: { Conflicts: 'a' } }, 'no: '],
    [
      'a pre-depends on b pre-depends on a',
      { a: { 'Pre-Depends': 'b' }, b: { 'Pre-Depends': 'a' } },
      'a=1.0-1 b=1.0-1',
    ],
  ])('deb: %s', async (_, packages, answer) => {
    await shop.writeDebIndex(
      Object.entries(packages)
        .map(([name, more]) => makeStanza(name, more))
        .join(''),
    );
    const found = answerOf(await shop.deb(), ['a']);
    if (answer === 'no: ') expect(found).toMatch(/^no: .*\ba\b/su);
    else expect(found).toBe(answer);
  });

  it.each<[string, readonly MadePackage[], string]>([
    [
      'a needs b needs a',
      [
        { name: 'a', depends: ['b'] },
        { name: 'b', depends: ['a'] },
      ],
      'a=1.0.0-r0 b=1.0.0-r0',
    ],
    ['a needs itself', [{ name: 'a', depends: ['a'] }], 'a=1.0.0-r0'],
    ['a forbids itself', [{ name: 'a', depends: ['!a'] }], 'a=1.0.0-r0'],
    ['a needs what it forbids', [{ name: 'a', depends: ['b', '!b'] }, { name: 'b' }], 'no: '],
    ['a comes in by itself', [{ name: 'a', installIf: ['a'] }], 'a=1.0.0-r0'],
    [
      'packages come in by one another',
      [{ name: 'a' }, { name: 'b', installIf: ['a', 'c'] }, { name: 'c', installIf: ['a', 'b'] }],
      'a=1.0.0-r0',
    ],
  ])('apk: %s', async (_, packages, answer) => {
    await shop.writeApkIndex(await stanzasOf(packages));
    const found = answerOf(await shop.apk(), ['a']);
    if (answer === 'no: ') expect(found).toMatch(/^no: .*\ba\b/su);
    else expect(found).toBe(answer);
  });
});

describe('a dependency explosion', () => {
  const many = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

  it('deb: a chain of thousands is gone down', async () => {
    const count = 5000;
    await shop.writeDebIndex(
      many(count)
        .map((index) => makeStanza(`p${index}`, index + 1 < count ? { Depends: `p${index + 1}` } : {}))
        .join(''),
    );
    expect(answerOf(await shop.deb(), ['p0']).split(' ')).toHaveLength(count);
  });

  it('deb: thousands of alternatives that all fail end in an answer', async () => {
    const names = many(2000).map((index) => `p${index}`);
    await shop.writeDebIndex(
      [
        makeStanza('a', { Depends: names.join(' | ') }),
        ...names.map((name) => makeStanza(name, { Depends: 'nowhere' })),
      ].join(''),
    );
    expect(answerOf(await shop.deb(), ['a'])).toMatch(/^no: .*nowhere/su);
  });

  it('deb: choices within choices within choices end in an answer', async () => {
    // 2^200 ways to go, and none of them arrives.
    const depth = 200;
    await shop.writeDebIndex(
      many(depth)
        .flatMap((level) =>
          ['l', 'r'].map((side) =>
            makeStanza(`${side}${level}`, {
              Depends: level + 1 < depth ? `l${level + 1} | r${level + 1}` : 'nowhere',
            }),
          ),
        )
        .join(''),
    );
    expect(answerOf(await shop.deb(), ['l0'])).toMatch(/^no: .*nowhere/su);
  });

  it('deb: a hard knot ends in an answer', async () => {
    // Eight pigeons for seven holes; what is harder still ends in `resolver/too-hard`.
    const holes = many(7);
    const pigeons = many(8);
    const inHole = (pigeon: number, hole: number): string => `in-${pigeon}-${hole}`;
    const others = (pigeon: number, hole: number): string =>
      pigeons.flatMap((other) => (other === pigeon ? [] : [inHole(other, hole)])).join(', ');
    await shop.writeDebIndex(
      [
        makeStanza('a', { Depends: pigeons.map((pigeon) => `pigeon-${pigeon}`).join(', ') }),
        ...pigeons.map((pigeon) =>
          makeStanza(`pigeon-${pigeon}`, { Depends: holes.map((hole) => inHole(pigeon, hole)).join(' | ') }),
        ),
        ...pigeons.flatMap((pigeon) =>
          holes.map((hole) => makeStanza(inHole(pigeon, hole), { Conflicts: others(pigeon, hole) })),
        ),
      ].join(''),
    );
    expect(answerOf(await shop.deb(), ['a'])).toMatch(/^no: .*pigeon/su);
  });

  it('apk: a name that thousands provide, and a package that waits for thousands', async () => {
    const names = many(3000).map((index) => `p${index}`);
    await shop.writeApkIndex([
      ...names.map((name, index) => apkStanza(name, ['p:virtual=1', `k:${index}`])),
      apkStanza('all', [`D:${names.slice(0, 1500).join(' ')}`]),
      apkStanza('waits', [`i:${names.join(' ')}`]),
    ]);
    const source = await shop.apk();
    expect(answerOf(source, ['virtual'])).toMatch(/^p\d+=1-r0$/u);
    expect(answerOf(source, ['all'])).toMatch(/^(?:no: |all=)/u);
  });
});

describe('a rolling repository beside the pinned one', () => {
  async function pinnedAndRolling(): Promise<void> {
    await shop.writeDebIndex(makeStanza('app', { Depends: 'lib' }) + makeStanza('lib'));
    const rolling =
      makeStanza('app', { Version: '9.0-1', Depends: 'lib (>= 9)' }) + makeStanza('lib', { Version: '9.0-1' });
    const content = gzipSync(rolling);
    const files = new Map([['main/binary-amd64/Packages.gz', content]]);
    const release = makeRelease(files, {
      Suite: 'rolling',
      Date: yesterday,
      Components: 'main',
      Architectures: 'amd64',
    });
    await shop.write('dists/rolling/InRelease', await clearSign(release, [shop.debKey], now));
    await shop.write('dists/rolling/main/binary-amd64/Packages.gz', content);
  }

  it('deb: does not come in unless it is named', async () => {
    await pinnedAndRolling();
    expect(answerOf(await shop.deb(), ['app'])).toBe('app=1.0-1 lib=1.0-1');
  });

  it('deb: under the name of the pinned suite is refused', async () => {
    await pinnedAndRolling();
    shop.server.answer = (name, response) => {
      if (!name.startsWith('/dists/stable/')) return false;
      response.writeHead(302, { location: name.replace('stable', 'rolling') }).end();
      return true;
    };
    const error = await errorOf(shop.deb());
    expect(error.code).toBe('repository/mismatch');
    expect(error.message).toMatch(/stable: .*rolling/u);
  });

  it('deb: gives way to a constraint, and does not slip in behind it', async () => {
    await pinnedAndRolling();
    const both = await shop.deb({}, { suite: 'rolling' });
    expect(answerOf(both, ['app'])).toBe('app=9.0-1 lib=9.0-1');
    expect(answerOf(both, ['app~1', 'lib~1'])).toBe('app=1.0-1 lib=1.0-1');
    expect(answerOf(both, ['app=1.0-1', 'lib<<9'])).toBe('app=1.0-1 lib=1.0-1');
    expect(answerOf(both, ['app~9', 'lib~1'])).toMatch(/^no: /u);
  });

  it('apk: outranks nothing as long as it has a tag', async () => {
    const pinned = path.join('pinned', 'x86_64', 'APKINDEX.tar.gz');
    const rolling = path.join('rolling', 'x86_64', 'APKINDEX.tar.gz');
    const packages = (version: string): Promise<readonly string[]> =>
      stanzasOf([
        { name: 'app', version, depends: ['lib'] },
        { name: 'lib', version, provides: [`so:lib.so=${version}`] },
        { name: 'other', version, depends: ['so:lib.so'] },
      ]);
    await shop.write(pinned, await makeIndex(await packages('1-r0'), { key: shop.apkKey }));
    await shop.write(rolling, await makeIndex(await packages('9-r0'), { key: shop.apkKey }));
    const source = await shop.apk(
      { url: `${shop.server.url}/pinned` },
      { url: `${shop.server.url}/rolling`, tag: 'edge' },
    );
    expect(answerOf(source, ['app', 'other'])).toBe('app=1-r0 lib=1-r0 other=1-r0');
    expect(answerOf(source, ['app@edge'])).toBe('app=9-r0 lib=1-r0');
    expect(source.get('app').map((one) => one.version)).toEqual(['1-r0']);
  });
});

describe('an index that its publisher signed as it is', () => {
  /** A suite whose index for amd64 is these bytes, under this name. */
  async function publish(
    name: string,
    content: Buffer,
    more: ReadonlyMap<string, Uint8Array> = new Map(),
  ): Promise<void> {
    await shop.write(`dists/stable/${name}`, content);
    const release = makeRelease(new Map([[name, content], ...more]), {
      Suite: 'stable',
      Date: yesterday,
      Components: 'main',
      Architectures: 'amd64',
    });
    await shop.write('dists/stable/InRelease', await clearSign(release, [shop.debKey], now));
  }

  const folder = 'main/binary-amd64/Packages';
  const good = gzipSync(makeStanza('a') + makeStanza('b'));

  it.each<[string, string, Buffer]>([
    ['cut off in its packing', `${folder}.gz`, good.subarray(0, -12)],
    ['cut off in a stanza', folder, Buffer.from(makeStanza('a') + makeStanza('b').slice(0, 100))],
    ['with something behind its packing', `${folder}.gz`, Buffer.concat([good, Buffer.from('more')])],
    ['not packed as it says', `${folder}.xz`, good],
    ['empty where there should be an xz', `${folder}.xz`, Buffer.alloc(0)],
    ['of zeros, packed a thousandfold', `${folder}.gz`, gzipSync(Buffer.alloc(64 * 1024 * 1024))],
    ['of one line without an end', `${folder}.gz`, gzipSync(Buffer.alloc(16 * 1024 * 1024, 'a'))],
    ['of one stanza without an end', `${folder}.gz`, gzipSync('X: y\n'.repeat(2_000_000))],
  ])('deb: %s: is refused, and nothing of it is kept as read', async (_, name, content) => {
    await publish(name, content);
    const error = await errorOf(shop.deb());
    expect(error.code).toBe('repository/malformed');
    expect(error.message).toContain(`${shop.server.url} stable`);
    const facts = Object.keys(await fileStamps(path.join(shop.folder, 'cache', 'store', 'facts')));
    expect(facts.filter((fact) => fact.startsWith('deb-compact-index'))).toEqual([]);
  });

  it('deb: that unpacks to more than the release says is refused', async () => {
    await publish(`${folder}.gz`, good, new Map([[folder, Buffer.from('short')]]));
    expect((await errorOf(shop.deb())).code).toBe('repository/malformed');
  });

  it('deb: that is larger than any index is not even begun', async () => {
    await publish(`${folder}.gz`, good);
    const release = `Suite: stable\nDate: ${yesterday}\nSHA256:\n ${'0'.repeat(64)} 999999999999999 ${folder}.gz`;
    await shop.write('dists/stable/InRelease', await clearSign(release, [shop.debKey], now));
    expect((await errorOf(shop.deb())).code).toBe('repository/no-such-component');
    expect(shop.server.requests.every((one) => one.path.endsWith('InRelease'))).toBe(true);
  });

  it('deb: with two checksums for one file is refused', async () => {
    const sum = (digit: string): string => ` ${digit.repeat(64)} 1 ${folder}.gz`;
    const release = `Suite: stable\nDate: ${yesterday}\nSHA256:\n${sum('0')}\n${sum('1')}`;
    await shop.write('dists/stable/InRelease', await clearSign(release, [shop.debKey], now));
    const error = await errorOf(shop.deb());
    expect(error.code).toBe('repository/malformed');
    expect(error.message).toContain(`two checksums for ${folder}.gz`);
  });

  it('deb: with a package twice counts the first, in one index and over several', async () => {
    const second = { SHA256: 'f'.repeat(64), Filename: 'pool/second.deb' };
    await shop.writeDebIndex(makeStanza('a') + makeStanza('a', second));
    const [only, ...others] = (await shop.deb()).get('a');
    expect(only?.archive.url).toMatch(/pool\/main\/a_/u);
    expect(others).toEqual([]);
    expect(answerOf(await shop.deb(), ['a'])).toBe('a=1.0-1');
    await shop.writeDebIndex(makeStanza('a') + makeStanza('a', { ...second, Provides: 'virtual' }));
    expect(answerOf(await shop.deb(), ['virtual'])).toMatch(/^no: /u);
    expect((await shop.deb({}, {})).get('a')).toHaveLength(1);
  });

  it('deb: with a field twice in a stanza is refused', async () => {
    await shop.writeDebIndex(makeStanza('a').replace('Version', 'Filename: pool/first.deb\nVersion'));
    expect((await errorOf(shop.deb())).message).toMatch(/Filename is there twice/u);
  });

  it('apk: with a package twice counts the first', async () => {
    await shop.writeApkIndex([apkStanza('a'), apkStanza('a').replace(/^C:.*$/mu, apkStanza('b').split('\n')[0] ?? '')]);
    const source = await shop.apk();
    expect(source.get('a')).toHaveLength(1);
    expect(answerOf(source, ['a'])).toBe('a=1-r0');
  });

  it.each<[string, string]>([
    ['cut off in a stanza', apkStanza('a').slice(0, 45)],
    ['with a stanza without an end', apkStanza('a', [`D:${'x '.repeat(3_000_000)}`])],
    ['with a size that overflows', apkStanza('a', ['I:99999999999999999999'])],
    ['with a checksum that is none', apkStanza('a').replace(/^C:.*$/mu, 'C:Q1AAAA')],
  ])('apk: %s: is refused', async (_, stanza) => {
    await shop.writeApkIndex([apkStanza('good'), stanza]);
    const error = await errorOf(shop.apk());
    expect(error.code).toBe('repository/malformed');
    expect(error.message).toContain(shop.server.url);
  });
});
