import { isDeepStrictEqual } from 'node:util';
import type { Bundle } from '@sigstore/bundle';
import { mediaTypes } from '../image/media-types.js';
import { parseManifest } from '../registry/manifest-document.js';
import type { Descriptor, Repository } from '../registry/registry.js';
import type { Digest } from '../support/digest.js';
import { isPrivateImageError } from '../support/errors.js';
import { cosignTag } from './cosign-tag.js';
import { type ArtifactLayer, putContent, putManifest } from './referrer.js';
import { envelopeOf } from './sigstore-bundle.js';

/** The media type of an older image signature's payload. */
export const simpleSigningMediaType = 'application/vnd.dev.cosign.simplesigning.v1+json';
/** The media type of an older attestation. */
const envelopeMediaType = 'application/vnd.dsse.envelope.v1+json';

/** The annotations of older signatures (https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md). */
export const cosignAnnotations = {
  signature: 'dev.cosignproject.cosign/signature',
  certificate: 'dev.sigstore.cosign/certificate',
  chain: 'dev.sigstore.cosign/chain',
  bundle: 'dev.sigstore.cosign/bundle',
  timestamp: 'dev.sigstore.cosign/rfc3161timestamp',
  predicateType: 'predicateType',
} as const;

/** How often signatures are added to a tag that others move. */
const mostTries = 8;

/** What an older signature is over: the image's digest, under the name that it is published by. */
export function simpleSigningPayload(reference: string, subject: Digest): string {
  return JSON.stringify({
    critical: {
      identity: { 'docker-reference': reference },
      image: { 'docker-manifest-digest': subject },
      type: 'cosign container image signature',
    },
    optional: null,
  });
}

/** An older image signature. */
export function signatureLayer(payload: string, bundle: Bundle): ArtifactLayer {
  const content = bundle.content;
  const signature = content.$case === 'messageSignature' ? content.messageSignature.signature : Buffer.alloc(0);
  const annotations = {
    [cosignAnnotations.signature]: signature.toString('base64'),
    ...proofs(bundle),
    ...timestampOf(bundle),
  };
  return { mediaType: simpleSigningMediaType, content: payload, annotations };
}

/** An older attestation. Its timestamp would have to be over the envelope, so that it carries none: the log proves the time. */
export function attestationLayer(predicateType: string, bundle: Bundle): ArtifactLayer {
  const annotations = {
    [cosignAnnotations.signature]: '',
    [cosignAnnotations.predicateType]: predicateType,
    ...proofs(bundle),
  };
  return { mediaType: envelopeMediaType, content: JSON.stringify(envelopeOf(bundle)), annotations };
}

/** The layers that stand under a tag of signatures; none where there is no such tag. */
export async function taggedLayers(
  repository: Repository,
  subject: Digest,
  suffix: 'sig' | 'att',
): Promise<{ readonly manifest: Digest | undefined; readonly layers: readonly Descriptor[] }> {
  const found = await repository.getManifest(cosignTag(subject, suffix));
  if (found === undefined) return { manifest: undefined, layers: [] };
  const document = parseManifest(found.content, found.descriptor.mediaType, repository.reference);
  const wanted = suffix === 'sig' ? simpleSigningMediaType : envelopeMediaType;
  const layers = document.blobs.flatMap(({ mediaType, digest, size, annotations }) =>
    mediaType === wanted ? [{ mediaType, digest, size, ...(annotations === undefined ? {} : { annotations }) }] : [],
  );
  return { manifest: found.descriptor.digest, layers };
}

/** Adds signatures to those under the tag, which stay: others may have signed the image as well. Throws `registry/tag-moved`. */
export async function addTaggedLayers(
  repository: Repository,
  subject: Digest,
  suffix: 'sig' | 'att',
  added: readonly ArtifactLayer[],
): Promise<void> {
  const descriptors: Descriptor[] = [];
  for (const layer of added) descriptors.push(await putContent(repository, layer));
  await addLayers(repository, subject, suffix, descriptors);
}

/**
 * Adds layers whose content is there to those under the tag; one that stands there is not added again. When another writer moves the
 * tag meanwhile, it is read again. Throws `registry/tag-moved` when that does not end.
 */
export async function addLayers(
  repository: Repository,
  subject: Digest,
  suffix: 'sig' | 'att',
  added: readonly Descriptor[],
): Promise<void> {
  const tag = cosignTag(subject, suffix);
  for (let tries = 1; ; tries += 1) {
    const { manifest: expected, layers } = await taggedLayers(repository, subject, suffix);
    const missing = added.filter((layer) => !layers.some((standing) => isDeepStrictEqual(standing, layer)));
    if (missing.length === 0) return;
    const { digest } = await putSignatures(repository, [...layers, ...missing]);
    try {
      await repository.tag([{ tag, digest, expected }]);
      return;
    } catch (error) {
      if (!isPrivateImageError(error, 'registry/tag-moved') || tries === mostTries) throw error;
    }
  }
}

/** The image that older tools keep signatures in: one layer a signature. */
async function putSignatures(repository: Repository, layers: readonly Descriptor[]): Promise<Descriptor> {
  const rootfs = { type: 'layers', diff_ids: layers.map(({ digest }) => digest) };
  const content = JSON.stringify({ architecture: '', config: {}, created: '0001-01-01T00:00:00Z', os: '', rootfs });
  const config = await putContent(repository, { mediaType: mediaTypes.config, content });
  return putManifest(repository, { config, layers });
}

/** What proves who signed, and that the log knows it, as annotations. */
function proofs(bundle: Bundle): Record<string, string> {
  return { ...certificateOf(bundle), ...logEntryOf(bundle) };
}

function certificateOf({ verificationMaterial: { content } }: Bundle): Record<string, string> {
  if (content.$case === 'publicKey') return {};
  const certificate =
    content.$case === 'certificate' ? content.certificate : content.x509CertificateChain.certificates[0];
  return certificate === undefined ? {} : { [cosignAnnotations.certificate]: pemOf(certificate.rawBytes) };
}

function logEntryOf({ verificationMaterial }: Bundle): Record<string, string> {
  const [entry] = verificationMaterial.tlogEntries;
  if (entry?.inclusionPromise === undefined) return {};
  const promise = {
    SignedEntryTimestamp: entry.inclusionPromise.signedEntryTimestamp.toString('base64'),
    Payload: {
      body: entry.canonicalizedBody.toString('base64'),
      integratedTime: Number(entry.integratedTime),
      logIndex: Number(entry.logIndex),
      logID: entry.logId.keyId.toString('hex'),
    },
  };
  return { [cosignAnnotations.bundle]: JSON.stringify(promise) };
}

function timestampOf({ verificationMaterial }: Bundle): Record<string, string> {
  const [timestamp] = verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? [];
  if (timestamp === undefined) return {};
  const SignedRFC3161Timestamp = timestamp.signedTimestamp.toString('base64');
  return { [cosignAnnotations.timestamp]: JSON.stringify({ SignedRFC3161Timestamp }) };
}

function pemOf(der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replaceAll(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
