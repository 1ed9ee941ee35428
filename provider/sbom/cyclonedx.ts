// By their own paths: the whole library loads validators that nobody here asks for.
import * as Enums from '@cyclonedx/cyclonedx-library/Enums';
import * as Models from '@cyclonedx/cyclonedx-library/Models';
import * as Serialize from '@cyclonedx/cyclonedx-library/Serialize';
import * as Spec from '@cyclonedx/cyclonedx-library/Spec';
import type { Package } from '../packages/package.js';
import { type Digest, digestOf, hexOf, isDigest } from '../support/digest.js';
import { downloadLocation } from './download-location.js';
import { declaredLicense } from './license.js';
import { imagePurl, packagePurl } from './purl.js';
import { dependenciesOf, reasonOf } from './relations.js';
import { describedImage } from './described.js';
import { sorted } from './sorted.js';
import type { SbomBundle, SbomImage, SbomPackage, SbomSubject } from './subject.js';

/** The media type of a CycloneDX document in JSON. */
export const cyclonedxMediaType = 'application/vnd.cyclonedx+json';

/** The namespace of our properties: https://cyclonedx.github.io/cyclonedx-property-taxonomy/ */
const taxonomy = 'private-image';

/**
 * The bill of materials as a CycloneDX 1.6 document in JSON (https://cyclonedx.org/docs/1.6/json/), with a final newline.
 *
 * The subject is the index, of which each image is a component, or the one image. An image depends on its packages and file
 * bundles, a package on those of the image that it needs. Why a package is there, what is assumed present and the build facts are
 * properties; a skipped auto package is an excluded component without a version.
 *
 * Throws `sbom/malformed` when there is no index and not exactly one image.
 */
export function cyclonedxDocument(subject: SbomSubject): string {
  const components = createComponents(subject);
  const bom = new Models.Bom({
    metadata: new Models.Metadata({
      timestamp: new Date(subject.created * 1000),
      tools: new Models.Tools({ components: repository([tool(subject)]) }),
      component: components.described,
    }),
    components: repository(components.others),
  });
  const serialize = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  // Lists are in order already; the library would sort them by the rules of the machine's locale.
  const options = { sortLists: false };
  bom.serialNumber = serialNumber(serialize.serialize(bom, options));
  return `${serialize.serialize(bom, options)}\n`;
}

interface Components {
  readonly described: Models.Component;
  readonly others: readonly Models.Component[];
}

function createComponents(subject: SbomSubject): Components {
  const described = describedImage(subject);
  const whole = imageComponent(subject, described.digest, described.image);
  whole.properties.add(property('line', subject.line));
  if (subject.variant === 'dev') whole.properties.add(property('variant', subject.variant));
  if (subject.build !== undefined) {
    whole.properties.add(property('plan', subject.build.plan));
    whole.properties.add(property('catalog', subject.build.catalogVersion));
  }
  const packages = new Map<string, Models.Component>();
  const bundles = subject.bundles.map(bundleComponent);
  const system = systemComponent(subject);
  const images: Models.Component[] = [];
  for (const image of subject.images) {
    const component = described.image === undefined ? imageComponent(subject, image.digest, image) : whole;
    if (component !== whole) {
      images.push(component);
      whole.dependencies.add(component.bomRef);
    }
    component.dependencies.add(system.bomRef);
    addPackages(subject, image, component, packages);
    for (const bundle of bundles) component.dependencies.add(bundle.bomRef);
  }
  const skipped = sorted([...new Set(subject.skipped)], (name) => name).map((name) => skippedComponent(subject, name));
  const sortedPackages = sorted([...packages], ([reference]) => reference).map(([, component]) => component);
  return { described: whole, others: [...images, system, ...sortedPackages, ...skipped, ...bundles] };
}

/** The packages of an image; one that is in several images is one component. */
function addPackages(
  subject: SbomSubject,
  image: SbomImage,
  component: Models.Component,
  packages: Map<string, Models.Component>,
): void {
  const componentOf = (one: SbomPackage): Models.Component => {
    const reference = referenceOf(one.package, one.archive);
    const known = packages.get(reference);
    if (known !== undefined) return known;
    const made = packageComponent(subject, one, reference);
    packages.set(reference, made);
    return made;
  };
  for (const { package: one, needs } of dependenciesOf(image)) {
    const mine = componentOf(one);
    component.dependencies.add(mine.bomRef);
    addOnce(mine, property('reason', reasonOf(one)));
    for (const needed of needs) mine.dependencies.add(componentOf(needed).bomRef);
  }
}

function addOnce(component: Models.Component, added: Models.Property): void {
  const has = [...component.properties].some(({ name, value }) => name === added.name && value === added.value);
  if (!has) component.properties.add(added);
}

