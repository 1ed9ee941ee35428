import { licenseOf } from '../packages/deb/copyright.js';
import type { Architecture } from '../packages/package.js';
import type { SbomBundle, SbomImage, SbomPackage, SbomSubject } from '../sbom/subject.js';
import type { Digest } from '../support/digest.js';
import { inParallel } from '../support/in-parallel.js';
import { loadBundle } from './bundles.js';
import type { Creator } from './creator.js';
import { filesOfBundle } from './line-image.js';
import type { PlannedPackage } from './plan.js';
import type { LineVariant } from './variant.js';

/** What every bill of materials of a variant of a line says. */
export type LineSubject = Omit<SbomSubject, 'index' | 'images' | 'created' | 'build'>;

/** What is known of an image's packages when they are there, beside the plan. */
export interface PackagesThere {
  /** The whole archives, by the checksum that the plan has. */
  readonly archives: Readonly<Record<string, Digest>>;
  /** Copyright files by package name, as far as packages have one; in the store. */
  readonly copyrights: Readonly<Record<string, Digest>>;
}

/** What the bills of materials of `line` have in common. `repository` is `53/web`. */
export async function lineSubject(creator: Creator, repository: string, line: LineVariant): Promise<LineSubject> {
  const { image } = line;
  return {
    repository,
    line: line.line,
    version: line.version,
    variant: line.variant,
    distribution: image.distribution,
    skipped: line.skipped.map((skipped) => skipped.name),
    bundles: await inParallel(image.fileBundles, (reference) => bundleOf(creator, reference)),
  };
}

/** The image of one architecture as its plan has it: a function of the plan, without digests and layers of its own. */
export async function sbomImage(
  creator: Creator,
  line: LineVariant,
  architecture: Architecture,
  there: PackagesThere,
): Promise<SbomImage> {
  const plan = line.architectures.find((planned) => planned.architecture === architecture);
  return {
    architecture,
    digest: undefined,
    packages: await Promise.all((plan?.packages ?? []).map((planned) => sbomPackage(creator, planned, there))),
    assumed: plan?.assumed ?? [],
  };
}

async function sbomPackage(creator: Creator, planned: PlannedPackage, there: PackagesThere): Promise<SbomPackage> {
  const copyright = there.copyrights[planned.package.name];
  const text = copyright === undefined ? undefined : (await creator.store.read(copyright)).toString('utf8');
  const archive = there.archives[planned.package.archive.checksum.value];
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
