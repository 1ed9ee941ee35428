import pLimit from 'p-limit';
import type { Store } from '../store/store.js';
import type { Digest, SizedDigest } from '../support/digest.js';
import type { Report } from '../support/progress.js';
import type { TaskRunner } from '../support/tasks.js';
import { accountTables, makeHomes, runAsOf, writeAccounts } from './accounts.js';
import { applyReplacements, directoryLinksOf, setuidOf } from './apply-replacements.js';
import { assertDistroless } from './distroless.js';
import { byPath, readFileList } from './file-list.js';
import type { ListedEntry } from './file-list.js';
import { imageConfig } from './image-config.js';
import { generatedLayer, packageLayer } from './layer.js';
import { planLayers } from './layer-plan.js';
import { imageManifest } from './manifest.js';
import { mergePackages } from './merge.js';
import type { MergedFiles } from './merge.js';
import { mayReplace, segmentOf } from './package-segments.js';
import { applyPathMutations, makeStandardFolders, makeWorkingDirectory } from './path-mutations.js';
import type { BuiltImage, BuiltLayer, ImageRecipe, RecipeFile, RecipePackage } from './recipe.js';
import { rootFileSystem } from './root-file-system.js';
import type { RootFileSystem } from './root-file-system.js';
import { extractFiles } from './segment-reader.js';
import type { Segment, SegmentSettings } from './segment.js';
import { trustCertificates } from './trust.js';

/** What building takes beside the recipe; nothing of it is in the image. */
export interface BuildContext {
  readonly store: Store;
  readonly tasks: TaskRunner;
  readonly report: Report;
  readonly signal: AbortSignal | undefined;
  /** Most packages that are laid out at the same time. */
  readonly concurrency: number;
}

/** A package of the recipe with its segment. */
interface LaidPackage {
  readonly recipe: RecipePackage;
  readonly segment: Segment;
  readonly files: readonly ListedEntry[];
}

/**
 * Builds the image of `recipe` into the store: config, manifest and layers. Throws `image/…`, `archive/…` and `store/…`.
 */
export async function buildImage(context: BuildContext, recipe: ImageRecipe): Promise<BuiltImage> {
  const { store, report } = context;
  const settings: SegmentSettings = {
    exclude: recipe.exclude,
    directoryLinks: directoryLinksOf(recipe.replacements),
    setuid: setuidOf(recipe.replacements),
    dropped: [],
  };
  const { laid, merged } = await layPackagesOut(context, recipe, settings);
  const created = laid.reduce((newest, { segment }) => Math.max(newest, segment.newest), 0);
  const root = rootOf(store, laid, merged, created);
  report({ kind: 'status', message: `writing the configuration of ${recipe.architecture}` });
  const user = await configure(root, recipe);
  const added = new Set(recipe.packages.filter(({ from }) => from === 'added').map((one) => one.package.name));
  const warnings =
    recipe.allowedPrograms === undefined
      ? []
      : assertDistroless(root.entries(), recipe.allowedPrograms, (owner) => added.has(owner));
  const configuration = await generatedLayer(store, root.takeWritten());
  const bundles = await bundleLayer(store, root, recipe);
  const packageLayers = await joinLayers(context, recipe, laid, merged, bundles === undefined ? 1 : 2);
  const layers: readonly BuiltLayer[] = [
    ...packageLayers,
    { ...configuration, title: 'configuration' },
    ...(bundles === undefined ? [] : [bundles]),
  ];
  const config = await store.put(imageConfig(recipe, layers, created, user.uid));
  const annotations = { ...recipe.configuration.annotations, ...recipe.annotations };
  const manifest: SizedDigest = await store.put(imageManifest(config, layers, annotations));
  return {
    architecture: recipe.architecture,
    manifest,
    config,
    layers,
    created,
    copyrights: await copyrightsOf(store, laid, root),
    warnings,
  };
}

async function layPackagesOut(
  context: BuildContext,
  recipe: ImageRecipe,
  settings: SegmentSettings,
): Promise<{ readonly laid: readonly LaidPackage[]; readonly merged: MergedFiles }> {
  const { store, report, signal } = context;
  const limit = pLimit(context.concurrency);
  const packages = [...recipe.packages].sort((left, right) => (left.package.name < right.package.name ? -1 : 1));
  let done = 0;

  async function layOut(one: RecipePackage, dropped: readonly string[]): Promise<LaidPackage> {
    signal?.throwIfAborted();
    const segment = await segmentOf(context, one, { ...settings, dropped });
    done += 1;
    report({ kind: 'status', message: `laying out ${recipe.architecture} packages ${done}/${packages.length}` });
    return { recipe: one, segment, files: await readFileList(store, segment.files) };
  }

  const laid = await Promise.all(packages.map((one) => limit(() => layOut(one, []))));
  const merged = mergePackages(
    laid.map(({ recipe: one, segment, files }) => ({
      name: one.package.name,
      version: one.package.version,
      files,
      replaces: (other) => mayReplace(one, segment, other),
    })),
  );
  // Who loses a file to another package is laid out again without it.
  done -= merged.dropped.size;
  const settled = laid.map(async (one) => {
    const dropped = merged.dropped.get(one.recipe.package.name);
    return dropped === undefined ? one : limit(() => layOut(one.recipe, [...dropped].sort()));
  });
  return { laid: await Promise.all(settled), merged };
}

