import { describe, expect, expectTypeOf, it } from 'vitest';
import type { ImageConfiguration } from '../image/configuration.js';
import type { Replacement } from '../image/replacement.js';
import type { AutoScheme } from '../resolver/auto.js';
import type { NameScheme } from './families-schema.js';
import { imageOf } from './image.js';
import type { StarterConfiguration } from './image.js';
import type { StarterReplacement } from './replacement-schema.js';
import { starterFileSchema } from './schema.js';
import { parseYaml } from './yaml-file.js';

function imageFrom(text: string) {
  const parsed = parseYaml(starterFileSchema, text, 'apko.yaml');
  if (!parsed.valid) throw new Error(JSON.stringify(parsed.faults));
  return imageOf(parsed.value);
}

function faultsOf(text: string): readonly string[] {
  const parsed = parseYaml(starterFileSchema, text, 'apko.yaml');
  return parsed.valid ? [] : parsed.faults.map(({ path, line }) => `${line ?? '?'} ${path}`);
}

describe('what the catalog hands over', () => {
  it('has the shapes that other rooms take', () => {
    expectTypeOf<StarterConfiguration>().toExtend<ImageConfiguration>();
    expectTypeOf<StarterReplacement>().toExtend<Replacement>();
    expectTypeOf<StarterReplacement['kind']>().toEqualTypeOf<Replacement['kind']>();
    expectTypeOf<NameScheme>().toExtend<AutoScheme>();
  });
});

describe('an apko configuration', () => {
  it('is read whole', () => {
    const image = imageFrom(`
contents:
  repositories: [https://example.org/main, '@edge https://example.org/edge']
  build_repositories: [https://example.org/build]
  keyring: [https://example.org/key.rsa.pub]
  packages: [alpine-baselayout, 'nginx>=1.22', nginx-mod@edge, '!busybox']
entrypoint:
  type: service-bundle
  services:
    nginx: /usr/sbin/nginx -c /etc/nginx/nginx.conf -g "daemon off;"
accounts:
  groups: [{groupname: nginx, gid: 10000, members: [web]}]
  users:
    - {username: nginx, uid: 10000}
    - {username: web, uid: 10001, gid: 10000, shell: /sbin/nologin, homedir: /srv/web}
  run-as: 65532
environment: {PATH: '/usr/bin', WORKERS: 4, DEBUG: false}
paths:
  - {path: /run/nginx, type: directory, uid: 10000, gid: 10000, permissions: 0o755}
  - {path: /etc/a.conf, type: hardlink, source: /etc/b.conf, permissions: 0644}
  - {path: /srv/, type: permissions, permissions: 0o711, recursive: true}
work-dir: /srv
volumes: [/srv/data]
ports: [8080, 53/udp]
stop-signal: SIGQUIT
annotations: {org.example.team: web}
vcs-url: https://example.org/repo@abcdef
archs: [x86_64, aarch64, riscv64]
layering: {strategy: origin, budget: 3}
certificates: {providers: [custom-ca]}
`);
    expect(image.contents).toMatchObject({
      repositories: ['https://example.org/main', '@edge https://example.org/edge', 'https://example.org/build'],
      runtimeRepositories: ['https://example.org/main', '@edge https://example.org/edge'],
      packages: ['alpine-baselayout', 'nginx>=1.22', 'nginx-mod@edge', '!busybox'],
    });
    expect(image.configuration.accounts).toEqual({
      runAs: '65532',
      users: [
        { name: 'nginx', uid: 10000, gid: 10000, homeDir: undefined, shell: undefined },
        { name: 'web', uid: 10001, gid: 10000, homeDir: '/srv/web', shell: '/sbin/nologin' },
      ],
      groups: [{ name: 'nginx', gid: 10000, members: ['web'] }],
    });
    expect(image.configuration.paths).toEqual([
      {
        path: '/run/nginx',
        type: 'directory',
        uid: 10000,
        gid: 10000,
        permissions: 0o755,
        source: undefined,
        recursive: false,
        keepsOwner: false,
      },
      {
        path: '/etc/a.conf',
        type: 'hardlink',
        uid: 0,
        gid: 0,
        permissions: 0o644,
        source: '/etc/b.conf',
        recursive: false,
        keepsOwner: true,
      },
      {
        path: '/srv',
        type: 'permissions',
        uid: 0,
        gid: 0,
        permissions: 0o711,
        source: undefined,
        recursive: true,
        keepsOwner: true,
      },
    ]);
    expect(image.configuration.entrypoint).toMatchObject({ type: 'service-bundle', command: undefined });
    expect(image.configuration.environment).toEqual({ PATH: '/usr/bin', WORKERS: '4', DEBUG: 'false' });
    expect(image.configuration.ports).toEqual(['8080/tcp', '53/udp']);
    expect(image.configuration.annotations).toEqual({
      'org.example.team': 'web',
      'org.opencontainers.image.source': 'https://example.org/repo',
      'org.opencontainers.image.revision': 'abcdef',
    });
    expect(image).toMatchObject({
      architectures: ['amd64', 'arm64'],
      otherArchitectures: ['riscv64'],
      layerBudget: 3,
      certificates: { providers: ['custom-ca'], additional: [] },
    });
  });

  it('that is empty has the defaults', () => {
    expect(imageFrom('')).toMatchObject({
      contents: { packages: [], repositories: [] },
      configuration: {
        entrypoint: undefined,
        cmd: undefined,
        environment: {},
        paths: [],
        accounts: { runAs: undefined },
      },
      architectures: [],
    });
  });
});

