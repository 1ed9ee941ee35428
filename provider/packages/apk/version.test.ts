import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, isVersion, matchesVersion, upstreamVersion } from './version.js';

/** Each before all that follow it, by apk-package(5): every pair of a chain is checked, both ways round. */
const chains: Readonly<Record<string, readonly string[]>> = {
  'everything that can follow 1': [
    ...[
      '1.0_alpha_pre2',
      '1.0_alpha',
      '1.0_alpha-r0',
      '1.0_alpha-r1',
      '1.0_alpha0',
      '1.0_alpha1',
      '1.0_alpha2',
      '1.0_alpha10',
    ],
    ...[
      '1.0_alpha_p1',
      '1.0_beta',
      '1.0_beta1',
      '1.0_pre',
      '1.0_pre20191002',
      '1.0_rc',
      '1.0_rc1',
      '1.0_rc1-r5',
      '1.0_rc2',
      '1.0_rc10',
    ],
    ...[
      '1.0',
      '1.0-r0',
      '1.0-r1',
      '1.0-r9',
      '1.0-r10',
      '1.0~abc',
      '1.0_cvs',
      '1.0_svn',
      '1.0_git',
      '1.0_git-r1',
      '1.0_git20230101',
    ],
    ...['1.0_hg', '1.0_p', '1.0_p1', '1.0_p9', '1.0_p10', '1.0a', '1.0a-r1', '1.0b', '1.0z'],
    ...['1.0.0', '1.0.00', '1.0.01', '1.0.1', '1.0.9', '1.0.10', '1.00', '1.001', '1.01', '1.05', '1.1', '1.9', '1.10'],
    ...['2', '10', '20230101'],
  ],
  'commit hashes are text': [
    '1.0~0',
    '1.0~0a',
    '1.0~12f',
    '1.0~9',
    '1.0~a',
    '1.0~abc',
    '1.0~abc-r0',
    '1.0~abc-r1',
    '1.0~b',
  ],
  'leading zeros behind a dot are text, others are not': [
    '8.2.0',
    '8.2.001',
    '8.2.0015',
    '8.2.002',
    '8.2.1',
    '8.2.15',
    '008.3',
    '9.0',
  ],
  'as distributions use them': [
    ...[
      '0.1_pre20060810',
      '0.1_pre20060817',
      '0.3-r1',
      '0.9.8c-r1',
      '0.9.8d',
      '0.20070118',
      '1.06-r6',
      '006',
      '10-r1',
      '013',
      '014-r1',
    ],
    ...['22.7-r1', '22.7.3-r1', '104-r9', '104-r11', '021109-r3', '20040923-r2'],
  ],
  'numbers beyond 64 bits': ['1.18446744073709551615', '1.18446744073709551616', '1.99999999999999999999999'],
};

const pairs = Object.entries(chains).flatMap(([chain, versions]) =>
  versions.flatMap((less, index) => versions.slice(index + 1).map((greater) => ({ chain, less, greater }))),
);

const words = ['alpha', 'beta', 'pre', 'rc', 'cvs', 'svn', 'git', 'hg', 'p'];
const digits = fc.stringMatching(/^(0{0,2}[1-9]?[0-9]?|[0-9])$/).filter((text) => text !== '');
const versions = fc
  .record({
    numbers: fc.array(digits, { minLength: 1, maxLength: 4 }),
    letter: fc.constantFrom('', 'a', 'z'),
    suffixes: fc.array(fc.tuple(fc.constantFrom(...words), fc.constantFrom('', '1', '10', '02')), { maxLength: 2 }),
    commit: fc.constantFrom('', '~abc', '~1'),
    revision: fc.constantFrom('', '-r0', '-r1', '-r10'),
  })
  .map(
    (parts) =>
      `${parts.numbers.join('.')}${parts.letter}${parts.suffixes.map(([word, number]) => `_${word}${number}`).join('')}${parts.commit}${parts.revision}`,
  );