function rootOf(store: Store, laid: readonly LaidPackage[], merged: MergedFiles, created: number): RootFileSystem {
  const segments = new Map(laid.map(({ recipe, segment }) => [recipe.package.name, segment]));
  return rootFileSystem({
    tree: merged.tree,
    created,
    readBlob: (digest) => store.read(digest),
    fetch: async (owner, files) => {
      const segment = segments.get(owner);
      if (segment !== undefined) await extractFiles(store, segment, files);
    },
  });
}

/** Writes what is no package's; gives the numbers of the default user. */
async function configure(
  root: RootFileSystem,
  recipe: ImageRecipe,
): Promise<{ readonly uid: number; readonly gid: number }> {
  const { configuration, replacements } = recipe;
  const names = new Set(recipe.packages.map((one) => one.package.name));
  await applyReplacements(root, replacements, names);
  writeFiles(root, recipe.starterFiles);
  makeStandardFolders(root);
  const tables = await accountTables(root, replacements, names, configuration.accounts);
  writeAccounts(root, tables);
  makeHomes(root, configuration.accounts);
  await applyPathMutations(root, configuration.paths);
  const user = runAsOf(configuration.accounts.runAs, tables);
  makeWorkingDirectory(root, configuration.workDir, user);
  return user;
}

function writeFiles(root: RootFileSystem, files: readonly RecipeFile[]): void {
  for (const { path, content, size, mode } of files) {
    root.writeStoredFile(path.replace(/^\/+/, ''), { digest: content, size }, { mode, uid: 0, gid: 0 });
  }
}

async function bundleLayer(store: Store, root: RootFileSystem, recipe: ImageRecipe): Promise<BuiltLayer | undefined> {
  if (recipe.files.length === 0 && recipe.certificates.length === 0) return undefined;
  writeFiles(root, recipe.files);
  await trustCertificates(root, recipe.certificates);
  return { ...(await generatedLayer(store, root.takeWritten())), title: 'file bundles' };
}

/** Copyright files by package, in the store; a package's documentation may be a link to another's. */
async function copyrightsOf(
  store: Store,
  laid: readonly LaidPackage[],
  root: RootFileSystem,
): Promise<Readonly<Record<string, Digest>>> {
  const segments = new Map(laid.map(({ recipe, segment }) => [recipe.package.name, segment]));
  const copyrights: Record<string, Digest> = {};
  for (const name of segments.keys()) {
    const path = root.realPath(`usr/share/doc/${name}/copyright`);
    const file = path === undefined ? undefined : root.entry(path);
    const segment = segments.get(file?.owner ?? '');
    if (file?.digest === undefined || segment === undefined) continue;
    await extractFiles(store, segment, new Map([[file.path, file.digest]]));
    copyrights[name] = file.digest;
  }
  return copyrights;
}

async function joinLayers(
  context: BuildContext,
  recipe: ImageRecipe,
  laid: readonly LaidPackage[],
  merged: MergedFiles,
  otherLayers: number,
): Promise<readonly BuiltLayer[]> {
  const { store, tasks, report, signal } = context;
  const limit = pLimit(context.concurrency);
  const planned = planLayers(
    laid.map((one) => {
      const { name, version } = one.recipe.package;
      return { name, version, from: one.recipe.from, size: one.segment.blob.size, laid: one };
    }),
    recipe.layerBudget - otherLayers,
  );
  return Promise.all(
    planned.map(({ title, packages }) =>
      limit(async () => {
        signal?.throwIfAborted();
        report({ kind: 'status', message: `joining layer ${title}` });
        const here = packages.map((one) => one.laid);
        const segments = here.map(({ segment }) => segment.blob.digest);
        return { ...(await packageLayer(store, tasks, directoriesOf(here, merged), segments, signal)), title };
      }),
    ),
  );
}

/**
 * The directories of a layer: modes and owners as in the whole image, times as in its own packages, so that a layer does not
 * change with its neighbours.
 */
function directoriesOf(laid: readonly LaidPackage[], merged: MergedFiles): readonly ListedEntry[] {
  const directories = new Map<string, ListedEntry>();
  for (const { files } of laid) {
    for (const entry of files) {
      if (entry.type !== 'directory' || directories.has(entry.path)) continue;
      const { mode, uid, gid } = merged.tree.get(entry.path) ?? entry;
      directories.set(entry.path, { ...entry, mode, uid, gid });
    }
  }
  return [...directories.values()].sort(byPath);
}
