import { describe, expect, it } from 'vitest';
import { aptFilesIn, findDebianMirrors } from './mirrors.js';
import type { AptFiles } from './apt-sources.js';

function filesOf(files: Readonly<Record<string, string>>): AptFiles {
  return {
    list: (folder) =>
      Promise.resolve(
        Object.keys(files)
          .filter((name) => name.startsWith(`${folder}/`))
          .map((name) => name.slice(folder.length + 1)),
      ),
    read: (file) => Promise.resolve(files[file] ?? ''),
  };
}

const sources = `# http://snapshot.test/
Types: deb deb-src
URIs: http://a.test/debian/
Suites: trixie trixie-updates
Components: main

Types: deb
URIs: http://a.test/debian-security
Suites: trixie-security
`;

describe('findDebianMirrors', () => {
  it('reads the deb822 form', async () => {
    const found = await findDebianMirrors({
      environment: {},
      files: filesOf({ 'sources.list.d/debian.sources': sources }),
    });
    expect(found).toEqual({
      debian: 'http://a.test/debian',
      debianSecurity: 'http://a.test/debian-security',
      checkValidUntil: true,
      from: { debian: 'apt sources', debianSecurity: 'apt sources' },
    });
  });

  it('reads the one-line form, and passes over what does not count', async () => {
    const list = `deb-src http://source.test/debian trixie main
deb http://other.test/node nodistro main
deb cdrom:[Debian]/ trixie main
deb [enabled=no] http://off.test/debian trixie main
# deb http://comment.test/debian trixie main
deb [arch=amd64 signed-by=/x.gpg] http://b.test/debian bookworm-updates main # here
deb http://s.test/debian-security bullseye/updates main
deb http://ubuntu.test/ubuntu noble main
`;
    const found = await findDebianMirrors({ environment: {}, files: filesOf({ 'sources.list': list }) });
    expect(found).toMatchObject({ debian: 'http://b.test/debian', debianSecurity: 'http://s.test/debian-security' });
  });

  it.each([
    ['a disabled stanza', { 'sources.list.d/a.sources': sources.replaceAll('Types: deb', 'Enabled: no\nTypes: deb') }],
    ['a stanza that cannot be read', { 'sources.list.d/a.sources': 'nonsense' }],
    ['a file that apt would not read', { 'sources.list.d/debian.sources.off': sources }],
    ['nothing', {}],
  ])('falls back to the public mirrors for %s', async (_what, files) => {
    const found = await findDebianMirrors({ environment: {}, files: filesOf(files) });
    expect(found).toEqual({
      debian: 'http://ftp.debian.org/debian',
      debianSecurity: 'http://security.debian.org/debian-security',
      checkValidUntil: true,
      from: { debian: 'default', debianSecurity: 'default' },
    });
  });

  it('lets configuration go before environment before apt, each mirror on its own', async () => {
    const files = filesOf({ 'sources.list.d/debian.sources': sources });
    const environment = {
      PRIVATE_IMAGE_DEBIAN_MIRROR: 'http://e.test/debian/',
      PRIVATE_IMAGE_DEBIAN_SECURITY_MIRROR: '',
    };
    expect(await findDebianMirrors({ environment, files })).toMatchObject({
      debian: 'http://e.test/debian',
      debianSecurity: 'http://a.test/debian-security',
    });
    expect(await findDebianMirrors({ configured: { debian: 'file:///c' }, environment, files })).toMatchObject({
      debian: 'file:///c',
      from: { debian: 'configuration' },
    });
  });

  it.each([
    ['in a stanza', { 'sources.list.d/a.sources': sources.replaceAll('Types:', 'Check-Valid-Until: no\nTypes:') }],
    ['in an option', { 'sources.list': 'deb [check-valid-until=no] http://a.test/debian trixie main' }],
    ['in apt.conf.d', { 'sources.list.d/a.sources': sources, 'apt.conf.d/99x': 'Acquire::Check-Valid-Until "false";' }],
    ['nested in apt.conf', { 'sources.list.d/a.sources': sources, 'apt.conf': 'Acquire { Check-Valid-Until "0"; };' }],
  ])('says that Valid-Until is not looked at, as set %s', async (_what, files) => {
    expect((await findDebianMirrors({ environment: {}, files: filesOf(files) })).checkValidUntil).toBe(false);
  });

  it('lets a mirror that does not come from apt keep the check', async () => {
    const files = filesOf({
      'sources.list.d/a.sources': sources,
      'apt.conf.d/99x': 'Acquire::Check-Valid-Until "false";',
    });
    const configured = { debian: 'http://c.test/debian', debianSecurity: 'http://c.test/security' };
    expect((await findDebianMirrors({ configured, environment: {}, files })).checkValidUntil).toBe(true);
  });
});

describe('aptFilesIn', () => {
  it('takes what is not there as empty', async () => {
    const files = aptFilesIn('/nonexistent');
    expect(await files.list('sources.list.d')).toEqual([]);
    expect(await files.read('sources.list')).toBe('');
  });
});
