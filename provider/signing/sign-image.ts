import { type KeyObject, X509Certificate } from 'node:crypto';
import type { Bundle } from '@sigstore/bundle';
import { dsse, X509Certificate as SigstoreCertificate } from '@sigstore/core';
import type { Repository } from '../registry/registry.js';
import { inParallel } from '../support/in-parallel.js';
import { addTaggedLayers, attestationLayer, signatureLayer, simpleSigningPayload } from './cosign-tags.js';
import { findSignatures, type FoundSignature, predicateTypeAnnotation } from './found-signature.js';
import type { Identity } from './identity-token.js';
import { verifyData } from './key-pair.js';
import { type ArtifactLayer, putReferrer, type Subject } from './referrer.js';
import { bundleMediaType, bundleText } from './sigstore-bundle.js';
import type { Signer } from './signer.js';
import { type Claim, signatureClaim, statementText } from './statement.js';

/** A manifest or index to sign, and what to state of it beside. */
export interface SigningRequest {
  readonly subject: Subject;
  readonly claims: readonly Claim[];
}

/** How much was done. */
export interface SigningOutcome {
  readonly added: number;
  /** Signatures of the same signer over the same statement that stood there already. */
  readonly reused: number;
}

/**
 * Signs each subject and states each claim of it, where this signer has not done so already: signatures hold random numbers, so that
 * signing again would add one each time. `name` is what the image is published as, as `registry.example.com/53/web`.
 *
 * Throws `signing/no-identity`, `signing/service`, and the errors of the repository.
 */
export async function signImages(
  repository: Repository,
  signer: Signer,
  name: string,
  requests: readonly SigningRequest[],
): Promise<SigningOutcome> {
  let added = 0;
  let reused = 0;
  for (const { subject, claims } of requests) {
    const all = [signatureClaim(), ...claims];
    const found = await standing(repository, signer, subject);
    const missing = [
      ...(signer.form === 'tags' ? [] : await addBundles(repository, signer, subject, all, found)),
      ...(signer.form === 'bundle' ? [] : await addTags(repository, signer, subject, all, found, name)),
    ];
    const forms = signer.form === 'both' ? 2 : 1;
    added += missing.length;
    reused += all.length * forms - missing.length;
  }
  return { added, reused };
}

/** Whether this signer has signed `subject` and stated each of `claims` of it, in the form that it keeps signatures in. */
export async function isSigned(
  repository: Repository,
  signer: Signer,
  name: string,
  request: SigningRequest,
): Promise<boolean> {
  const found = await standing(repository, signer, request.subject);
  const all = [signatureClaim(), ...request.claims];
  const bundles = signer.form === 'tags' || all.every((claim) => hasBundle(found, request.subject, claim));
  const tags = signer.form === 'bundle' || all.every((claim) => hasTag(found, request.subject, claim, name));
  return bundles && tags;
}

async function addBundles(
  repository: Repository,
  signer: Signer,
  subject: Subject,
  claims: readonly Claim[],
  found: readonly FoundSignature[],
): Promise<readonly Claim[]> {
  const missing = claims.filter((claim) => !hasBundle(found, subject, claim));
  const bundles = await inParallel(missing, async (claim) => ({
    claim,
    bundle: await signer.signStatement(statementText(subject.digest, claim)),
  }));
  for (const { claim, bundle } of bundles) {
    const layer = { mediaType: bundleMediaType, content: bundleText(bundle) };
    await putReferrer(repository, subject, bundleMediaType, layer, {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      [predicateTypeAnnotation]: claim.predicateType,
    });
  }
  return missing;
}

async function addTags(
  repository: Repository,
  signer: Signer,
  subject: Subject,
  claims: readonly Claim[],
  found: readonly FoundSignature[],
  name: string,
): Promise<readonly Claim[]> {
  const missing = claims.filter((claim) => !hasTag(found, subject, claim, name));
  const made = await inParallel(missing, (claim) => tagLayer(signer, subject, claim, name));
  for (const suffix of ['sig', 'att'] as const) {
    const layers = made.flatMap((one) => (one.suffix === suffix ? [one.layer] : []));
    if (layers.length > 0) await addTaggedLayers(repository, subject.digest, suffix, layers);
  }
  return missing;
}

