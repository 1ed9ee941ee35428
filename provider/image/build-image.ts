import type { Store } from '../store/store.js';
import type { Digest, SizedDigest } from '../support/digest.js';
import { inParallel } from '../support/in-parallel.js';
import { configureRoot, writeBundles } from './configure-image.js';
import { assertDistroless } from './distroless.js';
import { byPath } from './file-list.js';
import type { ListedEntry } from './file-list.js';
import { imageAnnotations, imageConfig } from './image-config.js';
import { undeclaredScripts } from './install-scripts.js';
import { layPackagesOut, packageBudget, weightOf } from './lay-packages.js';
import type { LaidPackage, LayContext } from './lay-packages.js';
import { generatedLayer, packageLayer } from './layer.js';
import { planLayers } from './layer-plan.js';
import { imageManifest } from './manifest.js';
import type { MergedFiles, OwnedEntry } from './merge.js';
import type { BuiltImage, BuiltLayer, ImageRecipe } from './recipe.js';
import { generated, rootFileSystem } from './root-file-system.js';
import type { RootFileSystem } from './root-file-system.js';
import { scriptsWithoutInterpreter } from './script-interpreter.js';
import { sbomLayer } from './sbom-layer.js';
import { extractFiles } from './segment-reader.js';

/** What building takes beside the recipe; nothing of it is in the image. */
export type BuildContext = LayContext;

/**
 * Builds the image of `recipe` into the store: config, manifest and layers. Throws `image/…`, `archive/…` and `store/…`.
 */
export async function buildImage(context: BuildContext, recipe: ImageRecipe): Promise<BuiltImage> {
  const { store, report } = context;
  const packages = await layPackagesOut(context, recipe);
  const { laid, merged } = packages;
  const created = createdOf(laid);
  const root = rootOf(store, laid, merged, created);
  report({ kind: 'status', message: 'writing the configuration', isStep: true });
  const user = await configureRoot(root, recipe, packages, created, store);
  restateFolders(root, laid);
  const added = new Set(recipe.packages.filter(({ from }) => from === 'added').map((one) => one.package.name));
  const programs =
    recipe.allowedPrograms === undefined
      ? []
      : assertDistroless(broughtEntries(root), recipe.allowedPrograms, (owner) => added.has(owner));
  const scripts = scriptsWithoutInterpreter(root, laid);
  const configuration = await generatedLayer(store, root.takeWritten());
  const bundles = await bundleLayer(store, root, recipe, created);
  const copyrights = await copyrightsOf(store, laid, root);
  const sbom = await sbomLayer(store, root, recipe, { created, copyrights });
  const packageLayers = await joinLayers(context, recipe, laid, merged);
  const layers: readonly BuiltLayer[] = [
    ...packageLayers,
    { ...configuration, title: 'configuration' },
    ...(bundles === undefined ? [] : [bundles]),
    ...(sbom === undefined ? [] : [sbom]),
  ];
  const config = await store.put(imageConfig(recipe, layers, created, user));
  const annotations = imageAnnotations(recipe, created);
  const manifest: SizedDigest = await store.put(imageManifest(config, layers, annotations));
  return {
    architecture: recipe.architecture,
    manifest,
    config,
    layers,
    created,
    copyrights,
    warnings: [...programs, ...scripts, ...undeclaredScripts(recipe, laid)],
  };
}

/** All entries, with a link of the configuration being of the package that it leads to: without that one it would not be there. */
function broughtEntries(root: RootFileSystem): readonly OwnedEntry[] {
  return root.entries().map((entry) => {
    if (entry.owner !== generated || entry.type !== 'symlink') return entry;
    const place = root.realPath(entry.path);
    const target = place === undefined ? undefined : root.entry(place);
    return target === undefined ? entry : { ...entry, owner: target.owner };
  });
}

/** When the newest package was made: by its own word where it says so, else by its newest file. */
function createdOf(laid: readonly LaidPackage[]): number {
  return laid.reduce((newest, { segment, record }) => Math.max(newest, record?.info.buildTime ?? segment.newest), 0);
}

/** A layer that is a package as it stands has the package's folders; where the image has others, they are stated behind it. */
function restateFolders(root: RootFileSystem, laid: readonly LaidPackage[]): void {
  for (const { segment, files } of laid) {
    if (segment.diffId === undefined) continue;
    for (const { path, type, mode, uid, gid } of files) {
      const there = type === 'directory' ? root.entry(path) : undefined;
      if (there?.type !== 'directory' || there.path !== path) continue;
      if (there.mode !== mode || there.uid !== uid || there.gid !== gid) root.directory(path, there);
    }
  }
}

function rootOf(store: Store, laid: readonly LaidPackage[], merged: MergedFiles, created: number): RootFileSystem {
  const segments = new Map(laid.map(({ recipe, segment }) => [recipe.package.name, segment]));
  return rootFileSystem({
    tree: merged.tree,
    created,
    readBlob: (digest) => store.read(digest),
    pathOfBlob: (digest) => store.pathOf(digest),
    fetch: async (owner, files) => {
      const segment = segments.get(owner);
      if (segment !== undefined) await extractFiles(store, segment, files);
    },
  });
}

async function bundleLayer(
  store: Store,
  root: RootFileSystem,
  recipe: ImageRecipe,
  created: number,
): Promise<BuiltLayer | undefined> {
  if (recipe.files.length === 0 && recipe.certificates.length === 0) return undefined;
  await writeBundles(root, recipe, created);
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
): Promise<readonly BuiltLayer[]> {
  const { store, tasks, report, signal } = context;
  const planned = planLayers(
    laid.map((one) => ({ ...weightOf(one.recipe), laid: one })),
    packageBudget(recipe),
  );
  return inParallel(
    planned,
    async ({ title, packages }) => {
      signal?.throwIfAborted();
      report({ kind: 'status', message: `joining layer ${title}`, isStep: true });
      const [first, ...others] = packages.map((one) => one.laid);
      if (first?.segment.diffId !== undefined && others.length === 0) {
        return { ...first.segment.blob, diffId: first.segment.diffId, title };
      }
      const here = packages.map((one) => one.laid);
      const segments = here.map(({ segment }) => segment.blob.digest);
      return { ...(await packageLayer(store, tasks, directoriesOf(here, merged), segments, signal)), title };
    },
    context.concurrency,
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
