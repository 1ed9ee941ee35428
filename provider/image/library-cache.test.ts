import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBuildBench } from './testing/build-bench.js';
import type { BuildBench } from './testing/build-bench.js';
import type { MadeEntry } from './testing/deb-maker.js';
import { sharedLibrary } from './testing/shared-library.js';

const ldconfig = ['/usr/sbin/ldconfig', '/sbin/ldconfig'].find((file) => existsSync(file));
const needs = ldconfig === undefined ? ' (needs ldconfig)' : '';

describe('the cache of libraries of a Debian image', () => {
  let bench: BuildBench;
  beforeEach(async () => {
    bench = await openBuildBench();
  });
  afterEach(() => bench.close());

  const linkers = {
    amd64: { path: 'lib64/ld-linux-x86-64.so.2', name: 'ld-linux-x86-64.so.2', folder: 'x86_64-linux-gnu' },
    arm64: { path: 'lib/ld-linux-aarch64.so.1', name: 'ld-linux-aarch64.so.1', folder: 'aarch64-linux-gnu' },
  };
  const libraries: readonly MadeEntry[] = [
    { path: 'lib/libz.so.1.2', content: sharedLibrary('libz.so.1') },
    { path: 'lib/libz.so.1', type: 'symlink', linkTarget: 'libz.so.1.2' },
    { path: 'lib/libz.so', type: 'symlink', linkTarget: 'libz.so.1' },
    { path: 'opt/lib/liba.so.10', content: sharedLibrary('liba.so.10') },
    { path: 'opt/lib/liba.so.9', content: sharedLibrary('liba.so.9') },
  ];

  async function cacheOf(entries: readonly MadeEntry[]): Promise<Buffer | undefined> {
    const one = await bench.add({ name: 'libs', entries });
    const root = await bench.root(await bench.build([one], { replacements: [{ kind: 'merged-usr' }] }));
    return root.get('etc/ld.so.cache')?.bytes;
  }

  async function pathsOf(entries: readonly MadeEntry[]): Promise<readonly string[] | undefined> {
    const cache = await cacheOf(entries);
    return cache === undefined ? undefined : [...cache.toString('latin1').matchAll(/\/[^\0]+/g)].map(String);
  }

  it('has sonames alone, each folder once, in the order in which the linker searches', async () => {
    const entries = [
      ...libraries,
      { path: linkers.amd64.path, content: '' },
      { path: 'etc/ld.so.conf', content: '/opt/lib\n/usr/lib\n' },
    ];
    expect(await pathsOf(entries)).toEqual(['/usr/lib/libz.so.1', '/opt/lib/liba.so.10', '/opt/lib/liba.so.9']);
  });

  it('is not there without a linker', async () => {
    expect(await pathsOf([...libraries, { path: 'etc/ld.so.conf', content: '' }])).toBeUndefined();
  });

  describe.each(['amd64', 'arm64'] as const)('of %s', (architecture) => {
    const { path: linker, name, folder } = linkers[architecture];
    const one = (soname: string): Buffer => sharedLibrary(soname, architecture);
    const entries: readonly MadeEntry[] = [
      { path: linker, content: one(name) },
      { path: `lib/${folder}/libc.so.6`, content: one('libc.so.6') },
      { path: `usr/lib/${folder}/libz.so.1.2`, content: one('libz.so.1') },
      { path: `usr/lib/${folder}/libz.so.1`, type: 'symlink', linkTarget: 'libz.so.1.2' },
      { path: 'usr/lib/libown.so.2', content: one('libown.so.2') },
      { path: 'usr/local/lib/libmine.so.3', content: one('libmine.so.3') },
      { path: `usr/lib/${folder}/libtext.so`, content: 'GROUP ( libc.so.6 )' },
      { path: 'etc/ld.so.conf', content: 'include /etc/ld.so.conf.d/*.conf\n' },
      { path: 'etc/ld.so.conf.d/libc.conf', content: '# its own\n/usr/local/lib\n' },
      { path: `etc/ld.so.conf.d/${folder}.conf`, content: `/lib/${folder}\n/usr/lib/${folder}\n` },
    ];

    const flags = architecture === 'arm64' ? '(libc6,AArch64)' : '(libc6,x86-64)';
    const expected = [
      `libz.so.1 ${flags} => /lib/${folder}/libz.so.1`,
      `libown.so.2 ${flags} => /lib/libown.so.2`,
      `libmine.so.3 ${flags} => /usr/local/lib/libmine.so.3`,
      `libc.so.6 ${flags} => /lib/${folder}/libc.so.6`,
      // Debian's ldconfig does not look into /lib64.
      ...(architecture === 'arm64' ? [`${name} ${flags} => /${linker}`] : []),
    ];

    it.runIf(ldconfig !== undefined)(`is read by the real ldconfig${needs}`, async () => {
      const folder = await mkdtemp(path.join(os.tmpdir(), 'ldconfig-'));
      try {
        const file = path.join(folder, 'cache');
        await writeFile(file, (await cacheOf(entries)) ?? '');
        expect(printed(file)).toEqual(expected);
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    // ldconfig takes libraries of its own processor alone.
    if (process.arch !== { amd64: 'x64', arm64: 'arm64' }[architecture]) return;
    it.runIf(ldconfig !== undefined)(`is what the real ldconfig makes of the same files${needs}`, async () => {
      const root = await mkdtemp(path.join(os.tmpdir(), 'ldconfig-'));
      try {
        await layOut(root, entries);
        run('-r', root, '-C', '/etc/ld.so.cache', '-X');
        expect(printed(path.join(root, 'etc/ld.so.cache'))).toEqual(expected);
      } finally {
        await rm(root, { recursive: true });
      }
    });
  });

  function run(...args: readonly string[]): string {
    const { stdout, stderr, status } = spawnSync(ldconfig ?? '', args, { encoding: 'utf8' });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    return stdout;
  }

  function printed(cache: string): readonly string[] {
    const lines = run('-p', '-C', cache).split('\n');
    return lines.filter((line) => line.startsWith('\t')).map((line) => line.trim());
  }
});

/** The files as merged /usr has them. */
async function layOut(root: string, entries: readonly MadeEntry[]): Promise<void> {
  for (const { path: file, type, content = '', linkTarget = '' } of entries) {
    const place = path.join(root, file.replace(/^lib(?=\/|64\/)/, 'usr/lib'));
    await mkdir(path.dirname(place), { recursive: true });
    if (type === 'symlink') await symlink(linkTarget, place);
    else await writeFile(place, content);
  }
  for (const top of ['lib', 'lib64'])
    if (existsSync(path.join(root, 'usr', top))) await symlink(`usr/${top}`, path.join(root, top));
}
