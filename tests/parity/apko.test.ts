import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PathMutation } from '../../provider/image/configuration.js';
import { sharedLibrary } from '../../provider/image/testing/shared-library.js';
import { makeApk } from '../../provider/packages/apk/testing/apk-maker.js';
import { digestOf } from '../../provider/support/digest.js';
import { noise, openApkoBench } from './apko-bench.js';
import type { ApkoBench, SeenEntry } from './apko-bench.js';

let bench: ApkoBench;
beforeAll(async () => {
  bench = await openApkoBench();
});
afterAll(() => bench.close());

const mutation: PathMutation = {
  path: '/',
  type: 'directory',
  uid: 0,
  gid: 0,
  permissions: 0o755,
  source: undefined,
  recursive: false,
};
const nobody = { runAs: undefined, users: [], groups: [] };
const folder = (mode = '755', owner = '0:0'): SeenEntry => ({ type: 'directory', mode, owner });

function installedFiles(database: string, name: string): readonly string[] {
  const stanza = database.split('\n\n').find((one) => one.startsWith(`P:${name}\n`)) ?? '';
  return stanza.split('\n').filter((line) => /^[FR]:/.test(line));
}

describe('an image of apk packages', () => {
  it('has the folders, devices and files that apko gives every image', async () => {
    const { root, text, config } = await bench.build([{ name: 'one', files: { 'srv/x': 'x' }, buildTime: 86_400 }]);
    expect(
      [...root].map(([path, { type, mode, device }]) => [path, type, mode, device ?? ''].join(' ').trim()).sort(),
    ).toMatchInlineSnapshot(`
        [
          "dev directory 755",
          "dev/console character-device 620 5:1",
          "dev/null character-device 666 1:3",
          "dev/random character-device 666 1:8",
          "dev/urandom character-device 666 1:9",
          "dev/zero character-device 666 1:5",
          "etc directory 755",
          "etc/apk directory 755",
          "etc/apk/arch file 644",
          "etc/apk/keys directory 755",
          "etc/apk/keys/test.rsa.pub file 644",
          "etc/apk/repositories file 644",
          "etc/apk/world file 644",
          "etc/passwd file 644",
          "lib directory 755",
          "lib/apk symlink 777",
          "opt directory 755",
          "proc directory 555",
          "srv directory 755",
          "srv/x file 644",
          "tmp directory 1777",
          "usr directory 755",
          "usr/lib directory 755",
          "usr/lib/apk directory 755",
          "usr/lib/apk/db directory 755",
          "usr/lib/apk/db/installed file 644",
          "usr/lib/apk/db/lock file 600",
          "usr/lib/apk/db/scripts.tar file 644",
          "usr/lib/apk/db/triggers file 644",
          "usr/lib/apk/exec directory 755",
          "var directory 755",
          "var/cache directory 755",
          "var/cache/apk directory 755",
          "var/cache/misc directory 755",
        ]
      `);
    expect(text('etc/apk/world')).toBe('one=1.0.0-r0\n');
    expect(text('etc/apk/repositories')).toBe('https://packages.test/main\n');
    expect(config).toEqual({
      Env: [
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin',
        'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt',
      ],
      Labels: { 'org.opencontainers.image.created': '1970-01-02T00:00:00Z' },
    });
  });

  it('has everything of root, and directories with nothing but permissions', async () => {
    const { root, text } = await bench.build([
      {
        name: 'one',
        files: {
          'srv/mine': { content: 'x', mode: 0o640, uid: 501, gid: 20 },
          'var/shared': { directory: true, mode: 0o1777, uid: 7 },
        },
      },
    ]);
    expect(root.get('srv/mine')).toMatchObject({ mode: '640', owner: '0:0' });
    expect(root.get('var/shared')).toEqual(folder('777'));
    expect(text('usr/lib/apk/db/installed')).toContain('R:mine\na:501:20:0640\n');
    expect(text('usr/lib/apk/db/installed')).toContain('F:var/shared\nM:7:0:1777\n');
  });

  it('keeps hard links and extended attributes, in a layer that stands and in one that is written', async () => {
    const files = {
      'usr/bin/a': { content: noise('a', 300_000), mode: 0o755, pax: { 'SCHILY.xattr.user.note': 'kept' } },
      'usr/bin/b': { hardlink: 'usr/bin/a' },
    };
    for (const more of [{}, { 'usr/x': { content: '', uid: 5 } }]) {
      const { root, built } = await bench.build([{ name: 'one', files: { ...files, ...more } }]);
      expect(built.layers[0]?.title).toBe('package one 1.0.0-r0');
      expect(root.get('usr/bin/a')).toMatchObject({ type: 'file', xattrs: { 'user.note': 'kept' } });
      expect(root.get('usr/bin/b')).toMatchObject({ type: 'hardlink', link: 'usr/bin/a' });
    }
  });

  it('has the folder of who is installed first, and before all the image’s own', async () => {
    const { root } = await bench.build([
      { name: 'a', depends: ['z'], files: { 'srv/one': { directory: true, mode: 0o750 } } },
      {
        name: 'z',
        files: { 'srv/one': { directory: true, mode: 0o711 }, tmp: { directory: true, mode: 0o700 } },
      },
    ]);
    expect(root.get('srv/one')).toEqual(folder('711'));
    expect(root.get('tmp')).toEqual(folder('1777'));
  });
});

