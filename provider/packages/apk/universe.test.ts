import { describe, expect, it } from 'vitest';
import type { Requirement, Universe } from '../universe.js';
import type { ApkPackage } from './apk-package.js';
import { apkIndexOf } from './apk-index.js';
import { packageOfStanza } from './index-stanza.js';
import type { TaggedIndex } from './pool.js';
import { apkUniverse } from './universe.js';

/**
 * One repository from lines of the form `name-version D:a b p:c=1 i:d k:5 A:noarch`; the checksum is that of the
 * line, so equal lines are the same package.
 */
function repository(title: string, lines: string, tag?: string): TaggedIndex {
  const packages = lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [head = '', ...fields] = line.split(/ (?=[A-Za-z]:)/);
      const [, name, version] = /^(.+?)-(\d.*)$/.exec(head) ?? [];
      const digest = Buffer.alloc(20, line.replace(/:/g, ' ')).toString('base64');
      const stanza = [`C:Q1${digest}`, `P:${name ?? ''}`, `V:${version ?? ''}`, 'A:x86_64', ...fields].join('\n');
      return packageOfStanza(stanza, { folder: `https://${title}/x86_64`, repository: title }, title);
    });
  return { index: apkIndexOf(packages), tag };
}

function universe(lines: string, ...requests: readonly string[]): Universe<ApkPackage> {
  return apkUniverse([repository('main', lines)], { architecture: 'amd64', requests });
}

function named(packages: readonly ApkPackage[]): readonly string[] {
  return packages.map((one) => `${one.name}-${one.version}`);
}

function candidates(of: Universe<ApkPackage>, request: string): readonly string[] {
  return named(of.request(request).candidates);
}

function only(of: Universe<ApkPackage>, request: string): ApkPackage {
  const [one] = of.request(request).candidates;
  if (one === undefined) throw new Error(`nothing meets ${request}`);
  return one;
}

