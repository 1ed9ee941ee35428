import { describe, expect, it } from 'vitest';
import { accountTables, makeHomes, runAsOf, writeAccounts } from './accounts.js';
import { applyReplacements } from './apply-replacements.js';
import type { Accounts } from './configuration.js';
import type { Replacement } from './replacement.js';
import type { RootFileSystem } from './root-file-system.js';
import { rootOf } from './testing/root-dsl.js';

const accounts: Accounts = {
  runAs: 'nonroot',
  users: [{ name: 'nonroot', uid: 65532, gid: 65532, homeDir: undefined, shell: undefined }],
  groups: [{ name: 'nonroot', gid: 65532, members: [] }],
};

async function written(root: RootFileSystem, ...replacements: readonly Replacement[]): Promise<string[]> {
  await applyReplacements(root, replacements, new Set(['here']));
  const entries = root.takeWritten();
  const files = await root.read(entries.filter(({ type }) => type === 'file').map(({ path }) => path));
  return entries
    .filter(({ type }) => type !== 'directory')
    .map(({ path, linkTarget }) =>
      linkTarget === undefined ? `${path}=${files.get(path)?.toString() ?? ''}` : `${path}>${linkTarget}`,
    );
}

describe('alternatives and links', () => {
  const php: Replacement = { kind: 'alternative', name: 'php', link: '/usr/bin/php', target: '/usr/bin/php8.4' };

  it('lead through /etc/alternatives when their target is there', async () => {
    expect(await written(rootOf('usr/', 'usr/bin/', 'usr/bin/php8.4='), php)).toEqual([
      'etc/alternatives/php>/usr/bin/php8.4',
      'usr/bin/php>/etc/alternatives/php',
    ]);
    expect(await written(rootOf('usr/', 'usr/bin/'), php)).toEqual([]);
    expect(await written(rootOf('usr/', 'usr/bin/', 'usr/bin/php8.4=', 'usr/bin/php=own'), php)).toEqual([]);
  });

  it.each<[string, Omit<Extract<Replacement, { kind: 'link' }>, 'kind'>, readonly string[]]>([
    ['with an absolute target', { path: '/a', target: '/usr/x' }, ['a>/usr/x']],
    ['with a relative target', { path: '/usr/a', target: 'x' }, ['usr/a>x']],
    ['with a missing target', { path: '/a', target: '/missing' }, []],
    [
      'to a target that comes later, when another path is there',
      { path: '/a', target: '/dev/stdout', whenPath: '/usr/x' },
      ['a>/dev/stdout'],
    ],
    ['when another path is missing', { path: '/a', target: '/usr/x', whenPath: '/missing' }, []],
  ])('are made %s', async (_, link, expected) => {
    expect(await written(rootOf('usr/', 'usr/x='), { kind: 'link', ...link })).toEqual(expected);
  });

  it('and folders are made for packages that are there', async () => {
    const root = rootOf();
    const one = { kind: 'directory', path: '/var/lib/x', mode: 0o750, uid: 33, gid: 33 } as const;
    await applyReplacements(
      root,
      [
        { ...one, whenPackage: 'here' },
        { ...one, whenPackage: 'missing', path: '/missing' },
      ],
      new Set(['here']),
    );
    expect(root.takeWritten().at(-1)).toMatchObject({ path: 'var/lib/x', mode: 0o750, uid: 33 });
    expect(root.exists('missing')).toBe(false);
  });
});

describe('PHP modules', () => {
  it('get their settings, links by priority, and a php.ini for each server API', async () => {
    const root = rootOf(
      'usr/',
      'usr/share/',
      'usr/share/php8.2-curl/',
      'usr/share/php8.2-curl/curl/',
      'usr/share/php8.2-curl/curl/curl.ini=extension=curl.so\n',
      'usr/share/php8.2-opcache/',
      'usr/share/php8.2-opcache/opcache/',
      'usr/share/php8.2-opcache/opcache/opcache.ini=; priority=10\n',
      'usr/share/php8.4-gd/',
      'usr/share/php8.4-gd/gd/',
      'usr/share/php8.4-gd/gd/gd.ini=',
      'etc/',
      'etc/php/',
      'etc/php/8.2/',
      'etc/php/8.2/mods-available/',
      'etc/php/8.2/mods-available/redis.ini=; priority=25\n',
      'usr/lib/',
      'usr/lib/php/',
      'usr/lib/php/8.2/',
      'usr/lib/php/8.2/php.ini-production=all',
      'usr/lib/php/8.2/php.ini-production.cli=cli',
    );
    expect(await written(root, { kind: 'php-modules', version: '8.2', apis: ['cli', 'fpm'] })).toEqual([
      'etc/php/8.2/cli/conf.d/10-opcache.ini>/etc/php/8.2/mods-available/opcache.ini',
      'etc/php/8.2/cli/conf.d/20-curl.ini>/etc/php/8.2/mods-available/curl.ini',
      'etc/php/8.2/cli/conf.d/25-redis.ini>/etc/php/8.2/mods-available/redis.ini',
      'etc/php/8.2/cli/php.ini=cli',
      'etc/php/8.2/fpm/conf.d/10-opcache.ini>/etc/php/8.2/mods-available/opcache.ini',
      'etc/php/8.2/fpm/conf.d/20-curl.ini>/etc/php/8.2/mods-available/curl.ini',
      'etc/php/8.2/fpm/conf.d/25-redis.ini>/etc/php/8.2/mods-available/redis.ini',
      'etc/php/8.2/fpm/php.ini=all',
      'etc/php/8.2/mods-available/curl.ini=extension=curl.so\n',
      'etc/php/8.2/mods-available/opcache.ini=; priority=10\n',
    ]);
  });
});

