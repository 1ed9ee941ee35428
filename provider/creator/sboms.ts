import type { BuiltImage } from '../image/recipe.js';
import { cyclonedxDocument } from '../sbom/cyclonedx.js';
import { packagePurl } from '../sbom/purl.js';
import { spdxDocument } from '../sbom/spdx.js';
import type { SbomBuild, SbomSubject } from '../sbom/subject.js';
import type { BuildFacts, Material } from '../signing/provenance.js';
import { digestOf, isDigest } from '../support/digest.js';
import type { BuiltLine } from './build-line.js';
import type { Creator } from './creator.js';
import { identityOf } from './plan-store.js';
import { lineSubject, sbomImage } from './sbom-subject.js';
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
  const build: SbomBuild = {
    plan: digestOf(identityOf(line)),
    catalogVersion: line.image.catalogVersion,
    toolVersion: toolVersion(),
  };
  const subject = { ...(await lineSubject(creator, repository, line)), build };
  const images = await Promise.all(
    built.images.map(async (image) => {
      const { archives } = built;
      const { copyrights, manifest } = image;
      const planned = await sbomImage(creator, line, image.architecture, { archives, copyrights });
      const layers = image.layers.map(({ digest, diffId }) => ({ digest, diffId }));
      return { image, of: { ...planned, digest: manifest.digest, layers } };
    }),
  );
  const whole: SbomSubject = {
    ...subject,
    created: Math.max(...built.images.map((image) => image.created)),
    index: built.index.digest,
    images: images.map(({ of }) => of),
  };
  return {
    whole: documentsOf(whole),
    images: images.map(({ image, of }) => ({
      image,
      documents: documentsOf({ ...subject, created: image.created, index: undefined, images: [of] }),
    })),
    facts: factsOf(whole, build),
  };
}

function documentsOf(subject: SbomSubject): SbomDocuments {
  return { spdx: spdxDocument(subject), cyclonedx: cyclonedxDocument(subject) };
}

function factsOf(subject: SbomSubject, build: SbomBuild): BuildFacts {
  const { repository, line, version, distribution } = subject;
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
    ...build,
    materials: [...materials.values()],
  };
}
