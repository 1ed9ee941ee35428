import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDebVersions, parseDebVersion, upstreamVersion } from './version.js';

const signs = ['gt', 'eq', 'lt'];

function signOf(left: string, right: string): string {
  return signs[1 - Math.sign(compareDebVersions(left, right))] ?? '';
}

describe('the order of versions', () => {
  it.each([
    ['1.0', 'lt', '1.1'],
    ['1.10', 'gt', '1.9'],
    ['1.0~rc1', 'lt', '1.0'],
    ['1.0~~', 'lt', '1.0~'],
    ['1.0~', 'lt', '1.0'],
    ['1.0', 'lt', '1.0a'],
    ['1.0a', 'lt', '1.0+'],
    ['1.0', 'lt', '1.0-1'],
    ['1.0-0', 'eq', '1.0'],
    ['1.0-00', 'eq', '1.0-0'],
    ['0:1.0', 'eq', '1.0'],
    ['1:0.1', 'gt', '9.9'],
    ['10:1', 'gt', '9:1'],
    ['1.01', 'eq', '1.1'],
    ['1.001a', 'lt', '1.1b'],
    ['2.7.2-linux-1', 'lt', '2.7.3-linux-1'],
    ['1.0-1-2', 'gt', '1.0-1'],
    ['1.2.3-1+deb12u1', 'gt', '1.2.3-1'],
    ['1.2.3-1~bpo12+1', 'lt', '1.2.3-1'],
    ['8.2.29-1~deb12u1', 'lt', '8.4.11-1'],
    ['20240101', 'lt', '99999999999999999999999999'],
    ['1.0.', 'gt', '1.0'],
  ])('%s %s %s', (left, sign, right) => {
    expect(signOf(left, right)).toBe(sign);
    expect(signOf(right, left)).toBe(signs[2 - signs.indexOf(sign)]);
  });

  const digits = fc.constantFrom('0', '00', '1', '01', '2', '9', '10', '19', '100');
  const others = fc.constantFrom('', '', 'a', 'b', 'B', 'rc', '~', '~~', '+', '.', '.', 'deb');
  const dashed = fc.constantFrom('', '', '-1', '-0', '-1.1', '-1~', '-01', '-a', '-2+b1', '-1-2');
  const version = fc
    .tuple(
      fc.constantFrom('', '', '', '0:', '1:', '00:', '01:', '10:'),
      digits,
      others,
      digits,
      others,
      fc.constantFrom('', '1', '0'),
      dashed,
    )
    .map((parts) => parts.join(''));

  it('is total', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareDebVersions(a, b)) + Math.sign(compareDebVersions(b, a))).toBe(0);
        if (compareDebVersions(a, b) <= 0 && compareDebVersions(b, c) <= 0) {
          expect(compareDebVersions(a, c)).toBeLessThanOrEqual(0);
        }
      }),
      { numRuns: 3000 },
    );
  });

  const hasDpkg = spawnSync('dpkg', ['--version']).status === 0;
  // In a total order the neighbours of a sorted list decide all of its pairs: here nearly two hundred thousand.
  it.skipIf(!hasDpkg)(`is that of dpkg${hasDpkg ? '' : ' (needs dpkg)'}`, { timeout: 120_000 }, () => {
    const versions = [...new Set(fc.sample(version, { numRuns: 600, seed: 65532 }))].sort(compareDebVersions);
    const lines = versions.slice(1).map((right, at) => `${versions[at]!} ${signOf(versions[at]!, right)} ${right}`);
    expect(new Set(lines.map((line) => line.split(' ')[1]))).toEqual(new Set(['lt', 'eq']));
    const script = 'while read -r l o r; do dpkg --compare-versions "$l" "$o" "$r" || echo "$l $o $r"; done';
    const judged = spawnSync('bash', ['-c', script], { input: `${lines.join('\n')}\n`, encoding: 'utf8' });
    expect(judged.status).toBe(0);
    expect(judged.stdout).toBe('');
  });
});

describe('the parts of a version', () => {
  it.each([
    ['1:8.2.7-1~deb12u1', '1', '8.2.7', '1~deb12u1'],
    ['8.4.12', '0', '8.4.12', ''],
    ['2.7.2-linux-1', '0', '2.7.2-linux', '1'],
    ['1:1.0:2-3', '1', '1.0:2', '3'],
  ])('%s', (version, epoch, upstream, revision) => {
    expect(parseDebVersion(version)).toEqual({ epoch, upstream, revision });
    expect(upstreamVersion(version)).toBe(upstream);
  });
});
