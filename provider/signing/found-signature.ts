import { X509Certificate } from 'node:crypto';
import { type Bundle, envelopeFromJSON, toDSSEBundle, toMessageSignatureBundle } from '@sigstore/bundle';
import { z } from 'zod';
import { parseManifest } from '../registry/manifest-document.js';
import type { Descriptor, Repository } from '../registry/registry.js';
import { type Digest, digestOf } from '../support/digest.js';
import { isPrivateImageError, type PrivateImageError } from '../support/errors.js';
import { cosignAnnotations, taggedLayers } from './cosign-tags.js';
import { envelopeSchema, logBundleSchema, timestampSchema } from './schema.js';
import type { SignatureForm } from './signing.js';
import { bundleMediaType, maxBundleBytes, parseBundle } from './sigstore-bundle.js';
import { signatureError } from './verify-bundle.js';

/** A signature or attestation that stands beside an image; nothing of it is verified. */
export interface FoundSignature {
  /** Of the manifest that holds it. */
  readonly artifact: Digest;
  readonly form: 'bundle' | 'sig' | 'att';
  /** What it is a statement of, as its holder says; undefined where nothing says it. */
  readonly predicateType: string | undefined;
  readonly bundle: Bundle;
  /** What a bare signature is over; undefined for statements. */
  readonly payload: Buffer | undefined;
}

/** One that cannot be read. */
export interface UnreadableSignature extends Pick<FoundSignature, 'artifact' | 'form' | 'predicateType'> {
  readonly error: PrivateImageError;
}

/** Annotation of a bundle's manifest that says what it states. */
export const predicateTypeAnnotation = 'dev.sigstore.bundle.predicateType';

/** All signatures of `subject` in a form: sigstore bundles among its referrers, then those under the older tags. */
export async function findSignatures(
  repository: Repository,
  subject: Digest,
  wanted: SignatureForm = 'both',
): Promise<readonly (FoundSignature | UnreadableSignature)[]> {
  const found: (FoundSignature | UnreadableSignature)[] = [];
  const bundles = wanted === 'tags' ? [] : await repository.referrers(subject, bundleMediaType);
  for (const { digest, annotations } of bundles) {
    const head = { artifact: digest, form: 'bundle' as const, predicateType: annotations?.[predicateTypeAnnotation] };
    found.push(await reading(head, async () => ({ bundle: await bundleIn(repository, digest), payload: undefined })));
  }
  for (const form of wanted === 'bundle' ? [] : (['sig', 'att'] as const)) {
    const { manifest, layers } = await taggedLayers(repository, subject, form);
    for (const layer of manifest === undefined ? [] : layers) {
      const predicateType = layer.annotations?.[cosignAnnotations.predicateType];
      const head = { artifact: layer.digest, form, predicateType };
      found.push(await reading(head, () => oldSignature(repository, layer, form)));
    }
  }
  return found;
}

async function reading(
  head: Pick<FoundSignature, 'artifact' | 'form' | 'predicateType'>,
  read: () => Promise<Pick<FoundSignature, 'bundle' | 'payload'>>,
): Promise<FoundSignature | UnreadableSignature> {
  try {
    return { ...head, ...(await read()) };
  } catch (error) {
    // An outage is no fault of the signature.
    if (
      isPrivateImageError(error, 'signing/malformed', 'registry/mismatch', 'registry/missing', 'registry/malformed')
    ) {
      return { ...head, error };
    }
    throw error;
  }
}

async function bundleIn(repository: Repository, artifact: Digest): Promise<Bundle> {
  const found = await repository.getManifest(artifact);
  if (found === undefined) throw malformed(`the signature ${artifact} is listed and not there`);
  const { blobs } = parseManifest(found.content, found.descriptor.mediaType, repository.reference);
  const [layer, ...others] = blobs.filter(({ mediaType }) =>
    mediaType.startsWith('application/vnd.dev.sigstore.bundle'),
  );
  if (layer === undefined || others.length > 0)
    throw malformed(`the signature ${artifact} does not hold exactly one bundle`);
  return parseBundle(await readBlob(repository, layer));
}

