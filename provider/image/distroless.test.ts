import { expect, it } from 'vitest';
import { forbiddenPrograms } from './distroless.js';

it.each([
  ['usr/bin/dash', 'shell'],
  ['bin/sh', 'shell'],
  ['usr/bin/bash', 'shell'],
  ['usr/bin/apt-get', 'package manager'],
  ['usr/bin/dpkg', 'package manager'],
  ['usr/bin/pip3.11', 'package manager'],
  ['usr/bin/x86_64-linux-gnu-gcc-12', 'compiler'],
  ['usr/bin/g++-14', 'compiler'],
  ['usr/bin/perl5.36.0', 'interpreter'],
  ['usr/bin/python3.11', 'interpreter'],
  ['usr/bin/php8.4', 'interpreter'],
  ['usr/bin/ls', 'core utility'],
  ['usr/local/bin/curl', 'core utility'],
])('%s is a %s', (path, kind) => {
  const entry = { path, type: 'file' as const, owner: 'one' };
  expect(forbiddenPrograms([entry], [])).toEqual([{ path: `/${path}`, kind, owner: 'one' }]);
  expect(forbiddenPrograms([entry], [`/${path}`])).toEqual([]);
});

it.each([
  'usr/bin/nginx',
  'usr/bin/openssl',
  'usr/lib/python3/sh.py',
  'usr/share/bash',
  'usr/sbin/ldconfig',
  'usr/bin/lsof',
  'usr/bin/phpize.conf',
])('%s may be there', (path) => {
  expect(forbiddenPrograms([{ path, type: 'file', owner: 'one' }], [])).toEqual([]);
});