function summary(requirements: readonly Requirement<ApkPackage>[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(requirements.map(({ text, candidates: found }) => [text, named(found)]));
}

describe('a request', () => {
  const three = universe('a-1.0-r0\na-1.2-r0\na-1.10-r0\na-2.0_rc1-r0');
  it.each([
    ['a', ['a-2.0_rc1-r0', 'a-1.10-r0', 'a-1.2-r0', 'a-1.0-r0']],
    ['a=1.2-r0', ['a-1.2-r0']],
    ['a=1.2', []],
    ['a~1', ['a-1.10-r0', 'a-1.2-r0', 'a-1.0-r0']],
    ['a~1.1', []],
    ['a<1.10', ['a-1.2-r0', 'a-1.0-r0']],
    ['a>=1.2', ['a-2.0_rc1-r0', 'a-1.10-r0', 'a-1.2-r0']],
    ['a>2', ['a-2.0_rc1-r0']],
    ['a>2.0', []],
    ['nothing', []],
  ])('%s is met by %j', (request, expected) => {
    expect(candidates(three, request)).toEqual(expected);
  });

  it('may have blanks around its operator', () => {
    expect(candidates(three, ' a >= 1.2 ')).toEqual(candidates(three, 'a>=1.2'));
    expect(universe('a-1', 'a >= 1').request('a').candidates).toHaveLength(1);
  });

  it.each(['!a', 'a b', '', 'a=='])('%j is refused', (request) => {
    expect(() => three.request(request)).toThrow(expect.objectContaining({ code: 'request/malformed' }));
  });

  it('by checksum is met by that package alone', () => {
    const of = universe('a-1\na-2');
    const one = only(of, 'a=1');
    const checksum = `Q1${Buffer.from(one.archive.checksum.value, 'hex').toString('base64')}`;
    expect(candidates(of, `a><${checksum}`)).toEqual(['a-1']);
  });

  it('leaves out packages for other architectures', () => {
    expect(candidates(universe('a-1 A:aarch64\na-2 A:noarch\na-3'), 'a')).toEqual(['a-3', 'a-2']);
  });
});

describe('providers', () => {
  it('with a version count as the name itself, the newest under that name first', () => {
    const of = universe('foo-1.0\nfoo-ng-9 p:foo=2.0\nfoo-old-9 p:foo=0.5');
    expect(candidates(of, 'foo')).toEqual(['foo-ng-9', 'foo-1.0', 'foo-old-9']);
    expect(candidates(of, 'foo>=2')).toEqual(['foo-ng-9']);
    expect(candidates(of, 'foo<1')).toEqual(['foo-old-9']);
  });

  it('of a soname go by the version of a package before the number of the soname', () => {
    const of = universe('lib-1.3 p:so:x.so.20=20\nlib-1.4-r0 p:so:x.so.20=1.4-r0\nother-9 p:so:x.so.20=25');
    expect(candidates(of, 'so:x.so.20')).toEqual(['lib-1.4-r0', 'other-9', 'lib-1.3']);
    expect(candidates(of, 'so:x.so.20>=20')).toEqual(['other-9', 'lib-1.3']);
  });

  it('without a version go by their priority', () => {
    const of = universe('low-2 p:sh k:10\nhigh-1 p:sh k:100\nnone-3 p:sh');
    expect(candidates(of, 'sh')).toEqual(['high-1', 'low-2']);
  });

  it('without a version meet no constraint', () => {
    expect(candidates(universe('low-2 p:sh k:10'), 'sh>=1')).toEqual([]);
  });

  it('without a version or a priority are not chosen between, and named', () => {
    const of = universe('postfix-3 p:mta\nexim-4 p:mta\nexim-3 p:mta\nuser-1 D:mta');
    const [requirement] = of.requirements(only(of, 'user'));
    if (requirement === undefined) throw new Error('no requirement');
    expect(requirement).toMatchObject({ text: 'mta', candidates: [] });
    expect(of.nearMisses(requirement)).toMatchObject([
      { name: 'postfix', kind: 'choice', reason: 'postfix provides mta' },
      { name: 'exim', version: '4', kind: 'choice' },
    ]);
  });

  it('without a version or a priority are taken when there is one package alone', () => {
    expect(candidates(universe('exim-4 p:mta\nexim-3 p:mta'), 'mta')).toEqual(['exim-4', 'exim-3']);
  });

  it.each([
    ['a request', ['user', 'exim']],
    ['a request with a version', ['user', 'exim=3']],
    ['a package that a request needs', ['user', 'wants-exim']],
    ['a package far behind a request', ['user', 'wants-wants']],
  ])('are taken when %s asks for one by its name', (_, requests) => {
    const of = universe(
      'postfix-3 p:mta\nexim-4 p:mta\nexim-3 p:mta\nuser-1 D:mta\nwants-exim-1 D:exim\nwants-wants-1 D:wants-exim',
      ...requests,
    );
    expect(summary(of.requirements(only(of, 'user')))).toEqual({ mta: ['exim-4', 'exim-3'] });
  });

  it('that the best of every choice asks for come before those that another choice would', () => {
    const of = universe(
      'postfix-3 p:mta\nexim-4 p:mta\nuser-1 D:mta tool\ntool-1 D:postfix\ntool-2 D:exim\ndovecot-2 p:mta',
      'user',
    );
    expect(summary(of.requirements(only(of, 'user')))).toEqual({
      mta: ['exim-4', 'postfix-3'],
      tool: ['tool-2', 'tool-1'],
    });
  });

  it('are taken when one was requested before, though nobody said so at the beginning', () => {
    const of = universe('postfix-3 p:mta\nexim-4 p:mta\nuser-1 D:mta');
    expect(candidates(of, 'mta')).toEqual([]);
    of.request('exim');
    expect(summary(of.requirements(only(of, 'user')))).toEqual({ mta: ['exim-4'] });
  });

  it('do not make themselves asked for', () => {
    const of = universe('postfix-3 p:mta D:exim\nexim-4 p:mta D:postfix\nuser-1 D:mta', 'user');
    expect(summary(of.requirements(only(of, 'user')))).toEqual({ mta: [] });
  });

  it('of one name are each named once', () => {
    expect(candidates(universe('a-1 p:b=1 b=2'), 'b')).toEqual(['a-1']);
  });
});

describe('conflicts', () => {
  function conflictsOf(lines: string, request: string): Readonly<Record<string, readonly string[]>> {
    const of = universe(lines);
    return Object.fromEntries(
      of.conflicts(only(of, request)).map(({ text, candidates: found }) => [text, named(found)]),
    );
  }

  it('are its own other versions', () => {
    expect(conflictsOf('a-1\na-2\na-3', 'a=2')).toEqual({ 'only one version of a': ['a-1', 'a-3'] });
  });

  it('are whoever bears a name that it provides with a version', () => {
    expect(conflictsOf('a-1 p:v=1\nv-5\nb-1 p:v=2\nc-1 p:v', 'a')).toEqual({
      'only one provider of v': ['v-5', 'b-1', 'c-1'],
    });
  });

  it('are only the versioned bearers of a name that it provides without one', () => {
    expect(conflictsOf('a-1 p:v\nv-5\nb-1 p:v=2\nc-1 p:v', 'a')).toEqual({ 'only one provider of v': ['v-5', 'b-1'] });
  });

  it('are whoever provides its own name', () => {
    expect(conflictsOf('v-5\nb-1 p:v=2\nc-1 p:v', 'v=5')).toEqual({ 'only one provider of v': ['b-1', 'c-1'] });
  });

  it('are not the packages that provide the same name, all without a version', () => {
    expect(conflictsOf('a-1 p:v\nb-1 p:v', 'a')).toEqual({});
  });

  it('are what it forbids, by name, version and provided name, but for itself', () => {
    expect(conflictsOf('a-1 D:!b !c<2 !v p:v\nb-1\nc-1\nc-3\nd-1 p:v', 'a')).toEqual({
      '!b': ['b-1'],
      '!c<2': ['c-1'],
      '!v': ['d-1'],
    });
  });
});

describe('what is forbidden', () => {
  it('is no candidate of anything', () => {
    const of = universe('user-1 D:sh\nbusybox-1 p:sh k:9\ndash-1 p:sh k:5', 'user', '!busybox');
    expect(summary(of.requirements(only(of, 'user')))).toEqual({ sh: ['dash-1'] });
    expect(candidates(of, 'busybox')).toEqual([]);
    expect(of.nearMisses(of.request('busybox'))).toMatchObject([{ name: 'busybox', reason: 'a request forbids it' }]);
  });

  it('is no request by itself', () => {
    expect(() => universe('busybox-1').request('!busybox')).toThrow(
      expect.objectContaining({
        code: 'request/malformed',
        message: 'A request cannot forbid a package: !busybox',
        hint: 'Leave it out: a package is there only when it is asked for, or needed by one that is.',
      }),
    );
  });

  it('may be bound to versions', () => {
    const of = universe('lib-1\nlib-2\nlib-3', '!lib>2');
    expect(candidates(of, 'lib')).toEqual(['lib-2', 'lib-1']);
  });

  it('does not come in by install_if', () => {
    const told = (...requests: readonly string[]): number => {
      const of = universe('a-1\na-doc-1 i:a', ...requests);
      return of.implications(only(of, 'a')).length;
    };
    expect([told('a'), told('a', '!a-doc')]).toEqual([1, 0]);
  });
});

describe('requirements', () => {
  it('are what it depends on, in its order', () => {
    const of = universe('a-1 D:so:x.so.1 b>=2 !c cmd:d\nx-1 p:so:x.so.1=1\nb-1\nb-2\nd-1 p:cmd:d=1');
    const [one] = of.request('a').candidates;
    expect(one === undefined ? {} : summary(of.requirements(one))).toEqual({
      'so:x.so.1': ['x-1'],
      'b>=2': ['b-2'],
      'cmd:d': ['d-1'],
    });
  });

  it('that cannot be read are met by nothing', () => {
    const of = universe('a-1 D:b@edge c<>2\nb-1\nc-1');
    expect(summary(of.requirements(only(of, 'a')))).toEqual({ 'b@edge': [], 'c<>2': [] });
  });

  it('on a name that is assumed present are met without a package, and a request for it is not', () => {
    const lines = 'nginx-1.30.0-r0 D:/bin/sh musl\nbusybox-binsh-1.37-r0 p:/bin/sh\nmusl-1.2-r0';
    const of = apkUniverse([repository('main', lines)], {
      architecture: 'amd64',
      requests: ['nginx'],
      assumedPresent: ['/bin/sh'],
    });
    const [shell, library] = of.requirements(only(of, 'nginx'));
    expect(shell).toMatchObject({ text: '/bin/sh', candidates: [], assumed: '/bin/sh' });
    expect(named(library?.candidates ?? [])).toEqual(['musl-1.2-r0']);
    expect(library).not.toHaveProperty('assumed');
    expect(candidates(of, '/bin/sh')).toEqual(['busybox-binsh-1.37-r0']);
  });

  it('may go in circles, and to itself', () => {
    const of = universe('a-1 D:b a\nb-1 D:a', 'a');
    expect(summary(of.requirements(only(of, 'a')))).toEqual({ b: ['b-1'], a: ['a-1'] });
  });
});

describe('implications', () => {
  const lines =
    'foo-1\nfoo-2\ndocs-1\nfoo-doc-1 i:docs foo=1\nfoo-doc-2 i:foo=2 docs\nfoo-x-1 i:foo !docs\nfoo-v-1 i:v foo\nother-1 p:v';
  it('are told by the package that a version is bound to, as the same object', () => {
    const of = universe(lines);
    const byFoo = of.implications(only(of, 'foo=2'));
    expect(byFoo.map((one) => [one.text, one.candidate.version])).toEqual([['install_if: foo=2 docs', '2']]);
    expect(of.implications(only(of, 'foo=2'))[0]).toBe(byFoo[0]);
    expect(of.implications(only(of, 'foo=1')).map((one) => one.text)).toEqual(['install_if: docs foo=1']);
    expect(summary(byFoo[0]?.conditions ?? [])).toEqual({ 'foo=2': ['foo-2'], docs: ['docs-1'] });
  });

  it('are told by the first of the names where no version is bound, provided ones as well', () => {
    const of = universe(lines);
    expect(of.implications(only(of, 'docs'))).toEqual([]);
    expect(of.implications(only(of, 'other')).map((one) => one.candidate.name)).toEqual(['foo-v']);
  });

  it('of tagged repositories come in with their tag alone', () => {
    const main = repository('main', 'foo-1\ndocs-1');
    const edge = repository('edge', 'foo-2\nfoo-doc-1 i:foo docs', 'edge');
    const plain = apkUniverse([main, edge], { architecture: 'amd64', requests: ['foo', 'docs'] });
    expect(plain.implications(only(plain, 'foo'))).toEqual([]);
    const tagged = apkUniverse([main, edge], { architecture: 'amd64', requests: ['foo@edge', 'docs'] });
    expect(tagged.implications(only(tagged, 'foo@edge'))).toHaveLength(1);
  });
});

describe('tags', () => {
  const main = repository('main', 'app-1 D:lib\nlib-1 D:base\nbase-1\nonly-main-1');
  const edge = repository('edge', 'app-2 D:lib>=2\napp-1.5 D:lib\nlib-2 D:base>=2\nbase-2\nonly-edge-1', 'edge');
  const at = (...requests: readonly string[]): Universe<ApkPackage> =>
    apkUniverse([main, edge], { architecture: 'amd64', requests });

  it('keep a repository out of what does not ask for it', () => {
    const of = at('app');
    expect(candidates(of, 'app')).toEqual(['app-1']);
    expect(summary(of.requirements(only(of, 'app')))).toEqual({ lib: ['lib-1'] });
  });

  it('take a request from that repository alone', () => {
    expect(candidates(at('app@edge'), 'app@edge')).toEqual(['app-2', 'app-1.5']);
    expect(candidates(at('app@edge<2'), 'app@edge<2')).toEqual(['app-1.5']);
    expect(candidates(at('only-main@edge'), 'only-main@edge')).toEqual([]);
  });

  it('reach dependencies, for which what has no tag is preferred', () => {
    const of = at('app@edge');
    const [second, first] = of.request('app@edge').candidates;
    expect(second === undefined ? {} : summary(of.requirements(second))).toEqual({ 'lib>=2': ['lib-2'] });
    expect(first === undefined ? {} : summary(of.requirements(first))).toEqual({ lib: ['lib-1', 'lib-2'] });
    const [, lib] = first === undefined ? [] : (of.requirements(first)[0]?.candidates ?? []);
    expect(lib === undefined ? {} : summary(of.requirements(lib))).toEqual({ 'base>=2': ['base-2'] });
  });

  it('do not reach what another request depends on', () => {
    const of = at('app', 'only-edge@edge');
    expect(summary(of.requirements(only(of, 'app')))).toEqual({ lib: ['lib-1'] });
  });

  it('are named when a name is only there', () => {
    const of = at('only-edge');
    expect(of.nearMisses(of.request('only-edge'))).toMatchObject([
      { name: 'only-edge', reason: expect.stringContaining('@edge') },
    ]);
    expect(of.nearMisses(of.request('only-main@edge'))).toMatchObject([
      { name: 'only-main', reason: expect.stringContaining('without a tag') },
    ]);
  });

  it('do not matter for a package that both repositories have', () => {
    const shared = 'same-1 D:base';
    const of = apkUniverse([repository('a', shared, 'x'), repository('b', `${shared}\nbase-1`)], {
      architecture: 'amd64',
      requests: ['same'],
    });
    expect(candidates(of, 'same')).toEqual(['same-1']);
    expect(of.request('same').candidates[0]).toBe(of.request('same@x').candidates[0]);
  });
});

describe('several repositories', () => {
  it('give the newest version, and of equal ones that of the first', () => {
    const of = apkUniverse([repository('one', 'a-1 D:x\nb-1'), repository('two', 'a-1 D:y\nb-2')], {
      architecture: 'amd64',
    });
    expect(of.request('a').candidates.map((one) => one.repository)).toEqual(['one', 'two']);
    expect(of.request('b').candidates.map((one) => one.repository)).toEqual(['two', 'one']);
  });
});

describe('near misses', () => {
  it('are other versions', () => {
    const of = universe('lib-1.8\nlib-1.9\nx-3 p:v=3');
    expect(of.nearMisses(of.request('lib>=2'))).toMatchObject([
      { name: 'lib', version: '1.9', kind: 'version', reason: 'the newest lib is 1.9 (main)' },
    ]);
    expect(of.nearMisses(of.request('lib<1'))).toMatchObject([
      { version: '1.8', reason: 'the oldest lib is 1.8 (main)' },
    ]);
    expect(of.nearMisses(of.request('v>=4'))).toMatchObject([
      { name: 'x', reason: 'the only v is 3 (provided by x 3, main)' },
    ]);
  });

  it('are other spellings', () => {
    const of = universe('php84-curl-1\nphp83-curl-1\nzsh-1');
    expect(of.nearMisses(of.request('php-84-curl')).map((one) => [one.name, one.kind])).toEqual([
      ['php84-curl', 'spelling'],
      ['php83-curl', 'spelling'],
    ]);
  });

  it('of nonsense are none', () => {
    const of = universe('a-1 D:c<>2\nzsh-1');
    expect(of.nearMisses(of.request('completely-different'))).toEqual([]);
    const [requirement] = of.requirements(only(of, 'a'));
    expect(requirement === undefined ? ['none'] : of.nearMisses(requirement)).toEqual([]);
  });
});