describe('the order of versions', () => {
  it('has a table of more than a thousand pairs', () => {
    expect(pairs.length).toBeGreaterThan(1000);
  });

  it.each(Object.keys(chains))('of chain "%s" is as documented, both ways round', (chain) => {
    const wrong = pairs
      .filter((pair) => pair.chain === chain)
      .filter(({ less, greater }) => compareVersions(less, greater) !== -1 || compareVersions(greater, less) !== 1);
    expect(wrong).toEqual([]);
  });

  it.each([
    ['1.0', '1.0'],
    ['01.0', '1.0'],
    ['1.0-r1', '1.0-r01'],
    ['1.0_rc1', '1.0_rc01'],
    ['1.0~abc', '1.0~abc'],
  ])('takes %s and %s for the same', (one, other) => {
    expect(compareVersions(one, other)).toBe(0);
  });

  it('is antisymmetric, and a version equals itself', () => {
    fc.assert(
      fc.property(versions, versions, (one, other) => {
        expect(compareVersions(one, one)).toBe(0);
        expect(compareVersions(one, other)).toBe(0 - compareVersions(other, one));
      }),
    );
  });

  it('orders what it generates as versions', () => {
    fc.assert(fc.property(versions, (one) => isVersion(one)));
  });

  it('ends on any text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(Math.abs(compareVersions(one, other))).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('isVersion', () => {
  it.each(['1', '1.2.3-r0', '1.0a', '1.0_alpha', '1.0_pre1_p2-r3', '1.2~0ab-r1', '20230101', '013'])(
    'takes %s',
    (version) => {
      expect(isVersion(version)).toBe(true);
    },
  );

  it.each([
    ...[
      '',
      'a',
      '.1',
      '1.',
      '1..2',
      '1-',
      '1-1',
      '1-r',
      '1-r1-r2',
      '1_',
      '1_foo',
      '1_p_',
      '1.0ab',
      '1.0a1',
      '1.0_rc1.2',
    ],
    ...[
      '1~',
      '1~xyz',
      '1~ab~cd',
      '1~ABC',
      '1-r1_p1',
      '1-r1~ab',
      '1 ',
      ' 1',
      '1\n',
      'v1.0',
      '1:1.0',
      '1.0+1',
      '0.99f7-r1',
    ],
  ])('refuses %j', (version) => {
    expect(isVersion(version)).toBe(false);
  });
});

describe('matchesVersion', () => {
  it.each([
    ['1.2.3-r0', '=', '1.2.3-r0', true],
    ['1.2.3-r1', '=', '1.2.3-r0', false],
    ['1.2.3-r1', '=', '1.2.3', false],
    ['1.2.3', '<', '1.2.4', true],
    ['1.2.3', '<', '1.2.3', false],
    ['1.2.3', '<=', '1.2.3', true],
    ['1.2.4', '<=', '1.2.3', false],
    ['1.2.4', '>', '1.2.3', true],
    ['1.2.3', '>', '1.2.3', false],
    ['1.2.3', '>=', '1.2.3', true],
    ['1.2.2', '>=', '1.2.3', false],
    ['1.2.3-r4', '~', '1.2', true],
    ['1.2-r4', '~', '1.2', true],
    ['1.2_rc1', '~', '1.2', true],
    ['1.20', '~', '1.2', false],
    ['1', '~', '1.2', false],
    ['1.2.3-r4', '~', '1.2.3-r4', true],
    ['1.3', '>~', '1.2', true],
    ['1.2.9', '>~', '1.2', true],
    ['1.1', '>~', '1.2', false],
    ['1.1', '<~', '1.2', true],
    ['1.2.9', '<~', '1.2', true],
    ['1.3', '<~', '1.2', false],
    ['1.2', '><', '1.2', false],
  ] as const)('%s %s %s is %s', (version, operator, wanted, expected) => {
    expect(matchesVersion(version, operator, wanted)).toBe(expected);
  });
});

describe('upstreamVersion', () => {
  it.each([
    ['8.4.12-r0', '8.4.12'],
    ['8.4.12-r10', '8.4.12'],
    ['1.0_rc1', '1.0_rc1'],
  ])('of %s is %s', (version, upstream) => {
    expect(upstreamVersion(version)).toBe(upstream);
  });
});
