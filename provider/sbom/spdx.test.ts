import parse from 'spdx-expression-parse';
import { describe, expect, it } from 'vitest';
import { spdxFaults } from '../../tests/sbom/validators.js';
import type { Package } from '../packages/package.js';
import { isPrivateImageError } from '../support/errors.js';
import { spdxDocument } from './spdx.js';
import type { SpdxDocument, SpdxPackage } from './spdx-model.js';
import type { SbomSubject } from './subject.js';
import { amd64, debian, digest, image, imageInside, imageOf, index, installed } from './testing/subjects.js';

function read(subject: SbomSubject): SpdxDocument {
  return JSON.parse(spdxDocument(subject)) as SpdxDocument;
}

function named(document: SpdxDocument, name: string): SpdxPackage {
  const found = document.packages.filter((one) => one.name === name);
  expect(found, `packages called ${name}`).toHaveLength(1);
  return found[0]!;
}

/** Relationships in words: names of elements in place of identifiers. */
function relations(document: SpdxDocument, type: string): string[] {
  const names = new Map(
    document.packages.map((one) => [
      one.SPDXID,
      `${one.name} ${one.comment?.match(/\b(?:amd64|arm64|all)\b/)?.[0] ?? ''}`.trim(),
    ]),
  );
  return document.relationships
    .filter((one) => one.relationshipType === type)
    .map(({ spdxElementId, relatedSpdxElement, comment }) =>
      [names.get(spdxElementId) ?? spdxElementId, '>', names.get(relatedSpdxElement), comment ? `(${comment})` : '']
        .join(' ')
        .trim(),
    );
}

describe('a document', () => {
  it.each([
    ['an image', image],
    ['an image in itself', imageInside],
    ['an index', index],
    ['an empty image', { ...image, images: [imageOf('arm64', [])], skipped: [], bundles: [] }],
  ])('of %s is valid by the schema of SPDX 2.3', (_, subject) => {
    expect(spdxFaults(spdxDocument(subject))).toEqual([]);
  });

  it.each([
    ['an image', image],
    ['an image in itself', imageInside],
    ['an index', index],
  ])('of %s has unique, well-formed identifiers and no loose ends', (_, subject) => {
    const document = read(subject);
    const ids = document.packages.map((one) => one.SPDXID);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
    const known = new Set([...ids, document.SPDXID]);
    for (const one of document.relationships) {
      expect(known).toContain(one.spdxElementId);
      expect(known).toContain(one.relatedSpdxElement);
    }
    const related = new Set(document.relationships.map((one) => one.relatedSpdxElement));
    const variants = document.relationships.filter((one) => one.relationshipType === 'VARIANT_OF');
    for (const variant of variants) related.add(variant.spdxElementId);
    expect(ids.filter((id) => !related.has(id))).toEqual([]);
  });

  it('is the same whatever the order of what it is made from, but for the order of images', () => {
    const turned: SbomSubject = {
      ...index,
      images: index.images.map((one) => ({ ...one, packages: [...one.packages].reverse() })),
      bundles: index.bundles.map((bundle) => ({ ...bundle, files: [...bundle.files].reverse() })),
    };
    expect(spdxDocument(turned)).toBe(spdxDocument(index));
  });

  it('ends with a newline and takes its time from the subject', () => {
    expect(spdxDocument(image)).toMatch(/\}\n$/);
    expect(read(image).creationInfo.created).toBe('2023-11-14T22:13:20Z');
  });

  it('has a namespace of its own for each digest and each content', () => {
    const namespaces = [
      image,
      index,
      { ...image, build: { ...image.build!, toolVersion: '0.2.0' } },
      { ...image, skipped: [] },
    ].map((subject) => read(subject).documentNamespace);
    expect(new Set(namespaces).size).toBe(4);
    expect(namespaces[0]).toContain(amd64.digest!.slice(7));
    expect(namespaces[1]).toContain(index.index!.slice(7));
    for (const namespace of namespaces) expect(new URL(namespace).hash).toBe('');
  });

  it('does not depend on the mirror', () => {
    const elsewhere = { ...amd64, packages: amd64.packages.map((one) => ({ ...one, package: from(one.package) })) };
    function from(one: Package): Package {
      return {
        ...one,
        archive: { ...one.archive, url: one.archive.url.replace('mirror.test/debian', 'user:secret@private.test/a/b') },
      };
    }
    expect(spdxDocument({ ...image, images: [elsewhere] })).toBe(spdxDocument(image));
  });

  it.each([
    ['no image', []],
    ['two images', index.images],
  ])('without an index is refused for %s', (_, images) => {
    expect(() => spdxDocument({ ...image, images })).toThrow(
      expect.toSatisfy((error: unknown) => isPrivateImageError(error, 'sbom/malformed')),
    );
  });
});

