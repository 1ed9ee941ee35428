import { rootCertificates } from 'node:tls';
import { sharedLibrary } from '../../provider/image/testing/shared-library.js';
import type { MadePackage } from '../../provider/packages/apk/testing/apk-maker.js';
import type { ParityCase } from './apko-bed.js';

type Fields = Readonly<Record<string, unknown>>;

/** What most images stand on. */
const base: MadePackage = {
  name: 'base',
  buildTime: 1_600_000_000,
  files: {
    'etc/os-release': 'ID=test\nNAME="Test"\nVERSION_ID=1\n',
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n',
    'etc/group': 'root:x:0:root\nnobody:x:65534:\n',
    root: { directory: true, mode: 0o700 },
    'var/tmp': { directory: true, mode: 0o1777 },
    'var/lib/db/sbom/base-1.0.0-r0.spdx.json': '{"spdxVersion":"SPDX-2.3"}',
  },
};

/** A case of one repository, all of whose packages are asked for unless `file` says which. */
function one(title: string, packages: readonly MadePackage[], file: Fields = {}): ParityCase {
  const contents = { packages: packages.map(({ name }) => name), ...(file['contents'] as Fields | undefined) };
  return { title, repositories: { main: packages }, file: { ...file, contents } };
}

/** A case whose result apko has changed in the course of its releases. */
function newer(made: ParityCase): ParityCase {
  return { ...made, isNewer: true };
}

function withPaths(title: string, packages: readonly MadePackage[], paths: readonly Fields[]): ParityCase {
  return one(title, packages, { paths });
}

function xattr(name: string, value: string): Record<string, string> {
  return { [`SCHILY.xattr.${name}`]: value };
}

