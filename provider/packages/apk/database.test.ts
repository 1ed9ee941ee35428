import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../store/open-store.js';
import { drainBytes } from './byte-stream.js';
import { databaseEntries, lockedNames, triggersOf } from './database.js';
import { keeperOf } from './file-owner.js';
import { writeInstalled } from './installed.js';
import type { InstalledEntry, InstalledPackage } from './installed.js';
import { readInstalled } from './installed-reader.js';
import { keyringOf } from './keyring.js';
import { readPackageInfo } from './package-info.js';
import { makeApk, makeSigningKey } from './testing/apk-maker.js';
import type { MadePackage } from './testing/apk-maker.js';
import { takeApk } from './testing/taken-apk.js';

const key = makeSigningKey('trusted.rsa.pub');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'apk-database-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function installed(spec: MadePackage): Promise<Parameters<typeof databaseEntries>[0]['packages'][number]> {
  const made = await makeApk(spec, key);
  const archive = await takeApk(openStore(folder), made.bytes, {
    name: spec.name,
    version: spec.version ?? '1.0.0-r0',
    controlSha1: made.controlSha1,
  });
  const entries: InstalledEntry[] = [];
  for await (const { body, ...header } of archive.entries()) {
    await drainBytes(body);
    entries.push(header);
  }
  return {
    info: archive.info,
    size: made.bytes.length,
    controlSha1: made.controlSha1,
    entries,
    controlFiles: archive.controlFiles,
  };
}

function packageOf(entries: readonly InstalledEntry[], info = ''): InstalledPackage {
  const text = `pkgname = p\npkgver = 1-r0\narch = x86_64\ndatahash = ${'0'.repeat(64)}\n${info}`;
  return { info: readPackageInfo(Buffer.from(text), 'p'), size: 9, controlSha1: '00'.repeat(20), entries };
}

const root = { uid: 0, gid: 0 };
const directory = (path: string): InstalledEntry => ({ path, type: 'directory', mode: 0o755, ...root });
const file = (path: string, more: Partial<InstalledEntry> = {}): InstalledEntry => ({
  path,
  type: 'file',
  mode: 0o644,
  ...root,
  ...more,
});

describe('writeInstalled', () => {
  it('writes the fields of a package as apko does', () => {
    const info = [
      ...[
        'pkgdesc = A thing',
        'url = https://x',
        'commit = abc',
        'builddate = 5',
        'maintainer = M <m@x>',
        'size = 7',
        'license = MIT',
      ],
      ...[
        'origin = o',
        'depend = a',
        'depend = b>=1',
        'provides = cmd:p=1-r0',
        'replaces = q',
        'install_if = a=1 b',
        'provider_priority = 10',
        '',
      ],
    ].join('\n');
    expect(writeInstalled([packageOf([], info)])).toMatchInlineSnapshot(`
      "P:p
      V:1-r0
      A:x86_64
      L:MIT
      T:A thing
      o:o
      m:M <m@x>
      U:https://x
      D:a b>=1
      p:cmd:p=1-r0
      r:q
      c:abc
      i:[a=1 b]
      t:5
      S:9
      I:7
      k:10
      C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=

      "
    `);
  });

  it('writes files before folders, in the order of bytes, with what is not the usual', () => {
    const text = writeInstalled([
      packageOf([
        directory('usr'),
        { ...directory('usr/lib'), mode: 0o1777, gid: 5 },
        directory('usr/bin'),
        file('usr/bin/b', { mode: 0o4755 }),
        file('usr/bin/B'),
        { ...file('usr/lib/l', { mode: 0o777, checksum: 'ff'.repeat(20) }), type: 'symlink' },
        file('usr/zz', { uid: 10 }),
        file('init'),
      ]),
    ]);
    expect(text.split('\n').slice(text.split('\n').indexOf('F:'))).toEqual([
      ...['F:', 'R:init', 'F:usr', 'R:zz', 'a:10:0:0644', 'F:usr/bin', 'R:B', 'R:b', 'a:0:0:4755'],
      ...['F:usr/lib', 'M:0:5:1777', 'R:l', 'a:0:0:0777', 'Z:Q1//////////////////////////8=', '', ''],
    ]);
  });

  it('leaves out what lies beneath no folder of the archive', () => {
    const text = writeInstalled([packageOf([file('etc/a'), directory('usr'), file('usr/b')])]);
    expect(text).not.toContain('R:a');
    expect(text).toContain('F:usr\nR:b\n');
  });
});

describe('readInstalled', () => {
  it('reads back what was written', async () => {
    const one = await installed({
      name: 'one',
      files: { 'usr/bin/x': { content: 'x', mode: 0o755 }, top: 'y' },
      depends: ['two'],
    });
    const two = await installed({ name: 'two', provides: ['v'], files: { 'srv/l': { symlink: 'x' } } });
    const records = readInstalled(writeInstalled([one, two]));
    expect(records.map((record) => [record.name, record.version, record.controlSha1])).toEqual([
      ['one', '1.0.0-r0', one.controlSha1],
      ['two', '1.0.0-r0', two.controlSha1],
    ]);
    expect(records[0]?.depends).toEqual(['two']);
    expect(records[0]?.entries).toEqual([
      file('top', { checksum: createHash('sha1').update('y').digest('hex') }),
      directory('usr'),
      directory('usr/bin'),
      file('usr/bin/x', { mode: 0o755, checksum: createHash('sha1').update('x').digest('hex') }),
    ]);
  });

  it.each([
    ['P', 1],
    ['P:a\nV:1\nnonsense\n', 3],
    ['P:a\nV:1\na:0:0:644\n', 3],
    ['P:a\nV:1\nF:x\nM:root:root:755\n', 4],
    ['P:a\n\n', 1],
    ['V:1\n\n', 1],
    ['P:a\nV:1\nI:-5\n\n', 3],
  ])('refuses %j, naming the line', (text, line) => {
    expect(() => readInstalled(text)).toThrow(
      expect.objectContaining({ code: 'database/malformed', message: expect.stringContaining(`Line ${line} `) }),
    );
  });

  it('takes an empty database, and one that apk wrote', () => {
    expect(readInstalled('')).toEqual([]);
    const [record] = readInstalled(
      'C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:a\nV:1\nF:\nF:etc\nM:0:0:700\nR:x\na:0:0:600:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n',
    );
    expect(record?.entries).toEqual([{ ...directory('etc'), mode: 0o700 }, file('etc/x', { mode: 0o600 })]);
  });
});

