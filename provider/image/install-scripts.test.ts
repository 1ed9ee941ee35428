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
    ['messages', '#!/bin/sh\necho "called with unknown argument" >&2\n'],
    ['what matters in upgrades', 'dpkg-maintscript-helper rm_conffile /etc/x 1~ -- "$@"\n'],
  ])('are not mentioned for %s', (_, text) => {
    expect(warnings(debian('x', text))).toEqual([]);
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
    const segment = { ...scriptNotes([['postinst', text]]), ...statedAlternatives(text) };
    expect(warnings({ ...debian('mawk', text), segment })).toEqual([]);
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
