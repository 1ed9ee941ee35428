import { digestOf } from '../../provider/support/digest.js';
import type { SizedDigest } from '../../provider/support/digest.js';
import type { Descriptor, Repository } from '../../provider/registry/registry.js';

export const manifestType = 'application/vnd.oci.image.manifest.v1+json';
export const indexType = 'application/vnd.oci.image.index.v1+json';

/** Content as a repository takes it. */
export function contentOf(text: string | Uint8Array): () => AsyncIterable<Uint8Array> {
  return async function* content() {
    const bytes = Buffer.from(text);
    for (let start = 0; start < bytes.length; start += 65_536) yield bytes.subarray(start, start + 65_536);
  };
}

/** Puts text or bytes as a blob. */
export async function putContent(repository: Repository, content: string | Uint8Array): Promise<SizedDigest> {
  const blob = { digest: digestOf(content), size: Buffer.byteLength(content) };
  await repository.putBlob(blob, contentOf(content));
  return blob;
}

/** Puts an image with two layers, one of them shared by all images; with a subject, an artifact. */
export async function putSampleImage(
  repository: Repository,
  name: string,
  subject?: Pick<Descriptor, 'mediaType' | 'digest' | 'size'>,
  artifactType = 'application/spdx+json',
): Promise<Descriptor> {
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  const config = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    ...(await putContent(repository, `{"name":"${name}"}`)),
  };
  const layers = [
    { mediaType, ...(await putContent(repository, 'a shared layer')) },
    { mediaType, ...(await putContent(repository, `the layer of ${name}`)) },
  ];
  const artifact = subject === undefined ? {} : { artifactType, subject };
  const manifest = { schemaVersion: 2, mediaType: manifestType, ...artifact, config, layers };
  return repository.putManifest(Buffer.from(JSON.stringify(manifest)), manifestType);
}

/** Puts an index over manifests. */
export async function putSampleIndex(repository: Repository, manifests: readonly Descriptor[]): Promise<Descriptor> {
  const plain = manifests.map(({ mediaType, digest, size }) => ({ mediaType, digest, size }));
  return repository.putManifest(
    Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: plain })),
    indexType,
  );
}

/** All of a stream. */
export async function bytesIn(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}
