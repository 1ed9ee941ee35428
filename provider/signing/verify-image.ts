import type { ManifestDocument } from '../registry/manifest-document.js';
import type { Repository } from '../registry/registry.js';
import { type Digest, hexOf } from '../support/digest.js';
import { isPrivateImageError } from '../support/errors.js';
import { findSignatures, type FoundSignature, type UnreadableSignature } from './found-signature.js';
import { simpleSigningSchema } from './schema.js';
import { statementOf } from './sigstore-bundle.js';
import { signingError } from './signing-error.js';
import { predicateTypes } from './statement.js';
import type { Trust } from './trust.js';
import {
  faultOf,
  type Signed,
  type VerificationFault,
  type VerifiedImage,
  type VerifiedSignature,
} from './verification.js';
import { signatureError, verifyBundle } from './verify-bundle.js';
import { readManifest, verifyLayers, verifySboms } from './verify-content.js';

/** What is asked of an image. */
export interface VerifyOptions {
  readonly trust: Trust;
  /** Predicate types that the index and each of its images have to have a good signature of. Undefined: the signature and an SPDX SBOM. */
  readonly requires?: readonly string[];
  /** Compares an image with its signed SBOM: what lies in the layers is what the SBOM says. */
  readonly compare?: (image: ComparedImage) => Promise<readonly Pick<VerificationFault, 'code' | 'message' | 'hint'>[]>;
}

/** An image with the SBOM that was signed for it. */
export interface ComparedImage {
  readonly digest: Digest;
  readonly manifest: ManifestDocument;
  /** The signed SBOM: SPDX as JSON. */
  readonly sbom: unknown;
}

/**
 * Verifies an image or an index with all its images: that each manifest and each layer has its digest, that whom `trust` names has signed
 * each, that the SBOMs beside them are the signed ones. Every fault is found before it returns.
 *
 * Throws `signing/no-image`, and the errors of a registry that cannot be read.
 */
export async function verifyImage(
  repository: Repository,
  reference: string,
  options: VerifyOptions,
): Promise<VerifiedImage> {
  const head = await repository.getManifest(reference);
  if (head === undefined) {
    throw signingError('signing/no-image', `There is no ${reference} in ${repository.reference}`, {
      hint: 'Look at the tags of the image.',
    });
  }
  const faults: VerificationFault[] = [];
  const distrusted: VerificationFault[] = [];
  const signatures: VerifiedSignature[] = [];
  const seen = new Set<Digest>();
  const { digest } = head.descriptor;
  for (const waiting: Digest[] = [digest]; waiting.length > 0; ) {
    const subject = waiting.shift();
    if (subject === undefined || seen.has(subject)) continue;
    seen.add(subject);
    const signed = await verifySubject(repository, subject, options, { faults, distrusted });
    signatures.push(...signed.map(({ predicate: _, ...signature }) => signature));
    const manifest = await readManifest(repository, subject, faults);
    if (manifest === undefined) continue;
    waiting.push(...manifest.manifests.map((child) => child.digest));
    await verifyLayers(repository, subject, manifest, { faults, seen });
    const sbom = signed.find(({ predicateType }) => predicateType === predicateTypes.spdx)?.predicate;
    if (options.compare === undefined || manifest.manifests.length > 0 || sbom === undefined) continue;
    const found = await options.compare({ digest: subject, manifest, sbom });
    faults.push(...found.map(({ code, message, hint }) => ({ code, message, hint, subject, artifact: undefined })));
  }
  return { reference, digest, signatures, faults, distrusted };
}

interface Findings {
  readonly faults: VerificationFault[];
  readonly distrusted: VerificationFault[];
}

async function verifySubject(
  repository: Repository,
  subject: Digest,
  { trust, requires = [predicateTypes.signature, predicateTypes.spdx] }: VerifyOptions,
  { faults, distrusted }: Findings,
): Promise<readonly Signed[]> {
  const signed: Signed[] = [];
  const refused: { readonly predicateType: string | undefined; readonly fault: VerificationFault }[] = [];
  for (const found of await findSignatures(repository, subject)) {
    try {
      signed.push(verifySignature(found, subject, trust));
    } catch (error) {
      if (!isPrivateImageError(error)) throw error;
      refused.push({ predicateType: claimedType(found), fault: faultOf(error, subject, found.artifact) });
    }
  }
  const blamed = new Set<VerificationFault>();
  for (const required of requires) {
    if (signed.some(({ predicateType }) => predicateType === required)) continue;
    const candidates = refused.filter(({ predicateType }) => predicateType === undefined || predicateType === required);
    for (const { fault } of candidates) blamed.add(fault);
    if (candidates.length > 0) continue;
    const error = signatureError('signing/unsigned', `${subject} has no signed statement of the type ${required}`);
    faults.push(faultOf(error, subject, undefined));
  }
  faults.push(...blamed);
  distrusted.push(...refused.flatMap(({ fault }) => (blamed.has(fault) ? [] : [fault])));
  await verifySboms(repository, subject, signed, faults);
  return signed;
}

function verifySignature(found: FoundSignature | UnreadableSignature, subject: Digest, trust: Trust): Signed {
  if ('error' in found) throw found.error;
  const { artifact, form, bundle, payload } = found;
  const signer = verifyBundle(bundle, trust, payload);
  const { predicateType, predicate, subjects } = payload === undefined ? statementOf(bundle) : imageIn(payload);
  if (!subjects.includes(hexOf(subject))) {
    const over = subjects.map((hex) => `sha256:${hex}`).join(', ');
    throw signatureError('signing/wrong-subject', `The signature is over ${over} and stands beside ${subject}`);
  }
  return { subject, predicateType, predicate, signer, artifact, form };
}

/** What an older signature says. */
function imageIn(payload: Buffer): ReturnType<typeof statementOf> {
  let json: unknown;
  try {
    json = JSON.parse(payload.toString('utf8'));
  } catch {
    json = undefined;
  }
  const parsed = simpleSigningSchema.safeParse(json);
  if (!parsed.success)
    throw signatureError('signing/malformed', 'An older signature is over something that names no image');
  const digest = parsed.data.critical.image['docker-manifest-digest'];
  return { predicateType: predicateTypes.signature, predicate: {}, subjects: [hexOf(digest)] };
}

/** What a refused signature claims to state, to tell what is missing by it. */
function claimedType(found: FoundSignature | UnreadableSignature): string | undefined {
  if (found.form === 'sig') return predicateTypes.signature;
  if ('error' in found) return found.predicateType;
  try {
    return statementOf(found.bundle).predicateType;
  } catch {
    return found.predicateType;
  }
}