describe('faults of a file', () => {
  it.each([
    ['a path with ..', 'paths: [{path: a/../b, type: directory}]', ['1 paths[0].path']],
    ['a path that climbs', 'paths: [{path: /a/../../etc, type: directory}]', ['1 paths[0].path']],
    ['a link to nowhere', 'paths: [{path: /a, type: symlink}]', ['1 paths[0].source']],
    ['an unknown kind of path', 'paths: [{path: /a, type: socket}]', ['1 paths[0].type']],
    [
      'permissions that are none',
      'paths: [{path: /a, type: directory, permissions: 0o17777}]',
      ['1 paths[0].permissions'],
    ],
    ['a user without a number', 'accounts: {users: [{username: web}]}', ['1 accounts.users[0].uid']],
    ['a name with a colon', 'accounts: {users: [{username: "a:b", uid: 1}]}', ['1 accounts.users[0].username']],
    ['a negative number', 'accounts: {groups: [{groupname: a, gid: -1}]}', ['1 accounts.groups[0].gid']],
    ['a port that is none', 'ports: [70000]', ['1 ports[0]']],
    ['a signal that is none', 'stop-signal: please', ['1 stop-signal']],
    ['an environment key with =', 'environment: {"A=B": c}', ['1 environment.A=B']],
    ['architectures nobody builds', 'archs: [s390x]', ['1 archs']],
    ['a base image', 'contents: {baseimage: {image: x}}', ['1 contents.baseimage']],
    [
      'a certificate whose name leads elsewhere',
      'certificates: {additional: [{name: ../x, content: c}]}',
      ['1 certificates.additional[0].name'],
    ],
    [
      'a certificate with a space in its name',
      'certificates: {additional: [{name: a b, content: c}]}',
      ['1 certificates.additional[0].name'],
    ],
    ['a package with a space', 'contents: {packages: ["a b"]}', ['1 contents.packages[0]']],
    ['an unknown placeholder', 'contents: {packages: ["php{lines}-cli"]}', ['1 contents.packages[0]']],
    ['an unknown replacement', 'replacements: [{kind: magic}]', ['1 replacements[0].kind']],
    ['a pattern without a line', 'primary: {package: ^nginx$}', ['1 primary.package']],
    ['a pattern that does not compile', 'primary: {package: "("}', ['1 primary.package']],
    ['a date that is none', 'end-of-life: {"3.11": 2027-02-30}', ['1 end-of-life.3.11']],
    ['an exclude that climbs', 'exclude: [../etc/**]', ['1 exclude[0]']],
    ['a key twice', 'cmd: a\ncmd: b', ['2 ']],
    ['no YAML', 'a: [', ['1 ']],
    ['a list', '- a', ['? ']],
  ])('%s', (_, text, expected) => {
    expect(faultsOf(text)).toEqual(expected);
  });

  it('are all reported, and an unknown key with what was meant', () => {
    const parsed = parseYaml(starterFileSchema, 'entrypont: {}\nports: [0]\nwork-dir: here\n', 'mine.yaml');
    expect(parsed).toMatchObject({
      valid: false,
      faults: expect.arrayContaining([
        { file: 'mine.yaml', path: 'entrypont', line: 1, message: 'unknown key; entrypoint is known' },
        expect.objectContaining({ path: 'ports[0]', line: 2 }),
        expect.objectContaining({ path: 'work-dir', line: 3 }),
      ]),
    });
  });

  it('are in words of the file, not of its reader', () => {
    const parsed = parseYaml(starterFileSchema, 'cmd: a\n---\ncmd: b\n', 'mine.yaml');
    expect(parsed).toMatchObject({
      valid: false,
      faults: [{ line: 2, message: 'a second document begins here; a file holds one' }],
    });
  });

  it('are found without being drowned in aliases', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefgh'.split('').map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[at]}`).join(', ')}]`),
    ].join('\n');
    expect(faultsOf(bomb)).toEqual(['? ']);
  });
});
