import type { Package } from '../packages/package.js';
import { type Digest, digestOf, hexOf, isDigest } from '../support/digest.js';
import { downloadLocation } from './download-location.js';
import { declaredLicense } from './license.js';
import { imagePurl, packagePurl } from './purl.js';
import { sorted } from './sorted.js';
import {
  noAssertion,
  type SpdxAnnotation,
  type SpdxExternalReference,
  type SpdxPackage,
  spdxId,
} from './spdx-model.js';
import type { SbomBundle, SbomFile, SbomImage, SbomPackage, SbomSubject } from './subject.js';

const unknownLicense = { licenseConcluded: noAssertion, licenseDeclared: noAssertion, copyrightText: noAssertion };

/** Who publishes a distribution, by the first word of a package's repository. */
const suppliers: ReadonlyMap<string, string> = new Map([
  ['debian', 'Organization: Debian'],
  ['wolfi', 'Organization: Wolfi'],
  ['alpine', 'Organization: Alpine Linux'],
]);

/** An image of one architecture, or the index of a line when `image` is undefined. */
export function imageElement(
  subject: SbomSubject,
  digest: Digest | undefined,
  image: SbomImage | undefined,
): SpdxPackage {
  const described = image === undefined || subject.index === undefined;
  const { build } = subject;
  const remarks = [
    ...(described && build !== undefined ? [`plan: ${build.plan}`, `catalog: ${build.catalogVersion}`] : []),
    ...(image?.layers ?? []).map(({ digest: layer, diffId }) => `layer: ${layer} diff ID: ${diffId}`),
    ...sorted(image?.assumed ?? [], ({ name }) => name).map(
      ({ name, requiredBy }) =>
        `assumed present, not installed: ${name} (required by ${[...requiredBy].sort().join(', ')})`,
    ),
  ];
  return {
    SPDXID: imageId(digest, image?.architecture),
    name: subject.repository,
    versionInfo: subject.version,
    primaryPackagePurpose: 'CONTAINER',
    supplier: noAssertion,
    downloadLocation: noAssertion,
    filesAnalyzed: false,
    ...(digest === undefined ? {} : { checksums: [sha256(digest)] }),
    ...unknownLicense,
    comment: [
      'private image',
      `line ${subject.line}`,
      ...(subject.variant === 'dev' ? ['dev variant'] : []),
      image === undefined ? 'all architectures' : `architecture ${image.architecture}`,
    ].join(', '),
    ...(digest === undefined
      ? {}
      : { externalRefs: [purlReference(imagePurl(subject.repository, digest, image?.architecture))] }),
    ...(remarks.length === 0 ? {} : { annotations: remarks.map((remark) => annotation(subject, remark)) }),
  };
}

/** The operating system that an image is, as scanners look for it. */
export function distributionElement({ distribution }: SbomSubject): SpdxPackage {
  const { id, versionId, codename } = distribution;
  return {
    SPDXID: distributionId(id),
    name: id,
    versionInfo: versionId,
    primaryPackagePurpose: 'OPERATING_SYSTEM',
    supplier: suppliers.get(id) ?? noAssertion,
    downloadLocation: noAssertion,
    filesAnalyzed: false,
    ...unknownLicense,
    ...(codename === undefined ? {} : { comment: `codename ${codename}` }),
  };
}

/** An installed package. The licence is what its author declares; nobody here draws conclusions from its files. */
export function packageElement(subject: SbomSubject, { package: one, archive, license }: SbomPackage): SpdxPackage {
  const declared = declaredLicense(license);
  const stated = license === undefined || declared !== undefined ? '' : `, licence stated as: ${license}`;
  return {
    SPDXID: packageId(one, archive),
    name: one.name,
    versionInfo: one.version,
    primaryPackagePurpose: 'LIBRARY',
    supplier: suppliers.get(one.repository.split(' ', 1)[0] ?? '') ?? noAssertion,
    originator: originator(one.maintainer),
    downloadLocation: downloadLocation(one) ?? noAssertion,
    filesAnalyzed: false,
    checksums: [sha256(archive)],
    ...(isWebAddress(one.homepage) ? { homepage: one.homepage } : {}),
    // Read by trivy, in exactly these words, to find the source package that advisories name.
    sourceInfo: `built package from: ${one.origin.name} ${one.origin.version}`,
    licenseConcluded: noAssertion,
    licenseDeclared: declared ?? noAssertion,
    copyrightText: noAssertion,
    ...(one.description === '' ? {} : { summary: one.description }),
    comment: `from ${one.repository}, architecture ${one.architecture}${stated}`,
    externalRefs: [purlReference(packagePurl(one, subject.distribution))],
  };
}

