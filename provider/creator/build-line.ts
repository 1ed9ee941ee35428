import { z } from 'zod';
import { digestSchema } from '../support/digest-schema.js';
import type { BuiltImage, ImageRecipe, RecipeOutline } from '../image/recipe.js';
import type { Package } from '../packages/package.js';
import { type Digest, digestOf, type SizedDigest } from '../support/digest.js';
import { PrivateImageError } from '../support/errors.js';
import { inParallel } from '../support/in-parallel.js';
import { findProgram } from '../support/program-path.js';
import type { Report } from '../support/progress.js';
import { tasksFor } from '../support/tasks.js';
import { loadBundle } from './bundles.js';
import { createdAnnotation } from './annotations.js';
import type { Creator } from './creator.js';
import { bytesToFetch, fetchPackages } from './fetch-packages.js';
import { imageSbom } from './image-sbom.js';
import type { ArchitecturePlan, Plan } from './plan.js';
import { identityOf } from './plan-store.js';
import { recipeCertificates } from './recipe-certificates.js';
import type { Store } from '../store/store.js';
import type { LineVariant } from './variant.js';

/** The build of one variant of a line: its index and images, all blobs in the store. */
export interface BuiltLine {
  /** The whole archives of its packages, by the checksum that the plan has. */
  readonly archives: Readonly<Record<string, Digest>>;
  readonly index: SizedDigest;
  readonly images: readonly BuiltImage[];
}

const sized = z.object({ digest: digestSchema, size: z.int().nonnegative() });
const builtLineSchema: z.ZodType<BuiltLine> = z.object({
  archives: z.record(z.string(), digestSchema),
  index: sized,
  images: z.array(
    z.object({
      architecture: z.enum(['amd64', 'arm64']),
      manifest: sized,
      config: sized,
      layers: z.array(sized.extend({ diffId: digestSchema, title: z.string() })),
      created: z.int(),
      copyrights: z.record(z.string(), digestSchema),
      warnings: z.array(z.string()),
    }),
  ),
});

/** Changes whenever the same plan would be built into other bytes than before, also when the SBOM in the image says something else. */
const builderVersion = '12';

/**
 * Bytes of packages that are laid out by one thread before others have started: what a day brings. Where nothing is to be fetched nobody knows
 * how much is to be laid out, and threads start if there is anything.
 */
const lightNews = 4 * 1024 * 1024;

/** Builds one variant of a line of `image`, or finds that it was built before. Everything it gives is in the store. */
export async function buildLine(
  creator: Creator,
  image: Pick<Plan, 'tenant' | 'name' | 'starter'>,
  plan: LineVariant,
): Promise<BuiltLine> {
  const before = await findBuiltLine(creator.store, plan);
  if (before !== undefined) return before;

  // What a preview put into the store may have left it since; the registry has it still.
  await inParallel(plan.image.fileBundles, (reference) => loadBundle(creator, reference));
  const wanted = new Map<string, Package>();
  for (const architecture of plan.architectures) {
    for (const planned of architecture.packages) wanted.set(planned.package.archive.checksum.value, planned.package);
  }
  const news = await bytesToFetch(creator, wanted.values());
  const context = {
    ...creator,
    tasks: tasksFor(creator.tasks, news > 0 && news <= lightNews),
    concurrency: creator.settings.concurrency,
    xz: findProgram('xz', creator.environment['PATH']),
  };
  const repository = `${image.tenant}/${image.name}`;
  const digests: Record<string, Digest> = {};
  const outlines = await inParallel(plan.architectures, async (of): Promise<RecipeOutline> => {
    const sbom: RecipeOutline['sbom'] = (described) =>
      imageSbom(creator, repository, plan, of.architecture, { ...described, archives: digests });
    const outline = await outlineOf(creator, plan, of);
    // apko puts none into its images.
    return plan.image.apk?.file === undefined ? { ...outline, sbom } : outline;
  });
  const [{ buildImage }, { layOutAhead }] = await Promise.all([
    import('../image/build-image.js'),
    import('../image/lay-packages.js'),
  ]);
  const stored = await fetchPackages(context, [...wanted.values()], layOutAhead(context, outlines));
  for (const { package: one, archive } of stored.values()) digests[one.archive.checksum.value] = archive;
  async function build(outline: RecipeOutline): Promise<BuiltImage> {
    const { architecture } = outline;
    const what = `building ${image.starter} ${plan.line} ${architecture}${plan.variant === 'dev' ? ' dev' : ''}`;
    creator.report({ kind: 'status', message: what });
    const report: Report = (step) => creator.report({ ...step, message: `${what}: ${step.message}` });
    const packages = outline.packages.map((one) => ({ ...one, archive: archiveOf(one.package, digests) }));
    return buildImage({ ...context, report }, { ...outline, packages });
  }
  // At the same time: while one is put together, the packages of another are laid out.
  const images = await inParallel(outlines, build);
  const created = new Date(Math.max(...images.map((image) => image.created)) * 1000);
  const { buildIndex } = await import('../image/build-index.js');
  const index = await buildIndex(creator, images, {
    ...plan.image.annotations,
    [createdAnnotation]: created.toISOString().replace('.000Z', 'Z'),
  });
  const built: BuiltLine = { archives: digests, index, images };
  await creator.store.remember('line', keyOf(plan), built);
  return built;
}