async function tagLayer(
  signer: Signer,
  subject: Subject,
  claim: Claim,
  name: string,
): Promise<{ readonly suffix: 'sig' | 'att'; readonly layer: ArtifactLayer }> {
  if (isSignature(claim)) {
    const payload = simpleSigningPayload(name, subject.digest);
    return { suffix: 'sig', layer: signatureLayer(payload, await signer.signBytes(Buffer.from(payload))) };
  }
  const bundle = await signer.signStatement(statementText(subject.digest, claim));
  return { suffix: 'att', layer: attestationLayer(claim.predicateType, bundle) };
}

/** What this signer has signed before. */
async function standing(repository: Repository, signer: Signer, subject: Subject): Promise<readonly FoundSignature[]> {
  const found = await findSignatures(repository, subject.digest, signer.form);
  return found.filter((one): one is FoundSignature => 'bundle' in one && isBy(signer, one));
}

function hasBundle(found: readonly FoundSignature[], subject: Subject, claim: Claim): boolean {
  const wanted = Buffer.from(statementText(subject.digest, claim));
  return found.some(({ form, bundle }) => form === 'bundle' && wanted.equals(payloadOf(bundle)));
}

function hasTag(found: readonly FoundSignature[], subject: Subject, claim: Claim, name: string): boolean {
  const form = isSignature(claim) ? 'sig' : 'att';
  const text = form === 'sig' ? simpleSigningPayload(name, subject.digest) : statementText(subject.digest, claim);
  const wanted = Buffer.from(text);
  return found.some((one) => one.form === form && wanted.equals(one.payload ?? payloadOf(one.bundle)));
}

function isSignature({ predicateType }: Claim): boolean {
  return predicateType === signatureClaim().predicateType;
}

/**
 * Whether a signature is one of this signer. That of an identity counts when it holds under its own certificate, which is for the same
 * identity as far as that is known, and is logged as asked for; whose it is, `verifyImage` judges, which knows whom to trust.
 */
function isBy(signer: Signer, { bundle, payload }: FoundSignature): boolean {
  const { content, tlogEntries } = bundle.verificationMaterial;
  if (signer.logged && tlogEntries.length === 0) return false;
  if ((signer.publicKey === undefined) !== (content.$case === 'certificate')) return false;
  const key = signer.publicKey ?? certifiedKey(content, signer.identity);
  if (key === undefined) return false;
  if (bundle.content.$case === 'messageSignature') {
    return payload !== undefined && verifyData(key, payload, bundle.content.messageSignature.signature);
  }
  const { payloadType, payload: statement, signatures } = bundle.content.dsseEnvelope;
  const [signature] = signatures;
  return signature !== undefined && verifyData(key, dsse.preAuthEncoding(payloadType, statement), signature.sig);
}

/** The key of a certificate for `identity`; undefined if it is for somebody else, or damaged. */
function certifiedKey(
  content: Bundle['verificationMaterial']['content'],
  identity: Identity | undefined,
): KeyObject | undefined {
  if (content.$case !== 'certificate') return undefined;
  try {
    const { rawBytes } = content.certificate;
    return identity === undefined || isFor(identity, rawBytes) ? new X509Certificate(rawBytes).publicKey : undefined;
  } catch {
    return undefined;
  }
}

/** Where a certificate says who issued the token: https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md */
const issuerExtensions = { text: '1.3.6.1.4.1.57264.1.1', encoded: '1.3.6.1.4.1.57264.1.8' };

function isFor({ issuer, address }: Identity, certificate: Buffer): boolean {
  const parsed = SigstoreCertificate.parse(Buffer.from(certificate));
  const encoded = parsed.extension(issuerExtensions.encoded)?.valueObj.subs[0]?.value;
  const named = encoded ?? parsed.extension(issuerExtensions.text)?.value;
  if (named?.toString('utf8') !== issuer) return false;
  return address === undefined || parsed.subjectAltName === address;
}

function payloadOf({ content }: Bundle): Buffer {
  return content.$case === 'dsseEnvelope' ? content.dsseEnvelope.payload : Buffer.alloc(0);
}
