import { z } from 'zod';
import { digestSchema } from '../support/digest-schema.js';
import type { Descriptor, Repository } from '../registry/registry.js';
import { type Digest, digestOf, type SizedDigest } from '../support/digest.js';
import { isPrivateImageError } from '../support/errors.js';

/** The media type of an OCI image manifest, which an artifact is too. */
export const manifestMediaType = 'application/vnd.oci.image.manifest.v1+json';

/** The empty config of an artifact: https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidance-for-an-empty-descriptor */
const emptyContent = '{}';
const emptyDescriptor = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: digestOf(emptyContent),
  size: emptyContent.length,
};

/** A document that stands beside a subject: its blob, and the manifest that holds it. */
export interface PutArtifact {
  readonly blob: SizedDigest;
  readonly manifest: Digest;
}

/**
 * Puts a document beside `subject` as a referrer: an artifact manifest with the document as its one layer. The same document for the
 * same subject is the same artifact; when it is among `standing`, the referrers that are there already, nothing is sent.
 */
export async function putArtifact(
  repository: Repository,
  subject: Pick<Descriptor, 'mediaType' | 'digest' | 'size'>,
  artifactType: string,
  document: string,
  standing: readonly Descriptor[] = [],
): Promise<PutArtifact> {
  const blob = { digest: digestOf(document), size: Buffer.byteLength(document) };
  const manifest = artifactManifest({
    artifactType,
    layers: [{ mediaType: artifactType, ...blob }],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
  });
  const digest = digestOf(manifest);
  if (standing.some((one) => one.digest === digest)) return { blob, manifest: digest };
  await repository.putBlob(blob, () => once(document));
  await putArtifactManifest(repository, manifest);
  return { blob, manifest: digest };
}

/** Puts an artifact that says all it has to say in its annotations. */
export async function putAnnotatedArtifact(
  repository: Repository,
  artifactType: string,
  annotations: Readonly<Record<string, string>>,
): Promise<Descriptor> {
  return putArtifactManifest(repository, annotatedManifest(artifactType, annotations));
}

/** The digest that `putAnnotatedArtifact` gives. */
export function annotatedDigest(artifactType: string, annotations: Readonly<Record<string, string>>): Digest {
  return digestOf(annotatedManifest(artifactType, annotations));
}

function annotatedManifest(artifactType: string, annotations: Readonly<Record<string, string>>): string {
  return artifactManifest({ artifactType, layers: [emptyDescriptor], annotations });
}

function artifactManifest({ artifactType, layers, ...rest }: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestMediaType,
    artifactType,
    config: emptyDescriptor,
    layers,
    ...rest,
  });
}

async function putArtifactManifest(repository: Repository, manifest: string): Promise<Descriptor> {
  await repository.putBlob(emptyDescriptor, () => once(emptyContent));
  return repository.putManifest(Buffer.from(manifest), manifestMediaType);
}

const artifactSchema = z.object({ layers: z.array(z.object({ digest: digestSchema })).length(1) });

/** Whether a referrer can be one that `putArtifact` has put: what other tools attach has annotations, with its time or its name. */
export function isOwnArtifact({ annotations }: Descriptor): boolean {
  return Object.keys(annotations ?? {}).length === 0;
}

/** The one document of ours that stands beside `subject` as an artifact of this type, or undefined when there is none. */
export async function findArtifact(
  repository: Repository,
  subject: Digest,
  artifactType: string,
): Promise<Digest | undefined> {
  const referrer = (await repository.referrers(subject, artifactType)).find(isOwnArtifact);
  const found = referrer === undefined ? undefined : await repository.getManifest(referrer.digest);
  if (found === undefined) return undefined;
  return artifactSchema.safeParse(JSON.parse(found.content.toString('utf8'))).data?.layers[0]?.digest;
}

/** A document longer than this is none of ours. Bytes. */
const longestDocument = 64 * 1024 * 1024;

const sizedSchema = z.object({
  layers: z.array(z.object({ digest: digestSchema, size: z.int().nonnegative().max(longestDocument) })).length(1),
});

/**
 * What `read` makes of the document that stands beside `subject` as an artifact of this type, given as JSON. Anybody who may push can put another
 * there: one that `read` gives undefined for is passed over, and so is one that is damaged. Undefined when there is none.
 */
export async function readArtifact<Document>(
  repository: Repository,
  subject: Digest,
  artifactType: string,
  read: (json: unknown) => Document | undefined,
): Promise<Document | undefined> {
  for (const { digest } of (await repository.referrers(subject, artifactType)).filter(isOwnArtifact)) {
    const document = read(await jsonOf(repository, digest));
    if (document !== undefined) return document;
  }
  return undefined;
}

/** The one document of an artifact; undefined when it has none that is JSON and whole. */
async function jsonOf(repository: Repository, artifact: Digest): Promise<unknown> {
  try {
    const found = await repository.getManifest(artifact);
    const layer = found && sizedSchema.safeParse(JSON.parse(found.content.toString('utf8'))).data?.layers[0];
    if (layer === undefined) return undefined;
    const chunks: Uint8Array[] = [];
    for await (const chunk of repository.getBlob(layer.digest, layer.size)) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    const isDamage =
      error instanceof SyntaxError ||
      isPrivateImageError(error, 'registry/mismatch', 'registry/missing', 'registry/malformed');
    if (isDamage) return undefined;
    throw error;
  }
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}
