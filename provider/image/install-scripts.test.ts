import { describe, expect, it } from 'vitest';
import { undeclaredScripts } from './install-scripts.js';
import type { ScriptedPackage } from './install-scripts.js';
import type { ImageRecipe } from './recipe.js';
import { scriptNotes } from './script-note.js';
import { statedAlternatives } from './stated-alternatives.js';
import { emptyRecipe } from './testing/build-bench.js';

function debian(name: string, text: string): ScriptedPackage {
  return {
    recipe: { package: { name, version: '1' } },
    segment: scriptNotes([['postinst', text]]),
    record: undefined,
  };
}

function warnings(one: ScriptedPackage, part: Partial<ImageRecipe> = {}): readonly string[] {
  return undeclaredScripts({ ...emptyRecipe, ...part }, [one]);
}

const debhelper = `#!/bin/sh
set -e
# Automatically added by dh_installsystemd/13.11.4
if [ "$1" = "configure" ]; then
	deb-systemd-helper enable 'x.service' >/dev/null || true
fi
# End automatically added section
`;

describe('install scripts', () => {
  it.each([
    ['nothing', ''],
    ['what debhelper generates', debhelper],
    [
      'form alone',
      '#!/bin/sh\nset -e\ncase "$1" in\n  configure|reconfigure)\n  ;;\n  *)\n    exit 0\n  ;;\nesac\nexit 0\n',
    ],
    ['the cache of the linker', '#!/bin/sh\nset -e\nif [ "$1" = "configure" ]; then\n\tldconfig\nfi\n'],
    ['users of sysusers.d', 'systemd-sysusers ${DPKG_ROOT:+--root="$DPKG_ROOT"} x.conf\n'],
    [
      'what is taken away',
      'umask 022\nfor p in $PATH; do\nrm -f /x\ndone\nupdate-alternatives --remove-all x || true\ndpkg-divert --remove --rename /x\n',
    ],
    ['names of values', 'local trigger\nunset LC_ALL || true\nmandir=$basedir/man\nOLDIFS="$IFS"\n'],
    ['messages', '#!/bin/sh\necho "called with unknown argument" >&2\n'],
    [
      'an upgrade',
      'if [ "$1" = upgrade ] && dpkg --compare-versions "$2" lt 2; then\n if [ -e /x ]; then\n rm /x\n fi\nfi\n',
    ],
    [
      'an upgrade over lines',
      'if test "$1" = upgrade &&\n   dpkg --compare-versions "$2" lt 2\nthen\n  rm -f /x\nfi\n',
    ],
    ['an upgrade by version', 'if dpkg --compare-versions "$2" lt-nl 2; then\n  rm -f /x\nfi\n'],
    ['an upgrade from whatever version', 'if [ -n "$2" ]; then\n  rm -f /x\nfi\n[ -n "$2" ] && rm /y\n'],
    [
      'an upgrade as a case',
      'case "$1" in\n upgrade|abort-upgrade)\n  case "$2" in\n  1)\n rm /x\n ;;\n esac\n ;;\n install)\n ;;\nesac\n',
    ],
    ['what matters in upgrades', 'dpkg-maintscript-helper rm_conffile /etc/x 1~ -- "$@"\n'],
  ])('are not mentioned for %s', (_, text) => {
    expect(warnings(debian('x', text))).toEqual([]);
  });

  it.each([
    ['the first installation', 'if [ "$1" = upgrade ]; then\n  rm /x\nelse\n  adduser x\nfi\n'],
    ['what comes behind', 'if [ -n "$2" ]; then\n  rm /x\nfi\nadduser x\n'],
    ['either', 'if [ -z "$2" ] || [ "$1" = upgrade ]; then\n  adduser x\nfi\n'],
    ['a comparison that holds with nothing before', 'if dpkg --compare-versions "$2" lt 2; then\n  adduser x\nfi\n'],
    ['another case', 'case "$1" in\n upgrade)\n  rm /x\n ;;\n configure)\n  adduser x\n ;;\nesac\n'],
    [
      'a section of debhelper that writes settings',
      '# Automatically added by dh_ucf/13.24\nif [ "$1" = "configure" ]; then\n adduser x\nfi\n# End automatically added section\n',
    ],
  ])('are named for %s', (_, text) => {
    expect(warnings(debian('x', text))).toEqual([expect.stringMatching(/: adduser x$/u)]);
  });

  it('are named with their package and what they do first', () => {
    const text = `${debhelper}case "$1" in\n configure)\n  adduser --system \\\n    x\n  chown x: /srv\n ;;\nesac\n`;
    expect(warnings(debian('x', text))).toEqual([
      'Package x 1: its script postinst does something that nothing declares: adduser --system x',
    ]);
  });

  it.each<[string, Partial<ImageRecipe>]>([
    ['the catalog says that they are dealt with', { handledScripts: ['x'] }],
    [
      'a replacement is for the package',
      { replacements: [{ kind: 'directory', whenPackage: 'x', path: '/srv', mode: 0o755, uid: 1, gid: 1 }] },
    ],
  ])('are not mentioned when %s', (_, part) => {
    expect(warnings(debian('x', 'chown x /srv\n'), part)).toEqual([]);
    expect(warnings(debian('y', 'chown x /srv\n'), part)).toHaveLength(1);
  });

  it('are not mentioned for alternatives that are declared', () => {
    const text = 'update-alternatives --install /usr/bin/awk awk /usr/bin/mawk 5\n';
    const declared = [{ kind: 'alternative', name: 'awk', link: '/usr/bin/awk', target: '/usr/bin/mawk' }] as const;
    expect(warnings(debian('mawk', text), { replacements: declared })).toEqual([]);
    expect(warnings(debian('mawk', text))).toHaveLength(1);
  });

  it('are not mentioned for alternatives that they state word for word', () => {
    const text = 'update-alternatives --install /usr/bin/awk awk /usr/bin/mawk 5\n';
    const segment = scriptNotes([['postinst', `${text}chown x /srv\n`]], statedAlternatives(text).lines);
    expect(warnings({ ...debian('mawk', text), segment })).toEqual([expect.stringMatching(/chown x \/srv$/u)]);
  });

  it('of apk are known for what every image has done', () => {
    const of = (name: string): ScriptedPackage => ({
      recipe: { package: { name, version: '1-r0' } },
      segment: scriptNotes([['post-install', '#!/bin/sh\nadduser -S x\n']]),
      record: { info: { name } },
    });
    expect(warnings(of('busybox'))).toEqual([]);
    expect(warnings(of('x'))).toEqual([
      'Package x 1-r0: its script post-install does something that nothing declares: adduser -S x',
    ]);
  });
});