describe('a package', () => {
  const document = read(image);

  it('has its version, author, place, checksum, source and package URL', () => {
    expect(named(document, 'libcurl4')).toMatchObject({
      versionInfo: '7.88.1-10+b1',
      supplier: 'Organization: Debian',
      originator: 'Person: Jane Doe (jane@example.org)',
      downloadLocation: 'https://ftp.debian.org/debian/pool/main/x/libcurl4_7.88.1-10+b1_amd64.deb',
      checksums: [{ algorithm: 'SHA256', checksumValue: digest('libcurl4').slice(7) }],
      licenseDeclared: 'curl',
      licenseConcluded: 'NOASSERTION',
      sourceInfo: 'built package from: curl 7.88.1-10',
      externalRefs: [
        {
          referenceCategory: 'PACKAGE-MANAGER',
          referenceType: 'purl',
          referenceLocator: expect.stringMatching(
            /^pkg:deb\/debian\/libcurl4@7\.88\.1-10(?:\+|%2B)b1\?arch=amd64&distro=debian-12&upstream=curl%407\.88\.1-10$/,
          ),
        },
      ],
    });
  });

  it('of a team is by an organization', () => {
    expect(named(document, 'curl').originator).toBe('Organization: Debian Curl Team (team+curl@example.org)');
  });

  it.each([
    [undefined, 'NOASSERTION'],
    ['', 'NOASSERTION'],
    ['Nobody', 'Person: Nobody'],
    ['A (B) C <a@b>', 'Person: A B C (a@b)'],
  ])('maintained by %j is by %s', (maintainer, originator) => {
    const subject = { ...image, images: [imageOf('amd64', [installed(debian('x', '1', { maintainer }))])] };
    expect(named(read(subject), 'x').originator).toBe(originator);
  });

  it.each(['not a url', 'javascript:alert(1)', 'https://a b/'])('with the homepage %s has none', (homepage) => {
    const subject = { ...image, images: [imageOf('amd64', [installed(debian('x', '1', { homepage }))])] };
    expect(named(read(subject), 'x')).not.toHaveProperty('homepage');
  });

  it('that states something that is no expression asserts nothing and keeps the words', () => {
    const subject = {
      ...image,
      images: [imageOf('amd64', [installed(debian('x', '1'), { license: 'do what you like' })])],
    };
    const one = named(read(subject), 'x');
    expect(one.licenseDeclared).toBe('NOASSERTION');
    expect(one.comment).toContain('do what you like');
  });

  it('has only licences that the document explains', () => {
    const explained = document.hasExtractedLicensingInfos?.map((one) => one.licenseId);
    expect(explained).toEqual(['LicenseRef-SSLeay', 'LicenseRef-public-domain']);
    for (const one of document.packages) {
      if (one.licenseDeclared !== 'NOASSERTION') expect(() => parse(one.licenseDeclared)).not.toThrow();
    }
  });

  it('of apk has a licence without an SPDX name explained by its metadata, for it has no copyright file', () => {
    const own = debian('x', '1', { format: 'apk', license: 'LicenseRef-own' });
    const subject = { ...image, images: [imageOf('amd64', [installed(own, { license: 'LicenseRef-own' })])] };
    expect(read(subject).hasExtractedLicensingInfos).toEqual([
      { licenseId: 'LicenseRef-own', name: 'own', extractedText: 'Named, without a text, in the metadata of: x' },
    ]);
  });

  it('whose name has letters that an identifier may not have stays apart from one that looks the same', () => {
    const names = ['libfoo++', 'libfoo--', 'libfoo+-'];
    const subject = {
      ...image,
      images: [
        imageOf(
          'amd64',
          names.map((name) => installed(debian(name, '1'))),
        ),
      ],
    };
    const ids = names.map((name) => named(read(subject), name).SPDXID);
    expect(new Set(ids).size).toBe(names.length);
  });
});

describe('relationships', () => {
  it('say what an image holds and why', () => {
    const document = read(image);
    expect(relations(document, 'DESCRIBES')).toEqual(['SPDXRef-DOCUMENT > 53/web amd64']);
    expect(relations(document, 'CONTAINS').sort()).toEqual([
      '53/certs > /usr/local/share/ca-certificates/a.crt',
      '53/certs > /usr/local/share/ca-certificates/b.crt',
      '53/web amd64 > 53/certs (file bundle)',
      '53/web amd64 > curl amd64 (added: curl)',
      '53/web amd64 > debian',
      '53/web amd64 > libcurl4 amd64 (dependency of curl)',
      '53/web amd64 > libstdc++6 amd64 (dependency of libcurl4)',
      '53/web amd64 > tzdata all (starter)',
    ]);
    expect(relations(document, 'DEPENDS_ON').sort()).toEqual([
      'curl amd64 > libcurl4 amd64',
      'curl amd64 > libstdc++6 amd64',
      'libcurl4 amd64 > curl amd64',
      'libcurl4 amd64 > libstdc++6 amd64',
    ]);
  });

  it('tie the images of an index to it, and a package for all architectures is one element', () => {
    const document = read(index);
    expect(relations(document, 'DESCRIBES')).toEqual(['SPDXRef-DOCUMENT > 53/web all']);
    expect(relations(document, 'VARIANT_OF').sort()).toEqual([
      '53/web amd64 > 53/web all',
      '53/web arm64 > 53/web all',
    ]);
    const holdsTzdata = relations(document, 'CONTAINS').filter((text) => text.includes('> tzdata'));
    expect(holdsTzdata.sort()).toEqual(['53/web amd64 > tzdata all (starter)', '53/web arm64 > tzdata all (starter)']);
    expect(named(document, 'tzdata').versionInfo).toBe('2024a-0+deb12u1');
    expect(document.packages.filter((one) => one.name === 'curl')).toHaveLength(2);
  });
});

