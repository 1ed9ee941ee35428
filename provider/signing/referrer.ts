import { mediaTypes } from '../image/media-types.js';
import type { Descriptor, Repository } from '../registry/registry.js';
import { digestOf, type SizedDigest } from '../support/digest.js';

/** What is signed: a manifest or an index that is in the repository. */
export type Subject = Pick<Descriptor, 'mediaType' | 'digest' | 'size'>;

/** A layer of an artifact that is to be put, with its content. */
export interface ArtifactLayer {
  readonly mediaType: string;
  readonly content: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The empty config of an artifact: https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidance-for-an-empty-descriptor */
const emptyConfig = { mediaType: 'application/vnd.oci.empty.v1+json', content: '{}' };

/** Puts an artifact of one layer beside `subject`. It holds no time, so that the same layer is the same artifact. */
export async function putReferrer(
  repository: Repository,
  subject: Subject,
  artifactType: string,
  layer: ArtifactLayer,
  annotations: Readonly<Record<string, string>>,
): Promise<Descriptor> {
  const { mediaType, digest, size } = subject;
  return putManifest(repository, {
    artifactType,
    config: await putContent(repository, emptyConfig),
    // A signature holds random numbers as a rule; to send one again that does not does no harm.
    layers: [await putContent(repository, layer, true)],
    subject: { mediaType, digest, size },
    annotations,
  });
}

/** Puts `fields` as an image manifest. */
export function putManifest(repository: Repository, fields: Readonly<Record<string, unknown>>): Promise<Descriptor> {
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, ...fields };
  return repository.putManifest(Buffer.from(JSON.stringify(manifest)), mediaTypes.manifest);
}

/** Puts a short document as a blob and gives its descriptor. One that `isNew` is known to be in no repository yet. */
export async function putContent(
  repository: Repository,
  { mediaType, content, annotations }: ArtifactLayer,
  isNew = false,
): Promise<Descriptor> {
  const blob: SizedDigest = { digest: digestOf(content), size: Buffer.byteLength(content) };
  await repository.putBlob(blob, () => once(content), { isNew });
  return { mediaType, ...blob, ...(annotations === undefined ? {} : { annotations }) };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}