describe('accounts', () => {
  const masters = [
    'usr/',
    'usr/bin/',
    'usr/bin/tool=',
    'usr/share/',
    'usr/share/base-passwd/',
    'usr/share/base-passwd/passwd.master=root:*:0:0:root:/root:/bin/bash\ntool:*:9:9:a tool:/:/usr/bin/tool\n',
    'usr/share/base-passwd/group.master=root:*:0:\nshadow:*:42:\ntool:*:9:root\n',
  ];

  it('are those of base-passwd, then of packages, then of the configuration; without a shell that is not there', async () => {
    const root = rootOf(...masters);
    const replacements: readonly Replacement[] = [
      { kind: 'base-accounts' },
      {
        kind: 'user',
        whenPackage: 'here',
        name: 'www',
        uid: 101,
        gid: 101,
        home: '/var/www',
        shell: '/usr/sbin/nologin',
      },
      { kind: 'group', whenPackage: 'here', name: 'www', gid: 101 },
      {
        kind: 'user',
        whenPackage: 'missing',
        name: 'nobody-needs',
        uid: 102,
        gid: 102,
        home: '/',
        shell: '/usr/sbin/nologin',
      },
    ];
    const tables = await accountTables(root, replacements, new Set(['here']), accounts);
    writeAccounts(root, tables);
    makeHomes(root, accounts);
    const entries = new Map(root.takeWritten().map((entry) => [entry.path, entry]));
    const text = (path: string): string => entries.get(path)?.content?.toString() ?? '';
    expect(text('etc/passwd').trimEnd().split('\n')).toEqual([
      'root:x:0:0:root:/root:/usr/sbin/nologin',
      'tool:x:9:9:a tool:/:/usr/bin/tool',
      'www:x:101:101::/var/www:/usr/sbin/nologin',
      'nonroot:x:65532:65532::/home/nonroot:/usr/sbin/nologin',
    ]);
    expect(text('etc/group').trimEnd().split('\n')).toEqual([
      'root:x:0:',
      'shadow:x:42:',
      'tool:x:9:root',
      'www:x:101:',
      'nonroot:x:65532:',
    ]);
    expect(text('etc/shadow')).toContain('nonroot:*::0:99999:7:::\n');
    expect(entries.get('etc/shadow')).toMatchObject({ mode: 0o640, gid: 42 });
    expect(entries.get('home/nonroot')).toMatchObject({ type: 'directory', uid: 65532 });
  });

  it.each([
    [undefined, { uid: 0, gid: 0 }],
    ['nonroot', { uid: 65532, gid: 65532 }],
    ['65532', { uid: 65532, gid: 65532 }],
    ['4711', { uid: 4711, gid: 4711 }],
  ])('run the image as %s', async (runAs, expected) => {
    expect(runAsOf(runAs, await accountTables(rootOf(), [], new Set(), accounts))).toEqual(expected);
  });

  it('run no image as an unknown user, and have no name twice', async () => {
    const tables = await accountTables(rootOf(), [], new Set(), accounts);
    expect(() => runAsOf('nobody', tables)).toThrow(
      expect.objectContaining({ code: 'image/bad-configuration', data: { user: 'nobody' } }),
    );
    const twice: Accounts = {
      ...accounts,
      users: [...accounts.users, { name: 'root', uid: 1, gid: 1, homeDir: undefined, shell: undefined }],
    };
    await expect(accountTables(rootOf(), [], new Set(), twice)).rejects.toMatchObject({
      code: 'image/bad-configuration',
      data: { name: 'root' },
    });
  });
});
