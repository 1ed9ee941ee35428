import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { openApkWorld } from '../../tests/fixtures/apk-world.js';
import {
  everywhere,
  openSmallWorld,
  requestFor,
  type SmallWorld,
  standardContent,
  withDevPackages,
} from '../../tests/fixtures/small-world.js';
import { cyclonedxFaults, spdxFaults } from '../../tests/sbom/validators.js';
import { findStarter } from '../catalog/catalog.js';
import { loadCatalog } from '../catalog/loader.js';
import { starterForLine } from '../catalog/starter.js';
import { gunzipMembers } from '../image/gzip.js';
import { makeSigningKey } from '../packages/apk/testing/apk-maker.js';
import { makeRepository } from '../packages/apk/testing/apk-repository-maker.js';
import { readTar } from '../packages/tar.js';
import { openLayout } from '../registry/layout.js';
import type { Repository } from '../registry/registry.js';
import { cyclonedxMediaType } from '../sbom/cyclonedx.js';
import type { SpdxDocument } from '../sbom/spdx-model.js';
import type { Digest } from '../support/digest.js';
import { findArtifact } from './artifact.js';
import { publishBundle } from './bundles.js';
import type { Creator } from './creator.js';
import { planFile } from './plan-file.js';
import { planImage } from './plan-image.js';
import { publishImage } from './publish-image.js';
import { readIndex } from './read-index.js';
import type { ImageRequest } from './request.js';

const claim = { owner: 'resource-1', traceId: 'trace-1' };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface FileThere {
  readonly path: string;
  readonly text: string;
}

/** An image of one architecture: its layers with their titles, and the SBOMs that lie in it. */
interface Seen {
  readonly digest: Digest;
  readonly layers: readonly { readonly title: string; readonly digest: Digest; readonly size: number }[];
  readonly sboms: readonly FileThere[];
}

const sized = z.object({ digest: z.templateLiteral(['sha256:', z.string()]), size: z.number() });
const manifestSchema = z.object({ config: sized, layers: z.array(sized) });
const configSchema = z.object({ history: z.array(z.object({ comment: z.string() })) });

async function see(repository: Repository, digest: Digest): Promise<Seen> {
  const found = await repository.getManifest(digest);
  const manifest = manifestSchema.parse(JSON.parse(found!.content.toString()));
  const { history } = configSchema.parse(JSON.parse(await textOf(repository.getBlob(manifest.config.digest))));
  const layers = manifest.layers.map((layer, position) => ({ ...layer, title: history[position]!.comment }));
  const sboms: FileThere[] = [];
  for (const layer of layers) {
    const archive = readTar(gunzipMembers(repository.getBlob(layer.digest)), { subject: 'layer', maxBytes: 1 << 30 });
    for await (const { body, ...header } of archive) {
      const text = await textOf(body);
      if (header.path.endsWith('.spdx.json')) sboms.push({ path: header.path, text });
    }
  }
  return { digest, layers, sboms };
}

async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** The images of an index by architecture. */
async function imagesOf(repository: Repository, index: Digest): Promise<Readonly<Record<string, Seen>>> {
  const found = await readIndex(repository, index);
  const images: Record<string, Seen> = {};
  for (const { architecture, digest } of found!.manifests) images[architecture] = await see(repository, digest);
  return images;
}

function read(text: string): SpdxDocument {
  return JSON.parse(text) as SpdxDocument;
}

/** A document without what the one that lies in an image cannot say, and with the image's own identifier replaced. */
function common(text: string): unknown {
  const { packages, relationships, hasExtractedLicensingInfos, creationInfo, name } = read(text);
  const [whole, ...others] = packages;
  const { SPDXID, checksums: _, externalRefs: __, annotations = [], ...rest } = whole!;
  const remarks = annotations.map(({ comment }) => comment).filter((one) => !/^(?:plan|catalog|layer): /u.test(one));
  return {
    name,
    created: creationInfo.created,
    image: { ...rest, remarks },
    others,
    hasExtractedLicensingInfos,
    relationships: relationships.map((one) => JSON.stringify(one).replaceAll(SPDXID, 'SPDXRef-Image')).sort(),
  };
}

/** Publishes, and gives what stands: each variant of each line that is asked for. */
async function publish(creator: Creator, layout: string, changes: Partial<ImageRequest>) {
  const { digest } = await planImage(creator, requestFor({ lines: ['8.4'], ...changes }));
  const image = await publishImage(creator, digest, claim);
  const repository = openLayout(layout);
  const [line] = image.lines;
  return {
    line: line!,
    repository,
    production: await imagesOf(repository, line!.digest!),
    dev: line!.dev?.digest === undefined ? {} : await imagesOf(repository, line!.dev.digest),
  };
}

async function everyDocumentIsValid(repository: Repository, urls: readonly string[], subjects: readonly Digest[]) {
  for (const url of urls) expect(spdxFaults(await readFile(fileURLToPath(url), 'utf8')), url).toEqual([]);
  for (const subject of subjects) {
    const document = await findArtifact(repository, subject, cyclonedxMediaType);
    expect(cyclonedxFaults(await textOf(repository.getBlob(document!))), subject).toEqual([]);
  }
}

