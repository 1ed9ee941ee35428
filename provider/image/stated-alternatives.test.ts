import { describe, expect, it } from 'vitest';
import { applyReplacements } from './apply-replacements.js';
import type { Replacement } from './replacement.js';
import { statedAlternatives, withStated } from './stated-alternatives.js';
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
    expect(statedAlternatives(generated).part.alternatives).toEqual([
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
    expect(statedAlternatives(line).part.alternatives).toEqual([{ kind: 'alternative', ...editor }]);
  });

  it('are found in loops over words, with constants of the script', () => {
    const script = `
basedir=/usr/lib/jvm/java-21
tools='java keytool'
priority=2111
[ "$foreign" = yes ] && priority=2110
if [ "$foreign" = yes ]; then
  priority=$(expr $priority - 1)
fi
for i in $tools
do
    unset slave || true
    if [ -e $basedir/man/$i.1.gz ]; then
	slave="--slave \\
	    /usr/share/man/man1/$i.1.gz $i.1.gz $basedir/man/$i.1.gz"
    fi
    update-alternatives \\
        --install /usr/bin/$i \\
        $i $basedir/bin/\${i} $priority $slave
done
for unknown in $(ls /usr/bin); do
    update-alternatives --install /usr/bin/x x /usr/bin/$unknown 1
done`;
    const { part, lines } = statedAlternatives(script);
    expect(part.alternatives?.map(({ name, link, target, priority }) => [name, link, target, priority])).toEqual([
      ['java', '/usr/bin/java', '/usr/lib/jvm/java-21/bin/java', 2111],
      ['keytool', '/usr/bin/keytool', '/usr/lib/jvm/java-21/bin/keytool', 2111],
    ]);
    expect([...lines]).toEqual([expect.stringMatching(/^update-alternatives --install \/usr\/bin\/\$i /)]);
  });

  it('are looked for within bounds in loops that go on for ever', () => {
    const depth = 12;
    const words = 'a b c d e f g h i j';
    const script = `${'for i in WORDS; do\n'.repeat(depth).replaceAll('WORDS', words)}x="$x$x$i"\nupdate-alternatives --install /usr/bin/$i $i /usr/lib/$i 1\n${'done\n'.repeat(depth)}`;
    expect(statedAlternatives(script).part.alternatives?.length).toBeLessThanOrEqual(5000);
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
    expect(statedAlternatives(line).part).toEqual({});
  });

  it('are linked beside what is declared, which has the last word on one target', async () => {
    const declared: readonly Replacement[] = [{ kind: 'alternative', ...editor, priority: 1 }];
    const { part: segment } = statedAlternatives(`${generated}
      update-alternatives --install /usr/bin/editor editor /bin/nano 40
      update-alternatives --install /usr/bin/editor editor /usr/bin/vim.tiny 15`);
    const root = rootOf('bin/', 'bin/nano=', 'usr/', 'usr/bin/', 'usr/bin/vim.tiny=');
    await applyReplacements(root, withStated(declared, [{ segment }]), new Set());
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
