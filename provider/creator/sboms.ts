import type { BuiltImage } from '../image/recipe.js';
import { licenseOf } from '../packages/deb/copyright.js';
import { spdxDocument, spdxMediaType } from '../sbom/spdx.js';
import type { SbomBundle, SbomImage, SbomPackage, SbomSubject } from '../sbom/subject.js';
import { digestOf } from '../support/digest.js';
import type { BuiltLine } from './build-line.js';
import { loadBundle } from './bundles.js';
import type { Creator } from './creator.js';
import { filesOfBundle } from './line-image.js';
import type { ArchitecturePlan, ResolvedLine } from './plan.js';
import { identityOf } from './plan-store.js';
import { toolVersion } from './tool-version.js';

/** The SBOMs of one built line. */
export interface LineSboms {
  readonly mediaType: string;
  /** Of the whole line: the index with all its architectures. */
  readonly whole: string;
  readonly images: readonly { readonly image: BuiltImage; readonly document: string }[];
}

/** Makes the SBOMs of a built line: a function of its plan and its digests. */
export async function sbomsOf(
  creator: Creator,
  repository: string,
  line: ResolvedLine,
  built: BuiltLine,
): Promise<LineSboms> {
  const subject: Omit<SbomSubject, 'index' | 'images'> = {
    repository,
    line: line.line,
    version: line.version,
    created: Math.max(...built.images.map((image) => image.created)),
    distribution: line.image.distribution,
    skipped: line.skipped.map((skipped) => skipped.name),
    bundles: await Promise.all(line.image.fileBundles.map((reference) => bundleOf(creator, reference))),
    plan: digestOf(identityOf(line)),
    catalogVersion: line.image.catalogVersion,
    toolVersion: toolVersion(),
  };
  const images = await Promise.all(
    built.images.map(async (image) => ({ image, of: await sbomImage(creator, line, built, image) })),
  );
  return {
    mediaType: spdxMediaType,
    whole: spdxDocument({ ...subject, index: built.index.digest, images: images.map(({ of }) => of) }),
    images: images.map(({ image, of }) => ({
      image,
      document: spdxDocument({ ...subject, created: image.created, index: undefined, images: [of] }),
    })),
  };
}

async function sbomImage(
  creator: Creator,
  line: ResolvedLine,
  built: BuiltLine,
  image: BuiltImage,
): Promise<SbomImage> {
  const plan = line.architectures.find(({ architecture }) => architecture === image.architecture);
  return {
    architecture: image.architecture,
    digest: image.manifest.digest,
    packages: await Promise.all((plan?.packages ?? []).map((planned) => sbomPackage(creator, planned, built, image))),
    assumed: plan?.assumed ?? [],
  };
}

async function sbomPackage(
  creator: Creator,
  planned: ArchitecturePlan['packages'][number],
  built: BuiltLine,
  image: BuiltImage,
): Promise<SbomPackage> {
  const copyright = image.copyrights[planned.package.name];
  const text = copyright === undefined ? undefined : (await creator.store.read(copyright)).toString('utf8');
  const archive = built.archives[planned.package.archive.checksum.value];
  if (archive === undefined) throw new Error(`${planned.package.name} is in the plan and not in the build`);
  return {
    package: planned.package,
    archive,
    license: planned.package.license ?? (text === undefined ? undefined : licenseOf(text)),
    reason: planned.reason,
    because: planned.because,
  };
}

async function bundleOf(creator: Creator, reference: string): Promise<SbomBundle> {
  const bundle = await loadBundle(creator, reference);
  return { reference, files: filesOfBundle(bundle) };
}