describe('an image of deb packages', () => {
  let world: SmallWorld;
  beforeEach(async () => {
    const { php } = withDevPackages('only-new') as { php: object };
    world = await openSmallWorld(standardContent(), { php: { ...php, 'assumed-present': ['libworld'] } });
    closing.push(() => world.close());
  });

  const layout = (registry = 'registry'): string => path.join(world.folder, registry, '53', 'web');

  async function bundle(): Promise<string> {
    const { reference } = await publishBundle(world.creator(), {
      name: 'settings',
      type: 'other',
      path: '/etc/app',
      description: undefined,
      files: { 'app.conf': Buffer.from('a = 1\n') },
    });
    return reference;
  }

  it('holds, in each variant and architecture, the document that lies beside it', async () => {
    const fileBundles = [await bundle()];
    const packages = ['jq', 'php-curl-auto'];
    const { line, repository, production, dev } = await publish(world.creator(), layout(), { fileBundles, packages });
    const subjects = [line.digest!, line.dev!.digest!];
    for (const [images, urls, name] of [
      [production, line.sbomUrls, 'web-8.4.12.spdx.json'],
      [dev, line.dev!.sbomUrls, 'web-8.4.12-dev.spdx.json'],
    ] as const) {
      expect(Object.keys(images)).toEqual(['amd64', 'arm64']);
      for (const [architecture, { digest, sboms, layers }] of Object.entries(images)) {
        expect(sboms.map((one) => one.path)).toEqual([`var/lib/db/sbom/${name}`]);
        const [{ text } = { text: '' }] = sboms;
        expect(spdxFaults(text)).toEqual([]);
        expect(common(text)).toEqual(common(await readFile(fileURLToPath(urls[architecture]!), 'utf8')));
        expect(layers.at(-1)?.title).toBe('SBOM');
        subjects.push(digest);
      }
    }
    const urls = [
      line.sbomUrl!,
      line.dev!.sbomUrl!,
      ...Object.values(line.sbomUrls),
      ...Object.values(line.dev!.sbomUrls),
    ];
    await everyDocumentIsValid(repository, urls, subjects);
  });

  it('says of everything in it why it is there', async () => {
    const settings = await bundle();
    const changes = {
      lines: ['8.2', '8.4'],
      packages: ['jq', 'php-curl-auto', 'php-lua-auto'],
      fileBundles: [settings],
    };
    const { production } = await publish(world.creator(), layout(), changes);
    const { packages, relationships } = read(production['amd64']!.sboms[0]!.text);
    const byId = new Map(packages.map((one) => [one.SPDXID, one]));
    const said = relationships
      .filter(({ spdxElementId, comment }) => byId.get(spdxElementId)?.name === '53/web' && comment !== undefined)
      .map(({ relatedSpdxElement, relationshipType, comment = '' }) => {
        const { name = '', versionInfo = 'without a version' } = byId.get(relatedSpdxElement) ?? {};
        return `${relationshipType} ${name} ${versionInfo}: ${comment}`;
      });
    expect(said.sort()).toEqual([
      `CONTAINS 53/settings ${settings.split('@')[1]}: file bundle`,
      'CONTAINS jq 1.6: added: jq',
      'CONTAINS libjq 1.6: dependency of jq',
      'CONTAINS php8.2-cli 8.2.29: starter',
      'CONTAINS php8.2-common 8.2.29: dependency of php8.2-cli',
      'CONTAINS php8.2-curl 8.2.29: auto: php-curl-auto',
      'OTHER php-lua-auto without a version: auto package that was skipped',
    ]);
    expect(byId.get('SPDXRef-Image-amd64')?.annotations?.map(({ comment }) => comment)).toEqual([
      'assumed present, not installed: libworld (required by php8.2-cli)',
    ]);
  });

  it('is the same whoever builds it, when, and from where', async () => {
    const first = await publish(world.creator(), layout(), { packages: ['jq'] });
    world.now = new Date('2026-03-01T10:00:00Z');
    const elsewhere = path.join(world.folder, 'elsewhere');
    await cp(world.mirror, elsewhere, { recursive: true });
    const other = world.creator({ cache: 'other', registry: 'other', mirror: pathToFileURL(elsewhere).href });
    expect(await publish(other, layout('other'), { packages: ['jq'] })).toMatchObject({
      production: first.production,
      dev: first.dev,
    });
  });

  it('adds one small layer to what an update uploads', async () => {
    const first = await publish(world.creator(), layout(), { packages: ['jq'] });
    await world.write(standardContent({ stable: everywhere('libjq', '1.7.1') }));
    const second = await publish(world.creator(), layout(), { packages: ['jq'] });
    for (const architecture of ['amd64', 'arm64']) {
      const before = new Set(first.production[architecture]!.layers.map(({ digest }) => digest));
      const sent = second.production[architecture]!.layers.filter(({ digest }) => !before.has(digest));
      expect(sent.map(({ title }) => title)).toEqual(['2 small packages', 'SBOM']);
      expect(sent.at(-1)!.size).toBeLessThan(4096);
    }
  });

  it('of one architecture is not changed by an update of the other', async () => {
    const first = await publish(world.creator(), layout(), { packages: ['jq'] });
    const [, arm64] = everywhere('libjq', '1.7.1');
    const [amd64] = everywhere('libjq', '1.7');
    await world.write(standardContent({ stable: [amd64!, arm64!] }));
    const second = await publish(world.creator(), layout(), { packages: ['jq'] });
    expect(second.production['amd64']).toEqual(first.production['amd64']);
    expect(second.production['arm64']?.sboms).not.toEqual(first.production['arm64']?.sboms);
  });
});

