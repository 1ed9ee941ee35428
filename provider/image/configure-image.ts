import type { Store } from '../store/store.js';
import { accountTables, makeHomes, runAsOf, writeAccounts } from './accounts.js';
import { trustBundledCertificates, trustConfiguredCertificates } from './apk-certificates.js';
import type { ApkRecipe } from './apk-recipe.js';
import { applyReplacements } from './apply-replacements.js';
import type { LaidPackages } from './lay-packages.js';
import { imageError } from './image-error.js';
import { updateLibraryCache } from './library-cache.js';
import { applyPathMutations, makeStandardFolders, makeWorkingDirectory } from './path-mutations.js';
import type { ImageRecipe, RecipeFile } from './recipe.js';
import type { RootFileSystem } from './root-file-system.js';
import { withStated } from './stated-alternatives.js';
import { writeSupervisionTree } from './supervision-tree.js';
import { trustCertificates } from './trust.js';

/** Writes what is no package's. Gives what the image runs as; undefined when nothing is said. */
export function configureRoot(
  root: RootFileSystem,
  recipe: ImageRecipe,
  packages: LaidPackages,
  created: number,
  store: Store,
): Promise<string | undefined> {
  return recipe.apk === undefined
    ? configureDebian(root, recipe, packages, store)
    : configureAsApko(root, recipe, recipe.apk, packages, created);
}

/** Writes the file bundles: the last that is written. `created` is in seconds since the epoch. */
export async function writeBundles(root: RootFileSystem, recipe: ImageRecipe, created: number): Promise<void> {
  writeBundleFiles(root, recipe.files);
  if (recipe.apk === undefined) await trustCertificates(root, recipe.certificates);
  else await trustBundledCertificates(root, recipe.certificates, created);
}

async function configureDebian(
  root: RootFileSystem,
  recipe: ImageRecipe,
  { laid }: LaidPackages,
  store: Store,
): Promise<string> {
  const { configuration } = recipe;
  const replacements = withStated(recipe.replacements, laid);
  const names = new Set(recipe.packages.map((one) => one.package.name));
  await applyReplacements(root, replacements, names);
  writeFiles(root, recipe.starterFiles);
  makeStandardFolders(root);
  const tables = await accountTables(root, replacements, names, configuration.accounts);
  writeAccounts(root, tables);
  makeHomes(root, configuration.accounts);
  writeSupervisionTree(root, configuration.entrypoint);
  await applyPathMutations(root, configuration.paths);
  const user = runAsOf(configuration.accounts.runAs, tables);
  makeWorkingDirectory(root, configuration.workDir, user);
  if (recipe.packageManager !== undefined) {
    const { writeAptState } = await import('./apt-state.js');
    const { writeDpkgDatabase } = await import('./dpkg-database.js');
    writeAptState(root, recipe.packageManager, laid, recipe.architecture, recipe.exclude);
    await writeDpkgDatabase(root, store, laid, replacements);
  }
  await updateLibraryCache(root, 'ldconfig');
  return String(user.uid);
}

/** In apko's order: what comes later sees what came before. Loaded here is what no image of Debian needs. */
async function configureAsApko(
  root: RootFileSystem,
  recipe: ImageRecipe,
  apk: ApkRecipe,
  { laid, links }: LaidPackages,
  created: number,
): Promise<string | undefined> {
  const { configuration } = recipe;
  const { makeBase, worldOf, writeDatabase } = await import('./apk-base.js');
  const { writeApkAccounts } = await import('./apk-accounts.js');
  const { applyApkPaths } = await import('./apk-paths.js');
  const { apkoFileText } = await import('./apko-file.js');
  const { linkBusybox } = await import('./busybox-links.js');
  const packages = laid.flatMap(({ record, settings }) =>
    record === undefined ? [] : [{ record, directoryLinks: settings.directoryLinks }],
  );
  const records = packages.map(({ record }) => record);
  makeBase(root, links);
  await writeDatabase(root, recipe, apk, packages);
  await applyReplacements(root, recipe.replacements, new Set(records.map(({ info }) => info.name)));
  writeFiles(root, recipe.starterFiles);
  const user = await writeApkAccounts(root, configuration.accounts);
  if (apk.file !== undefined) {
    const infos = records.map(({ info }) => info);
    const text = apkoFileText(apk.file, recipe.architecture, worldOf(recipe, infos), user);
    root.writeFile('etc/apko.json', text, { mode: 0o444, uid: 0, gid: 0 });
  }
  await applyApkPaths(root, configuration.paths);
  await trustConfiguredCertificates(root, apk, records, created);
  writeSupervisionTree(root, configuration.entrypoint);
  await linkBusybox(
    root,
    records.map(({ info }) => info),
  );
  await updateLibraryCache(root, 'apko');
  return user;
}

/** Throws `image/file-conflict` where two files that are not the same have one place, as `/lib/a` and `/usr/lib/a`: one would be lost. */
function writeBundleFiles(root: RootFileSystem, files: readonly RecipeFile[]): void {
  writeFiles(root, files);
  const owners = new Map<string, RecipeFile>();
  for (const file of files) {
    const place = root.realPath(file.path.replace(/^\/+/, '')) ?? file.path;
    const other = owners.get(place);
    owners.set(place, file);
    if (other === undefined || other.content === file.content) continue;
    throw imageError(
      'image/file-conflict',
      `${other.path} and ${file.path} of file bundles are one file in this image`,
      {
        hint: 'Give one of the files another name, or one of the bundles another path.',
        data: { path: `/${place}` },
      },
    );
  }
}

function writeFiles(root: RootFileSystem, files: readonly RecipeFile[]): void {
  for (const { path, content, size, mode } of files) {
    root.writeStoredFile(path.replace(/^\/+/, ''), { digest: content, size }, { mode, uid: 0, gid: 0 });
  }
}