/** Reads a short blob, and hashes it again. */
export async function readBlob(
  repository: Repository,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
): Promise<Buffer> {
  if (size > maxBundleBytes) throw malformed(`${digest} has ${size} bytes, which is no signature and no SBOM`);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of repository.getBlob(digest, size)) {
    length += chunk.length;
    if (length > size) break;
    chunks.push(chunk);
  }
  const content = Buffer.concat(chunks);
  if (length === size && digestOf(content) === digest) return content;
  throw malformed(`${digest} is not what its digest and size say`);
}

async function oldSignature(
  repository: Repository,
  layer: Descriptor,
  form: 'sig' | 'att',
): Promise<Pick<FoundSignature, 'bundle' | 'payload'>> {
  const content = await readBlob(repository, layer);
  const annotations = layer.annotations ?? {};
  const certificate = certificateIn(annotations[cosignAnnotations.certificate]);
  const material = { ...(certificate === undefined ? { keyHint: '' } : { certificate }), certificateChain: false };
  const bundle = form === 'sig' ? bareSignature(content, annotations, material) : envelopeIn(content, material);
  bundle.verificationMaterial.tlogEntries = logEntriesIn(annotations[cosignAnnotations.bundle]);
  bundle.verificationMaterial.timestampVerificationData = {
    rfc3161Timestamps: timestampsIn(annotations[cosignAnnotations.timestamp]),
  };
  return { bundle, payload: form === 'sig' ? content : undefined };
}

type Material = { readonly keyHint?: string; readonly certificate?: Buffer; readonly certificateChain: boolean };

function bareSignature(content: Buffer, annotations: Readonly<Record<string, string>>, material: Material): Bundle {
  const signature = Buffer.from(annotations[cosignAnnotations.signature] ?? '', 'base64');
  const digest = Buffer.from(digestOf(content).slice('sha256:'.length), 'hex');
  return toMessageSignatureBundle({ digest, signature, ...material });
}

function envelopeIn(content: Buffer, material: Material): Bundle {
  const { payload, payloadType, signatures } = envelopeFromJSON(readJson(content.toString('utf8'), envelopeSchema));
  return toDSSEBundle({
    artifact: payload,
    artifactType: payloadType,
    signature: signatures[0]?.sig ?? Buffer.alloc(0),
    ...material,
  });
}

function certificateIn(pem: string | undefined): Buffer | undefined {
  if (pem === undefined || pem === '') return undefined;
  try {
    return new X509Certificate(pem).raw;
  } catch (error) {
    throw malformed('a signature has a certificate that is none', error);
  }
}

function logEntriesIn(text: string | undefined): Bundle['verificationMaterial']['tlogEntries'] {
  if (text === undefined || text === '') return [];
  const { SignedEntryTimestamp, Payload } = readJson(text, logBundleSchema);
  const canonicalizedBody = Buffer.from(Payload.body, 'base64');
  const { kind, apiVersion } = readJson(
    canonicalizedBody.toString('utf8'),
    z.object({ kind: z.string(), apiVersion: z.string() }),
  );
  return [
    {
      logIndex: String(Payload.logIndex),
      logId: { keyId: Buffer.from(Payload.logID, 'hex') },
      kindVersion: { kind, version: apiVersion },
      integratedTime: String(Payload.integratedTime),
      inclusionPromise: { signedEntryTimestamp: Buffer.from(SignedEntryTimestamp, 'base64') },
      inclusionProof: undefined,
      canonicalizedBody,
    },
  ];
}

function timestampsIn(text: string | undefined): { signedTimestamp: Buffer }[] {
  if (text === undefined || text === '') return [];
  return [{ signedTimestamp: Buffer.from(readJson(text, timestampSchema).SignedRFC3161Timestamp, 'base64') }];
}

function readJson<Schema extends z.ZodType>(text: string, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw malformed('a document beside a signature is not what it must be', error);
  }
}

function malformed(what: string, cause?: unknown): Error {
  return signatureError('signing/malformed', `A signature cannot be read: ${what}`, { cause });
}