describe('an image of apk packages', () => {
  it.each<['wolfi' | 'alpine', string, string]>([
    ['wolfi', '8.4', 'rolling'],
    ['alpine', '8.4', 'v3.23'],
  ])('of %s holds, in each variant and architecture, the document that lies beside it', async (name, line, suite) => {
    const world = await openApkWorld();
    closing.push(() => world.close());
    const starter = { distribution: name, name: 'php', line, version: '8.4.12', suite } as const;
    const repository = name === 'wolfi' ? 'wolfi' : 'alpine/v3.23/main';
    const own = { 'var/lib/db/sbom/jq-1.7-r0.spdx.json': '{"spdxVersion":"SPDX-2.3"}' };
    const { dev } = starterForLine(findStarter(await loadCatalog(), name, 'php'), starter);
    await world.write(repository, [
      ...world.starterPackages(starter),
      ...dev.packages.map((one) => ({ name: one, version: '1.0-r0' })),
      { name: 'jq', version: '1.7-r0', license: 'MIT AND LicenseRef-own', files: own },
    ]);
    if (name === 'alpine') {
      await world.write('alpine/v3.23/community', []);
      for (const older of ['v3.20', 'v3.21', 'v3.22'])
        for (const component of ['main', 'community']) await world.write(`alpine/${older}/${component}`, []);
    }
    const layout = path.join(world.folder, 'registry', '53', 'web');
    const published = await publish(world.creator(name), layout, { packages: ['jq'] });
    for (const [images, urls, file] of [
      [published.production, published.line.sbomUrls, 'web-8.4.12.spdx.json'],
      [published.dev, published.line.dev!.sbomUrls, 'web-8.4.12-dev.spdx.json'],
    ] as const) {
      expect(Object.keys(images)).toEqual(['amd64', 'arm64']);
      for (const [architecture, { sboms }] of Object.entries(images)) {
        const paths = ['var/lib/db/sbom/jq-1.7-r0.spdx.json', `var/lib/db/sbom/${file}`];
        expect(sboms.map((one) => one.path)).toEqual(paths);
        const { text } = sboms[1]!;
        expect(spdxFaults(text)).toEqual([]);
        expect(text).toContain(`pkg:apk/${name}/jq@1.7-r0?arch=${architecture === 'amd64' ? 'x86_64' : 'aarch64'}`);
        expect(common(text)).toEqual(common(await readFile(fileURLToPath(urls[architecture]!), 'utf8')));
      }
    }
    await everyDocumentIsValid(
      published.repository,
      [published.line.sbomUrl!, ...Object.values(published.line.sbomUrls)],
      [published.line.digest!, ...Object.values(published.production).map(({ digest }) => digest)],
    );
  });

  it('of an apko configuration has no SBOM of ours, as it would have none of apko', async () => {
    const world = await openApkWorld();
    closing.push(() => world.close());
    const key = makeSigningKey('own.rsa.pub');
    const own = { 'var/lib/db/sbom/jq-1.7-r0.spdx.json': '{"spdxVersion":"SPDX-2.3"}' };
    await makeRepository(path.join(world.folder, 'own'), [{ name: 'jq', version: '1.7-r0', files: own }], { key });
    await writeFile(path.join(world.folder, 'own.rsa.pub'), key.public.pem);
    const file = path.join(world.folder, 'apko.yaml');
    const contents = { repositories: ['./own'], keyring: ['own.rsa.pub'], packages: ['jq'] };
    await writeFile(file, stringify({ contents, archs: ['amd64'] }));
    const creator = world.creator('wolfi');
    const { digest } = await planFile(creator, file, requestFor({ starter: '', architectures: ['amd64'] }));
    const image = await publishImage(creator, digest, claim);
    const repository = openLayout(path.join(world.folder, 'registry', '53', 'web'));
    const { amd64 } = await imagesOf(repository, image.latest);
    expect(amd64!.sboms.map((one) => one.path)).toEqual(['var/lib/db/sbom/jq-1.7-r0.spdx.json']);
    expect(amd64!.layers.at(-1)?.title).toBe('configuration');
    expect(spdxFaults(await readFile(fileURLToPath(image.lines[0]!.sbomUrls['amd64']!), 'utf8'))).toEqual([]);
  });
});
