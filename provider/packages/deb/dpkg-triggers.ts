/** Who is told when something happens, in dpkg's database (https://manpages.debian.org/deb-triggers.5). */
export interface TriggerFile {
  /** A name below `/var/lib/dpkg/triggers`. */
  readonly name: string;
  readonly content: string;
}

interface Interest {
  readonly trigger: string;
  readonly package: string;
}

/** A trigger that is no path; it becomes the name of a file. */
const plainName = /^[A-Za-z0-9][A-Za-z0-9+._-]*$/;
const ownFiles = new Set(['File', 'Lock', 'Unincorp']);

/**
 * The files of `/var/lib/dpkg/triggers` for packages by the name that dpkg has them under, with the text of their `triggers`: paths
 * in `File`, every other trigger in a file of its own. None is pending.
 */
export function triggerFiles(packages: readonly (readonly [name: string, triggers: string])[]): readonly TriggerFile[] {
  const interests = packages.flatMap(([name, text]) => interestsOf(name, text));
  const named = new Map<string, string>();
  const paths: string[] = [];
  for (const one of interests) {
    if (one.trigger.startsWith('/')) paths.push(`${one.trigger} ${one.package}\n`);
    else named.set(one.trigger, `${named.get(one.trigger) ?? ''}${one.package}\n`);
  }
  return [
    { name: 'File', content: paths.join('') },
    { name: 'Unincorp', content: '' },
    ...[...named].map(([name, content]) => ({ name, content })),
  ].sort((left, right) => (left.name < right.name ? -1 : 1));
}

/** A package that does not make others wait says so behind its name. */
function interestsOf(name: string, text: string): readonly Interest[] {
  return text.split('\n').flatMap((line) => {
    const [directive = '', trigger = ''] = line.replace(/#.*/, '').trim().split(/\s+/);
    const isTrigger = trigger.startsWith('/') || (plainName.test(trigger) && !ownFiles.has(trigger));
    if (!/^interest(?:-await|-noawait)?$/.test(directive) || !isTrigger) return [];
    return [{ trigger, package: directive === 'interest-noawait' ? `${name}/noawait` : name }];
  });
}
