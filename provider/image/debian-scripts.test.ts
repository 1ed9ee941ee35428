import { describe, expect, it } from 'vitest';
import { applyReplacements } from './apply-replacements.js';
import type { Replacement } from './replacement.js';
import { rootOf } from './testing/root-dsl.js';

/** What replacements write into an image of package `here`: files as `path=content`, links as `path>target`. */
async function written(lines: readonly string[], replacements: readonly Replacement[]): Promise<readonly string[]> {
  const root = rootOf(...lines);
  await applyReplacements(root, replacements, new Set(['here']));
  const entries = root.takeWritten();
  const files = await root.read(entries.filter(({ type }) => type === 'file').map(({ path }) => path));
  return entries
    .filter(({ type }) => type !== 'directory')
    .map(({ path, linkTarget }) =>
      linkTarget === undefined ? `${path}=${files.get(path)?.toString() ?? ''}` : `${path}>${linkTarget}`,
    );
}

const bin = ['usr/', 'usr/bin/'];

describe('alternatives', () => {
  const awk = (target: string, priority?: number): Replacement => ({
    kind: 'alternative',
    name: 'awk',
    link: '/usr/bin/awk',
    target,
    ...(priority === undefined ? {} : { priority }),
    slaves: [{ name: 'nawk', link: '/usr/bin/nawk', target }],
  });

  it.each([
    ['the highest priority', [awk('/usr/bin/mawk', 5), awk('/usr/bin/gawk', 10)], 'gawk'],
    ['the highest priority, in any order', [awk('/usr/bin/gawk', 10), awk('/usr/bin/mawk', 5)], 'gawk'],
    ['the first of one priority', [awk('/usr/bin/mawk'), awk('/usr/bin/gawk', 50)], 'mawk'],
    ['what is there', [awk('/usr/bin/mawk', 5), awk('/usr/bin/missing', 90)], 'mawk'],
  ])('lead to %s, with the slaves', async (_, replacements, expected) => {
    expect(await written([...bin, 'usr/bin/mawk=', 'usr/bin/gawk='], replacements)).toEqual([
      `etc/alternatives/awk>/usr/bin/${expected}`,
      `etc/alternatives/nawk>/usr/bin/${expected}`,
      'usr/bin/awk>/etc/alternatives/awk',
      'usr/bin/nawk>/etc/alternatives/nawk',
    ]);
  });

  it('leave files of packages as they are', async () => {
    const lines = [...bin, 'usr/bin/mawk=', 'usr/bin/nawk=own'];
    expect(await written(lines, [awk('/usr/bin/mawk')])).toEqual([
      'etc/alternatives/awk>/usr/bin/mawk',
      'usr/bin/awk>/etc/alternatives/awk',
    ]);
    expect(await written([...bin, 'usr/bin/mawk=', 'usr/bin/awk=own'], [awk('/usr/bin/mawk')])).toEqual([]);
  });
});

describe('copies and files', () => {
  const copy = { kind: 'copy', from: '/usr/template', path: '/etc/profile' } as const;
  const file = { kind: 'file', path: '/etc/shells', content: 'x', mode: 0o640, uid: 1, gid: 2 } as const;

  it.each<[string, readonly string[], Replacement, readonly string[]]>([
    ['a copy is made', ['usr/', 'usr/template=t'], { ...copy, whenPackage: 'here' }, ['etc/profile=t']],
    ['a copy needs its package', ['usr/', 'usr/template=t'], { ...copy, whenPackage: 'missing' }, []],
    ['a copy needs its template', [], { ...copy, whenPackage: 'here' }, []],
    [
      'a copy spares what is there',
      ['usr/', 'usr/template=t', 'etc/', 'etc/profile=own'],
      { ...copy, whenPackage: 'here' },
      [],
    ],
    ['a file is made', [], { ...file, whenPackage: 'here' }, ['etc/shells=x']],
    ['a file needs its package', [], { ...file, whenPackage: 'missing' }, []],
    ['a file spares what is there', ['etc/', 'etc/shells=own'], { ...file, whenPackage: 'here' }, []],
  ])('%s', async (_, lines, replacement, expected) => {
    expect(await written(lines, [replacement])).toEqual(expected);
  });

  it('have the owner and mode that is stated', async () => {
    const root = rootOf();
    await applyReplacements(root, [{ ...file, whenPackage: 'here' }], new Set(['here']));
    expect(root.entry('etc/shells')).toMatchObject({ mode: 0o640, uid: 1, gid: 2 });
  });
});

