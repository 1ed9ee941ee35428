import type { Store } from '../store/store.js';
import { inParallel } from '../support/in-parallel.js';
import type { Report } from '../support/progress.js';
import { directoryLinksOf, divertedFrom, setuidOf } from './apply-replacements.js';
import { apkMergeRules, inOrderOfInstall, linkedFolders, withoutLibApk } from './apk-layout.js';
import { readApkRecord } from './apk-record.js';
import type { ApkRecord } from './apk-record.js';
import { readFileList } from './file-list.js';
import type { ListedEntry } from './file-list.js';
import { imageError } from './image-error.js';
import { ownLayers } from './layer-plan.js';
import type { WeighedPackage } from './layer-plan.js';
import { mergePackages } from './merge.js';
import type { MergedFiles, MergeRules } from './merge.js';
import { mayReplace, segmentOf } from './package-segments.js';
import type { SegmentContext } from './package-segments.js';
import type { StoredPackage } from '../packages/package.js';
import type { ImageRecipe, OutlinedPackage, RecipeOutline, RecipePackage } from './recipe.js';
import type { Segment, SegmentSettings } from './segment.js';

/** What laying packages out takes beside the recipe; nothing of it is in the image. */
export interface LayContext extends SegmentContext {
  readonly store: Store;
  readonly report: Report;
  /** Most packages that are laid out at the same time. */
  readonly concurrency: number;
}

/** A package of the recipe with its segment. */
export interface LaidPackage {
  readonly recipe: RecipePackage;
  readonly settings: SegmentSettings;
  readonly segment: Segment;
  readonly files: readonly ListedEntry[];
  /** Of apk packages. */
  readonly record: ApkRecord | undefined;
}

/** All packages where the image has them. */
export interface LaidPackages {
  /** In the order in which they were laid over one another: by name, or in apk's order of installation. */
  readonly laid: readonly LaidPackage[];
  readonly merged: MergedFiles;
  /** Folders of apk images that are links, with what they state: no package's own any more. */
  readonly links: Readonly<Record<string, string>>;
}

/**
 * Lays the packages of `recipe` out, each as nothing but its format and the other packages demand. Throws `image/…` and
 * `archive/…`.
 */
export async function layPackagesOut(context: LayContext, recipe: ImageRecipe): Promise<LaidPackages> {
  const { store, report, signal } = context;
  const stray = recipe.packages.find((one) => (one.package.format === 'apk') !== (recipe.apk !== undefined));
  if (stray !== undefined) {
    throw imageError(
      'image/bad-configuration',
      `Package ${stray.package.name} is of format ${stray.package.format}, the others of the image are not`,
      { hint: 'An image has packages of one format.', data: { package: stray.package.name } },
    );
  }
  const settingsOf = firstSettings(recipe);
  let done = 0;

  async function layOut(one: RecipePackage, settings: SegmentSettings): Promise<LaidPackage> {
    signal?.throwIfAborted();
    const segment = await segmentOf(context, one, settings);
    done = Math.min(done + 1, recipe.packages.length);
    report({ kind: 'status', message: `laying out packages ${done}/${recipe.packages.length}`, isStep: true });
    const isRecorded = segment.record !== undefined && one.package.format === 'apk';
    const record = isRecorded ? await readApkRecord(store, segment.record) : undefined;
    return { recipe: one, settings, segment, files: await readFileList(store, segment.files), record };
  }

  /** Those whose settings have changed, anew. */
  function again(
    laid: readonly LaidPackage[],
    changed: (one: LaidPackage) => SegmentSettings | undefined,
  ): Promise<readonly LaidPackage[]> {
    const work = (one: LaidPackage): Promise<LaidPackage> => {
      const settings = changed(one);
      return settings === undefined ? Promise.resolve(one) : layOut(one.recipe, settings);
    };
    return inParallel(laid, work, context.concurrency);
  }

  const packages = [...recipe.packages].sort((left, right) => (left.package.name < right.package.name ? -1 : 1));
  const first = await largestFirst(packages, context.concurrency, (one) => layOut(one, settingsOf(one)));
  const isApk = recipe.apk !== undefined;
  const ordered = recipe.apk === undefined ? first : inOrderOfInstall(first, recipe.apk.installation?.order);
  const links = isApk ? linkedFolders(ordered) : [];
  const directoryLinks = Object.fromEntries(links.map(({ path, leadsTo }) => [path, leadsTo]));
  const linked = await again(ordered, (one) =>
    one.files.some(({ path }) => isAtOrBelow(path, directoryLinks))
      ? { ...one.settings, directoryLinks: { ...one.settings.directoryLinks, ...directoryLinks } }
      : undefined,
  );
  const merged = merge(
    linked,
    recipe.apk === undefined ? undefined : apkMergeRules(linked, recipe.apk.file !== undefined),
  );
  const dropped = isApk ? withoutLibApk(linked, merged) : merged.dropped;
  // Who loses a file to another package is laid out again without it.
  const laid = await again(linked, (one) => {
    const paths = dropped.get(one.recipe.package.name);
    return paths === undefined ? undefined : { ...one.settings, dropped: [...paths].sort() };
  });
  const stated = Object.fromEntries(links.map(({ path, target }) => [path, target]));
  return { laid, merged: { ...merged, dropped }, links: stated };
}