describe('a file that two packages bring', () => {
  const file = (content: string): { readonly files: Readonly<Record<string, string>> } => ({
    files: { 'etc/conf': content },
  });

  it.each([
    ['the one’s that replaces the other, installed first', { replaces: ['b'] }, {}, 'a'],
    ['the one’s that replaces the other, installed later', {}, { replaces: ['a'] }, 'b'],
    ['the later one’s, of one origin', { origin: 'o' }, { origin: 'o' }, 'b'],
    ['the one’s that says so, of one origin', { origin: 'o', replaces: ['b'] }, { origin: 'o' }, 'a'],
    [
      'the one’s with the higher priority, when each replaces the other',
      { replaces: ['b'], replacesPriority: 9 },
      { replaces: ['a'], replacesPriority: 1 },
      'a',
    ],
    [
      'the later one’s with the higher priority, when each replaces the other',
      { replaces: ['b'], replacesPriority: 1 },
      { replaces: ['a'], replacesPriority: 9 },
      'b',
    ],
    ['the first one’s, when each replaces the other', { replaces: ['b'] }, { replaces: ['a'] }, 'a'],
  ])('is %s', async (_, first, second, keeper) => {
    const { text } = await bench.build([
      { name: 'a', ...file('a'), ...first },
      { name: 'b', ...file('b'), ...second },
    ]);
    expect(text('etc/conf')).toBe(keeper);
    const database = text('usr/lib/apk/db/installed');
    expect(installedFiles(database, keeper)).toEqual(['F:etc', 'R:conf']);
    expect(installedFiles(database, keeper === 'a' ? 'b' : 'a')).toEqual(['F:etc']);
  });

  it('is the first one’s when it is the same; links are recorded for both', async () => {
    const files = { 'etc/conf': 'same', 'etc/link': { symlink: 'conf' } };
    const { root, text } = await bench.build([
      { name: 'a', files: { ...files, 'etc/conf': { content: 'same', mode: 0o600 } } },
      { name: 'b', files },
    ]);
    expect(root.get('etc/conf')).toMatchObject({ mode: '600' });
    expect(installedFiles(text('usr/lib/apk/db/installed'), 'a')).toEqual(['F:etc', 'R:conf', 'R:link']);
    expect(installedFiles(text('usr/lib/apk/db/installed'), 'b')).toEqual(['F:etc', 'R:link']);
  });

  it('is refused with its path and both packages when nothing says whose it is', async () => {
    const building = bench.build([
      { name: 'a', ...file('a') },
      { name: 'b', ...file('b') },
    ]);
    await expect(building).rejects.toMatchObject({
      code: 'image/file-conflict',
      data: { path: 'etc/conf', packages: ['a', 'b'] },
    });
  });

  it('is left out of the layer of a large package that loses it', async () => {
    const { text, built } = await bench.build([
      { name: 'a', files: { 'etc/conf': 'a', 'usr/big': noise('big', 300_000) }, origin: 'o' },
      { name: 'b', ...file('b'), origin: 'o' },
    ]);
    expect(text('etc/conf')).toBe('b');
    expect(built.layers.map(({ title }) => title)).toEqual([
      'package a 1.0.0-r0',
      'package b 1.0.0-r0',
      'configuration',
    ]);
  });
});

