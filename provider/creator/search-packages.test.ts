import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everywhere, openSmallWorld, type SmallWorld, standardContent } from '../../tests/fixtures/small-world.js';
import { type FoundPackage, searchPackages } from './search-packages.js';

describe('searchPackages', () => {
  let world: SmallWorld;
  beforeAll(async () => {
    const posix = (line: string, version: string) => [
      ...everywhere(`php${line}-posix`, version, { Description: 'POSIX module for PHP' }),
      ...everywhere(`php${line}-posix-dev`, version, { Description: 'headers of the POSIX module' }),
    ];
    world = await openSmallWorld(
      standardContent({
        oldstable: [
          ...posix('8.2', '8.2.29'),
          ...everywhere('python3-rsa', '1:4.8-1', { Description: 'Pure-Python RSA' }),
        ],
        stable: [
          ...posix('8.4', '8.4.12'),
          ...everywhere('python3-rsa', '1:4.9-2', { Description: 'Pure-Python RSA' }),
        ],
      }),
    );
  });
  afterAll(() => world.close());

  function search(text: string, suite?: string): Promise<readonly FoundPackage[]> {
    return searchPackages(world.creator(), { text, distribution: 'debian', suite });
  }

  async function namesFor(text: string): Promise<readonly string[]> {
    return (await search(text)).map((one) => `${one.kind} ${one.name}`);
  }

  const universal = 'automatically detects and installs a compatible version';

  it('makes one entry of a family, with its auto package after it', async () => {
    const versions = [
      { package: 'php8.2-curl', suite: 'oldstable', version: '8.2.29' },
      { package: 'php8.4-curl', suite: 'stable', version: '8.4.12' },
    ];
    expect(await search('curl')).toEqual([
      { kind: 'family', name: 'php-curl', description: 'made for tests: php8.4-curl', versions },
      { kind: 'auto', name: 'php-curl-auto', description: `Universal package for php-curl - ${universal}`, versions },
    ]);
  });

  it('has no auto package for what is only there for another', async () => {
    expect(await namesFor('posix')).toEqual(['family php-posix', 'auto php-posix-auto', 'family php-posix-dev']);
  });

  it.each([
    ['a name, the exact one first', 'jq', ['package jq', 'package libjq']],
    ['another case', 'JQ', ['package jq', 'package libjq']],
    ['a description', 'pure-python', ['package python3-rsa', 'auto py3-rsa-auto']],
    ['the name of one package of a family', 'php8.2-curl', ['package php8.2-curl', 'auto php-curl-auto']],
    ['an auto package', 'php-curl-auto', ['family php-curl', 'auto php-curl-auto']],
    ['an upstream version', '4.9', ['package python3-rsa', 'auto py3-rsa-auto']],
    ['a whole version', '1:4.8-1', ['package python3-rsa', 'auto py3-rsa-auto']],
    ['nothing', 'no-such-thing', []],
    ['half a number', '8.4.1', []],
    ['an auto package that there is none of', 'php-posix-dev-auto', ['family php-posix-dev']],
  ])('finds %s', async (_what, text, expected) => {
    expect(await namesFor(text)).toEqual(expected);
  });

  it('looks into one suite alone when it is named', async () => {
    expect(await search('only', 'oldstable')).toMatchObject([{ name: 'only-amd64' }, { name: 'only-old' }]);
    expect(await search('python3-rsa', 'oldstable')).toMatchObject([
      { versions: [{ package: 'python3-rsa', suite: 'oldstable', version: '1:4.8-1' }] },
      { kind: 'auto' },
    ]);
  });

  it('says which package is the newest in all suites', async () => {
    const [found] = await search('libworld');
    expect(found?.versions.map((one) => `${one.suite} ${one.version}`)).toEqual(['oldstable 1.0', 'stable 2.0']);
  });

  it('refuses a suite that there is not', async () => {
    await expect(search('jq', 'sid')).rejects.toMatchObject({ code: 'catalog/unknown-suite' });
  });
});
