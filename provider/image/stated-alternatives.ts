import type { Replacement } from './replacement.js';
import type { Segment, StatedAlternative } from './segment.js';

const path = /^\/(?!.*(?:\/\/|\/\.{1,2}(?:\/|$)))[\w./+@:~-]+$/;
const plainName = /^(?!\.)[\w.+@:~-]+$/;

/**
 * The alternatives that an install script states word for word, as debhelper writes them from a package's `.alternatives` file and as
 * many packages do by hand: `update-alternatives --install LINK NAME TARGET PRIORITY [--slave LINK NAME TARGET]…`. What needs a shell to
 * be understood, as a variable, is left to the catalog.
 */
export function statedAlternatives(script: string): Pick<Segment, 'alternatives'> {
  const found = script
    .replaceAll('\r', '')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .flatMap((line) => alternativeIn(line) ?? []);
  return found.length === 0 ? {} : { alternatives: found };
}

/** `declared` with what the scripts of packages state beside it; where both speak of one name and target, the declaration has it. */
export function withStatedAlternatives(
  declared: readonly Replacement[],
  packages: readonly { readonly segment: Pick<Segment, 'alternatives'> }[],
): readonly Replacement[] {
  const known = new Set(declared.flatMap((one) => (one.kind === 'alternative' ? [keyOf(one)] : [])));
  const stated = packages.flatMap(({ segment }) => segment.alternatives ?? []);
  return [...declared, ...stated.filter((one) => !known.has(keyOf(one)))];
}

function keyOf({ name, target }: Pick<StatedAlternative, 'name' | 'target'>): string {
  return `${name} ${target}`;
}

function alternativeIn(line: string): StatedAlternative | undefined {
  // What follows is for the case that it fails, or where its words go.
  const [command = ''] = line.split(/\|\||&&|;|\d*>/);
  const [program, ...words] = command.trim().split(/\s+/).map(unquoted);
  if (program !== 'update-alternatives' && program !== '/usr/bin/update-alternatives') return undefined;
  const options = words.filter((word) => !['--quiet', '--verbose', '--force'].includes(word));
  const [action, link = '', name = '', target = '', priority = '', ...rest] = options;
  if (action !== '--install' || !isLink(link, name, target) || !/^-?\d+$/.test(priority)) return undefined;
  const slaves = slavesIn(rest);
  return slaves && { kind: 'alternative', name, link, target, priority: Number(priority), slaves };
}

function slavesIn(words: readonly string[]): StatedAlternative['slaves'] | undefined {
  const slaves = [];
  for (let at = 0; at < words.length; at += 4) {
    const [option, link = '', name = '', target = ''] = words.slice(at, at + 4);
    if (option !== '--slave' || !isLink(link, name, target)) return undefined;
    slaves.push({ name, link, target });
  }
  return slaves;
}

function isLink(link: string, name: string, target: string): boolean {
  return path.test(link) && plainName.test(name) && path.test(target);
}

function unquoted(word: string): string {
  return word.replace(/^(["'])(.*)\1$/, '$2');
}
