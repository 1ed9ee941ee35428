import type { Accounts, User } from './configuration.js';
import { imageError } from './image-error.js';
import type { Replacement } from './replacement.js';
import { rootFile } from './root-file-system.js';
import type { RootFileSystem } from './root-file-system.js';
import { systemNumber, systemUserLines } from './system-users.js';
import type { SystemUserLine } from './system-users.js';

interface PasswdLine {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly gecos: string;
  readonly home: string;
  readonly shell: string;
}

interface GroupLine {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** Who and what can own a file in the image. */
export interface AccountTables {
  readonly users: readonly PasswdLine[];
  readonly groups: readonly GroupLine[];
}

const passwdMaster = 'usr/share/base-passwd/passwd.master';
const groupMaster = 'usr/share/base-passwd/group.master';
const noShell = '/usr/sbin/nologin';
const noHome = '/nonexistent';

/** Where a group that may read password hashes is missing, root alone may. */
const shadowGroup = 'shadow';

/**
 * The users and groups of the image: those of base-passwd when asked for, then those that packages create, then those of the
 * configuration, then those that packages ask for by `sysusers.d` and nobody has made. Throws `image/bad-configuration` when one name or number is given twice with different meanings.
 */
export async function accountTables(
  root: RootFileSystem,
  replacements: readonly Replacement[],
  packages: ReadonlySet<string>,
  accounts: Accounts,
): Promise<AccountTables> {
  const users = new Map<string, PasswdLine>();
  const groups = new Map<string, GroupLine>();

  function addUser(user: PasswdLine): void {
    const other = users.get(user.name);
    if (other !== undefined && other.uid !== user.uid) throw twice('user', user.name, other.uid, user.uid);
    users.set(user.name, user);
  }

  function addGroup(group: GroupLine): void {
    const other = groups.get(group.name);
    if (other !== undefined && other.gid !== group.gid) throw twice('group', group.name, other.gid, group.gid);
    groups.set(group.name, { ...group, members: [...new Set([...(other?.members ?? []), ...group.members])] });
  }

  const hasMasters =
    replacements.some(({ kind }) => kind === 'base-accounts') && root.exists(passwdMaster) && root.exists(groupMaster);
  if (hasMasters) {
    const masters = await root.read([passwdMaster, groupMaster]);
    for (const line of linesOf(masters.get(passwdMaster))) addUser(passwdLine(line));
    for (const line of linesOf(masters.get(groupMaster))) addGroup(groupLine(line));
  } else {
    addUser({ name: 'root', uid: 0, gid: 0, gecos: 'root', home: '/root', shell: noShell });
    addGroup({ name: 'root', gid: 0, members: [] });
  }
  for (const one of replacements) {
    if (one.kind === 'user' && packages.has(one.whenPackage)) addUser({ ...one, gecos: '' });
    if (one.kind === 'group' && packages.has(one.whenPackage)) addGroup({ name: one.name, gid: one.gid, members: [] });
  }
  for (const group of accounts.groups) addGroup(group);
  for (const user of accounts.users) addUser(configuredUser(user));
  addSystemUsers(await systemUserLines(root), users, groups);
  return { users: [...users.values()].map((user) => withShellThatExists(user, root)), groups: [...groups.values()] };
}

function addSystemUsers(
  lines: readonly SystemUserLine[],
  users: Map<string, PasswdLine>,
  groups: Map<string, GroupLine>,
): void {
  function addGroup(name: string, id: string): number {
    const other = groups.get(name);
    if (other !== undefined) return other.gid;
    const taken = new Set(
      [...users.values(), ...groups.values()].flatMap((one) => ('uid' in one ? [one.uid, one.gid] : [one.gid])),
    );
    const gid = /^\d+$/.test(id) && !taken.has(Number(id)) ? Number(id) : systemNumber(name, taken);
    groups.set(name, { name, gid, members: [] });
    return gid;
  }

  function addUser({ name, id, gecos, home = '/', shell = noShell }: SystemUserLine): void {
    if (users.has(name)) return;
    const [uid = '', group] = id.split(':');
    const gid = /^\d+$/.test(group ?? '') ? Number(group) : addGroup(group ?? name, group === undefined ? uid : '-');
    const taken = new Set([...users.values()].map((user) => user.uid));
    const wished = /^\d+$/.test(uid) ? Number(uid) : gid;
    users.set(name, { name, uid: taken.has(wished) ? systemNumber(name, taken) : wished, gid, gecos, home, shell });
  }

  for (const line of lines) {
    if (line.kind === 'user') addUser(line);
    else if (line.kind === 'group') addGroup(line.name, line.id);
    else {
      addGroup(line.id, '-');
      const group = groups.get(line.id);
      if (group !== undefined) groups.set(line.id, { ...group, members: [...new Set([...group.members, line.name])] });
    }
  }
}

/** Writes `/etc/passwd`, `/etc/group`, `/etc/shadow` and `/etc/gshadow`; nobody can log in by password. */
export function writeAccounts(root: RootFileSystem, { users, groups }: AccountTables): void {
  const shadow = { mode: 0o640, uid: 0, gid: groups.find(({ name }) => name === shadowGroup)?.gid ?? 0 };
  const lines = (list: readonly string[]): string => list.map((line) => `${line}\n`).join('');
  root.writeFile(
    'etc/passwd',
    lines(users.map((user) => `${user.name}:x:${user.uid}:${user.gid}:${user.gecos}:${user.home}:${user.shell}`)),
    rootFile,
  );
  root.writeFile(
    'etc/group',
    lines(groups.map((group) => `${group.name}:x:${group.gid}:${group.members.join(',')}`)),
    rootFile,
  );
  root.writeFile('etc/shadow', lines(users.map((user) => `${user.name}:*::0:99999:7:::`)), shadow);
  root.writeFile('etc/gshadow', lines(groups.map((group) => `${group.name}:*::${group.members.join(',')}`)), shadow);
}

/** Makes the home directories of the configuration's users, where packages bring none. */
export function makeHomes(root: RootFileSystem, accounts: Accounts): void {
  for (const user of accounts.users) {
    const home = configuredUser(user).home;
    const path = home.replace(/^\/+/, '').replace(/\/+$/, '');
    if (home === noHome || path === '' || root.entry(path) !== undefined) continue;
    root.directory(path, { mode: 0o755, uid: user.uid, gid: user.gid });
  }
}

/** The numbers of the user that the image runs as; root when nothing is said. Throws `image/bad-configuration`. */
export function runAsOf(
  runAs: string | undefined,
  tables: AccountTables,
): { readonly uid: number; readonly gid: number } {
  if (runAs === undefined || runAs === '') return { uid: 0, gid: 0 };
  const isNumber = /^\d+$/.test(runAs);
  const user = tables.users.find(({ name, uid }) => (isNumber ? uid === Number(runAs) : name === runAs));
  if (user !== undefined) return { uid: user.uid, gid: user.gid };
  if (isNumber) return { uid: Number(runAs), gid: Number(runAs) };
  throw imageError('image/bad-configuration', `The image is to run as ${runAs}, who is no user of it`, {
    hint: `Users are ${tables.users.map(({ name }) => name).join(', ')}.`,
    data: { user: runAs },
  });
}

function configuredUser(user: User): PasswdLine {
  const { name, uid, gid } = user;
  return { name, uid, gid, gecos: '', home: user.homeDir ?? `/home/${name}`, shell: user.shell ?? noShell };
}

/** A shell that is not in the image is no shell; a distroless root has none. */
function withShellThatExists(user: PasswdLine, root: RootFileSystem): PasswdLine {
  return root.exists(user.shell.replace(/^\/+/, '')) ? user : { ...user, shell: noShell };
}

function linesOf(content: Buffer | undefined): readonly string[] {
  return (content?.toString('utf8') ?? '').split('\n').filter((line) => line !== '');
}

function passwdLine(line: string): PasswdLine {
  const [name = '', , uid = '', gid = '', gecos = '', home = '', shell = ''] = line.split(':');
  return { name, uid: Number(uid), gid: Number(gid), gecos, home, shell };
}

function groupLine(line: string): GroupLine {
  const [name = '', , gid = '', members = ''] = line.split(':');
  return { name, gid: Number(gid), members: members.split(',').filter((member) => member !== '') };
}

function twice(what: string, name: string, left: number, right: number): Error {
  return imageError('image/bad-configuration', `The ${what} ${name} is given twice, as ${left} and as ${right}`, {
    hint: `Give the ${what} another name or the same number.`,
    data: { name },
  });
}
