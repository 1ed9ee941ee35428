import { scriptLines, unrolledScript } from './unrolled-script.js';
import type { Replacement } from './replacement.js';
import type { Segment, StatedAlternative } from './segment.js';

const path = /^\/(?!.*(?:\/\/|\/\.{1,2}(?:\/|$)))[\w./+@:~-]+$/;
const plainName = /^(?!\.)[\w.+@:~-]+$/;

/** What an install script gives to `update-alternatives`, and the lines that do. */
export interface StatedAlternatives {
  readonly part: Pick<Segment, 'alternatives'>;
  /** As the script has them, trimmed and with spaces squeezed: all that they would do is done. */
  readonly lines: ReadonlySet<string>;
}

/**
 * The alternatives that an install script states, as debhelper writes them from a package's `.alternatives` file and as many packages do by
 * hand: `update-alternatives --install LINK NAME TARGET PRIORITY [--slave LINK NAME TARGET]…`, also with the script's own constants and
 * in its loops over words. What would have to be run to be known is left to the catalog.
 */
export function statedAlternatives(script: string): StatedAlternatives {
  const found: StatedAlternative[] = [];
  const lines = new Set<string>();
  for (const { written, run } of unrolledScript(scriptLines(script))) {
    const stated = run.flatMap((line) => alternativeIn(line) ?? []);
    found.push(...stated);
    if (stated.length === run.length) lines.add(written);
  }
  return { part: found.length === 0 ? {} : { alternatives: found }, lines };
}

/** `declared` with what the scripts of packages state beside it; where both speak of one alternative and target, the declaration has it. */
export function withStated(
  declared: readonly Replacement[],
  packages: readonly { readonly segment: Pick<Segment, 'alternatives' | 'links'> }[],
): readonly Replacement[] {
  const known = new Set(declared.flatMap((one) => (one.kind === 'alternative' ? [keyOf(one)] : [])));
  const stated = packages.flatMap(({ segment }) => segment.alternatives ?? []);
  const links = packages.flatMap(({ segment }) => segment.links ?? []);
  return [...declared, ...stated.filter((one) => !known.has(keyOf(one))), ...links];
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
