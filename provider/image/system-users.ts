import { createHash } from 'node:crypto';
import type { RootFileSystem } from './root-file-system.js';

const folder = 'usr/lib/sysusers.d';
/** What Debian gives to users of packages that ask for no number (https://www.debian.org/doc/debian-policy/ch-opersys.html#uid-and-gid-classes). */
const firstNumber = 100;
const lastNumber = 999;

/** A line of a `sysusers.d` file (https://manpages.debian.org/sysusers.d.5). */
export interface SystemUserLine {
  readonly kind: 'user' | 'group' | 'member';
  readonly name: string;
  /** The number, the group of a user behind a colon, or the group of a member; `-` where it is to be chosen. */
  readonly id: string;
  readonly gecos: string;
  readonly home: string | undefined;
  readonly shell: string | undefined;
}

/** The users and groups that packages of the image ask for by `sysusers.d`, in the order of systemd-sysusers: by the names of the files. */
export async function systemUserLines(root: RootFileSystem): Promise<readonly SystemUserLine[]> {
  const paths = root
    .entries()
    .filter(({ path, type }) => type === 'file' && path.startsWith(`${folder}/`) && path.endsWith('.conf'))
    .map(({ path }) => path)
    .sort();
  if (paths.length === 0) return [];
  const contents = await root.read(paths);
  return paths.flatMap((path) => linesOf(contents.get(path)?.toString('utf8') ?? ''));
}

/**
 * A number for `name` that is not in `taken`. It is made of the name, so that it stays when other packages come and go: volumes keep
 * their owners.
 */
export function systemNumber(name: string, taken: ReadonlySet<number>): number {
  const count = lastNumber - firstNumber + 1;
  const start = createHash('sha256').update(name).digest().readUInt32BE(0) % count;
  for (let step = 0; step < count; step += 1) {
    const number = firstNumber + ((start + step) % count);
    if (!taken.has(number)) return number;
  }
  return lastNumber + 1;
}

const kinds: Readonly<Record<string, SystemUserLine['kind']>> = { u: 'user', g: 'group', m: 'member' };
const accountName = /^[a-z_][a-z0-9_-]{0,31}$/i;

function linesOf(text: string): readonly SystemUserLine[] {
  return text.split('\n').flatMap((line) => {
    if (/^\s*(?:#|$)/.test(line)) return [];
    const fields = (line.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((field) => field.replace(/^(["'])(.*)\1$/, '$2'));
    const [type = '', name = '', id = '-', gecos = '-', home = '-', shell = '-'] = fields;
    const kind = kinds[type.replace(/[!-]$/, '')];
    if (kind === undefined || !accountName.test(name) || /[:\n]/.test(`${gecos}${home}${shell}`)) return [];
    return [{ kind, name, id, gecos: gecos === '-' ? '' : gecos, home: stated(home), shell: stated(shell) }];
  });
}

function stated(field: string): string | undefined {
  return field.startsWith('/') ? field : undefined;
}
