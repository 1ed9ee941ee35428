import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBuildBench } from './testing/build-bench.js';
import type { BuildBench } from './testing/build-bench.js';
import type { MadeEntry } from './testing/deb-maker.js';
import { sharedLibrary } from './testing/shared-library.js';

/** All its bytes are ASCII. */
const library = (soname: string): string => sharedLibrary(soname).toString('latin1');

describe('the cache of libraries of a Debian image', () => {
  let bench: BuildBench;
  beforeEach(async () => {
    bench = await openBuildBench();
  });
  afterEach(() => bench.close());

  const libraries: readonly MadeEntry[] = [
    { path: 'lib/libz.so.1.2', content: library('libz.so.1') },
    { path: 'lib/libz.so.1', type: 'symlink', linkTarget: 'libz.so.1.2' },
    { path: 'lib/libz.so', type: 'symlink', linkTarget: 'libz.so.1' },
    { path: 'opt/lib/liba.so.10', content: library('liba.so.10') },
    { path: 'opt/lib/liba.so.9', content: library('liba.so.9') },
  ];

  async function pathsOf(entries: readonly MadeEntry[], libraryCache: boolean): Promise<readonly string[] | undefined> {
    const one = await bench.add({ name: 'libs', entries });
    const root = await bench.root(await bench.build([one], { libraryCache, replacements: [{ kind: 'merged-usr' }] }));
    const cache = root.get('etc/ld.so.cache')?.content;
    return cache === undefined ? undefined : [...cache.matchAll(/\/[^\0]+/g)].map(String);
  }

  it('has sonames alone, each folder once, in the order in which the linker searches', async () => {
    const entries = [...libraries, { path: 'etc/ld.so.conf', content: '/opt/lib\n/usr/lib\n' }];
    expect(await pathsOf(entries, true)).toEqual(['/usr/lib/libz.so.1', '/opt/lib/liba.so.10', '/opt/lib/liba.so.9']);
  });

  it.each([
    ['without a configuration of the linker', libraries, true],
    ['unless it is asked for', [...libraries, { path: 'etc/ld.so.conf', content: '' }], false],
  ])('is not there %s', async (_, entries, libraryCache) => {
    expect(await pathsOf(entries, libraryCache)).toBeUndefined();
  });
});