/** Node has its certificates in other lines than most programs write. */
function certificate(index: number): string {
  const base64 = (rootCertificates[index] ?? '').replaceAll(/-----[A-Z ]+-----|\s/g, '');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const layout: MadePackage = {
  name: 'zlayout',
  provides: ['merged-lib', 'merged-bin'],
  files: {
    bin: { symlink: 'usr/bin' },
    sbin: { symlink: 'usr/sbin' },
    lib: { symlink: '/usr/lib' },
    lib64: { symlink: 'usr/lib' },
    'usr/bin': { directory: true },
    'usr/sbin': { symlink: 'bin' },
    'usr/lib': { directory: true },
    'usr/lib64': { symlink: 'lib' },
    run: { directory: true },
    'run/lock': { directory: true, mode: 0o1777 },
    'var/run': { symlink: '../run' },
    'var/lock': { symlink: '/run/lock' },
  },
};

/** Each is built by apko and by us, and both are the same. */
export const cases: readonly ParityCase[] = [
  one('a package, and one without files', [base, { name: 'meta', depends: ['base'] }]),
  one('scripts, triggers and build times', [
    {
      name: 'a',
      files: { 'srv/a': 'a' },
      buildTime: 1_700_000_000,
      scripts: { 'pre-install': '#!/bin/sh\ntrue\n', 'post-install': '#!/bin/sh\nexit 0\n', trigger: '#!/bin/sh\n:\n' },
      triggers: ['/srv', '/usr/lib/*'],
    },
    { name: 'b', scripts: { 'post-upgrade': '#!/bin/sh\n:\n' }, triggers: ['/etc'], buildTime: 1_600_000_000 },
  ]),
  one(
    'provided names and their priorities',
    [
      { name: 'app', depends: ['so:libx.so.1', 'cmd:tool', 'virtual', '/bin/sh'], files: { 'usr/bin/app': 'app' } },
      { name: 'libx', provides: ['so:libx.so.1=1.2', 'pc:x=1'], files: { 'usr/lib/libx.so.1': 'lib' } },
      { name: 'tool-a', provides: ['cmd:tool=1', 'virtual=2'], providerPriority: 5, files: { 'usr/bin/tool': 'a' } },
      { name: 'tool-b', provides: ['cmd:tool=1', 'virtual=1'], providerPriority: 50, files: { 'usr/bin/tool': 'b' } },
      { name: 'shell', provides: ['/bin/sh'], files: { 'bin/sh': 'sh' } },
    ],
    { contents: { packages: ['app'] } },
  ),
  one(
    'constraints of requests and dependencies',
    [
      ...['1.0-r0', '1.5-r0', '1.5-r2', '2.0-r0'].map((version) => ({
        name: 'a',
        version,
        files: { [`a/${version}`]: '' },
      })),
      ...['1.0-r0', '3.0-r0'].map((version) => ({ name: 'b', version, files: { [`b/${version}`]: '' } })),
      ...['1.2.3-r0', '1.3.3-r0'].map((version) => ({ name: 'c', version, files: { [`c/${version}`]: '' } })),
      ...['1.0-r0', '2.0-r0', '2.1_rc1-r3'].map((version) => ({
        name: 'lib',
        version,
        files: { [`lib/${version}`]: '' },
      })),
      { name: 'app', depends: ['lib<2.1', 'lib>=1'] },
      { name: 'exact', version: '1-r1' },
      { name: 'exact', version: '1-r2' },
    ],
    { contents: { packages: ['a<2', 'b>1', 'c~1.2', 'app', 'exact=1-r1'] } },
  ),
  one(
    'a choice among providers',
    [
      { name: 'app', depends: ['cmd:tool', 'lib', 'z', 'so:x.so.1', 'exact=1.2'] },
      { name: 'tool-old', provides: ['cmd:tool=1'], providerPriority: 50, files: { 'usr/bin/tool': 'old' } },
      { name: 'tool-new', provides: ['cmd:tool=2'], providerPriority: 5, files: { 'usr/bin/tool': 'new' } },
      { name: 'lib', version: '3.0-r0', files: { 'srv/lib': '3' } },
      { name: 'lib', version: '1.05-r0', files: { 'srv/lib': '05' } },
      { name: 'lib', version: '2.0-r0', providerPriority: 1, files: { 'srv/lib': '2' } },
      { name: 'exact', version: '1.2-r0' },
      { name: 'exact', version: '1.2-r1' },
      { name: 'x-of-z', origin: 'z', provides: ['so:x.so.1=1'], files: { 'srv/x': 'of z' } },
      { name: 'x-newest', provides: ['so:x.so.1=9'], files: { 'srv/x': 'newest' } },
      { name: 'z' },
    ],
    { contents: { packages: ['app', 'z'] } },
  ),
  one(
    'the order of what several packages could have been',
    [
      { name: 'app', depends: ['/bin/sh', 'zlib', 'cmd:m'] },
      { name: 'shell', provides: ['/bin/sh'], providerPriority: 9 },
      { name: 'shell-other', provides: ['/bin/sh'] },
      { name: 'zlib' },
      { name: 'm', provides: ['cmd:m'], depends: ['virtual'] },
      { name: 'n', provides: ['cmd:m', 'virtual'], depends: ['m'] },
    ],
    { contents: { packages: ['app', 'n'] } },
  ),
  one('names that only paths have', [{ name: 'shell', provides: ['/bin/sh', '.meta'], files: { 'bin/sh': 'sh' } }], {
    contents: { packages: ['/bin/sh', '.meta'] },
  }),
  one('what apko reads in the description of a package', [
    { name: 'a', description: 'C# and more', license: '"MIT OR X"', provides: ['w', 'w'] },
    { name: 'b', description: 'one; two', license: "'MIT'" },
    { name: 'c', description: '`as it # is; there`', depends: ['a', 'a'] },
    { name: 'd', description: '# all of it', replaces: ['x', 'x'] },
    { name: 'e', description: 'key = value: "quoted" \'s' },
  ]),
  {
    title: 'repositories with tags, for building and for running',
    repositories: {
      main: [
        { name: 'a', version: '1.0-r0', files: { 'srv/main': '' } },
        { name: 'b', version: '2-r0', depends: ['a'] },
      ],
      edge: [
        { name: 'a', version: '2.0-r0', files: { 'srv/edge': '' } },
        { name: 'c', version: '1-r0', files: { 'srv/c': '' } },
      ],
      build: [{ name: 'x', files: { 'srv/x': 'x' } }],
    },
    file: {
      contents: {
        repositories: ['main', '@edge edge'],
        build_repositories: ['build/'],
        runtime_repositories: ['https://z.example.org/os', 'https://a.example.org/os/'],
        packages: ['x', 'b', 'c@edge'],
      },
    },
  },
  {
    title: 'one version in two repositories',
    repositories: {
      main: [{ name: 'a', files: { 'srv/main': '' } }],
      edge: [{ name: 'a', files: { 'srv/edge': '' } }],
      build: [{ name: 'b', files: { 'srv/build': '' } }],
      local: [{ name: 'b', files: { 'srv/local': '' } }],
    },
    file: {
      contents: { repositories: ['main', 'local/', 'edge'], build_repositories: ['build'], packages: ['a', 'b'] },
    },
  },
  one(
    'the order of installation',
    [
      { name: 'app', depends: ['zlib', 'so:b.so.1', 'cmd:a', 'virtual', 'base>0'] },
      ...['a', 'a-b', 'a2', 'a.c', 'aa', 'base'].map((name) => ({ name, files: { [`srv/${name}`]: name } })),
      { name: 'zlib', depends: ['base'] },
      { name: 'bb', provides: ['so:b.so.1=1'] },
      { name: 'q', provides: ['cmd:a=1'], depends: ['virtual'] },
      { name: 'v-one', provides: ['virtual'], providerPriority: 1 },
      { name: 'v-two', provides: ['virtual'], providerPriority: 9 },
      { name: 'circle-a', depends: ['circle-b'] },
      { name: 'circle-b', depends: ['circle-c'] },
      { name: 'circle-c', depends: ['circle-a'] },
    ],
    { contents: { packages: ['app', 'v-two', 'v-one', 'a', 'a-b', 'a2', 'a.c', 'aa', 'circle-b'] } },
  ),
  newer(
    one(
      'install_if among the dependencies of a request',
      [
        { name: 'top', depends: ['x', 'y'] },
        { name: 'x' },
        { name: 'y', version: '2-r0' },
        { name: 'x-y', installIf: ['x', 'y=2-r0'], files: { 'srv/xy': '' } },
      ],
      { contents: { packages: ['top'] } },
    ),
  ),

  one('owners, modes, links and odd names of packages', [
    {
      name: 'a',
      files: {
        'srv/mine': { content: 'x', mode: 0o640, uid: 501, gid: 20 },
        'srv/folder': { directory: true, mode: 0o2750, uid: 7, gid: 9 },
        'srv/folder/in': { content: '', mode: 0o600, uid: 7 },
        'srv/sticky': { directory: true, mode: 0o1777 },
        'srv/link': { symlink: 'mine' },
        'srv/nowhere': { symlink: '/nowhere/at/all' },
        [`srv/${'long-'.repeat(40)}name`]: 'x',
        [`srv/${'deep/'.repeat(30)}file`]: 'y',
        'srv/ünïcödé/文件': 'z',
        'srv/with space/a b': 's',
        'srv/long-link': { symlink: `/${'target/'.repeat(30)}end` },
      },
    },
    {
      name: 'b',
      files: {
        'usr/bin/cap': { content: 'x', mode: 0o755, pax: xattr('security.capability', '\u0001\u0002abc') },
        'usr/bin/user': { content: 'y', pax: { ...xattr('user.b', 'two'), ...xattr('user.a', 'one') } },
        'usr/bin/zz-hard': { hardlink: 'usr/bin/cap' },
        'usr/lib/hard': { hardlink: 'usr/bin/cap' },
        'srv/attributes': { directory: true, pax: xattr('user.dir', 'd') },
      },
    },
    {
      name: 'c',
      files: {
        'srv/folder': { directory: true, mode: 0o711 },
        tmp: { directory: true, mode: 0o700 },
        proc: { directory: true },
      },
    },
  ]),
  one('files that two packages have', [
    {
      name: 'a',
      replaces: ['b'],
      files: { 'etc/first': 'a', 'etc/same': { content: 's', mode: 0o600 }, 'etc/l': { symlink: 'same' } },
    },
    { name: 'b', files: { 'etc/first': 'b', 'etc/same': 's', 'etc/l': { symlink: 'same' } } },
    {
      name: 'c',
      files: { 'etc/later': 'c', 'etc/link': { symlink: 'c' }, 'etc/to-file': { symlink: 'c' }, 'etc/to-link': 'c' },
    },
    {
      name: 'd',
      replaces: ['c'],
      files: {
        'etc/later': { content: 'd', mode: 0o600 },
        'etc/link': { symlink: 'd' },
        'etc/to-file': 'd',
        'etc/to-link': { symlink: 'd' },
      },
    },
    { name: 'e', origin: 'o', files: { 'etc/origin': 'e' } },
    { name: 'f', origin: 'o', files: { 'etc/origin': 'f' } },
    { name: 'g', origin: 'p', replaces: ['h'], files: { 'etc/tie': 'g' } },
    { name: 'h', origin: 'p', files: { 'etc/tie': 'h' } },
    { name: 'i', replaces: ['j'], replacesPriority: 9, files: { 'etc/mutual': 'i', 'etc/weight': 'i' } },
    { name: 'j', replaces: ['i'], replacesPriority: 9, files: { 'etc/mutual': 'j', 'etc/weight': 'j' } },
  ]),
  one('files that two packages have, with priorities and versions of what they replace', [
    { name: 'a', replaces: ['b'], replacesPriority: 1, files: { 'etc/first': 'a' } },
    { name: 'b', replaces: ['a'], replacesPriority: 9, files: { 'etc/first': 'b' } },
    { name: 'c', origin: 'o', replaces: ['d<9'], files: { 'etc/version': 'c' } },
    { name: 'd', origin: 'o', files: { 'etc/version': 'd' } },
  ]),
  one('a merged /usr, and what lies in it', [
    layout,
    {
      name: 'a',
      depends: ['zlayout'],
      files: {
        'bin/tool': { content: 't', mode: 0o755 },
        'sbin/s': 's',
        'usr/sbin/daemon': 'd',
        'lib/libt.so': 't',
        'lib64/lib64t.so': '6',
        'var/run/tool': { directory: true, mode: 0o750 },
        'usr/bin/plain': 'p',
      },
    },
    { name: 'early', files: { 'usr/lib/early': 'e' } },
    {
      name: 'busybox',
      version: '1.36.1-r9',
      depends: ['zlayout'],
      files: {
        'usr/bin/busybox': 'bb',
        'etc/busybox-paths.d/busybox': '/bin/ash\n/usr/bin/ash\n/sbin/init\n/bin/busybox\n',
      },
    },
  ]),
  one('what apk has its own place for', [
    base,
    {
      name: 'apk-tools',
      files: {
        'lib/apk': { directory: true },
        'lib/apk/exec': { directory: true },
        'lib/apk/db': { directory: true },
        'sbin/apk': 'apk',
        'etc/apk/keys': { directory: true, mode: 0o700 },
        'etc/apk/keys/other.rsa.pub': 'other',
        'usr/lib/apk/exec/x': 'x',
        'dev/shm': { directory: true, mode: 0o1777 },
        'dev/fd': { symlink: '/proc/self/fd' },
      },
    },
  ]),

  newer(
    one(
      'accounts over those of packages',
      [
        {
          ...base,
          files: {
            ...base.files,
            'etc/shadow': { content: 'root:*::0:::::\n', mode: 0o600 },
            home: { symlink: 'srv/homes' },
            'srv/homes': { directory: true },
          },
        },
      ],
      {
        accounts: {
          users: [
            { username: 'web', uid: 1000, gid: 1001, shell: '/sbin/nologin', homedir: '/srv/www/web' },
            { username: 'plain', uid: 1002 },
            { username: 'zero', uid: 1003, gid: 0 },
            { username: 'homeless', uid: 1004, homedir: '/dev/null' },
            { username: 'there', uid: 1005, homedir: '/var/tmp' },
            { username: 'nobody', uid: 1000, homedir: '/srv/www/web' },
          ],
          groups: [
            { groupname: 'web', gid: 1001, members: ['web', 'plain'] },
            { groupname: 'none', gid: 1009 },
          ],
          'run-as': 'nobody',
        },
      },
    ),
  ),
  newer(
    one('accounts of their own', [{ name: 'a' }], {
      accounts: { users: [{ username: 'u', uid: 7 }], groups: [{ groupname: 'u', gid: 7 }], 'run-as': 'u' },
    }),
  ),
  one(
    'a passwd that is a link and has no end',
    [
      {
        name: 'a',
        files: {
          'etc/passwd': { symlink: '../usr/passwd' },
          'usr/passwd': { content: 'root:x:0:0:root:/r:/bin/sh', mode: 0o640 },
        },
      },
    ],
    { accounts: { 'run-as': '1000:1001' } },
  ),

  one('a passwd that is a link to what is not there yet', [
    { name: 'a', files: { 'etc/passwd': { symlink: '../usr/share/passwd' }, 'usr/share': { directory: true } } },
  ]),
  newer(
    withPaths(
      'paths of every type',
      [
        base,
        {
          name: 'more',
          files: {
            'srv/real': { directory: true, mode: 0o711 },
            'srv/link': { symlink: 'real' },
            'srv/new': { symlink: '/opt/made' },
            'usr/bin/cap': { content: 'x', pax: xattr('user.note', 'n') },
          },
        },
      ],
      [
        { path: '/srv/a/b', type: 'directory', uid: 5, gid: 6, permissions: 0o750 },
        { path: '/srv/a/b/c', type: 'empty-file', permissions: 0o640, uid: 7 },
        { path: '/srv/a/d', type: 'symlink', source: '/srv/a/b/c' },
        { path: '/srv/a/e', type: 'symlink', source: '../../etc/os-release', permissions: 0o604, uid: 5 },
        { path: '/srv/etc', type: 'symlink', source: '/etc', permissions: 0o711, uid: 1, gid: 2 },
        { path: '/srv/hard', type: 'hardlink', source: '/srv/a/e', permissions: 0o600 },
        { path: '/etc/passwd', type: 'hardlink', source: '/srv/a/b/c', permissions: 0o640 },
        { path: '/srv/cap', type: 'hardlink', source: '/usr/bin/cap', permissions: 0o700, uid: 4 },
        { path: '/new/tree/file', type: 'empty-file', permissions: 0o644 },
        { path: '/new/other/link', type: 'hardlink', source: '/new/tree/file', permissions: 0o604, gid: 3 },
        { path: '/srv/link/in/deep', type: 'directory', permissions: 0o700, uid: 4 },
        { path: '/srv/new', type: 'empty-file', permissions: 0o600 },
        { path: '/srv//bare/', type: 'directory' },
        { path: '/srv/bare-file', type: 'empty-file' },
        { path: '/etc/group', type: 'empty-file', permissions: 0o600 },
        { path: '/root', type: 'permissions', permissions: 0o711 },
        { path: '/', type: 'permissions', permissions: 0o700, uid: 3 },
        { path: '/dev/null', type: 'empty-file', permissions: 0o600 },
        { path: '/etc/apko.json', type: 'permissions', permissions: 0o600 },
        { path: '/usr/lib/apk/db/extra', type: 'empty-file', permissions: 0o644 },
        { path: '/srv/twice', type: 'empty-file', permissions: 0o644 },
        { path: '/srv/twice', type: 'empty-file', permissions: 0o600, uid: 3 },
      ],
    ),
  ),
  newer(
    withPaths(
      'special bits',
      [base],
      [
        { path: '/srv/s', type: 'directory', permissions: 0o1777 },
        { path: '/srv/g/sub', type: 'directory', permissions: 0o2775, gid: 5 },
        { path: '/srv/f', type: 'empty-file', permissions: 0o4755 },
        { path: '/etc/group', type: 'permissions', permissions: 0o6755 },
        { path: '/tmp', type: 'permissions', permissions: 0o755 },
      ],
    ),
  ),
  newer(
    withPaths(
      'everything below a folder',
      [
        base,
        {
          name: 'a',
          files: {
            'srv/t/a': 'a',
            'srv/t/b/c': { content: 'c', mode: 0o600 },
            'srv/t/d': { symlink: 'a' },
            'srv/t/hard': { hardlink: 'srv/t/a' },
            'srv/t/out': { symlink: '/etc/group' },
            'srv/link': { symlink: 'u' },
            'srv/u/x': 'x',
          },
        },
      ],
      [
        { path: '/srv/t', type: 'permissions', permissions: 0o751, uid: 8, gid: 9, recursive: true },
        { path: '/srv/link', type: 'directory', permissions: 0o750, uid: 3, recursive: true },
        { path: '/etc/passwd', type: 'permissions', permissions: 0o600, recursive: true, gid: 4 },
      ],
    ),
  ),
  newer(
    withPaths(
      'hard links of packages under all their names',
      [
        {
          name: 'a',
          files: {
            'usr/bin/a': { content: 'a', mode: 0o755 },
            'usr/bin/b': { hardlink: 'usr/bin/a' },
            'usr/bin/c': { hardlink: 'usr/bin/a' },
            'usr/lib/d': { content: 'd', mode: 0o755 },
            'usr/lib/e': { hardlink: 'usr/lib/d' },
          },
        },
      ],
      [
        { path: '/usr/bin/b', type: 'permissions', permissions: 0o700, uid: 2, gid: 0 },
        { path: '/srv/h', type: 'hardlink', source: '/usr/lib/e', permissions: 0o711 },
      ],
    ),
  ),

  one('a busybox that lists its links', [
    {
      name: 'busybox-full',
      version: '1.37.0-r9',
      provides: ['busybox=1.37.0'],
      files: {
        'bin/busybox': { content: 'bb', mode: 0o755 },
        'bin/ls': 'own',
        'usr/bin/here': { symlink: '/elsewhere' },
        'etc/busybox-paths.d/busybox-full':
          '/bin/busybox\n/bin/ls\n/usr/bin/awk\n/usr/bin/here\n/new/place/applet\nrelative/x\nplain\n/usr/bin/awk\n',
      },
    },
  ]),
  ...['1.34.0-r17', '1.37.0-r5'].map((version) =>
    one(`busybox ${version}, which lists none`, [{ name: 'busybox', version, files: { 'bin/busybox': 'bb' } }]),
  ),
  one('a cache for the dynamic linker', [
    {
      name: 'glibc',
      files: {
        'etc/ld.so.conf': '/usr/lib\ninclude /etc/ld.so.conf.d/*.conf\n',
        'etc/ld.so.conf.d/more.conf': '/opt/lib\n',
        'usr/lib/libone.so.1': sharedLibrary('libone.so.1'),
        'usr/lib/libone.so': { symlink: 'libone.so.1' },
        'usr/lib/libone.so.1.2.3': { symlink: 'libone.so.1' },
        'usr/lib/script.so': 'no library',
        'opt/lib/libtwo.so': sharedLibrary('libtwo.so.2'),
      },
    },
  ]),
  one('a configuration of the dynamic linker that goes on behind an include', [
    {
      name: 'glibc',
      files: {
        'etc/ld.so.conf': '/usr/lib\ninclude /etc/ld.so.conf.d/*.conf\n/opt/late\n',
        'etc/ld.so.conf.d/more.conf': '/opt/lib\n',
        'usr/lib/libone.so.1': sharedLibrary('libone.so.1'),
        'opt/lib/libtwo.so.2': sharedLibrary('libtwo.so.2'),
        'opt/late/libthree.so.3': sharedLibrary('libthree.so.3'),
      },
    },
  ]),
  newer(
    one(
      'certificates of the configuration and of packages',
      [
        { name: 'bundle', files: { 'etc/ssl/certs/ca-certificates.crt': 'before\n' } },
        {
          name: 'mine',
          provides: ['custom-ca'],
          files: {
            'usr/local/share/ca-certificates/b.crt': certificate(1),
            'usr/local/share/ca-certificates/a.pem': certificate(2),
            'usr/local/share/ca-certificates/two.crt': `${certificate(1)}${certificate(2)}`,
            'usr/share/ca-certificates/elsewhere.crt': certificate(3),
          },
        },
        { name: 'other', files: { 'usr/local/share/ca-certificates/other.crt': certificate(4) } },
      ],
      {
        certificates: { providers: ['custom-ca'], additional: [{ name: 'given', content: `text\n${certificate(0)}` }] },
      },
    ),
  ),

  one('what an image says of itself', [base], {
    entrypoint: { command: '/usr/bin/app --flag "two words" \'single quoted\' a\\ b c#d' },
    cmd: 'one "two three" # comment',
    'work-dir': '/srv/app',
    'stop-signal': 'SIGINT',
    environment: { B: '2', A: '<1&>', PATH: '/only', NUMBER: 5 },
    volumes: ['/data', '/cache'],
    annotations: { 'org.opencontainers.image.title': 'Title', 'org.opencontainers.image.vendor': 'Vendor', z: 'last' },
    accounts: { 'run-as': 65_532 },
  }),
  one('an annotation that apko states itself', [base], {
    annotations: { 'org.opencontainers.image.created': 'never', z: 'last' },
  }),
  one('paths and words as they stand in the file', [base], {
    'work-dir': '/srv/app/',
    volumes: ['/data/', '/data'],
    'stop-signal': 'SIGRTMIN+3',
    layering: { strategy: 'origin', budget: 500 },
  }),
  one('where the configuration comes from', [base], {
    'vcs-url': 'https://git.example.org/images@0123abc',
    annotations: { 'org.opencontainers.image.source': 'https://example.org/', z: 'last' },
  }),
  one('a group to run as', [base], {
    accounts: { groups: [{ groupname: 'web', gid: 10 }], 'run-as': 'nobody:web' },
  }),
  one('a shell fragment', [base], { entrypoint: { 'shell-fragment': 'exec "$0" <in >out & wait' } }),
  one('services', [base, { name: 's6', files: { 'bin/s6-svscan': 's6' } }], {
    contents: { packages: ['base'] },
    entrypoint: { type: 'service-bundle', services: { web: 'httpd -f', log: '/usr/bin/logger "x y"' } },
  }),
  one('services that packages bring', [base, { name: 's6', files: { 'bin/s6-svscan': 's6', 'sv/web/run': 'web' } }], {
    contents: { packages: ['base'] },
    entrypoint: { type: 'service-bundle' },
  }),
  newer(
    one(
      'layers by origin',
      [
        base,
        { name: 'a', origin: 'x', files: { 'usr/a': 'a'.repeat(400_000), 'usr/a-hard': { hardlink: 'usr/a' } } },
        { name: 'b', origin: 'x', files: { 'usr/b': 'b'.repeat(300_000) } },
        { name: 'c', replaces: ['base'], files: { 'usr/c': 'c', 'etc/group': 'c:x:1:\n' } },
      ],
      {
        layering: { strategy: 'origin', budget: 3 },
        accounts: { users: [{ username: 'u', uid: 9 }], groups: [{ groupname: 'u', gid: 9 }], 'run-as': 'u' },
        paths: [
          { path: '/usr/b', type: 'permissions', permissions: 0o600, uid: 9 },
          { path: '/srv/h', type: 'hardlink', source: '/usr/b', permissions: 0o640 },
        ],
      },
    ),
  ),
  {
    ...one(
      'another architecture',
      [
        base,
        {
          name: 'busybox',
          version: '1.36.1-r0',
          files: { 'bin/busybox': 'bb', 'etc/busybox-paths.d/busybox': '/bin/sh\n' },
        },
      ],
      {
        archs: ['amd64', 'arm64'],
      },
    ),
    architecture: 'arm64',
  },
];

/** What apko refuses, and so do we: the case and the code or text of our error. */
export const refusals: readonly (readonly [ParityCase, RegExp])[] = [
  [
    one('a file of two packages that nobody replaces', [
      { name: 'a', files: { 'etc/conf': 'a' } },
      { name: 'b', replaces: ['a<0.5'], files: { 'etc/conf': 'b' } },
    ]),
    /Packages a 1\.0\.0-r0 and b 1\.0\.0-r0 both bring \/etc\/conf/,
  ],
  [
    one('a file where another package has a folder', [
      { name: 'a', files: { 'srv/thing/in': 'a' } },
      { name: 'b', replaces: ['a'], files: { 'srv/thing': 'b' } },
    ]),
    /\/srv\/thing/,
  ],
  [one('files in /lib/apk', [base, { name: 'tools', files: { 'lib/apk/exec/x': 'x' } }]), /\/lib\/apk is a link/],
  [
    one('a passwd with an empty line', [{ name: 'a', files: { 'etc/passwd': 'root:x:0:0:r:/r:/x\n\n' } }]),
    /\/etc\/passwd/,
  ],
  [
    one('a passwd with a word for a number', [{ name: 'a', files: { 'etc/passwd': 'root:x:zero:0:r:/r:/x\n' } }]),
    /zero/,
  ],
  [one('one more root', [base], { accounts: { users: [{ username: 'u', uid: 0 }] } }), /number 0/],
  [
    one('a home that is a file', [base], { accounts: { users: [{ username: 'u', uid: 4, homedir: '/etc/group' }] } }),
    /is no directory/,
  ],
  [withPaths('permissions of what is not there', [base], [{ path: '/nowhere', type: 'permissions' }]), /no \/nowhere/],
  [
    withPaths('a symlink over a file', [base], [{ path: '/etc/group', type: 'symlink', source: '/x' }]),
    /\/etc\/group cannot be made/,
  ],
  [
    withPaths('a hard link to nothing', [base], [{ path: '/srv/h', type: 'hardlink', source: '/nowhere' }]),
    /no file \/nowhere/,
  ],
  [withPaths('an empty file over a folder', [base], [{ path: '/root', type: 'empty-file' }]), /is a directory/],
  [
    withPaths('a folder over a file', [base], [{ path: '/etc/group', type: 'directory' }]),
    /\/etc\/group cannot be a directory/,
  ],
  [
    one('a folder where a link of busybox is to be', [
      {
        name: 'busybox',
        version: '1.36.1-r0',
        files: { 'bin/busybox': 'b', 'usr/bin/ed/x': '', 'etc/busybox-paths.d/busybox': '/usr/bin/ed\n' },
      },
    ]),
    /\/usr\/bin\/ed is a folder/,
  ],
  [one('a quote that is not closed', [base], { entrypoint: { command: '/bin/x "unclosed' } }), /not closed/],
  [one('a dependency that is not there', [{ name: 'a', depends: ['nothing'] }]), /nothing/],
];
