import type { Alternative } from '../packages/deb/alternatives-file.js';
import type { Replacement } from './replacement.js';
import type { RootFileSystem } from './root-file-system.js';

type Declared = Extract<Replacement, { kind: 'alternative' }>;

/** What an alternative has that says nothing else. */
const usualPriority = 50;

/**
 * Links the alternative `name` to the best of what is declared and in the image, with its slaves. Does nothing where none is there, or where
 * a package has a file of its own at the link.
 */
export function linkAlternative(root: RootFileSystem, replacements: readonly Replacement[], name: string): void {
  const there = candidates(root, replacements, name);
  const best = there.reduce<Declared | undefined>(
    (chosen, one) => (chosen === undefined || priorityOf(one) > priorityOf(chosen) ? one : chosen),
    undefined,
  );
  if (best === undefined || root.entry(relative(best.link)) !== undefined) return;
  for (const one of [best, ...slavesOf(root, best)]) {
    if (root.entry(relative(one.link)) !== undefined) continue;
    root.symlink(`etc/alternatives/${one.name}`, one.target);
    root.symlink(relative(one.link), `/etc/alternatives/${one.name}`);
  }
}

/** What `linkAlternative` has linked, by name in order, as update-alternatives keeps it. */
export function linkedAlternatives(
  root: RootFileSystem,
  replacements: readonly Replacement[],
): ReadonlyMap<string, Alternative> {
  const names = new Set(replacements.flatMap((one) => (one.kind === 'alternative' ? [one.name] : [])));
  const linked = new Map<string, Alternative>();
  for (const name of [...names].sort()) {
    const there = candidates(root, replacements, name);
    const [first] = there;
    if (first === undefined || root.entry(`etc/alternatives/${name}`) === undefined) continue;
    const choices = there.map((one) => ({ one, slaves: slavesOf(root, one) }));
    linked.set(name, {
      link: first.link,
      slaveLinks: Object.fromEntries(choices.flatMap(({ slaves }) => slaves.map((slave) => [slave.name, slave.link]))),
      choices: choices.map(({ one, slaves }) => ({
        target: one.target,
        priority: priorityOf(one),
        slaves: Object.fromEntries(slaves.map((slave) => [slave.name, slave.target])),
      })),
    });
  }
  return linked;
}

function candidates(root: RootFileSystem, replacements: readonly Replacement[], name: string): readonly Declared[] {
  return replacements.filter(
    (one): one is Declared => one.kind === 'alternative' && one.name === name && root.exists(relative(one.target)),
  );
}

function slavesOf(root: RootFileSystem, one: Declared): NonNullable<Declared['slaves']> {
  return (one.slaves ?? []).filter((slave) => root.exists(relative(slave.target)));
}

function priorityOf(one: Declared): number {
  return one.priority ?? usualPriority;
}

function relative(path: string): string {
  return path.replace(/^\/+/, '');
}
