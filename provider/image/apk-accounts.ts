import type { Accounts, User } from './configuration.js';
import { imageError } from './image-error.js';
import { rootDirectory, rootFile } from './root-file-system.js';
import type { RootFileSystem } from './root-file-system.js';
import { throughLinks } from './through-links.js';

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

const passwdPath = 'etc/passwd';
const groupPath = 'etc/group';
const shadowPath = 'etc/shadow';
const shadowMode = 0o640;
const homeMode = 0o700;
/** How many fields a line has, by file. */
const fieldCounts: Readonly<Record<string, number>> = { [passwdPath]: 7, [groupPath]: 4, [shadowPath]: 9 };
/** The home of those who have none. */
const noHome = '/dev/null';

/**
 * Adds the users and groups of the configuration behind those that packages bring, as apko does it, and makes every home that is
 * missing. Gives the user that the image runs as, as a number where the name is known; undefined when nothing is said.
 *
 * Throws `image/bad-configuration` for a user that nobody is, for one more root, and for a file of a package that cannot be read.
 */
export async function writeApkAccounts(root: RootFileSystem, accounts: Accounts): Promise<string | undefined> {
  const rootUser = accounts.users.find(({ uid }) => uid === 0);
  if (rootUser !== undefined) {
    throw imageError('image/bad-configuration', `The user ${rootUser.name} has the number 0, which is root’s`, {
      hint: 'Give it another number; to run as root, write "run-as: 0".',
      data: { user: rootUser.name },
    });
  }
  if (accounts.groups.length > 0) {
    const groups = accounts.groups.map(({ name, gid, members }) => `${name}:x:${gid}:${members.join(',')}`);
    await append(root, groupPath, groups, rootFile.mode);
  }
  const lines = await append(root, passwdPath, accounts.users.map(passwdLine), rootFile.mode);
  if (accounts.users.length > 0) {
    const shadow = accounts.users.map(({ name }) => `${name}:!:::::::`);
    await append(root, shadowPath, shadow, shadowMode);
  }
  const users = lines.map(accountOf);
  for (const user of users) makeHome(root, user);
  return runAs(root, accounts.runAs, users);
}

/** The lines of the file with `more` behind them; it keeps its mode and owner when it is there. */
async function append(
  root: RootFileSystem,
  path: string,
  more: readonly string[],
  mode: number,
): Promise<readonly string[]> {
  const real = root.realPath(path);
  const there = real === undefined ? undefined : root.entry(real);
  const before = there === undefined ? '' : ((await root.read([path])).get(path)?.toString('utf8') ?? '');
  const lines = [...linesOf(before).map((line) => readLine(path, line)), ...more];
  const attributes = { mode: there?.mode ?? mode, uid: there?.uid ?? 0, gid: there?.gid ?? 0 };
  root.writeFile(real ?? throughLinks(root, path), lines.map((line) => `${line}\n`).join(''), attributes);
  return lines;
}

/** Without what ends the file. */
function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** A line of a package's file, of the form that it has to be of. */
function readLine(path: string, line: string): string {
  const fields = line.trim().split(':');
  const numbers = path === shadowPath ? [] : path === groupPath ? [fields[2]] : [fields[2], fields[3]];
  if (fields.length === fieldCounts[path] && numbers.every((number) => /^\d+$/.test(number ?? ''))) {
    return fields.join(':');
  }
  throw imageError(
    'image/bad-configuration',
    `/${path} has a line that is none of an account: ${JSON.stringify(line)}`,
    {
      hint: 'Leave out the package that brings the file.',
      data: { path, line },
    },
  );
}

function passwdLine({ name, uid, gid, homeDir, shell }: User): string {
  return `${name}:x:${uid}:${gid}:Account created by apko:${homeDir ?? `/home/${name}`}:${shell ?? '/bin/sh'}`;
}

function accountOf(line: string): Account {
  const [name = '', , uid = '', gid = '', , home = ''] = line.trim().split(':');
  return { name, uid: Number(uid), gid: Number(gid), home };
}

/** A folder that is there already may be everyone's, as `/bin`: it stays as it is. */
function makeHome(root: RootFileSystem, { name, uid, gid, home }: Account): void {
  const path = home.split('/').filter(Boolean).join('/');
  if (home === noHome || path === '') return;
  const real = root.realPath(path);
  if (real !== undefined && root.entry(real)?.type !== 'directory') {
    throw imageError('image/bad-configuration', `The home directory ${home} of ${name} is no directory`, {
      hint: 'Give the user another home directory.',
      data: { user: name, path: home },
    });
  }
  if (real !== undefined) return;
  const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  if (parent !== '' && root.realPath(parent) === undefined) root.directory(parent, rootDirectory);
  root.directory(path, { mode: homeMode, uid, gid });
}

/** A user alone is stated by its number, as it is the same where nobody reads `/etc/passwd`; with a group, as it is written. */
async function runAs(
  root: RootFileSystem,
  wanted: string | undefined,
  users: readonly Account[],
): Promise<string | undefined> {
  if (wanted === undefined || wanted === '') return undefined;
  const [name = '', ...rest] = wanted.split(':');
  const group = rest.length === 0 ? undefined : rest.join(':');
  const user = users.find((one) => one.name === name);
  if (user === undefined && !isNumber(name) && name !== 'root') {
    throw imageError('image/bad-configuration', `The image is to run as ${wanted}, who is no user of it`, {
      hint: namesHint(
        'users',
        users.map((one) => one.name),
      ),
      data: { user: wanted },
    });
  }
  if (group === undefined) return user === undefined ? wanted : String(user.uid);
  const groups = await groupNames(root);
  if (!isNumber(group) && !groups.includes(group)) {
    throw imageError('image/bad-configuration', `The image is to run as ${wanted}, and there is no such group in it`, {
      hint: namesHint('groups', groups),
      data: { user: wanted, group },
    });
  }
  return wanted;
}

function namesHint(kind: 'users' | 'groups', names: readonly string[]): string {
  return names.length === 0 ? `It has none: name one in "accounts.${kind}".` : `Its ${kind} are ${names.join(', ')}.`;
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

async function groupNames(root: RootFileSystem): Promise<readonly string[]> {
  if (!root.exists(groupPath)) return [];
  const text = (await root.read([groupPath])).get(groupPath)?.toString('utf8') ?? '';
  return linesOf(text).map((line) => line.trim().split(':')[0] ?? '');
}