describe('the layer of a large package', () => {
  const big = { 'usr/big': noise('layer', 300_000), 'usr/share': { directory: true, mode: 0o700 } } as const;

  it('is its data section as it stands, with the folders of the image behind it', async () => {
    const { built, root } = await bench.build([
      { name: 'one', files: { ...big, usr: { directory: true, mode: 0o700 } } },
    ]);
    const [layer] = built.layers;
    const { members } = await makeApk({ name: 'one', files: { ...big, usr: { directory: true, mode: 0o700 } } });
    expect(layer).toMatchObject({ digest: digestOf(members.data), size: members.data.length });
    expect(root.get('usr/share')).toEqual(folder('700'));
    // The image's own folder is not the package's.
    expect(root.get('usr')).toEqual(folder('755'));
    const again = await bench.build([{ name: 'one', files: { ...big, usr: { directory: true, mode: 0o700 } } }], {
      workDir: '/srv',
    });
    expect(again.built.layers[0]).toEqual(layer);
    expect(again.root.has('srv')).toBe(false);
  });

  it('is shared where the budget says so', async () => {
    const { built, root } = await bench.build(
      [
        { name: 'a', files: { 'usr/a': noise('one', 300_000) } },
        { name: 'b', files: { 'usr/b': noise('two', 300_000) } },
      ],
      { recipe: { layerBudget: 2 } },
    );
    expect(built.layers.map(({ title }) => title)).toEqual(['2 small packages', 'configuration']);
    expect(root.get('usr/a')?.content).toEqual(noise('one', 300_000));
    expect(root.get('usr/b')?.content).toEqual(noise('two', 300_000));
  });
});

