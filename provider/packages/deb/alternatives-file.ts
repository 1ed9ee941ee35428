/** A program or file that can stand for a name, in what update-alternatives knows. */
export interface AlternativeChoice {
  /** Absolute. */
  readonly target: string;
  readonly priority: number;
  /** What stands for the slaves when this choice does: targets by slave name; absent ones are left out. */
  readonly slaves: Readonly<Record<string, string>>;
}

/** One name with all that can stand for it. */
export interface Alternative {
  /** The link that programs go through, as `/usr/bin/awk`. */
  readonly link: string;
  /** The links of slaves by name. */
  readonly slaveLinks: Readonly<Record<string, string>>;
  readonly choices: readonly AlternativeChoice[];
}

/**
 * The file of a name in `/var/lib/dpkg/alternatives`, chosen by priority and by nobody (`alternative_save` in dpkg's
 * utils/update-alternatives.c): slaves by name and choices by target are in order.
 */
export function alternativesFile({ link, slaveLinks, choices }: Alternative): string {
  const slaves = Object.keys(slaveLinks).sort();
  const lines = ['auto', link, ...slaves.flatMap((name) => [name, slaveLinks[name] ?? '']), ''];
  for (const choice of [...choices].sort((left, right) => (left.target < right.target ? -1 : 1))) {
    lines.push(choice.target, String(choice.priority), ...slaves.map((name) => choice.slaves[name] ?? ''));
  }
  return `${lines.join('\n')}\n\n`;
}
