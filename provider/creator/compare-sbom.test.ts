import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSmallWorld, requestFor, type SmallWorld } from '../../tests/fixtures/small-world.js';
import { putContent } from '../../tests/registry/sample-image.js';
import { openLayout } from '../registry/layout.js';
import { parseManifest } from '../registry/manifest-document.js';
import type { Repository } from '../registry/registry.js';
import { spdxMediaType } from '../sbom/spdx.js';
import type { ComparedImage } from '../signing/verify-image.js';
import { findArtifact } from './artifact.js';
import { compareWithSbom } from './compare-sbom.js';
import { planImage } from './plan-image.js';
import { publishImage } from './publish-image.js';

interface Element {
  name: string;
  SPDXID: string;
  checksums?: { checksumValue: string }[];
  annotations?: { comment: string }[];
  externalRefs?: { referenceType: string; referenceLocator: string }[];
}

let world: SmallWorld;
let repository: Repository;
let image: ComparedImage;

beforeAll(async () => {
  world = await openSmallWorld();
  const creator = world.creator();
  const { digest } = await planImage(creator, requestFor({ lines: ['8.4'], packages: ['jq'] }));
  await publishImage(creator, digest, { owner: 'resource-1', traceId: 'trace-1' });
  repository = openLayout(path.join(world.folder, 'registry', '53', 'web'));
  const index = await repository.getManifest('8.4');
  const [first] = parseManifest(index!.content, undefined, 'web').manifests;
  const found = await repository.getManifest(first!.digest);
  const sbom = await findArtifact(repository, first!.digest, spdxMediaType);
  image = {
    digest: first!.digest,
    manifest: parseManifest(found!.content, found!.descriptor.mediaType, 'web'),
    sbom: JSON.parse(await textOf(sbom!)),
  };
});
afterAll(() => world.close());

async function textOf(digest: `sha256:${string}`): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of repository.getBlob(digest)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** The faults of the image with an SBOM that somebody changed. */
async function faultsWith(change: (elements: Element[]) => Element[]) {
  const sbom = structuredClone(image.sbom) as { packages: Element[] };
  const faults = await compareWithSbom(repository, { ...image, sbom: { ...sbom, packages: change(sbom.packages) } });
  return faults.map(({ code, message }) => ({ code, message }));
}

describe('compareWithSbom', () => {
  it('finds nothing wrong with what was built', async () => {
    expect(await compareWithSbom(repository, image)).toEqual([]);
  });

  it('names a package that the SBOM leaves out', async () => {
    expect(await faultsWith((elements) => elements.filter(({ name }) => name !== 'jq'))).toEqual([
      {
        code: 'verify/package-not-listed',
        message: `deb package jq 1.7 (amd64) is in the package database of ${image.digest}, and not in its SBOM`,
      },
    ]);
  });

  it('names a package of another version, on both sides', async () => {
    const faults = await faultsWith((elements) =>
      elements.map((element) => ({
        ...element,
        ...(element.name !== 'jq'
          ? {}
          : {
              externalRefs: element.externalRefs!.map((one) => ({
                ...one,
                referenceLocator: one.referenceLocator.replace('@1.7', '@1.8'),
              })),
            }),
      })),
    );
    expect(faults.map(({ code }) => code)).toEqual(['verify/package-missing', 'verify/package-not-listed']);
    expect(faults[0]?.message).toContain('jq 1.8');
  });

  it('names layers that are not those of the SBOM', async () => {
    const fewer = await faultsWith((elements) =>
      elements.map((element) => ({
        ...element,
        annotations: (element.annotations ?? []).filter(({ comment }) => !comment.startsWith('layer: ')),
      })),
    );
    expect(fewer).toEqual([{ code: 'verify/wrong-layers', message: expect.stringContaining(image.digest) as string }]);
  });

  it('refuses the SBOM of another image, and what is none', async () => {
    const other = await faultsWith((elements) =>
      elements.map((element) => ({ ...element, checksums: [{ algorithm: 'SHA256', checksumValue: 'x' }] })),
    );
    expect(other.map(({ code }) => code)).toEqual(['verify/wrong-sbom']);
    expect((await compareWithSbom(repository, { ...image, sbom: [] })).map(({ code }) => code)).toEqual([
      'verify/wrong-sbom',
    ]);
  });

  it('names a layer that holds something else than the config says', async () => {
    const [config, ...layers] = image.manifest.blobs;
    const text = (await textOf(config!.digest)).replace(/("diff_ids":\["sha256:)[0-9a-f]{4}/u, '$10000');
    const changed = { ...config!, ...(await putContent(repository, text)) };
    const manifest = { ...image.manifest, blobs: [changed, ...layers] };
    expect(await compareWithSbom(repository, { ...image, manifest })).toMatchObject([
      { code: 'verify/wrong-content', message: expect.stringContaining(layers[0]!.digest) as string },
    ]);
  });

  it('looks into an image in the form of Docker as well', async () => {
    const [config, ...layers] = image.manifest.blobs;
    const docker = 'application/vnd.docker.';
    const manifest = {
      ...image.manifest,
      blobs: [
        { ...config!, mediaType: `${docker}container.image.v1+json` },
        ...layers.map((layer) => ({ ...layer, mediaType: `${docker}image.rootfs.diff.tar.gzip` })),
      ],
    };
    expect(await compareWithSbom(repository, { ...image, manifest })).toEqual([]);
    const sbom = structuredClone(image.sbom) as { packages: Element[] };
    const fewer = { packages: sbom.packages.filter(({ name }) => name !== 'jq') };
    expect(await compareWithSbom(repository, { ...image, manifest, sbom: fewer })).toMatchObject([
      { code: 'verify/package-not-listed' },
    ]);
  });

  it('reads a layer that is packed with zstd', async () => {
    const [config, first, ...layers] = image.manifest.blobs;
    const packed: Uint8Array[] = [];
    for await (const chunk of repository.getBlob(first!.digest)) packed.push(chunk);
    const zstd = await putContent(repository, storedZstd(gunzipSync(Buffer.concat(packed))));
    const repacked = { ...first!, ...zstd, mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd' };
    const manifest = { ...image.manifest, blobs: [config!, repacked, ...layers] };
    // It holds the same; that it is another blob than the SBOM names is all that is wrong.
    expect(await compareWithSbom(repository, { ...image, manifest })).toMatchObject([{ code: 'verify/wrong-layers' }]);
  });
});

/** A zstd frame (https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1) of blocks as they are. */
function storedZstd(content: Buffer): Buffer {
  const head = Buffer.from('28b52ffde00000000000000000', 'hex');
  head.writeBigUInt64LE(BigInt(content.length), 5);
  const most = 128 * 1024;
  const blocks: Buffer[] = [head];
  for (let at = 0; at < content.length; at += most) {
    const piece = content.subarray(at, at + most);
    const size = Buffer.alloc(3);
    size.writeUIntLE((piece.length << 3) | (at + most >= content.length ? 1 : 0), 0, 3);
    blocks.push(size, piece);
  }
  return Buffer.concat(blocks);
}
