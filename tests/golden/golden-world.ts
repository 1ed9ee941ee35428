import { createHash } from 'node:crypto';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import type { MadePackage } from '../../provider/packages/apk/testing/apk-maker.js';
import { makeRepository } from '../../provider/packages/apk/testing/apk-repository-maker.js';
import { everywhere, openSmallWorld, standardContent } from '../fixtures/small-world.js';
import type { GoldenCase } from './build-process.mjs';
import { servePublicly } from './public-host.js';
import { seededKey } from './seeded-key.js';

/** Repositories of both formats that are the same on every run, and what is built from them. */
export interface GoldenWorld {
  readonly folder: string;
  readonly cases: Readonly<Record<string, GoldenCase>>;
  /** Variables of the environment under which a program sees the repositories; caches and registries are the caller's. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const certificate = `-----BEGIN CERTIFICATE-----
MIIBiTCCAS+gAwIBAgIUQnVa/Ok3FGbhs3A3PekcY7vlMOAwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOR29sZGVuIFRlc3QgQ0EwIBcNMjYxMTIxMDgzMzA3WhgPMjEy
NjEwMjgwODMzMDdaMBkxFzAVBgNVBAMMDkdvbGRlbiBUZXN0IENBMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEJFWKDpx0ahRMlxB3tCFVn0pCZH6gR10gSqXPOS8W
7c651Q1hJ9zdoX1PQTWtvli+WsKyxMg2HchuNjrBI+rQgKNTMFEwHQYDVR0OBBYE
FCuUnqe7Wu11TQ65zk53x9m1E5uQMB8GA1UdIwQYMBaAFCuUnqe7Wu11TQ65zk53
x9m1E5uQMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgRcbwnLjE
C81GrYEdjKYo0BoUDtjeI2CDhwVVvrdjvZ0CIQD78eoSw8oI0t8+SbI7AImfM728
oJnHYvUpInZDwnSJSw==
-----END CERTIFICATE-----
`;

/** A starter with whatever a starter of deb packages may have. */
const fullStarter = {
  title: 'Full',
  description: 'Everything that a starter may say.',
  category: 'base',
  distribution: 'debian',
  primary: { package: '^libworld$', version: '^(?<version>(?<line>\\d+)\\.\\d+)' },
  contents: { packages: ['libworld', 'large', 'links'] },
  accounts: {
    'run-as': 'web',
    users: [{ username: 'web', uid: 1001, gid: 1001 }],
    groups: [{ groupname: 'web', gid: 1001, members: ['nobody'] }],
  },
  paths: [
    { path: '/data/sub', type: 'directory', uid: 1001, gid: 1001, permissions: 0o750 },
    { path: '/data/mark', type: 'empty-file', permissions: 0o600 },
    { path: '/data/link', type: 'symlink', source: 'mark' },
    { path: '/data/hard', type: 'hardlink', source: '/usr/share/links/file' },
    { path: '/usr/share/links', type: 'permissions', uid: 1001, gid: 1001, permissions: 0o755, recursive: true },
  ],
  entrypoint: { command: '/usr/bin/full --verbose' },
  cmd: 'serve',
  environment: { PATH: '/usr/bin', LANG: 'C.UTF-8' },
  'work-dir': '/app',
  volumes: ['/data'],
  ports: [8080],
  'stop-signal': 'SIGQUIT',
  annotations: { 'org.example.golden': 'yes' },
};

/** Packages of apk with what apk packages may have. */
const apkPackages: readonly MadePackage[] = [
  {
    name: 'base',
    buildTime: 1_700_000_000,
    files: { 'usr/bin/base': { content: 'base', mode: 0o755 }, 'etc/base.conf': 'x' },
  },
  { name: 'large', buildTime: 1_710_000_000, files: { 'usr/lib/large': noise('apk large', 400_000) } },
  {
    name: 'names',
    files: {
      [`usr/share/${'n'.repeat(150)}/\u00e9t\u00e9`]: 'long',
      'usr/share/hard': 'h',
      'usr/share/link': { symlink: 'hard' },
    },
  },
  {
    name: 'scripts',
    depends: ['base'],
    scripts: { 'post-install': '#!/bin/sh\nexit 0\n', trigger: '#!/bin/sh\nexit 0\n' },
    triggers: ['/usr/share/*'],
    files: { 'usr/share/z/file': 'z', 'usr/share/z/hard': { hardlink: 'usr/share/z/file' } },
  },
  { name: 's6', files: { 'usr/bin/s6-svscan': { content: 's6', mode: 0o755 } } },
  { name: 'taker', replaces: ['base'], files: { 'etc/base.conf': 'taken' } },
];

const apkoFile = {
  contents: {
    repositories: ['http://packages.test/apk'],
    keyring: ['golden.rsa.pub'],
    packages: ['base', 'large', 'names', 'scripts', 'taker'],
  },
  accounts: {
    'run-as': 65532,
    users: [{ username: 'nonroot', uid: 65532 }],
    groups: [{ groupname: 'nonroot', gid: 65532 }],
  },
  paths: [
    { path: '/app', type: 'directory', uid: 65532, gid: 65532, permissions: 0o755 },
    { path: '/app/log', type: 'empty-file', permissions: 0o644 },
    { path: '/usr/bin/again', type: 'symlink', source: '/usr/bin/base' },
    { path: '/usr/bin/hard', type: 'hardlink', source: '/usr/bin/base' },
  ],
  entrypoint: { type: 'service-bundle', services: { base: '/usr/bin/base --foreground' } },
  environment: { KEY: 'value' },
  'work-dir': '/app',
  'stop-signal': 'SIGTERM',
  volumes: ['/app/log'],
  annotations: { 'org.example.golden': 'yes' },
  archs: ['amd64', 'arm64'],
};

const toFile: { readonly link: string } = { link: 'file' };

const empty = { packages: [], environment: {}, bundles: [] } as const;

/** Makes the world in a temporary folder, which is removed when it is closed. */
export async function openGoldenWorld(): Promise<GoldenWorld> {
  const world = await openSmallWorld();
  const { folder } = world;
  const more = [
    ...everywhere('large', '2.0', {}, { '/usr/lib/large': noise('deb large', 400_000).toString('latin1') }),
    ...everywhere(
      'links',
      '2.0',
      {},
      { '/usr/share/links/file': 'f', '/usr/share/links/link': toFile, '/lib/old-place': 'moved' },
    ),
  ];
  await world.write(standardContent({ oldstable: more, stable: more }));
  await writeFile(path.join(folder, 'catalog', 'debian', 'full.yaml'), stringify(fullStarter));
  const key = seededKey('golden.rsa.pub');
  await makeRepository(path.join(folder, 'public', 'apk'), apkPackages, { key, architectures: ['x86_64', 'aarch64'] });
  await cp(path.join(folder, 'mirror'), path.join(folder, 'public', 'debian'), { recursive: true });
  await writeFile(path.join(folder, 'golden.rsa.pub'), key.public.pem);
  await writeFile(path.join(folder, 'apko.yaml'), stringify(apkoFile));
  await mkdir(path.join(folder, 'home'));
  const host = await servePublicly(path.join(folder, 'public'));
  const { PRIVATE_IMAGE_CATALOGS = '', PRIVATE_IMAGE_TENANT = '' } = world.environment();
  return {
    folder,
    cases: {
      'deb-lines': { ...empty, starter: 'php', packages: ['jq', 'php-curl-auto'], environment: { MODE: 'golden' } },
      'deb-full': { ...empty, starter: 'full', bundles: bundles() },
      'apk-full': { ...empty, file: path.join(folder, 'apko.yaml') },
    },
    environment: {
      PRIVATE_IMAGE_TENANT,
      PRIVATE_IMAGE_CATALOGS,
      PRIVATE_IMAGE_DEBIAN_MIRROR: `${host.url}/debian`,
      PRIVATE_IMAGE_DEBIAN_SECURITY_MIRROR: `${host.url}/debian`,
      HOME: path.join(folder, 'home'),
      ...host.environment,
    },
    close: async () => {
      await host.close();
      await world.close();
    },
  };
}

function bundles(): GoldenCase['bundles'] {
  return [
    {
      name: 'authority',
      type: 'certificates',
      path: '/usr/local/share/ca-certificates/',
      files: { 'golden.crt': certificate },
    },
    { name: 'settings', type: 'other', path: '/etc/app', files: { 'a.conf': 'a = 1\n', 'b.conf': 'b = 2\n' } },
  ];
}

/** Bytes that do not become smaller by compression, the same for the same seed. */
function noise(seed: string, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let index = 0; index * 32 < size; index += 1)
    parts.push(createHash('sha256').update(`${seed} ${index}`).digest());
  return Buffer.concat(parts).subarray(0, size);
}
