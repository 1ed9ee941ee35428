/**
 * The part of SPDX 2.3 that is written (https://spdx.github.io/spdx-spec/v2.3/), in the order in which keys are written.
 * Absent values are left out by JSON when undefined.
 */
export interface SpdxDocument {
  readonly spdxVersion: 'SPDX-2.3';
  readonly dataLicense: 'CC0-1.0';
  readonly SPDXID: 'SPDXRef-DOCUMENT';
  readonly name: string;
  readonly documentNamespace: string;
  readonly creationInfo: { readonly created: string; readonly creators: readonly string[] };
  readonly packages: readonly SpdxPackage[];
  readonly hasExtractedLicensingInfos: readonly SpdxExtractedLicense[] | undefined;
  readonly relationships: readonly SpdxRelationship[];
}

export interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo?: string;
  readonly packageFileName?: string;
  readonly primaryPackagePurpose?: 'CONTAINER' | 'OPERATING_SYSTEM' | 'LIBRARY' | 'FILE' | 'ARCHIVE' | 'OTHER';
  readonly supplier?: string;
  readonly originator?: string;
  readonly downloadLocation: string;
  readonly filesAnalyzed: false;
  readonly checksums?: readonly { readonly algorithm: 'SHA256'; readonly checksumValue: string }[];
  readonly homepage?: string;
  readonly sourceInfo?: string;
  readonly licenseConcluded: string;
  readonly licenseDeclared: string;
  readonly copyrightText: string;
  readonly summary?: string;
  readonly comment?: string;
  readonly externalRefs?: readonly SpdxExternalReference[];
  readonly annotations?: readonly SpdxAnnotation[];
}

export interface SpdxExternalReference {
  readonly referenceCategory: 'PACKAGE-MANAGER';
  readonly referenceType: 'purl';
  readonly referenceLocator: string;
}

export interface SpdxAnnotation {
  readonly annotationDate: string;
  readonly annotationType: 'OTHER';
  readonly annotator: string;
  readonly comment: string;
}

export interface SpdxExtractedLicense {
  readonly licenseId: string;
  readonly name: string;
  readonly extractedText: string;
}

export interface SpdxRelationship {
  readonly spdxElementId: string;
  readonly relationshipType: 'DESCRIBES' | 'CONTAINS' | 'DEPENDS_ON' | 'VARIANT_OF' | 'OTHER';
  readonly relatedSpdxElement: string;
  readonly comment?: string;
}

/** What SPDX says where nothing is known. */
export const noAssertion = 'NOASSERTION';

/**
 * An SPDX identifier of `kind` that only `parts` have: readable words, then enough of a digest to tell apart what differs in
 * letters an identifier may not have (https://spdx.github.io/spdx-spec/v2.3/package-information/#72-package-spdx-identifier-field).
 */
export function spdxId(kind: string, name: string, distinction: string): string {
  const word = name
    .replaceAll(/[^A-Za-z0-9.-]+/gu, '-')
    .replaceAll(/^-+|-+$/gu, '')
    .slice(0, 80);
  return `SPDXRef-${kind}-${word === '' ? 'unnamed' : word}-${distinction}`;
}
