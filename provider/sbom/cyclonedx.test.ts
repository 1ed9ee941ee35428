import { describe, expect, it } from 'vitest';
import { cyclonedxFaults } from '../../tests/sbom/validators.js';
import { isPrivateImageError } from '../support/errors.js';
import { cyclonedxDocument } from './cyclonedx.js';
import type { SbomSubject } from './subject.js';
import { amd64, debian, digest, image, imageOf, index, installed } from './testing/subjects.js';

interface Component {
  readonly type: string;
  readonly name: string;
  readonly version?: string;
  readonly 'bom-ref': string;
  readonly purl?: string;
  readonly scope?: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly unknown[];
  readonly externalReferences?: readonly { readonly type: string; readonly url: string }[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
  readonly components?: readonly Component[];
}

interface Document {
  readonly serialNumber: string;
  readonly metadata: { readonly timestamp: string; readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

function read(subject: SbomSubject): Document {
  return JSON.parse(cyclonedxDocument(subject)) as Document;
}

function named(document: Document, name: string): Component {
  const found = [document.metadata.component, ...document.components].filter((one) => one.name === name);
  expect(found, `components called ${name}`).toHaveLength(1);
  return found[0]!;
}

/** Values of our properties of this name. */
function told(component: Component, name: string): readonly string[] {
  return (component.properties ?? []).filter((one) => one.name === `private-image:${name}`).map(({ value }) => value);
}

/** What the component depends on, by name and version. */
function needs(document: Document, component: Component): readonly string[] {
  const all = [document.metadata.component, ...document.components];
  const names = new Map(all.map((one) => [one['bom-ref'], one.name]));
  const entry = document.dependencies.find(({ ref }) => ref === component['bom-ref']);
  return (entry?.dependsOn ?? []).map((reference) => names.get(reference) ?? reference).sort();
}

describe('a document', () => {
  it.each([
    ['an image', image],
    ['an index', index],
    ['an empty image', { ...image, images: [imageOf('arm64', [])], skipped: [], bundles: [] }],
  ])('of %s is valid by the schema of CycloneDX 1.6', (_, subject) => {
    expect(cyclonedxFaults(cyclonedxDocument(subject))).toEqual([]);
  });

  it.each([
    ['an image', image],
    ['an index', index],
  ])('of %s has unique references and no loose ends', (_, subject) => {
    const document = read(subject);
    const all = [document.metadata.component, ...document.components].flatMap((one) => [
      one,
      ...(one.components ?? []),
    ]);
    const references = all.map((one) => one['bom-ref']);
    expect(new Set(references).size).toBe(references.length);
    for (const { ref, dependsOn = [] } of document.dependencies) {
      for (const reference of [ref, ...dependsOn]) expect(references).toContain(reference);
    }
  });

  it('is the same whatever the order of what it is made from, but for the order of images', () => {
    const turned: SbomSubject = {
      ...index,
      bundles: index.bundles.map((bundle) => ({ ...bundle, files: [...bundle.files].reverse() })),
      skipped: [...index.skipped].reverse(),
    };
    expect(cyclonedxDocument(turned)).toBe(cyclonedxDocument(index));
  });

  it('has a serial number that changes with its content and with nothing else', () => {
    expect(read(image).serialNumber).toBe(read(image).serialNumber);
    expect(read(image).serialNumber).not.toBe(read({ ...image, line: '3.12' }).serialNumber);
    expect(read(image).serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
  });

  it('takes its time from the subject and ends with a newline', () => {
    expect(read(image).metadata.timestamp).toMatch(/^2023-11-14T22:13:20/);
    expect(cyclonedxDocument(image)).toMatch(/\}\n$/);
  });

  it('without an index is refused for two images', () => {
    expect(() => cyclonedxDocument({ ...image, images: index.images })).toThrow(
      expect.toSatisfy((error: unknown) => isPrivateImageError(error, 'sbom/malformed')),
    );
  });
});

describe('a component', () => {
  const document = read(image);

  it('of a package has version, checksum, purl with distro, licence, place, origin and reason', () => {
    const libcurl = named(document, 'libcurl4');
    expect(libcurl).toMatchObject({
      type: 'library',
      version: '7.88.1-10+b1',
      hashes: [{ alg: 'SHA-256', content: digest('libcurl4').slice(7) }],
      licenses: [{ expression: 'curl' }],
      externalReferences: expect.arrayContaining([
        {
          type: 'distribution',
          url: 'https://ftp.debian.org/debian/pool/main/x/libcurl4_7.88.1-10+b1_amd64.deb',
        },
      ]),
    });
    expect(libcurl.purl).toContain('distro=debian-12');
    expect(told(libcurl, 'reason')).toEqual(['dependency of curl']);
    expect(told(libcurl, 'origin')).toEqual(['curl 7.88.1-10']);
  });

  it('whose licence is no expression names it as it stands', () => {
    const subject = { ...image, images: [imageOf('amd64', [installed(debian('x', '1'), { license: 'as you like' })])] };
    expect(named(read(subject), 'x').licenses).toEqual([{ license: { name: 'as you like' } }]);
  });

  it('of a skipped auto package has a name alone, and nothing depends on it', () => {
    const skipped = named(document, 'php-redis-auto');
    expect(skipped).not.toHaveProperty('version');
    expect(skipped).not.toHaveProperty('purl');
    expect(skipped.scope).toBe('excluded');
    expect(document.dependencies.flatMap(({ dependsOn = [] }) => dependsOn)).not.toContain(skipped['bom-ref']);
  });

  it('of a file bundle has its digest as version and its files with theirs', () => {
    const bundle = named(document, '53/certs');
    expect(bundle.version).toBe(digest('bundle'));
    expect(bundle.hashes).toEqual([{ alg: 'SHA-256', content: digest('bundle').slice(7) }]);
    expect(bundle.components?.map(({ name, hashes }) => [name, hashes?.[0]?.content])).toEqual([
      ['/usr/local/share/ca-certificates/a.crt', digest('a').slice(7)],
      ['/usr/local/share/ca-certificates/b.crt', digest('b').slice(7)],
    ]);
  });

  it('of the image tells plan, catalog and what is assumed present', () => {
    const whole = document.metadata.component;
    expect(told(whole, 'plan')).toEqual([image.build?.plan]);
    expect(told(whole, 'catalog')).toEqual(['0.1.0']);
    expect(told(whole, 'assumed-present')).toEqual(['dpkg (required by curl, tzdata)']);
  });
});

describe('dependencies', () => {
  it('lead from an image to all it holds, and from a package to what it needs', () => {
    const document = read(image);
    expect(needs(document, document.metadata.component)).toEqual([
      '53/certs',
      'curl',
      'debian',
      'libcurl4',
      'libstdc++6',
      'tzdata',
    ]);
    expect(needs(document, named(document, 'curl'))).toEqual(['libcurl4', 'libstdc++6']);
  });

  it('lead from an index to its images, and a package of both is one component', () => {
    const document = read(index);
    expect(needs(document, document.metadata.component)).toEqual(['53/web', '53/web']);
    expect(document.components.filter(({ name }) => name === 'tzdata')).toHaveLength(1);
    expect(document.components.filter(({ name }) => name === 'curl')).toHaveLength(amd64.packages.length / 2);
  });
});
