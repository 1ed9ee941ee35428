import { describe, expect, it } from 'vitest';
import { digestOf } from '../support/digest.js';
import type { Plan } from './plan.js';
import { packageVersions, type PackageVersions, summarize } from './summary.js';

/** A line's packages as `name=version`, those of the user with a `+` before them. */
function versionsOf(byArchitecture: Readonly<Record<string, string>>): PackageVersions {
  const architectures = Object.entries(byArchitecture).map(([architecture, text]) => ({
    architecture,
    packages: text.split(' ').map((word) => {
      const [name = '', version = ''] = word.replace('+', '').split('=');
      return {
        package: { name, version, installedSize: 1000 },
        from: word.startsWith('+') ? ('added' as const) : ('starter' as const),
      };
    }),
  }));
  return { architectures };
}

describe('packageVersions', () => {
  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['once, sorted, when architectures agree', { amd64: 'b=1 a=2', arm64: 'a=2 b=1' }, { a: '2', b: '1' }],
    ['by architecture when they do not', { amd64: 'a=1', arm64: 'a=2' }, { a: '1', 'a (arm64)': '2' }],
    ['of one architecture alone', { amd64: 'a=1', arm64: 'b=1' }, { a: '1', b: '1' }],
  ])('lists a package %s', (_, packages, expected) => {
    const versions = packageVersions(versionsOf(packages), () => true);
    expect(versions).toEqual(expected);
    expect(Object.keys(versions)).toEqual(Object.keys(expected));
  });

  it('lists only those that are wanted', () => {
    const line = versionsOf({ amd64: 'a=1 +b=2', arm64: 'a=1 +b=3' });
    expect(packageVersions(line, (from) => from === 'added')).toEqual({ b: '2', 'b (arm64)': '3' });
  });
});

describe('summarize', () => {
  const digest = digestOf('plan');
  const resolved = (line: string, version: string, warnings: readonly string[] = []) => ({
    line,
    suite: 'stable',
    endOfLife: undefined,
    status: 'resolved' as const,
    version,
    ...versionsOf({ amd64: 'a=1' }),
    skipped: [{ name: 'php-x-auto', reason: 'none' }],
    warnings,
  });
  const failed = (line: string) => ({
    line,
    suite: 'old',
    endOfLife: '2030-01-01',
    status: 'failed' as const,
    version: undefined,
    error: { code: 'plan/conflict', message: `no ${line}`, hint: undefined },
  });
  const planOf = (...lines: readonly object[]): Plan => ({ lines, warnings: [] }) as unknown as Plan;

  it('gives floating tags to what would be built, and none to what would not', () => {
    const { lines } = summarize(planOf(resolved('8.2', '8.2.1'), resolved('8.4', '8.4.1'), failed('8.5')), digest);
    expect(lines['8.2']?.tags).toEqual(['8.2.1', '8.2']);
    expect(lines['8.4']?.tags).toEqual(['8.4.1', '8.4', '8', 'latest']);
    expect(lines['8.5']).toEqual({
      suite: 'old',
      endOfLife: '2030-01-01',
      tags: [],
      packages: {},
      skipped: [],
      error: 'no 8.5',
    });
  });

  it('says how much the packages take on the architecture where they take most', () => {
    const line = { ...resolved('8.4', '8.4.1'), ...versionsOf({ amd64: 'a=1 b=1', arm64: 'a=1 b=1 c=1' }) };
    expect(summarize(planOf(line), digest).lines['8.4']?.installedSize).toBe(3000);
  });

  it('has no key without something to say', () => {
    const { lines } = summarize(planOf(resolved('8.4', '8.4.1')), digest);
    expect(Object.keys(lines['8.4']!)).toEqual(['version', 'suite', 'tags', 'packages', 'installedSize', 'skipped']);
    const warned = summarize(planOf(resolved('8.4', '8.4.1', ['behind'])), digest);
    expect(warned).toMatchObject({ digest, lines: { '8.4': { skipped: ['php-x-auto'], warnings: ['behind'] } } });
  });
});