describe('the document that lies in an image', () => {
  const inside = read(imageInside);
  const beside = read(image);
  const others = (document: SpdxDocument) => document.packages.filter((one) => one.name !== image.repository);

  it('has the packages, file bundles, licences, reasons and dependencies of the one that lies beside it', () => {
    expect(others(inside)).toEqual(others(beside));
    expect(others(inside).length).toBe(beside.packages.length - 1);
    expect(inside.hasExtractedLicensingInfos).toEqual(beside.hasExtractedLicensingInfos);
    for (const type of ['DESCRIBES', 'CONTAINS', 'DEPENDS_ON', 'OTHER'])
      expect(relations(inside, type).sort()).toEqual(relations(beside, type).sort());
  });

  it('says what is assumed present, and names no digest, no layer and no build', () => {
    const whole = named(inside, '53/web');
    expect(whole).not.toHaveProperty('checksums');
    expect(whole).not.toHaveProperty('externalRefs');
    expect(whole.annotations?.map((one) => one.comment)).toEqual([
      'assumed present, not installed: dpkg (required by curl, tzdata)',
    ]);
    expect(inside.creationInfo.creators).toEqual(['Tool: pulumi-private-image']);
    for (const fact of [amd64.digest!.slice(7), image.build!.plan])
      expect(spdxDocument(imageInside)).not.toContain(fact);
  });

  it('has a namespace that is its content', () => {
    const namespaces = [imageInside, { ...imageInside, skipped: [] }, image].map((one) => read(one).documentNamespace);
    expect(new Set(namespaces).size).toBe(3);
    expect(read(imageInside).documentNamespace).toBe(namespaces[0]);
  });

  it('tells a dev variant from production, which have one version', () => {
    const comments = (['production', 'dev'] as const).map(
      (variant) => named(read({ ...imageInside, variant }), '53/web').comment,
    );
    expect(comments).toEqual([
      'private image, line 3.11, architecture amd64',
      'private image, line 3.11, dev variant, architecture amd64',
    ]);
  });
});

describe('what is not an installed package', () => {
  const document = read(image);

  it('a skipped auto package is a name without a version and without a package URL', () => {
    const skipped = named(document, 'php-redis-auto');
    expect(skipped).not.toHaveProperty('versionInfo');
    expect(skipped).not.toHaveProperty('externalRefs');
    expect(relations(document, 'OTHER')).toEqual(['53/web amd64 > php-redis-auto (auto package that was skipped)']);
  });

  it('what is assumed present is a remark and no package', () => {
    expect(document.packages.map((one) => one.name)).not.toContain('dpkg');
    const remarks = named(document, '53/web').annotations?.map((one) => one.comment);
    expect(remarks).toContain('assumed present, not installed: dpkg (required by curl, tzdata)');
  });

  it('the build is told by plan and catalog', () => {
    const remarks = named(document, '53/web').annotations?.map((one) => one.comment);
    expect(remarks).toEqual(expect.arrayContaining([`plan: ${image.build!.plan}`, 'catalog: 0.1.0']));
  });

  it('a file bundle has its version and its files their checksums', () => {
    expect(named(document, '53/certs')).toMatchObject({
      versionInfo: digest('bundle'),
      checksums: [{ algorithm: 'SHA256', checksumValue: digest('bundle').slice(7) }],
    });
    expect(named(document, '/usr/local/share/ca-certificates/a.crt')).toMatchObject({
      primaryPackagePurpose: 'FILE',
      checksums: [{ algorithm: 'SHA256', checksumValue: digest('a').slice(7) }],
    });
  });

  it('only installed packages have package URLs that scanners match', () => {
    const purls = document.packages.flatMap((one) => one.externalRefs ?? []).map((one) => one.referenceLocator);
    expect(purls.filter((purl) => purl.startsWith('pkg:deb/'))).toHaveLength(amd64.packages.length);
    expect(purls.filter((purl) => !purl.startsWith('pkg:deb/'))).toEqual([`pkg:oci/web@${amd64.digest}?arch=amd64`]);
  });
});
