import type { EntryType } from '../packages/archive.js';
import { globMatcher } from './glob.js';
import { imageError } from './image-error.js';

/** A program that has no place in a distroless image unless it is what the image is for. */
export interface ForbiddenProgram {
  /** Absolute. */
  readonly path: string;
  readonly kind: 'shell' | 'package manager' | 'compiler' | 'interpreter' | 'core utility';
  /** The package that brings it. */
  readonly owner: string;
}

interface OwnedPath {
  readonly path: string;
  readonly type: EntryType;
  readonly owner: string;
}

const programFolders = new Set([
  'bin',
  'sbin',
  'usr/bin',
  'usr/sbin',
  'usr/local/bin',
  'usr/local/sbin',
  'usr/games',
  'opt/bin',
]);

/** Names of what a production image does not hold; a version may follow, as in `gcc-12` or `perl5.36.0`. */
const programs: Readonly<Record<ForbiddenProgram['kind'], readonly string[]>> = {
  shell: [
    'ash',
    'bash',
    'busybox',
    'csh',
    'dash',
    'fish',
    'ksh',
    'ksh93',
    'lksh',
    'mksh',
    'rbash',
    'rksh',
    'sh',
    'tcsh',
    'toybox',
    'yash',
    'zsh',
  ],
  'package manager': [
    'apk',
    'apt',
    'apt-cache',
    'apt-config',
    'apt-get',
    'apt-key',
    'apt-mark',
    'aptitude',
    'dpkg',
    'dpkg-deb',
    'dpkg-divert',
    'dpkg-query',
    'dpkg-reconfigure',
    'dpkg-split',
    'dpkg-statoverride',
    'dpkg-trigger',
    'dnf',
    'npm',
    'npx',
    'pacman',
    'pip',
    'rpm',
    'yarn',
    'yum',
    'zypper',
  ],
  compiler: [
    'as',
    'c++',
    'c89',
    'c99',
    'cc',
    'clang',
    'clang++',
    'cpp',
    'g++',
    'gcc',
    'go',
    'javac',
    'ld',
    'ld.bfd',
    'ld.gold',
    'make',
    'rustc',
    'tcc',
  ],
  interpreter: [
    'awk',
    'gawk',
    'lua',
    'mawk',
    'node',
    'nodejs',
    'original-awk',
    'perl',
    'php',
    'python',
    'ruby',
    'tclsh',
  ],
  'core utility': [
    'cat',
    'chgrp',
    'chmod',
    'chown',
    'chroot',
    'cp',
    'curl',
    'cut',
    'date',
    'dd',
    'df',
    'du',
    'echo',
    'env',
    'expr',
    'find',
    'grep',
    'head',
    'id',
    'install',
    'kill',
    'ln',
    'login',
    'ls',
    'mkdir',
    'mknod',
    'mount',
    'mv',
    'nc',
    'od',
    'passwd',
    'ps',
    'rm',
    'rmdir',
    'sed',
    'sort',
    'stat',
    'su',
    'sudo',
    'tail',
    'tar',
    'tee',
    'telnet',
    'test',
    'touch',
    'tr',
    'umount',
    'uname',
    'uniq',
    'wc',
    'wget',
    'whoami',
    'xargs',
  ],
};

const kinds = new Map(
  Object.entries(programs).flatMap(([kind, names]) =>
    names.map((name) => [name, kind as ForbiddenProgram['kind']] as const),
  ),
);

/** The programs in an image that a distroless one does not hold and none of the globs `allowed` allows, sorted by path. */
export function forbiddenPrograms(
  entries: Iterable<OwnedPath>,
  allowed: readonly string[],
): readonly ForbiddenProgram[] {
  const isAllowed = globMatcher(allowed);
  const found: ForbiddenProgram[] = [];
  for (const { path, type, owner } of entries) {
    const slash = path.lastIndexOf('/');
    if (type === 'directory' || !programFolders.has(path.slice(0, slash)) || isAllowed(path)) continue;
    const kind = kindOf(path.slice(slash + 1));
    if (kind !== undefined) found.push({ path: `/${path}`, kind, owner });
  }
  return found.sort((left, right) => (left.path < right.path ? -1 : 1));
}

/**
 * Throws `image/not-distroless` with every program of the starter's that should not be there. What comes with added packages is the
 * user's own decision: it is given back, in words.
 */
export function assertDistroless(
  entries: Iterable<OwnedPath>,
  allowed: readonly string[],
  isAdded: (owner: string) => boolean,
): readonly string[] {
  const found = forbiddenPrograms(entries, allowed);
  const own = found.filter(({ owner }) => !isAdded(owner));
  if (own.length > 0) {
    throw imageError('image/not-distroless', `The image is not distroless: it holds ${own.map(inWords).join(', ')}`, {
      hint: 'Leave the packages out, exclude the programs, or say in the starter file that it is for them: `allow`.',
      data: { programs: own },
    });
  }
  return [...new Set(found.map(({ owner }) => owner))].map((owner) => {
    const programs = found.filter((program) => program.owner === owner).map(({ path, kind }) => `${path} (${kind})`);
    return `The added package ${owner} brings ${programs.join(', ')}: the image is not distroless any more`;
  });
}

function inWords({ path, kind, owner }: ForbiddenProgram): string {
  return `${path} (${kind}, package ${owner})`;
}

function kindOf(name: string): ForbiddenProgram['kind'] | undefined {
  const plain = name.replace(/^[a-z0-9_]+-linux-(?:gnu|musl)[a-z]*-/, '');
  return kinds.get(plain) ?? kinds.get(plain.replace(/-?\d+(?:\.\d+)*$/, ''));
}