function imageComponent(
  subject: SbomSubject,
  digest: Digest | undefined,
  image: SbomImage | undefined,
): Models.Component {
  const component = new Models.Component(Enums.ComponentType.Container, subject.repository, {
    bomRef: `image:${digest ?? image?.architecture ?? ''}`,
    version: subject.version,
    ...(digest === undefined
      ? {}
      : { purl: imagePurl(subject.repository, digest, image?.architecture), hashes: sha256(digest) }),
  });
  if (image === undefined) return component;
  component.properties.add(property('architecture', image.architecture));
  for (const { digest: layer, diffId } of image.layers ?? []) {
    component.properties.add(property('layer', `${layer} diff ID: ${diffId}`));
  }
  for (const { name, requiredBy } of sorted(image.assumed, (one) => one.name)) {
    const value = `${name} (required by ${[...requiredBy].sort().join(', ')})`;
    component.properties.add(property('assumed-present', value));
  }
  return component;
}

function systemComponent({ distribution }: SbomSubject): Models.Component {
  const { id, versionId, codename } = distribution;
  const component = new Models.Component(Enums.ComponentType.OperatingSystem, id, {
    bomRef: `os:${id}@${versionId}`,
    version: versionId,
  });
  if (codename !== undefined) component.properties.add(property('codename', codename));
  return component;
}

function packageComponent(
  subject: SbomSubject,
  { package: one, archive, license }: SbomPackage,
  reference: string,
): Models.Component {
  const component = new Models.Component(Enums.ComponentType.Library, one.name, {
    bomRef: reference,
    version: one.version,
    purl: packagePurl(one, subject.distribution),
    hashes: sha256(archive),
    ...(one.description === '' ? {} : { description: one.description }),
    ...(one.maintainer === undefined ? {} : { publisher: one.maintainer }),
  });
  const declared = declaredLicense(license);
  if (declared !== undefined) component.licenses.add(new Models.LicenseExpression(declared));
  else if (license !== undefined) component.licenses.add(new Models.NamedLicense(license));
  const location = downloadLocation(one);
  for (const [type, url] of [
    [Enums.ExternalReferenceType.Distribution, location],
    [Enums.ExternalReferenceType.Website, one.homepage],
  ] as const) {
    if (url !== undefined && URL.canParse(url))
      component.externalReferences.add(new Models.ExternalReference(url, type));
  }
  component.properties.add(property('architecture', one.architecture));
  component.properties.add(property('repository', one.repository));
  component.properties.add(property('origin', `${one.origin.name} ${one.origin.version}`));
  return component;
}

/** An auto package that the line could not have: its name, and on purpose no version. */
function skippedComponent(subject: SbomSubject, name: string): Models.Component {
  const component = new Models.Component(Enums.ComponentType.Library, name, {
    bomRef: `skipped:${name}`,
    scope: Enums.ComponentScope.Excluded,
    description: `auto package without a compatible version for line ${subject.line}: skipped, not installed`,
  });
  component.properties.add(property('skipped', 'true'));
  return component;
}

function bundleComponent(bundle: SbomBundle): Models.Component {
  const [name = '', digest = ''] = bundle.reference.split('@', 2);
  const files = bundle.files.map((file) => {
    const component = new Models.Component(Enums.ComponentType.File, file.path, {
      bomRef: `file:${bundle.reference}:${file.path}`,
      hashes: sha256(file.digest),
    });
    component.properties.add(property('size', String(file.size)));
    return component;
  });
  const component = new Models.Component(Enums.ComponentType.Data, name, {
    bomRef: `bundle:${bundle.reference}`,
    version: digest,
    ...(isDigest(digest) ? { hashes: sha256(digest) } : {}),
    components: repository(sorted(files, (file) => file.name)),
  });
  component.properties.add(property('kind', 'file bundle'));
  return component;
}

function tool({ build }: SbomSubject): Models.Component {
  const version = build === undefined ? {} : { version: build.toolVersion };
  return new Models.Component(Enums.ComponentType.Application, 'pulumi-private-image', version);
}

function repository(components: readonly Models.Component[]): Models.ComponentRepository {
  return new Models.ComponentRepository(components);
}

function property(name: string, value: string): Models.Property {
  return new Models.Property(`${taxonomy}:${name}`, value);
}

function sha256(digest: Digest): Models.HashDictionary {
  return new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], hexOf(digest)]]);
}

function referenceOf(one: Package, archive: Digest): string {
  return `${one.format}:${one.name}@${one.version}:${one.architecture}:${hexOf(archive).slice(0, 12)}`;
}

/** A UUID that is a function of the document: https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-8 */
function serialNumber(document: string): string {
  const hex = hexOf(digestOf(document));
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ];
  return `urn:uuid:${parts.join('-')}`;
}
