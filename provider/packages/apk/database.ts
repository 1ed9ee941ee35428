import type { Architecture } from '../package.js';
import type { ControlFile } from './apk-archive.js';
import { checksumText } from './apk-package.js';
import { readDependency } from './dependency.js';
import { apkArchitectures } from './index-stanza.js';
import { writeInstalled } from './installed.js';
import type { InstalledPackage } from './installed.js';
import type { ApkKeyring } from './keyring.js';
import { scriptsTar } from './scripts-tar.js';

/** What the package database of an image is made from. */
export interface DatabaseInput {
  readonly architecture: Architecture;
  /** In the order in which they are to be recorded. */
  readonly packages: readonly (InstalledPackage & { readonly controlFiles: readonly ControlFile[] })[];
  /** The lines of `etc/apk/repositories`, without credentials. */
  readonly repositories: readonly string[];
  readonly keyring: ApkKeyring;
  /** The lines of `etc/apk/world`; every package at its exact version when not given. */
  readonly world?: readonly string[];
}

/** One path of the database; all belong to root. */
export type DatabaseEntry =
  | { readonly path: string; readonly type: 'directory'; readonly mode: number }
  | { readonly path: string; readonly type: 'file'; readonly mode: number; readonly content: Buffer }
  | { readonly path: string; readonly type: 'symlink'; readonly mode: number; readonly linkTarget: string };

/**
 * Everything that apk and scanners look for in a root: `usr/lib/apk/db` with `installed`, `scripts.tar`, `triggers`
 * and the lock file, and `etc/apk` with world, repositories, architecture and keys, as apko lays it out; parents
 * before children.
 */
export async function databaseEntries(input: DatabaseInput): Promise<readonly DatabaseEntry[]> {
  const { packages } = input;
  const keys = [...input.keyring.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  return [
    directory('etc/apk'),
    file('etc/apk/arch', `${apkArchitectures[input.architecture]}\n`),
    directory('etc/apk/keys'),
    ...keys.map((key) => file(`etc/apk/keys/${key.name}`, key.pem)),
    file('etc/apk/repositories', lines(input.repositories)),
    file('etc/apk/world', lines([...(input.world ?? lockedNames(packages.map(({ info }) => info)))].sort())),
    { path: 'lib/apk', type: 'symlink', mode: 0o777, linkTarget: '../usr/lib/apk' },
    directory('usr/lib/apk'),
    directory('usr/lib/apk/db'),
    file('usr/lib/apk/db/installed', writeInstalled(packages)),
    { path: 'usr/lib/apk/db/lock', type: 'file', mode: 0o600, content: Buffer.alloc(0) },
    file('usr/lib/apk/db/scripts.tar', await scriptsTar(packages.map(scriptsOf))),
    file('usr/lib/apk/db/triggers', triggersOf(packages)),
    directory('usr/lib/apk/exec'),
    directory('var/cache/apk'),
  ];
}

/**
 * Every package at its exact version, so that apk changes nothing by itself, and with the tag that one of `requests` asks for it by;
 * sorted.
 */
export function lockedNames(
  packages: readonly { readonly name: string; readonly version: string }[],
  requests: readonly string[] = [],
): readonly string[] {
  const tags = new Map(requests.map((request) => [readDependency(request)?.name, readDependency(request)?.tag]));
  return packages
    .map(({ name, version }) => {
      const tag = tags.get(name);
      return `${name}=${version}${tag === undefined ? '' : `@${tag}`}`;
    })
    .sort();
}

/** The content of `usr/lib/apk/db/triggers`: which folders each package's trigger script watches. */
export function triggersOf(packages: readonly Pick<InstalledPackage, 'info' | 'controlSha1'>[]): string {
  const watching = packages.filter(({ info }) => info.triggers.length > 0);
  return lines(watching.map(({ info, controlSha1 }) => `${checksumText(controlSha1)} ${info.triggers.join(' ')}`));
}

function scriptsOf(one: DatabaseInput['packages'][number]): Parameters<typeof scriptsTar>[0][number] {
  return {
    name: one.info.name,
    version: one.info.version,
    controlSha1: one.controlSha1,
    controlFiles: one.controlFiles,
  };
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

function directory(path: string): DatabaseEntry {
  return { path, type: 'directory', mode: 0o755 };
}

function file(path: string, content: string | Buffer): DatabaseEntry {
  return { path, type: 'file', mode: 0o644, content: Buffer.from(content) };
}
