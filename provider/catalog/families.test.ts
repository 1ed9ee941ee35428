import { describe, expect, it } from 'vitest';
import { autoCandidates, autoName, blockedFamilies, familyOf } from '../resolver/auto.js';
import { loadCatalog } from './loader.js';

const { schemes } = await loadCatalog();
const has =
  (...names: readonly string[]) =>
  (name: string) =>
    names.includes(name);

describe('auto packages on every distribution', () => {
  it.each([
    ['wolfi', 'php-8.4-curl', 'php-curl-auto'],
    ['alpine', 'php84-curl', 'php-curl-auto'],
    ['alpine', 'php84-pecl-apcu', 'php-apcu-auto'],
    ['debian', 'php8.4-curl', 'php-curl-auto'],
    ['debian', 'php8.4-apcu', 'php-apcu-auto'],
    ['wolfi', 'py3.13-rsa', 'py3-rsa-auto'],
    ['alpine', 'py3-rsa', 'py3-rsa-auto'],
    ['debian', 'python3-rsa', 'py3-rsa-auto'],
    ['wolfi', 'ruby3.4-timeout', 'ruby-timeout-auto'],
    ['alpine', 'ruby-timeout', 'ruby-timeout-auto'],
    ['debian', 'ruby-timeout', 'ruby-timeout-auto'],
  ])('%s: %s is %s', (_, name, auto) => {
    expect(autoName(schemes, name, has())).toBe(auto);
  });

  it.each([
    ['wolfi', 'php-8.4-posix-config', 'php-8.4-posix'],
    ['wolfi', 'php-8.4-dev', 'php-8.4'],
    ['alpine', 'php84-doc', 'php84'],
    ['alpine', 'py3-rsa-pyc', 'py3-rsa'],
    ['debian', 'python3-numpy-dbg', 'python3-numpy'],
    ['wolfi', 'ruby-3.4-dev', 'ruby-3.4'],
    ['alpine', 'ruby-rake-doc', 'ruby-rake'],
  ])('%s: there is none for %s, which is there for %s', (_, name, owner) => {
    expect(autoName(schemes, name, has(owner))).toBeUndefined();
  });

  it.each(['php-8.4', 'php84', 'python-3.13', 'python3', 'ruby-3.4', 'ruby', 'postgresql-17', 'nginx', 'curl'])(
    'there is none for %s',
    (name) => {
      expect(autoName(schemes, name, has())).toBeUndefined();
    },
  );

  it.each([
    ['php-curl-auto', '8.4', ['php-8.4-curl', 'php-8.3-curl']],
    ['php-curl-auto', '8.4', ['php84-curl', 'php83-curl']],
    ['php-apcu-auto', '8.4', ['php84-pecl-apcu', 'php83-pecl-apcu']],
    ['php-curl-auto', '8.4', ['php8.4-curl', 'php-curl']],
    ['py3-rsa-auto', '3.13', ['py3.13-rsa', 'py3.12-rsa']],
    ['py3-rsa-auto', '3.12', ['py3-rsa']],
    ['py3-rsa-auto', '3.11', ['python3-rsa']],
    ['ruby-timeout-auto', '3.4', ['ruby3.4-timeout', 'ruby3.3-timeout']],
    ['ruby-timeout-auto', '3.3', ['ruby-timeout']],
  ])('%s is in line %s the first of %j', (auto, line, names) => {
    expect(autoCandidates(schemes, auto, line, has(...names))?.[0]).toBe(names[0]);
  });
});

describe('families on every distribution', () => {
  it.each([
    ['php', ['php-8.4', 'php84', 'php8.4', 'php']],
    ['php-curl', ['php-8.4-curl', 'php84-curl', 'php8.3-curl', 'php-curl-auto']],
    ['php-apcu', ['php84-pecl-apcu', 'php8.4-apcu', 'php-apcu-auto']],
    ['py3', ['python-3.13', 'python3.13', 'python3']],
    ['py3-dev', ['python-3.13-dev', 'python3.13-dev', 'python3-dev']],
    ['py3-rsa', ['py3.13-rsa', 'py3-rsa', 'python3-rsa', 'py3-rsa-auto']],
    ['ruby', ['ruby-3.4', 'ruby3.3', 'ruby']],
    ['ruby-dev', ['ruby-3.4-dev', 'ruby3.3-dev', 'ruby-dev']],
    ['postgresql', ['postgresql-17', 'postgresql17', 'postgresql']],
    ['postgresql-contrib', ['postgresql-17-contrib', 'postgresql17-contrib', 'postgresql-contrib']],
    ['openjdk-jre-headless', ['openjdk-21-jre-headless', 'openjdk21-jre-headless']],
    ['nodejs', ['nodejs-22', 'nodejs']],
    ['go', ['go-1.25', 'go']],
    ['valkey', ['valkey-9.0', 'valkey']],
    ['nginx', ['nginx-mainline', 'nginx-stable', 'nginx']],
    ['curl', ['curl']],
  ])('%s: %j', (family, names) => {
    expect(names.map((name) => familyOf(schemes, name))).toEqual(names.map(() => family));
  });

  it('block another line of what a starter has', () => {
    const contained = [
      { name: 'postgresql17', version: '17.9-r0' },
      { name: 'php-8.4-openssl', version: '8.4.26-r2' },
    ];
    const blocked = blockedFamilies(schemes, contained, ['postgresql16', 'php-openssl-auto', 'postgresql16-contrib']);
    expect(blocked.map(({ requested, contained: by }) => [requested, by.name])).toEqual([
      ['postgresql16', 'postgresql17'],
      ['php-openssl-auto', 'php-8.4-openssl'],
    ]);
  });
});
