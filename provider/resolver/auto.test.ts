import { describe, expect, it } from 'vitest';
import { type AutoScheme, autoCandidates, autoName, blockedFamilies, familyOf, isAutoName } from './auto.js';

const schemes: readonly AutoScheme[] = [
  {
    name: 'php',
    auto: 'php-<name>-auto',
    packages: [
      'php-<line>-<name>',
      'php<line>-<name>',
      'php<joined>-<name>',
      'php-<line>',
      'php<line>',
      'php<joined>',
      'php-<name>',
      'php',
    ],
    dependencySuffixes: ['-config', '-dev', '-doc'],
  },
  {
    name: 'py3',
    auto: 'py3-<name>-auto',
    packages: [
      'py<line>-<name>',
      'py<major>-<name>',
      'python<major>-<name>',
      'python-<line>',
      'python<line>',
      'python<major>',
    ],
  },
  {
    name: 'ruby',
    auto: 'ruby-<name>-auto',
    packages: ['ruby<line>-<name>', 'ruby-<line>', 'ruby<line>', 'ruby-<name>', 'ruby'],
  },
  { name: 'postgresql', packages: ['postgresql-<line>', 'postgresql'] },
];
const everything = (): boolean => true;
const nothing = (): boolean => false;
const only =
  (...names: readonly string[]) =>
  (name: string): boolean =>
    names.includes(name);

describe('the auto package of a package', () => {
  it.each([
    ['php-8.4-curl', 'php-curl-auto'],
    ['php84-curl', 'php-curl-auto'],
    ['php8.4-curl', 'php-curl-auto'],
    ['php-apcu', 'php-apcu-auto'],
    ['php8.4-pdo-mysql', 'php-pdo-mysql-auto'],
    ['py3.13-rsa', 'py3-rsa-auto'],
    ['py3-rsa', 'py3-rsa-auto'],
    ['python3-rsa', 'py3-rsa-auto'],
    ['ruby3.4-timeout', 'ruby-timeout-auto'],
    ['ruby-timeout', 'ruby-timeout-auto'],
    ['ruby3.3-net-http', 'ruby-net-http-auto'],
  ])('of %s is %s', (name, auto) => {
    expect(autoName(schemes, name, nothing)).toBe(auto);
    expect(isAutoName(auto)).toBe(true);
    expect(isAutoName(name)).toBe(false);
  });

  it.each(['curl', 'php8.4', 'php-8.4', 'python3', 'postgresql-17', 'nginx'])('does not exist for %s', (name) => {
    expect(autoName(schemes, name, everything)).toBeUndefined();
  });

  it('does not exist for a package that belongs to another', () => {
    expect(autoName(schemes, 'php-8.4-posix-config', only('php-8.4-posix'))).toBeUndefined();
    expect(autoName(schemes, 'php-8.4-igbinary-config', nothing)).toBe('php-igbinary-config-auto');
  });
});

describe('what an auto package becomes', () => {
  it.each([
    ['php-curl-auto', '8.2', ['php8.2-curl', 'php-curl'], ['php8.2-curl', 'php-curl']],
    ['php-curl-auto', '8.4', ['php8.2-curl', 'php84-curl'], ['php84-curl']],
    ['php-curl-auto', '8.4', ['php-8.4-curl', 'php-8.3-curl'], ['php-8.4-curl']],
    ['php-apcu-auto', '8.4', ['php-apcu'], ['php-apcu']],
    ['py3-rsa-auto', '3.13', ['py3.13-rsa', 'py3.12-rsa'], ['py3.13-rsa']],
    ['py3-rsa-auto', '3.11', ['python3-rsa', 'py3.12-rsa'], ['python3-rsa']],
    ['py3-rsa-auto', '3.12', ['py3-rsa'], ['py3-rsa']],
    ['ruby-timeout-auto', '3.4', ['ruby3.4-timeout', 'ruby3.3-timeout'], ['ruby3.4-timeout']],
    ['ruby-timeout-auto', '3.1', ['ruby3.4-timeout'], []],
    ['php-posix-config-auto', '8.4', ['php-8.4-posix-config', 'php-8.4-posix'], []],
  ])('%s in %s of %j', (auto, line, names, expected) => {
    expect(autoCandidates(schemes, auto, line, only(...names))).toEqual(expected);
  });

  it('is not known where no scheme has it', () => {
    expect(autoCandidates(schemes, 'node-x-auto', '20', everything)).toBeUndefined();
    expect(autoCandidates(schemes, 'postgresql-auto', '17', everything)).toBeUndefined();
  });
});

describe('families', () => {
  it.each([
    ['php-curl', ['php-8.3-curl', 'php8.4-curl', 'php83-curl', 'php-curl', 'php-curl-auto']],
    ['php', ['php8.4', 'php-8.3', 'php84', 'php']],
    ['py3-rsa', ['py3.13-rsa', 'py3-rsa', 'python3-rsa', 'py3-rsa-auto']],
    ['ruby-timeout', ['ruby3.4-timeout', 'ruby-timeout', 'ruby-timeout-auto']],
    ['postgresql', ['postgresql-15', 'postgresql-17', 'postgresql']],
    ['nginx', ['nginx']],
  ])('%s takes in %j', (family, names) => {
    for (const name of names) expect(familyOf(schemes, name)).toBe(family);
  });

  it('that the starter contains are blocked, and the version in use is named', () => {
    const contained = [
      { name: 'php8.4-curl', version: '8.4.11-1' },
      { name: 'php8.4', version: '8.4.11' },
      { name: 'libc6', version: '2.41-12' },
    ];
    expect(
      blockedFamilies(schemes, contained, ['php-curl-auto', 'php8.2-curl', 'libc6', 'php-gd-auto', 'php8.2']),
    ).toEqual([
      { requested: 'php-curl-auto', family: 'php-curl', contained: contained[0] },
      { requested: 'php8.2-curl', family: 'php-curl', contained: contained[0] },
      { requested: 'libc6', family: 'libc6', contained: contained[2] },
      { requested: 'php8.2', family: 'php', contained: contained[1] },
    ]);
  });
});