/**
 * Lays packages out while others are still on their way, as images of `outlines` will have them when no other package makes it different:
 * `layPackagesOut` finds them done. Throws what that throws of one package.
 */
export function layOutAhead(
  context: SegmentContext,
  outlines: readonly RecipeOutline[],
): (stored: StoredPackage) => Promise<void> {
  const images = outlines.map((outline) => ({
    settingsOf: firstSettings(outline),
    packages: new Map(outline.packages.map((one) => [one.package.archive.checksum.value, one])),
  }));
  return async ({ package: { archive: stated }, archive }) => {
    for (const { settingsOf, packages } of images) {
      const one = packages.get(stated.checksum.value);
      if (one !== undefined) await segmentOf(context, { ...one, archive }, settingsOf(one));
    }
  };
}

/** How packages are laid out before anything is known of what the others bring. */
function firstSettings(recipe: RecipeOutline): (one: OutlinedPackage) => SegmentSettings {
  const base = {
    exclude: recipe.exclude,
    directoryLinks: directoryLinksOf(recipe.replacements),
    setuid: [...setuidOf(recipe.replacements), ...setuidByPaths(recipe)],
    dropped: [],
    ...(recipe.packageManager === undefined ? {} : { recorded: true }),
  };
  const weighed = recipe.packages.map((one) => weightOf(one));
  const own = new Set([...ownLayers(weighed, packageBudget(recipe))].map(({ name }) => name));
  return ({ package: { name } }) => ({ ...base, ...divertedFrom(name, recipe), alone: own.has(name) });
}

/** What `work` gives for each package, in their order; begun with the largest, so that no thread is left with it at the end. */
async function largestFirst<Result>(
  packages: readonly RecipePackage[],
  concurrency: number,
  work: (one: RecipePackage) => Promise<Result>,
): Promise<readonly Result[]> {
  const ordered = [...packages.entries()].sort(
    ([, left], [, right]) => right.package.archive.size - left.package.archive.size,
  );
  const results = await inParallel(ordered, async ([at, one]) => [at, await work(one)] as const, concurrency);
  return [...results].sort(([left], [right]) => left - right).map(([, result]) => result);
}

/** A package as it weighs in on layers. */
export function weightOf({ package: { name, version, archive }, from }: OutlinedPackage): WeighedPackage {
  return { name, version, from, size: archive.size };
}

/**
 * Most layers that packages may have: one is the configuration's, one the SBOM's where there is one, and one is kept for file bundles, so
 * that they move no package.
 */
export function packageBudget({ layerBudget, sbom }: Pick<ImageRecipe, 'layerBudget' | 'sbom'>): number {
  return layerBudget - (sbom === undefined ? 2 : 3);
}

function merge(laid: readonly LaidPackage[], rules: MergeRules | undefined): MergedFiles {
  const packages = laid.map(({ recipe: one, segment, files }) => ({
    name: one.package.name,
    version: one.package.version,
    files,
    replaces: (other: { readonly name: string; readonly version: string }) => mayReplace(one, segment, other),
  }));
  return rules === undefined ? mergePackages(packages) : mergePackages(packages, rules);
}

/** Who gives a path setuid or setgid in the configuration has declared that it is meant. */
function setuidByPaths(recipe: RecipeOutline): readonly string[] {
  return recipe.configuration.paths
    .filter(({ permissions }) => ((permissions ?? 0) & 0o6000) !== 0)
    .map(({ path }) => path.replace(/^\/+/, ''));
}

function isAtOrBelow(path: string, links: Readonly<Record<string, string>>): boolean {
  return Object.keys(links).some((link) => path === link || path.startsWith(`${link}/`));
}