/** An auto package that the line could not have: its name, and on purpose no version and no package URL. */
export function skippedElement(subject: SbomSubject, name: string): SpdxPackage {
  return {
    SPDXID: skippedId(name),
    name,
    primaryPackagePurpose: 'OTHER',
    supplier: noAssertion,
    downloadLocation: noAssertion,
    filesAnalyzed: false,
    ...unknownLicense,
    comment: `auto package without a compatible version for line ${subject.line}: skipped, not installed`,
  };
}

/** A file bundle. */
export function bundleElement(bundle: SbomBundle): SpdxPackage {
  const [name = '', version] = bundle.reference.split('@', 2);
  return {
    SPDXID: bundleId(bundle),
    name,
    ...(version === undefined ? {} : { versionInfo: version }),
    primaryPackagePurpose: 'ARCHIVE',
    supplier: noAssertion,
    downloadLocation: noAssertion,
    filesAnalyzed: false,
    ...(version !== undefined && isDigest(version) ? { checksums: [sha256(version)] } : {}),
    ...unknownLicense,
    comment: 'file bundle',
  };
}

/**
 * A file of a bundle. It is a package with the purpose FILE, as SPDX allows: an SPDX file element must have a SHA1, and one of
 * our files is known by its sha256.
 */
export function fileElement(bundle: SbomBundle, file: SbomFile): SpdxPackage {
  return {
    SPDXID: fileId(bundle, file),
    name: file.path,
    packageFileName: file.path,
    primaryPackagePurpose: 'FILE',
    supplier: noAssertion,
    downloadLocation: noAssertion,
    filesAnalyzed: false,
    checksums: [sha256(file.digest)],
    ...unknownLicense,
    comment: `${file.size} bytes`,
  };
}

/** By its digest; by its architecture in the document that lies in the image, where it is the only one. */
export function imageId(digest: Digest | undefined, architecture: string | undefined): string {
  return digest === undefined ? `SPDXRef-Image-${architecture ?? ''}` : spdxId('Image', 'sha256', hexOf(digest));
}

/** Trivy knows an operating system by the beginning of this. */
export function distributionId(id: string): string {
  return spdxId('OperatingSystem', id, short(id));
}

export function packageId(one: Package, archive: Digest): string {
  const words = `${one.name}-${one.version}-${one.architecture}`;
  return spdxId('Package', `${one.format}-${words}`, short(`${words}\n${archive}`));
}

export function skippedId(name: string): string {
  return spdxId('Skipped', name, short(name));
}

export function bundleId({ reference }: SbomBundle): string {
  return spdxId('Bundle', reference.split('@', 1)[0] ?? '', short(reference));
}

export function fileId({ reference }: SbomBundle, { path }: SbomFile): string {
  return spdxId('File', path, short(`${reference}\n${path}`));
}

/** Seconds since the epoch as SPDX writes a time: UTC, whole seconds. */
export function timestamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The document's author, as SPDX names tools. */
export function toolName({ build }: SbomSubject): string {
  return build === undefined ? 'Tool: pulumi-private-image' : `Tool: pulumi-private-image-${build.toolVersion}`;
}

function annotation(subject: SbomSubject, comment: string): SpdxAnnotation {
  return {
    annotationDate: timestamp(subject.created),
    annotationType: 'OTHER',
    annotator: toolName(subject),
    comment,
  };
}

/** `Debian GCC Maintainers <x@y>` as `Organization: Debian GCC Maintainers (x@y)`. */
function originator(maintainer: string | undefined): string {
  const [, name, email] = /^([^<]*)(?:<([^<>]*)>)?/.exec(maintainer ?? '') ?? [];
  // SPDX puts the address in brackets, so a name may have none.
  const words = (name ?? '').replaceAll(/[()]/gu, ' ').replaceAll(/\s+/gu, ' ').trim();
  const address = (email ?? '').trim();
  if (words === '') return noAssertion;
  const kind = /\b(?:team|group|project|maintainers?|packagers?|developers|qa|task force)\b/iu.test(words)
    ? 'Organization'
    : 'Person';
  return address === '' ? `${kind}: ${words}` : `${kind}: ${words} (${address})`;
}

function isWebAddress(text: string | undefined): text is string {
  return text !== undefined && /^https?:\/\/[^\s<>"]+$/u.test(text) && URL.canParse(text);
}

function purlReference(purl: string): SpdxExternalReference {
  return { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl };
}

function sha256(digest: Digest): { readonly algorithm: 'SHA256'; readonly checksumValue: string } {
  return { algorithm: 'SHA256', checksumValue: hexOf(digest) };
}

function short(text: string): string {
  return hexOf(digestOf(text)).slice(0, 12);
}