describe('login shells', () => {
  const named = ['usr/share/', 'usr/share/debianutils/', 'usr/share/debianutils/shells=# shells\n/bin/sh\n'];
  const own = [
    'usr/share/debianutils/shells.d/',
    'usr/share/debianutils/shells.d/bash=/bin/bash# GNU\n/usr/bin/bash\n',
  ];

  it('are those that packages name and the same by their real folders, once', async () => {
    const all = '/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n';
    const lines = [...bin, 'bin>usr/bin', ...named, ...own];
    expect(await written(lines, [{ kind: 'login-shells' }])).toEqual([
      `etc/shells=# shells\n${all}`,
      `var/lib/shells.state=${all}`,
    ]);
  });

  it.each([
    ['without debianutils', []],
    ['where there is a list', [...bin, ...named, 'etc/', 'etc/shells=own']],
  ])('are nobody’s work %s', async (_, lines) => {
    expect(await written(lines, [{ kind: 'login-shells' }])).toEqual([]);
  });
});

describe('PAM', () => {
  const folders = ['usr/', 'usr/share/', 'usr/share/pam/', 'usr/share/pam-configs/', 'etc/'];
  const template = (type: string, name = type): string =>
    `usr/share/pam/common-${type}=# here\n$${name}_primary\n# here's the fallback\n$${name}_additional\n# end\n`;
  const profile = (name: string, text: string): string => `usr/share/pam-configs/${name}=Name: ${name}\n${text}`;
  const unix = profile(
    'unix',
    'Default: yes\nPriority: 256\nAuth-Type: Primary\nAuth:\n\t[success=end default=ignore]\tpam_unix.so try_first_pass\nAuth-Initial:\n\t[success=end default=ignore]\tpam_unix.so\nSession-Type: Additional\nSession:\n\trequired\tpam_unix.so\n',
  );
  const login = profile(
    'login',
    'Default: yes\nPriority: 9\nAuth-Type: Primary\nAuth:\n\t[success=end new=done]\tpam_login.so use\nSession-Type: Additional\nSession-Interactive-Only: yes\nSession:\n\toptional\tpam_login.so a  b\n',
  );
  const off = profile('off', 'Default: no\nPriority: 999\nAuth-Type: Primary\nAuth:\n\trequired\tpam_off.so\n');

  async function configured(...lines: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const made = await written([...folders, ...lines], [{ kind: 'pam-profiles' }]);
    return new Map(made.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  }

  it('has the enabled profiles by priority, each jumping over those behind it', async () => {
    const made = await configured(template('auth'), unix, login, off);
    expect(made.get('etc/pam.d/common-auth')).toBe(
      "# here\nauth\t[success=2 default=ignore]\tpam_unix.so \nauth\t[success=1 new=done]\tpam_login.so use\n# here's the fallback\n# end\n",
    );
    expect(made.get('var/lib/pam/auth')).toBe(
      'Module: unix\n[success=end default=ignore]\tpam_unix.so\nModule: login\n[success=end new=done]\tpam_login.so use\n',
    );
    expect(made.get('var/lib/pam/seen')).toBe('off\nunix\nlogin\n');
  });

  it('lets in where no profile decides, and has no profiles for people where there are none', async () => {
    const made = await configured(
      template('session'),
      template('session-noninteractive', 'session_nonint'),
      unix,
      login,
    );
    const permit = 'session\t[default=1]\t\t\tpam_permit.so\n';
    expect(made.get('etc/pam.d/common-session')).toBe(
      `# here\n${permit}# here's the fallback\nsession\trequired\tpam_unix.so \nsession\toptional\tpam_login.so a  b\n# end\n`,
    );
    expect(made.get('etc/pam.d/common-session-noninteractive')).toBe(
      `# here\n${permit}# here's the fallback\nsession\trequired\tpam_unix.so \n# end\n`,
    );
    expect(made.get('var/lib/pam/session-noninteractive')).toBe(
      'Module: null\n[default=1]\t\t\tpam_permit.so\nModule: unix\nrequired\tpam_unix.so\n',
    );
  });

  it('is nobody’s work without libpam-runtime', async () => {
    expect((await configured(unix)).size).toBe(0);
  });
});
