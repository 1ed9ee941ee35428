import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apkIndexOf } from './apk-index.js';
import { packageOfStanza } from './index-stanza.js';
import { openPackedIndex, packIndex } from './packed-index.js';

const origin = { folder: 'https://host/main/x86_64', repository: 'test main' };
const checksum = 'Q1AQIDBAUGBwgJCgsMDQ4PEBESExQ=';

function stanza(name: string, version = '1.0-r0', ...more: readonly string[]): string {
  return [`C:${checksum}`, `P:${name}`, `V:${version}`, 'A:x86_64', 'S:10', 'I:20', ...more].join('\n');
}

function open(...stanzas: readonly string[]): ReturnType<typeof openPackedIndex> {
  return openPackedIndex(packIndex(Buffer.from(stanzas.map((one) => `${one}\n\n`).join('')), 'the index'), origin);
}

const malformed = (message: string): unknown =>
  expect.objectContaining({ code: 'repository/malformed', message: expect.stringContaining(message) });

describe('a packed index', () => {
  it('has every field of a package', () => {
    const index = open(
      stanza(
        'musl',
        '1.2.5-r1',
        'T:the musl c library',
        'U:https://musl.libc.org/',
        'L:MIT',
        'o:musl-src',
        'm:A <a@b>',
        't:1700000000',
        'c:abc',
        'D:a b',
        'p:so:x=1',
        'i:b a=1',
        'r:old',
        'q:3',
        'k:100',
      ),
    );
    expect(index.get('musl')).toEqual([
      {
        format: 'apk',
        name: 'musl',
        version: '1.2.5-r1',
        architecture: 'x86_64',
        origin: { name: 'musl-src', version: '1.2.5-r1' },
        description: 'the musl c library',
        homepage: 'https://musl.libc.org/',
        maintainer: 'A <a@b>',
        license: 'MIT',
        installedSize: 20,
        archive: {
          url: 'https://host/main/x86_64/musl-1.2.5-r1.apk',
          size: 10,
          checksum: { algorithm: 'sha1-control', value: '0102030405060708090a0b0c0d0e0f1011121314' },
        },
        repository: 'test main',
        depends: 'a b',
        provides: 'so:x=1',
        installIf: 'b a=1',
        replaces: 'old',
        replacesPriority: 3,
        providerPriority: 100,
        buildTime: 1_700_000_000,
        commit: 'abc',
      },
    ]);
  });

  it('gives the same object each time and by every way', () => {
    const index = open(stanza('a', '1', 'p:virtual b=2', 'i:c d'), stanza('a', '2'), stanza('z'));
    const [first] = index.get('a');
    expect(index.get('a')).toHaveLength(2);
    for (const list of [index.get('a'), index.providersOf('virtual'), index.providersOf('b'), index.triggeredBy('c')]) {
      expect(list[0]).toBe(first);
    }
    expect(index.get('nothing')).toEqual([]);
    expect(index.providersOf('a')).toEqual([]);
    expect([...index.names()]).toEqual(['a', 'z']);
  });

  it('keeps the first of two packages with one name and version', () => {
    const index = open(stanza('a', '1', 'T:first'), stanza('a', '1', 'T:second'));
    expect(index.get('a').map((one) => one.description)).toEqual(['first']);
  });

  it('answers as an index over objects does', () => {
    const names = fc.constantFrom('a', 'b', 'lib+c', 'so:x.so.1', 'cmd:[', 'zz');
    const packages = fc.array(
      fc.record({
        name: fc.constantFrom('a', 'b', 'lib+c', 'zz'),
        version: fc.constantFrom('1', '2'),
        provides: fc.array(names),
        iif: fc.array(names),
      }),
    );
    fc.assert(
      fc.property(packages, (specs) => {
        const stanzas = specs.map((spec) =>
          stanza(spec.name, spec.version, `p:${spec.provides.join(' ')}`, `i:${spec.iif.join(' ')}`),
        );
        const packed = open(...stanzas);
        const plain = apkIndexOf(stanzas.map((one) => packageOfStanza(one, origin, 'test')));
        expect([...packed.names()].sort()).toEqual([...plain.names()].sort());
        for (const name of ['a', 'b', 'lib+c', 'so:x.so.1', 'cmd:[', 'zz', 'none', '']) {
          expect(packed.get(name)).toEqual(plain.get(name));
          expect(packed.providersOf(name)).toEqual(plain.providersOf(name));
          expect(packed.triggeredBy(name)).toEqual(plain.triggeredBy(name));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('may be empty', () => {
    expect([...open().names()]).toEqual([]);
    expect(open().get('a')).toEqual([]);
  });

  it('is found in among thousands of packages', () => {
    const index = open(...Array.from({ length: 5000 }, (_, number) => stanza(`p${number}`, '1', `p:so:${number}`)));
    expect(index.get('p4321')).toHaveLength(1);
    expect(index.providersOf('so:17')[0]?.name).toBe('p17');
  });

  it.each([
    ['no name', `C:${checksum}\nV:1\nA:x86_64`, 'field P is missing'],
    ['a name that leaves its folder', stanza('../../etc/passwd'), 'field P is not allowed'],
    ['a name with a control character', stanza('a\u0007b'), 'field P is not allowed'],
    ['a name with a query', stanza('a?b'), 'field P is not allowed'],
    ['a version that leaves its folder', stanza('a', '1/../../x'), 'field V is not allowed'],
    ['no version', `C:${checksum}\nP:a\nA:x86_64`, 'field V is missing'],
    ['no architecture', `C:${checksum}\nP:a\nV:1`, 'field A is missing'],
    ['no checksum', 'P:a\nV:1\nA:x86_64', 'no Q1 checksum'],
    ['a checksum of another kind', 'C:Q2abc\nP:a\nV:1\nA:x86_64', 'no Q1 checksum'],
    ['a negative size', stanza('a', '1', 'S:-1'), 'field S is no count'],
    ['an overflowing size', stanza('a', '1', 'I:99999999999999999999'), 'field I is no count'],
    ['a stanza that never ends', stanza('a', '1', `D:${'x '.repeat(3_000_000)}`), 'a package of'],
    ['a line that is no field', stanza('a', '1', 'nonsense'), 'no field'],
  ])('refuses %s, naming the package where there is one', (_, text, message) => {
    expect(() => open(text)).toThrow(malformed(message));
  });
});