/** The build of a variant that was built before and is in the store completely: what `buildLine` gives without building. */
export async function findBuiltLine(store: Store, plan: LineVariant): Promise<BuiltLine | undefined> {
  const before = await store.recall('line', keyOf(plan), builtLineSchema);
  return before !== undefined && (await isComplete(store, before)) ? before : undefined;
}

function keyOf(plan: LineVariant): string {
  return `${builderVersion} ${digestOf(identityOf(plan))}`;
}

async function isComplete(store: Store, built: BuiltLine): Promise<boolean> {
  const blobs = [built.index, ...built.images.flatMap((image) => [image.manifest, image.config, ...image.layers])];
  const sizes = await Promise.all(blobs.map((blob) => store.sizeOf(blob.digest)));
  const copyrights = built.images.flatMap((image) => Object.values(image.copyrights));
  const texts = await Promise.all(copyrights.map((copyright) => store.has(copyright)));
  return blobs.every((blob, position) => sizes[position] === blob.size) && texts.every(Boolean);
}

function archiveOf({ name, archive }: Package, archives: Readonly<Record<string, Digest>>): Digest {
  const digest = archives[archive.checksum.value];
  if (digest === undefined) throw new PrivateImageError('package/vanished', `${name} was not fetched`);
  return digest;
}

async function outlineOf(creator: Creator, plan: LineVariant, architecture: ArchitecturePlan): Promise<RecipeOutline> {
  const { image } = plan;
  const packages = architecture.packages.map((planned) => ({
    package: planned.package,
    from: layersOf(planned.from),
  }));
  return {
    architecture: architecture.architecture,
    packages,
    configuration: image.configuration,
    replacements: image.replacements,
    handledScripts: image.handledScripts,
    exclude: image.exclude,
    ...(image.allow === undefined ? {} : { allowedPrograms: image.allow }),
    ...(image.apk === undefined
      ? {}
      : {
          apk: {
            ...image.apk,
            ...(architecture.installation === undefined ? {} : { installation: architecture.installation }),
          },
        }),
    ...(image.packageManager === undefined
      ? {}
      : { packageManager: { ...image.packageManager, automatic: automaticOf(architecture) } }),
    starterFiles: image.starterFiles.map(recipeFile),
    files: image.files.map(recipeFile),
    certificates: await recipeCertificates(creator, image),
    labels: image.labels,
    annotations: image.annotations,
    layerBudget: image.layerBudget,
  };
}

/** What apt may take away again: nobody named it. */
function automaticOf({ packages }: ArchitecturePlan): readonly string[] {
  return packages.filter(({ reason }) => reason === 'dependency').map((planned) => planned.package.name);
}

/** What the dev variant has beside lies with what is added: so both variants have the starter's layers in common, where they can. */
function layersOf(from: ArchitecturePlan['packages'][number]['from']): 'starter' | 'added' {
  return from === 'starter' ? 'starter' : 'added';
}

function recipeFile(file: { path: string; digest: Digest; size: number; mode: number }): ImageRecipe['files'][number] {
  return { path: file.path, content: file.digest, size: file.size, mode: file.mode };
}
