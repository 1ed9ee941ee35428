import { describe, expect, it } from 'vitest';
import { applyReplacements } from './apply-replacements.js';
import type { Replacement } from './replacement.js';
import { statedAlternatives, withStatedAlternatives } from './stated-alternatives.js';
import { rootOf } from './testing/root-dsl.js';

const generated = `#!/bin/sh
set -e
# Automatically added by dh_installalternatives/13.24.2
if [ "$1" = "configure" ] || [ "$1" = "abort-upgrade" ]; then
	update-alternatives --install /usr/bin/vi vi /usr/bin/vim.tiny 15 \\
	    --slave /usr/share/man/man1/vi.1.gz vi.1.gz /usr/share/man/man1/vim.1.gz \\
	    --slave /usr/share/man/da/man1/vi.1.gz vi.da.1.gz /usr/share/man/da/man1/vim.1.gz
fi
# End automatically added section
`;
const editor = { name: 'editor', link: '/usr/bin/editor', target: '/bin/nano', priority: 40, slaves: [] };

describe('alternatives that a script states', () => {
  it('are found with their slaves in what debhelper generates', () => {
    const manual = (language: string): string => `/usr/share/man/${language}man1`;
    expect(statedAlternatives(generated).alternatives).toEqual([
      {
        kind: 'alternative',
        name: 'vi',
        link: '/usr/bin/vi',
        target: '/usr/bin/vim.tiny',
        priority: 15,
        slaves: [
          { name: 'vi.1.gz', link: `${manual('')}/vi.1.gz`, target: `${manual('')}/vim.1.gz` },
          { name: 'vi.da.1.gz', link: `${manual('da/')}/vi.1.gz`, target: `${manual('da/')}/vim.1.gz` },
        ],
      },
    ]);
  });

  it.each([
    ['by hand', 'update-alternatives --install /usr/bin/editor editor /bin/nano 40'],
    ['quietly', 'update-alternatives --quiet --install "/usr/bin/editor" editor /bin/nano 40 --force'],
    [
      'whatever comes of it',
      'update-alternatives --install /usr/bin/editor editor /bin/nano 40 >/dev/null 2>&1 || true',
    ],
  ])('are found when it does so %s', (_, line) => {
    expect(statedAlternatives(line).alternatives).toEqual([{ kind: 'alternative', ...editor }]);
  });

  it.each([
    ['a variable', 'update-alternatives --install /usr/bin/$i $i $basedir/bin/$i 40'],
    ['a variable in a slave', 'update-alternatives --install /usr/bin/a a /bin/b 40 --slave /usr/$x y /z'],
    ['a path out of the image', 'update-alternatives --install /usr/../../a a /bin/b 40'],
    ['a name that is a path', 'update-alternatives --install /usr/bin/a ../a /bin/b 40'],
    ['no priority', 'update-alternatives --install /usr/bin/a a /bin/b'],
    ['a removal', 'update-alternatives --remove editor /bin/nano'],
    ['a comment', '# update-alternatives --install /usr/bin/editor editor /bin/nano 40'],
  ])('are not guessed from %s', (_, line) => {
    expect(statedAlternatives(line)).toEqual({});
  });

  it('are linked beside what is declared, which has the last word on one target', async () => {
    const declared: readonly Replacement[] = [{ kind: 'alternative', ...editor, priority: 1 }];
    const segment = statedAlternatives(`${generated}
      update-alternatives --install /usr/bin/editor editor /bin/nano 40
      update-alternatives --install /usr/bin/editor editor /usr/bin/vim.tiny 15`);
    const root = rootOf('bin/', 'bin/nano=', 'usr/', 'usr/bin/', 'usr/bin/vim.tiny=');
    await applyReplacements(root, withStatedAlternatives(declared, [{ segment }]), new Set());
    const links = root
      .takeWritten()
      .flatMap(({ path, linkTarget }) => (linkTarget === undefined ? [] : [[path, linkTarget]]));
    expect(links).toEqual([
      ['etc/alternatives/editor', '/usr/bin/vim.tiny'],
      ['etc/alternatives/vi', '/usr/bin/vim.tiny'],
      ['usr/bin/editor', '/etc/alternatives/editor'],
      ['usr/bin/vi', '/etc/alternatives/vi'],
    ]);
  });
});
