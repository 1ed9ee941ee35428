import { describe, expect, it } from 'vitest';
import type { ConfigurationFile } from '../catalog/starter.js';
import type { AutoScheme } from '../resolver/auto.js';
import { isPrivateImageError } from '../support/errors.js';
import { lineRequests, refuseBlockedFamilies, refuseUnknownAutoPackages, schemesOf } from './auto-packages.js';
import type { PackageSource } from './package-source.js';
import type { LinePlan } from './plan.js';

const php: AutoScheme = {
  name: 'php',
  auto: 'php-<name>-auto',
  packages: ['php<line>-<name>', 'php-<name>', 'php<line>'],
};
const starter = { name: 'web', auto: 'php' } as ConfigurationFile;

/** A source that has these packages; what they are made of is never asked. */
function sourceOf(names: string): PackageSource {
  const has = new Set(names.split(' '));
  return { get: (name: string) => (has.has(name) ? [{ name }] : []) } as unknown as PackageSource;
}

/** The requests of a line on two architectures; `conflicts` are packages that go with nothing. */
function requestsFor(packages: readonly string[], sources: readonly string[], conflicts: readonly string[] = []) {
  return lineRequests(packages, {
    schemes: [php],
    line: '8.4',
    sources: sources.map(sourceOf),
    conflictOf: (requests) => {
      const found = requests.find((request) => conflicts.includes(request));
      return found === undefined ? undefined : `${found} does not fit`;
    },
  });
}

describe('lineRequests', () => {
  it('leaves what is asked for by name as it is, before all auto packages', () => {
    expect(requestsFor(['php-curl-auto', 'jq>=1.6'], ['php8.4-curl'])).toEqual({
      requests: [
        { request: 'jq>=1.6', auto: undefined },
        { request: 'php8.4-curl', auto: 'php-curl-auto' },
      ],
      skipped: [],
    });
  });

  it.each<[string, readonly string[], readonly string[], string | undefined]>([
    ['the most exact package', ['php8.4-curl php-curl', 'php8.4-curl php-curl'], [], 'php8.4-curl'],
    ['one that every architecture has', ['php8.4-curl php-curl', 'php-curl'], [], 'php-curl'],
    ['one that goes with the rest', ['php8.4-curl php-curl'], ['php8.4-curl'], 'php-curl'],
    ['none of another line', ['php8.2-curl'], [], undefined],
  ])('takes %s', (_, sources, conflicts, expected) => {
    expect(requestsFor(['php-curl-auto'], sources, conflicts).requests.map(({ request }) => request)).toEqual(
      expected === undefined ? [] : [expected],
    );
  });

  it.each<[string, readonly string[], readonly string[], RegExp]>([
    ['there is none', ['php8.2-curl'], [], /^no package for line 8\.4$/u],
    ['an architecture has none', ['php8.4-curl', 'jq'], [], /^php8\.4-curl is not there on every architecture$/u],
    [
      'none fits',
      ['php8.4-curl php-curl'],
      ['php8.4-curl', 'php-curl'],
      /php8\.4-curl does not fit; php-curl does not fit/u,
    ],
  ])('skips with the reason when %s', (_, sources, conflicts, reason) => {
    const { requests, skipped } = requestsFor(['php-curl-auto'], sources, conflicts);
    expect(requests).toEqual([]);
    expect(skipped).toEqual([{ name: 'php-curl-auto', reason: expect.stringMatching(reason) as string }]);
  });
});

describe('refuseUnknownAutoPackages', () => {
  /** A line with auto packages skipped for these reasons. */
  function line(name: string, skipped: Readonly<Record<string, string>>): LinePlan {
    const list = Object.entries(skipped).map(([auto, reason]) => ({ name: auto, reason }));
    return { line: name, status: 'resolved', skipped: list } as unknown as LinePlan;
  }
  const nothing = (name: string): Record<string, string> => ({ 'php-x-auto': `no package for line ${name}` });
  const refuse = (...plans: readonly LinePlan[]): void =>
    refuseUnknownAutoPackages(starter, plans, ['php-x-auto', 'jq']);

  it('refuses what no line has anything for', () => {
    expect(() => refuse(line('8.2', nothing('8.2')), line('8.4', nothing('8.4')))).toThrow(/starter web.*php-x-auto/u);
  });

  it('lets pass what one line has, or would have without a conflict', () => {
    expect(() => refuse(line('8.2', nothing('8.2')), line('8.4', {}))).not.toThrow();
    expect(() => refuse(line('8.2', nothing('8.2')), line('8.4', { 'php-x-auto': 'it does not fit' }))).not.toThrow();
  });

  it('says nothing when no line could be resolved: that is told otherwise', () => {
    expect(() => refuse({ line: '8.4', status: 'failed' } as LinePlan)).not.toThrow();
  });
});

describe('refuseBlockedFamilies', () => {
  const contained = [
    { name: 'php8.4-curl', version: '8.4.12' },
    { name: 'libc6', version: '2.41' },
  ];

  it.each([['php-curl-auto'], ['php8.2-curl'], ['php-curl=8.1'], ['libc6>=2']])('refuses %s', (request) => {
    try {
      refuseBlockedFamilies(starter, [php], contained, ['jq', request]);
    } catch (error) {
      expect(isPrivateImageError(error, 'auto/blocked-family')).toBe(true);
      const used = request.startsWith('libc6') ? 'libc6 2.41' : 'php8.4-curl 8.4.12';
      expect((error as Error).message).toContain(used);
      expect(error).toMatchObject({ data: { package: request } });
      return;
    }
    expect.unreachable(`${request} was let pass`);
  });

  it('names every one at once', () => {
    const refuse = (): void => refuseBlockedFamilies(starter, [php], contained, ['libc6', 'php-curl-auto']);
    expect(refuse).toThrow(/libc6 .*php-curl-auto /u);
  });

  it('lets pass what the starter has not', () => {
    expect(() => refuseBlockedFamilies(starter, [php], contained, ['php-gd-auto', 'jq'])).not.toThrow();
  });
});

describe('schemesOf', () => {
  it('gives the scheme that the starter names, and none to one that names none', () => {
    const py3 = { ...php, name: 'py3' };
    expect(schemesOf(starter, [py3, php])).toEqual([php]);
    expect(schemesOf({ ...starter, auto: undefined }, [py3, php])).toEqual([]);
  });
});
