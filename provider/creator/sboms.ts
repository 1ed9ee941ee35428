import type { BuiltImage } from '../image/recipe.js';
import { licenseOf } from '../packages/deb/copyright.js';
import { cyclonedxDocument } from '../sbom/cyclonedx.js';
import { packagePurl } from '../sbom/purl.js';
import { spdxDocument } from '../sbom/spdx.js';
import type { SbomBundle, SbomImage, SbomPackage, SbomSubject } from '../sbom/subject.js';
import type { BuildFacts, Material } from '../signing/provenance.js';
import { digestOf, isDigest } from '../support/digest.js';
import type { BuiltLine } from './build-line.js';
import { loadBundle } from './bundles.js';
import type { Creator } from './creator.js';
import { filesOfBundle } from './line-image.js';
import type { ArchitecturePlan } from './plan.js';
import { identityOf } from './plan-store.js';
import { toolVersion } from './tool-version.js';
import type { LineVariant } from './variant.js';

/** What is said of an index or an image in it. */
export interface SbomDocuments {
  readonly spdx: string;
  readonly cyclonedx: string;
}

/** The SBOMs of one built variant of a line, and what it was built from. */
export interface LineSboms {
  /** Of the whole line: the index with all its architectures. */
  readonly whole: SbomDocuments;
  readonly images: readonly { readonly image: BuiltImage; readonly documents: SbomDocuments }[];
  readonly facts: BuildFacts;
}

/** Makes the SBOMs of a built variant: a function of its plan and its digests. */
export async function sbomsOf(
  creator: Creator,
  repository: string,
  line: LineVariant,
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
  const whole: SbomSubject = { ...subject, index: built.index.digest, images: images.map(({ of }) => of) };
  return {
    whole: documentsOf(whole),
    images: images.map(({ image, of }) => ({
      image,
      documents: documentsOf({ ...subject, created: image.created, index: undefined, images: [of] }),
    })),
    facts: factsOf(whole),
  };
}

function documentsOf(subject: SbomSubject): SbomDocuments {
  return { spdx: spdxDocument(subject), cyclonedx: cyclonedxDocument(subject) };
}

function factsOf(subject: SbomSubject): BuildFacts {
  const { repository, line, version, plan, catalogVersion, distribution } = subject;
  const materials = new Map<string, Material>();
  for (const { package: one, archive } of subject.images.flatMap(({ packages }) => packages)) {
    const uri = packagePurl(one, distribution);
    materials.set(`${uri} ${archive}`, { name: one.name, uri, digest: archive });
  }
  for (const { reference } of subject.bundles) {
    const [name = '', digest = ''] = reference.split('@', 2);
    if (isDigest(digest))
      materials.set(reference, { name, uri: `pkg:oci/${encodeURIComponent(name)}@${digest}`, digest });
  }
  return {
    image: repository,
    line,
    version,
    plan,
    catalogVersion,
    toolVersion: subject.toolVersion,
    materials: [...materials.values()],
  };
}

async function sbomImage(creator: Creator, line: LineVariant, built: BuiltLine, image: BuiltImage): Promise<SbomImage> {
  const plan = line.architectures.find(({ architecture }) => architecture === image.architecture);
  return {
    architecture: image.architecture,
    digest: image.manifest.digest,
    layers: image.layers.map(({ digest, diffId }) => ({ digest, diffId })),
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
    dependsOn: planned.dependsOn,
  };
}

async function bundleOf(creator: Creator, reference: string): Promise<SbomBundle> {
  const bundle = await loadBundle(creator, reference);
  return { reference, files: filesOfBundle(bundle) };
}
