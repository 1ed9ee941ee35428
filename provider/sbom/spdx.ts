import type { Package } from '../packages/package.js';
import { digestOf, hexOf } from '../support/digest.js';
import { describedImage } from './described.js';
import { declaredLicense } from './license.js';
import { dependenciesOf, reasonOf } from './relations.js';
import { sorted } from './sorted.js';
import {
  bundleElement,
  bundleId,
  distributionElement,
  distributionId,
  fileElement,
  fileId,
  imageElement,
  imageId,
  packageElement,
  packageId,
  skippedElement,
  skippedId,
  timestamp,
  toolName,
} from './spdx-elements.js';
import type { SpdxDocument, SpdxExtractedLicense, SpdxPackage, SpdxRelationship } from './spdx-model.js';
import type { SbomSubject } from './subject.js';

/** The media type of an SPDX document in JSON. */
export const spdxMediaType = 'application/spdx+json';

/**
 * The bill of materials as an SPDX 2.3 document in JSON (https://spdx.github.io/spdx-spec/v2.3/), with a final newline.
 *
 * The document describes the index, whose images are VARIANT_OF it, or the one image. An image CONTAINS its operating
 * system, its packages (the comment says why each is there) and its file bundles, which CONTAIN their files. A package
 * DEPENDS_ON those of the image that it needs. What is assumed present is an annotation of the image; a skipped auto package is
 * a name without a version, related by OTHER.
 *
 * The document that lies in an image says the same, but for what it cannot know or what is no part of the image: digests and layers, and
 * how the image was built.
 *
 * Throws `sbom/malformed` when there is no index and not exactly one image.
 */
export function spdxDocument(subject: SbomSubject): string {
  const described = describedElement(subject);
  const unnamed = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: documentName(subject),
    documentNamespace: '',
    creationInfo: { created: timestamp(subject.created), creators: [toolName(subject)] },
    packages: packagesOf(subject, described),
    hasExtractedLicensingInfos: extractedLicenses(subject),
    relationships: relationshipsOf(subject, described.SPDXID),
  } satisfies SpdxDocument;
  const document: SpdxDocument = { ...unnamed, documentNamespace: namespace(subject, described, unnamed) };
  return `${JSON.stringify(document)}\n`;
}

function describedElement(subject: SbomSubject): SpdxPackage {
  const { digest, image } = describedImage(subject);
  return imageElement(subject, digest, image);
}

function documentName(subject: SbomSubject): string {
  const name = `${subject.repository} ${subject.version}`;
  return subject.index === undefined ? `${name} ${subject.images.map((image) => image.architecture).join()}` : name;
}

/** No two documents may share a namespace, so it has the digest of what is described and a little of the document's own. */
function namespace(subject: SbomSubject, described: SpdxPackage, unnamed: SpdxDocument): string {
  const content = hexOf(digestOf(JSON.stringify(unnamed)));
  const digest = described.checksums?.[0]?.checksumValue;
  const own = digest === undefined ? content : `${digest}-${content.slice(0, 16)}`;
  return `https://spdx.org/spdxdocs/private-image/${encodeURI(subject.repository)}/${own}`;
}

function packagesOf(subject: SbomSubject, described: SpdxPackage): readonly SpdxPackage[] {
  const images =
    subject.index === undefined ? [] : subject.images.map((image) => imageElement(subject, image.digest, image));
  const packages = subject.images.flatMap((image) => image.packages).map((one) => packageElement(subject, one));
  return [
    described,
    ...images,
    distributionElement(subject),
    ...distinct(packages),
    ...distinct(subject.skipped.map((name) => skippedElement(subject, name))),
    ...distinct(
      subject.bundles.flatMap((bundle) => [
        bundleElement(bundle),
        ...bundle.files.map((file) => fileElement(bundle, file)),
      ]),
    ),
  ];
}

/** Sorted by identifier, each once: a package for every architecture is in several images and one element. */
function distinct(elements: readonly SpdxPackage[]): readonly SpdxPackage[] {
  const byId = new Map(elements.map((element) => [element.SPDXID, element]));
  return sorted([...byId.values()], (element) => element.SPDXID);
}

function relationshipsOf(subject: SbomSubject, described: string): readonly SpdxRelationship[] {
  const relationships: SpdxRelationship[] = [relationship('SPDXRef-DOCUMENT', 'DESCRIBES', described)];
  for (const image of subject.images) {
    const id = imageId(image.digest, image.architecture);
    if (id !== described) relationships.push(relationship(id, 'VARIANT_OF', described));
    relationships.push(
      relationship(id, 'CONTAINS', distributionId(subject.distribution.id)),
      ...image.packages.map((one) => relationship(id, 'CONTAINS', packageId(one.package, one.archive), reasonOf(one))),
      ...dependenciesOf(image).flatMap(({ package: one, needs }) =>
        needs.map((needed) =>
          relationship(packageId(one.package, one.archive), 'DEPENDS_ON', packageId(needed.package, needed.archive)),
        ),
      ),
      ...subject.bundles.map((bundle) => relationship(id, 'CONTAINS', bundleId(bundle), 'file bundle')),
    );
  }
  for (const bundle of subject.bundles) {
    relationships.push(...bundle.files.map((file) => relationship(bundleId(bundle), 'CONTAINS', fileId(bundle, file))));
  }
  for (const name of subject.skipped) {
    relationships.push(relationship(described, 'OTHER', skippedId(name), 'auto package that was skipped'));
  }
  const byText = new Map(relationships.map((one) => [JSON.stringify(one), one]));
  const [first, ...rest] = byText.values();
  return first === undefined ? [] : [first, ...sorted(rest, (one) => JSON.stringify(one))];
}

function relationship(
  from: string,
  type: SpdxRelationship['relationshipType'],
  to: string,
  comment?: string,
): SpdxRelationship {
  return {
    spdxElementId: from,
    relationshipType: type,
    relatedSpdxElement: to,
    ...(comment === undefined ? {} : { comment }),
  };
}

/** An entry for every licence of no SPDX name; absent when there is none. */
function extractedLicenses(subject: SbomSubject): readonly SpdxExtractedLicense[] | undefined {
  const users = new Map<string, { readonly names: Set<string>; readonly where: string }>();
  for (const { package: one, license } of subject.images.flatMap((image) => image.packages)) {
    for (const [id] of (declaredLicense(license) ?? '').matchAll(/(?<![A-Za-z0-9.:-])LicenseRef-[A-Za-z0-9.-]+/gu)) {
      const user = users.get(id) ?? { names: new Set(), where: whereTexts[one.format] };
      user.names.add(one.name);
      users.set(id, user);
    }
  }
  if (users.size === 0) return undefined;
  return sorted([...users], ([id]) => id).map(([id, { names, where }]) => ({
    licenseId: id,
    name: id.slice('LicenseRef-'.length),
    extractedText: `${where}: ${[...names].sort().join(', ')}`,
  }));
}

/** What stands in place of the text of a licence without an SPDX name. The packages of a document are of one format. */
const whereTexts: Readonly<Record<Package['format'], string>> = {
  deb: 'Named, with its text, in the copyright files of',
  apk: 'Named, without a text, in the metadata of',
};