describe('folders that are links', () => {
  it('have below them what packages write there', async () => {
    const { root, text } = await bench.build([
      { name: 'app', depends: ['layout'], files: { 'lib/libx.so': 'x', 'lib64/liby.so': 'y' } },
      { name: 'layout', files: { lib: { symlink: 'usr/lib' }, lib64: { symlink: 'lib' }, 'usr/lib/os': 'z' } },
    ]);
    expect(root.get('lib')).toMatchObject({ type: 'symlink', link: 'usr/lib' });
    expect(root.get('lib64')).toMatchObject({ type: 'symlink', link: 'lib' });
    expect(text('usr/lib/libx.so') + text('usr/lib/liby.so')).toBe('xy');
    expect(root.has('lib/apk')).toBe(false);
    expect(installedFiles(text('usr/lib/apk/db/installed'), 'app')).toEqual([
      ...['F:lib', 'R:libx.so', 'F:lib64', 'R:liby.so'],
    ]);
  });

  it.each([
    ['out of the root', '../../etc'],
    ['to a folder that no merged /usr has a link to', '/etc'],
  ])('are not followed %s', async (_, target) => {
    const building = bench.build([
      { name: 'a', files: { 'srv/evil': { symlink: target }, 'etc/x': 'x' } },
      { name: 'b', files: { 'srv/evil/passwd': 'root' } },
    ]);
    await expect(building).rejects.toMatchObject({ code: expect.stringMatching(/^image\//) as string });
  });

  it('give way to the link to the package database where they are empty', async () => {
    const { root } = await bench.build([
      { name: 'tools', files: { 'lib/apk/db': { directory: true }, 'usr/big': noise('tools', 300_000) } },
    ]);
    expect(root.get('lib/apk')).toMatchObject({ type: 'symlink', link: '../usr/lib/apk' });
    expect(root.has('lib/apk/db')).toBe(false);
  });
});

describe('accounts', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/ash\nmail:x:8:12:mail:/var/mail:/sbin/nologin\nno:x:9:9::/dev/null:/x\n';
  const accounts = {
    runAs: 'web',
    users: [{ name: 'web', uid: 1000, gid: 1000, homeDir: undefined, shell: undefined }],
    groups: [{ name: 'web', gid: 1000, members: ['web', 'mail'] }],
  };

  it('follow those of packages, and have homes', async () => {
    const { root, text, config } = await bench.build(
      [
        {
          name: 'layout',
          files: {
            'etc/passwd': { content: passwd, mode: 0o640 },
            'etc/group': 'root:x:0:root\n',
            'etc/shadow': { content: 'root:*::0:::::\n', mode: 0o600 },
            root: { directory: true, mode: 0o711 },
          },
        },
      ],
      { accounts },
    );
    expect(text('etc/passwd')).toBe(`${passwd}web:x:1000:1000:Account created by apko:/home/web:/bin/sh\n`);
    expect(text('etc/group')).toBe('root:x:0:root\nweb:x:1000:web,mail\n');
    expect(text('etc/shadow')).toBe('root:*::0:::::\nweb:!:::::::\n');
    expect(root.get('etc/passwd')).toMatchObject({ mode: '640' });
    expect(root.get('etc/shadow')).toMatchObject({ mode: '600' });
    expect(root.get('home/web')).toEqual(folder('700', '1000:1000'));
    expect(root.get('var/mail')).toEqual(folder('700', '8:12'));
    expect(root.get('root')).toEqual(folder('711'));
    expect(config['User']).toBe('1000');
  });

  it.each([
    ['1234', '1234'],
    ['1234:99', '1234:99'],
    ['root:99', 'root:99'],
    ['root', 'root'],
    [undefined, undefined],
  ])('may be run as %s without being there', async (runAs, user) => {
    const { config } = await bench.build([], { accounts: { ...nobody, runAs } });
    expect(config['User']).toBe(user);
  });

  it.each(['web:web', '1000:mail', 'web:12', 'mail:web'])(
    'may be run as %s, with a group that is there',
    async (runAs) => {
      const { config } = await bench.build(
        [{ name: 'layout', files: { 'etc/passwd': passwd, 'etc/group': 'root:x:0:root\nmail:x:12:\n' } }],
        { accounts: { ...accounts, runAs } },
      );
      expect(config['User']).toBe(runAs);
    },
  );

  it.each([
    ['who', 'The image is to run as who, who is no user of it'],
    ['who:0', 'The image is to run as who:0, who is no user of it'],
    ['0:who', 'The image is to run as 0:who, and there is no such group in it'],
    ['0:', 'The image is to run as 0:, and there is no such group in it'],
    ['0:0:0', 'The image is to run as 0:0:0, and there is no such group in it'],
  ])('refuse to run as %s, whom nobody knows', async (runAs, message) => {
    const building = bench.build([], { accounts: { ...nobody, runAs } });
    await expect(building).rejects.toMatchObject({ code: 'image/bad-configuration', message, data: { user: runAs } });
  });
});

describe('paths', () => {
  it('change what lies below and what links there lead to, and all names of a file at once', async () => {
    const { root } = await bench.build(
      [{ name: 'one', files: { 'srv/a/file': 'x', 'srv/a/out': { symlink: '/etc/safe' }, 'etc/safe': 'safe' } }],
      {
        paths: [
          { ...mutation, type: 'hardlink', path: '/opt/name', source: '/srv/a/file', permissions: 0o600 },
          { ...mutation, type: 'permissions', path: '/srv', uid: 5, gid: 6, permissions: 0o750, recursive: true },
        ],
      },
    );
    const changed = { mode: '750', owner: '5:6' };
    expect(root.get('srv')).toMatchObject(changed);
    expect(root.get('srv/a/file')).toMatchObject(changed);
    expect(root.get('opt/name')).toMatchObject({ ...changed, type: 'file' });
    expect(root.get('opt/name')?.content?.toString()).toBe('x');
    expect(root.get('srv/a/out')).toMatchObject({ type: 'symlink', mode: '777', owner: '0:0' });
    expect(root.get('etc/safe')).toMatchObject(changed);
  });

  it('make folders above with the same mode, of root', async () => {
    const { root } = await bench.build([], {
      paths: [{ ...mutation, path: '/data/in/side', uid: 7, gid: 7, permissions: 0o750 }],
    });
    expect(root.get('data')).toEqual(folder('750'));
    expect(root.get('data/in/side')).toEqual(folder('750', '7:7'));
  });

  it('empty what no package has brought, and keep its owner when they name none', async () => {
    const { root, text } = await bench.build([{ name: 'one', files: { 'etc/conf': 'x', 'etc/other': 'y' } }], {
      paths: [
        { ...mutation, type: 'empty-file', path: '/etc/conf', permissions: 0o640, uid: 3, gid: 4 },
        { ...mutation, type: 'empty-file', path: '/etc/apko.json', permissions: 0o640 },
        { ...mutation, type: 'permissions', path: '/etc/conf', permissions: 0o600, keepsOwner: true },
      ],
    });
    expect(text('etc/conf')).toBe('x');
    expect(text('etc/apko.json')).toBe('');
    expect(root.get('etc/conf')).toMatchObject({ mode: '600', owner: '3:4' });
  });

  it('refuse a link over what is there, and permissions of what is not', async () => {
    const link = { ...mutation, type: 'symlink', path: '/etc/passwd', source: '/x' } as const;
    await expect(bench.build([], { paths: [link] })).rejects.toMatchObject({ code: 'image/bad-configuration' });
    const absent = { ...mutation, type: 'permissions', path: '/no/where' } as const;
    await expect(bench.build([], { paths: [absent] })).rejects.toMatchObject({ code: 'image/bad-configuration' });
  });

  it('declare a setuid program, which is refused else', async () => {
    const program = { name: 'su', files: { 'usr/bin/su': { content: 'x', mode: 0o4755 } } };
    await expect(bench.build([program])).rejects.toMatchObject({ code: 'image/special-file' });
    const { root } = await bench.build([program], {
      paths: [{ ...mutation, type: 'permissions', path: '/usr/bin/su', permissions: 0o4755 }],
    });
    expect(root.get('usr/bin/su')).toMatchObject({ mode: '4755' });
  });
});

describe('what triggers and scripts would do', () => {
  it('is done for busybox: the links that it lists, where nothing is', async () => {
    const { root } = await bench.build([
      {
        name: 'busybox',
        files: {
          'bin/busybox': { content: 'x', mode: 0o755 },
          'bin/ls': 'mine',
          'etc/busybox-paths.d/busybox': '/bin/busybox\n/bin/ls\n/usr/bin/awk\n',
        },
      },
    ]);
    const links = [...root].filter(([, { link }]) => link === '/bin/busybox').map(([path]) => path);
    expect(links).toEqual(['usr/bin/awk']);
  });

  it('is done for a busybox that lists none: those of all applets', async () => {
    const { root } = await bench.build([{ name: 'busybox', files: { 'bin/busybox': 'x' } }]);
    const links = [...root].filter(([, { link }]) => link === '/bin/busybox').map(([path]) => path);
    expect(links).toContain('usr/sbin/httpd');
    expect(links.length).toBeGreaterThan(390);
  });

  it('is done for the dynamic linker, where there is one that has a configuration', async () => {
    const { root } = await bench.build([
      {
        name: 'glibc',
        files: {
          'etc/ld.so.conf': '/usr/lib # first\ninclude /etc/ld.so.conf.d/*.conf\n',
          'etc/ld.so.conf.d/more.conf': '/opt/lib\n',
          'usr/lib/libone.so.1': sharedLibrary('libone.so.1'),
          'usr/lib/libone.so': { symlink: 'libone.so.1' },
          'usr/lib/libone.so.1.2.3': { symlink: 'libone.so.1' },
          'usr/lib/script.so': 'no library',
          'opt/lib/libtwo.so': sharedLibrary(undefined),
        },
      },
    ]);
    const cache = root.get('etc/ld.so.cache')?.content ?? Buffer.alloc(0);
    expect(root.get('etc/ld.so.cache')).toMatchObject({ mode: '644', owner: '0:0' });
    const paths = [...cache.toString('latin1').matchAll(/\/[^\0]+/g)].map(String);
    expect(paths).toEqual(['/opt/lib/libtwo.so', '/usr/lib/libone.so.1', '/usr/lib/libone.so']);
    const ldconfig = ['/usr/sbin/ldconfig', '/sbin/ldconfig'].find((file) => existsSync(file));
    if (ldconfig !== undefined) {
      const { digest } = await bench.store.put(cache);
      const { stdout } = spawnSync(ldconfig, ['-p', '-C', bench.store.pathOf(digest)], { encoding: 'utf8' });
      expect(stdout).toContain('3 libs found');
      expect(stdout).toContain('libone.so.1 (libc6,x86-64) => /usr/lib/libone.so.1');
    }
  });

  it('is told where nothing declares it', async () => {
    const { built } = await bench.build([
      { name: 'one', scripts: { 'post-install': '#!/bin/sh\nadduser -S one\nexit 0\n' } },
      { name: 'two', scripts: { 'pre-upgrade': '#!/bin/sh\nrm /x\n' } },
    ]);
    expect(built.warnings).toEqual([
      'Package one 1.0.0-r0: its script post-install does something that nothing declares: adduser -S one',
    ]);
  });
});

describe('entrypoints', () => {
  const entrypoint = { type: 'command', command: undefined, shellFragment: undefined, services: {} } as const;

  it('may be a shell fragment', async () => {
    const { config } = await bench.build([], { entrypoint: { ...entrypoint, shellFragment: 'exec "$0"' } });
    expect(config['Entrypoint']).toEqual(['/bin/sh', '-c', 'exec "$0"']);
  });

  it('may be services', async () => {
    const services = { web: 'httpd -f', log: 'logger' };
    const { config, root, text } = await bench.build([], {
      entrypoint: { ...entrypoint, type: 'service-bundle', services },
    });
    expect(config['Entrypoint']).toEqual(['/bin/s6-svscan', '/sv']);
    expect(text('sv/web/run')).toBe('#!/bin/execlineb\nhttpd -f\n');
    expect(root.get('sv/log/run')).toMatchObject({ mode: '755' });
    expect(root.get('sv/log')).toEqual(folder('777'));
  });
});

describe('certificates', () => {
  // Node has its certificates in other lines than most programs write.
  const [first = '', second = '', third = ''] = rootCertificates.map((pem) => {
    const base64 = pem.replaceAll(/-----[A-Z ]+-----|\s/g, '');
    return `-----BEGIN CERTIFICATE-----\n${(base64.match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----`;
  });
  const bundle = 'etc/ssl/certs/ca-certificates.crt';

  it('of the configuration and of packages that provide them are added to the bundle', async () => {
    const { root, text } = await bench.build(
      [
        { name: 'bundle', files: { [bundle]: 'before\n' } },
        { name: 'mine', provides: ['custom-ca'], files: { 'usr/local/share/ca-certificates/mine.crt': second } },
        { name: 'other', files: { 'srv/other.crt': third } },
      ],
      {
        apk: {
          certificateProviders: ['custom-ca'],
          additionalCertificates: [{ name: 'given', content: `x\n${first}` }],
        },
      },
    );
    expect(text(bundle)).toBe(`before\n${first}\n\n${second}\n\n`);
    const files = [...root.keys()].filter((path) => path.startsWith('usr/local/share/ca-certificates/'));
    expect(files).toEqual([expect.stringMatching(/\/mine\.crt$/), expect.stringMatching(/\/given-[0-9a-f]{64}\.crt$/)]);
    expect(text(files[1] ?? '')).toBe(`${first}\n`);
  });

  it('of file bundles are added last, in a layer of their own', async () => {
    const { built, text } = await bench.build([{ name: 'bundle', files: { [bundle]: 'before\n' } }], {
      recipe: { certificates: [{ name: 'own.crt', pem: first }] },
    });
    expect(built.layers.map(({ title }) => title)).toEqual([
      'package bundle 1.0.0-r0',
      'configuration',
      'file bundles',
    ]);
    expect(text(bundle)).toBe(`before\n${first}\n\n`);
    expect(text('usr/local/share/ca-certificates/own.crt')).toBe(`${first}\n`);
  });

  it('that are none are refused', async () => {
    const building = bench.build([], { apk: { additionalCertificates: [{ name: 'bad', content: 'x' }] } });
    await expect(building).rejects.toMatchObject({ code: 'image/bad-certificate', data: { certificate: 'bad' } });
  });
});
