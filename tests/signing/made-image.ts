/** A small image in a layout of its own, with SBOMs beside it, to be signed and to be spoiled. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { openLayout } from '../../provider/registry/layout.js';
import type { Descriptor, Repository } from '../../provider/registry/registry.js';
import { putContent, putManifest, putReferrer } from '../../provider/signing/referrer.js';
import { type SigningRequest } from '../../provider/signing/sign-image.js';
import { provenanceClaim } from '../../provider/signing/provenance.js';
import { sbomClaim } from '../../provider/signing/statement.js';
import { type Digest, digestOf, hexOf } from '../../provider/support/digest.js';

/** The image, and where it lies. */
export interface MadeImage {
  readonly folder: string;
  readonly repository: Repository;
  readonly index: Descriptor;
  readonly manifests: readonly Descriptor[];
  readonly layers: readonly Descriptor[];
  /** The index and each manifest, with SBOM and provenance. */
  readonly requests: readonly SigningRequest[];
  /** The file of a blob. */
  blobFile(digest: Digest): string;
  /** Changes a blob's bytes behind everybody's back, so that they keep their length. */
  spoil(digest: Digest): void;
  remove(): void;
}

/** What is made, and where. */
export interface ImageRequest {
  /** Without SBOMs. */
  readonly bare?: boolean;
  /** Absent: a layout in a folder of its own. */
  readonly repository?: Repository;
}

/** Makes an index of two architectures, tagged `8.4`; with an SPDX and a CycloneDX document beside each digest unless it is to be bare. */
export async function makeImage(word = 'hello', request: ImageRequest = {}): Promise<MadeImage> {
  const folder = mkdtempSync(path.join(tmpdir(), 'signed-'));
  const { bare = false, repository = openLayout(folder) } = request;
  const manifests: Descriptor[] = [];
  const layers: Descriptor[] = [];
  for (const architecture of ['amd64', 'arm64'] as const) {
    const layer = await putContent(repository, {
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      content:
        gzipSync(Buffer.alloc(1024))
          .toString('latin1')
          .replace(/[^\0-\x7f]/g, 'x') +
        word +
        architecture,
    });
    const config = await putContent(repository, {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      content: JSON.stringify({
        architecture,
        os: 'linux',
        config: {},
        rootfs: { type: 'layers', diff_ids: [layer.digest] },
      }),
    });
    layers.push(layer);
    manifests.push({
      ...(await putManifest(repository, { config, layers: [layer] })),
      platform: { os: 'linux', architecture },
    });
  }
  const indexType = 'application/vnd.oci.image.index.v1+json';
  const indexText = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests });
  const index = await repository.putManifest(Buffer.from(indexText), indexType);
  await repository.tag([{ tag: '8.4', digest: index.digest }]);
  const requests: SigningRequest[] = [];
  for (const subject of [index, ...manifests]) {
    if (bare) {
      requests.push({ subject, claims: [] });
      continue;
    }
    const spdx = JSON.stringify({ spdxVersion: 'SPDX-2.3', name: `${word} ${subject.digest}`, packages: [] });
    const cyclonedx = JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 });
    await putSbom(repository, subject, 'application/spdx+json', spdx);
    await putSbom(repository, subject, 'application/vnd.cyclonedx+json', cyclonedx);
    requests.push({
      subject,
      claims: [sbomClaim('spdx', spdx), sbomClaim('cyclonedx', cyclonedx), provenance(word)],
    });
  }
  const blobFile = (digest: Digest): string => path.join(folder, 'blobs', 'sha256', hexOf(digest));
  return {
    folder,
    repository,
    index,
    manifests,
    layers,
    requests,
    blobFile,
    spoil: (digest) => {
      const content = readFileSync(blobFile(digest));
      content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1;
      rmSync(blobFile(digest));
      writeFileSync(blobFile(digest), content);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Puts an SBOM beside `subject` as a publisher does. */
export function putSbom(
  repository: Repository,
  subject: Descriptor,
  type: string,
  content: string,
): Promise<Descriptor> {
  return putReferrer(repository, subject, type, { mediaType: type, content }, {});
}

function provenance(word: string): ReturnType<typeof provenanceClaim> {
  return provenanceClaim({
    image: '53/web',
    line: '8.4',
    version: '8.4.12',
    plan: digestOf(word),
    catalogVersion: '1',
    toolVersion: '0.1.0',
    materials: [{ name: 'php', uri: 'pkg:deb/debian/php@8.4.12', digest: digestOf('php') }],
  });
}
