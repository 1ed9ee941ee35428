import type { ApkPackage } from '../packages/apk/apk-package.js';
import { meets, readDependency } from '../packages/apk/dependency.js';
import { keeperOf } from '../packages/apk/file-owner.js';
import { inInstallOrder } from '../packages/apk/install-order.js';
import { baseFolders } from './apk-base.js';
import type { ApkRecord } from './apk-record.js';
import { parentOf } from './file-list.js';
import type { ListedEntry } from './file-list.js';
import { imageError } from './image-error.js';
import type { MergedFiles, MergeRules } from './merge.js';
import type { RecipePackage } from './recipe.js';

/** A package as far as apk's rules look at it. */
export interface ApkLaid {
  readonly recipe: RecipePackage;
  readonly files: readonly ListedEntry[];
  readonly record: ApkRecord | undefined;
}

/** `laid` in `order`, a list of their names; without one as apko would install them were there no other packages. */
export function inOrderOfInstall<Laid extends ApkLaid>(
  laid: readonly Laid[],
  order: readonly string[] | undefined,
): readonly Laid[] {
  if (order !== undefined) {
    const positions = new Map(order.map((name, at) => [name, at]));
    const positionOf = ({ recipe }: Laid): number => positions.get(recipe.package.name) ?? order.length;
    return [...laid].sort((left, right) => positionOf(left) - positionOf(right));
  }
  const byPackage = new Map(laid.map((one) => [asIndexed(one), one]));
  return inInstallOrder([...byPackage.keys()]).flatMap((one) => byPackage.get(one) ?? []);
}

/**
 * Whose a file is: what has the same content stays with the package that is installed first; else origin, `replaces` and its priority
 * decide, as for apk. With `asApko` they do as for apko, which looks at the names in `replaces` alone, and as for apk where it refuses
 * both packages.
 */
export function apkMergeRules(laid: readonly ApkLaid[], asApko: boolean): MergeRules {
  const records = new Map(laid.map(({ recipe, record }) => [recipe.package.name, record]));
  return {
    isSame: (left, right) =>
      left.type === right.type && left.digest === right.digest && left.linkTarget === right.linkTarget,
    keeperOf: (holder, newcomer) => {
      const owner = records.get(holder.name);
      const comer = records.get(newcomer.name);
      if (owner === undefined || comer === undefined) return 'nobody';
      if (asApko) {
        if (owner.info.replaces.includes(newcomer.name)) return 'holder';
        const isOfOneOrigin = (owner.info.origin ?? '') === (comer.info.origin ?? '');
        if (isOfOneOrigin || comer.info.replaces.includes(holder.name)) return 'newcomer';
      }
      // Of one origin the later one wins, and of two that replace each other without a difference in priority; but who was there
      // first and says that it replaces the later keeps its file.
      const isTie =
        owner.info.origin === comer.info.origin || owner.info.replacesPriority === comer.info.replacesPriority;
      if (isTie && replaces(owner, newcomer)) return 'holder';
      const keeper = keeperOf(owner, comer);
      return keeper === 'owner' ? 'holder' : keeper;
    },
  };
}

/** A folder of the image that is a link. */
export interface LinkedFolder {
  readonly path: string;
  /** As the package states it. */
  readonly target: string;
  /** Where that is, as a path. */
  readonly leadsTo: string;
}

/** Where folders that are links may lie: the links of a merged /usr, `/var/run` and their like. */
const foldersOfLinks = new Set(['', 'usr', 'usr/local', 'var']);

/**
 * Folders that a package brings as links to folders of the image, with where they lead: what other packages have below them lies
 * there, as apko follows these links. Only links that stand where a merged /usr has them are followed: through any other, nothing
 * is written.
 */
export function linkedFolders(laid: readonly ApkLaid[]): readonly LinkedFolder[] {
  const folders = new Set(laid.flatMap(({ files }) => files.filter(({ type }) => type === 'directory')).map(pathOf));
  for (const [path] of baseFolders) folders.add(path);
  const found = new Map<string, LinkedFolder>();
  for (const { files } of laid) {
    for (const entry of files) {
      if (entry.type !== 'symlink' || !foldersOfLinks.has(parentOf(entry.path))) continue;
      const leadsTo = targetOf(entry);
      if (leadsTo === undefined || leadsTo === entry.path || found.has(entry.path)) continue;
      found.set(entry.path, { path: entry.path, target: entry.linkTarget ?? '', leadsTo });
    }
  }
  // A link may lead through another one: /lib64 → lib, /lib → usr/lib.
  return [...found.values()]
    .map((link) => ({ ...link, leadsTo: found.get(link.leadsTo)?.leadsTo ?? link.leadsTo }))
    .filter(({ leadsTo }) => folders.has(leadsTo));
}

/**
 * What each package loses, with the empty folders below `lib/apk`: there, the image has a link to where the package database is.
 * They are taken out of the tree. Throws `image/file-conflict` for a package with files there, as apko does.
 */
export function withoutLibApk(
  laid: readonly ApkLaid[],
  { tree, dropped }: MergedFiles,
): ReadonlyMap<string, readonly string[]> {
  if (tree.get('lib/apk')?.type !== 'directory') return dropped;
  const lost = new Map(dropped);
  for (const { recipe, files } of laid) {
    const here = files.filter(({ path }) => path === 'lib/apk' || path.startsWith('lib/apk/'));
    const file = here.find(({ type }) => type !== 'directory');
    if (file !== undefined) {
      throw imageError(
        'image/file-conflict',
        `Package ${recipe.package.name} ${recipe.package.version} brings /${file.path}, but /lib/apk is a link to the package database`,
        {
          hint: 'Leave the package out.',
          data: { path: file.path, packages: [recipe.package.name] },
        },
      );
    }
    if (here.length === 0) continue;
    for (const { path } of here) tree.delete(path);
    lost.set(recipe.package.name, [...(lost.get(recipe.package.name) ?? []), ...here.map(pathOf)]);
  }
  return lost;
}

/** The package as an index would describe it; what its own metadata says is more than a plan keeps. */
function asIndexed({ recipe, record }: ApkLaid): ApkPackage {
  const info = record?.info;
  return {
    ...recipe.package,
    format: 'apk',
    depends: info?.depends.join(' '),
    provides: info?.provides.join(' '),
    installIf: info?.installIf.join(' '),
    replaces: info?.replaces.join(' '),
    replacesPriority: info?.replacesPriority ?? 0,
    providerPriority: info?.providerPriority ?? 0,
    buildTime: info?.buildTime ?? 0,
    commit: info?.commit,
  };
}

function replaces(one: ApkRecord, other: { readonly name: string; readonly version: string }): boolean {
  return one.info.replaces.some((atom) => {
    const dependency = readDependency(atom);
    return dependency?.name === other.name && meets(dependency, other.version);
  });
}

/** Where a link leads, if it stays in the root; links on the way are not followed. */
function targetOf({ path, linkTarget = '' }: ListedEntry): string | undefined {
  const parts = linkTarget.startsWith('/') ? [] : parentOf(path).split('/').filter(Boolean);
  for (const part of linkTarget.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.length === 0 ? undefined : parts.join('/');
}

function pathOf({ path }: ListedEntry): string {
  return path;
}