describe('databaseEntries', () => {
  it('lays out what apk and scanners look for', async () => {
    const web = await installed({
      name: 'web',
      scripts: { 'post-install': 'exit 1', trigger: 'exit 2' },
      triggers: ['/a', '/b*'],
    });
    const base = await installed({ name: 'base', version: '3-r1' });
    const entries = await databaseEntries({
      architecture: 'arm64',
      packages: [base, web],
      repositories: ['https://host/main', '@edge https://host/edge'],
      keyring: keyringOf([key.public]),
    });
    const contentOf = (path: string): Buffer => {
      const entry = entries.find((one) => one.path === path);
      return entry !== undefined && 'content' in entry ? entry.content : Buffer.from('missing');
    };
    expect(contentOf('etc/apk/arch').toString()).toBe('aarch64\n');
    expect(contentOf('etc/apk/world').toString()).toBe('base=3-r1\nweb=1.0.0-r0\n');
    expect(contentOf('etc/apk/repositories').toString()).toBe('https://host/main\n@edge https://host/edge\n');
    expect(contentOf('etc/apk/keys/trusted.rsa.pub').toString()).toBe(key.public.pem);
    expect(readInstalled(contentOf('usr/lib/apk/db/installed').toString()).map((one) => one.name)).toEqual([
      'base',
      'web',
    ]);
    const checksum = `Q1${Buffer.from(web.controlSha1, 'hex').toString('base64')}`;
    expect(contentOf('usr/lib/apk/db/triggers').toString()).toBe(`${checksum} /a /b*\n`);
    const scripts: string[] = [];
    for await (const entry of Readable.from([contentOf('usr/lib/apk/db/scripts.tar')]).pipe(extract())) {
      scripts.push(`${entry.header.name} ${entry.header.mode.toString(8)} ${entry.header.mtime.getTime() / 1000}`);
      entry.resume();
    }
    expect(scripts).toEqual([`web-1.0.0-r0.${checksum}.post-install 755 0`, `web-1.0.0-r0.${checksum}.trigger 755 0`]);
    const paths = entries.map((entry) => entry.path);
    for (const path of ['usr/lib/apk/db', 'etc/apk/keys']) {
      expect(paths.indexOf(path)).toBeLessThan(paths.findIndex((one) => one.startsWith(`${path}/`)));
    }
  });

  it('has an archive without scripts of two blocks, and no triggers', async () => {
    const base = await installed({ name: 'base' });
    const entries = await databaseEntries({
      architecture: 'amd64',
      packages: [base],
      repositories: [],
      keyring: new Map(),
    });
    expect(entries).toContainEqual(
      expect.objectContaining({ path: 'usr/lib/apk/db/scripts.tar', content: Buffer.alloc(1024) }),
    );
    expect(triggersOf([base])).toBe('');
    expect(lockedNames([])).toEqual([]);
  });

  it('locks packages with the tags that they are asked for by', () => {
    const packages = [
      { name: 'a', version: '1' },
      { name: 'a-b', version: '2' },
      { name: 'c', version: '3' },
    ];
    expect(lockedNames(packages, ['c@edge', 'a>0@more', 'a-b'])).toEqual(['a-b=2', 'a=1@more', 'c=3@edge']);
  });
});

describe('keeperOf', () => {
  const owner = (name: string, more: object = {}): Parameters<typeof keeperOf>[0] => ({
    info: { name, version: '1-r0', origin: undefined, replaces: [], replacesPriority: 0, ...more },
    controlSha1: '00'.repeat(20),
  });
  it.each([
    ['nothing is said', owner('a'), owner('b'), 'nobody'],
    ['the newcomer replaces', owner('a'), owner('b', { replaces: ['a'] }), 'newcomer'],
    ['the newcomer replaces another version', owner('a'), owner('b', { replaces: ['a<1'] }), 'nobody'],
    ['the owner replaces', owner('a', { replaces: ['b'] }), owner('b'), 'owner'],
    ['both replace', owner('a', { replaces: ['b'] }), owner('b', { replaces: ['a'] }), 'newcomer'],
    [
      'the owner weighs more',
      owner('a', { replaces: ['b'], replacesPriority: 2 }),
      owner('b', { replaces: ['a'], replacesPriority: 1 }),
      'owner',
    ],
    ['they have one origin', owner('a', { origin: 'o' }), owner('b', { origin: 'o' }), 'newcomer'],
    ['they are versions of one package', owner('a'), owner('a', { version: '2' }), 'newcomer'],
  ] as const)('when %s', (_, one, other, expected) => {
    expect(keeperOf(one, other)).toBe(expected);
  });
});
