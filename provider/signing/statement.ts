import type { Digest } from '../support/digest.js';
import { hexOf } from '../support/digest.js';
import { statementSchema } from './schema.js';
import { signingError } from './signing-error.js';

/** The media type of in-toto statements in an envelope. */
export const statementMediaType = 'application/vnd.in-toto+json';

/** What statements say of an image, as `cosign verify-attestation --type` knows them. */
export const predicateTypes = {
  /** That the image is signed, and no more: what `cosign sign` writes. */
  signature: 'https://sigstore.dev/cosign/sign/v1',
  spdx: 'https://spdx.dev/Document',
  cyclonedx: 'https://cyclonedx.org/bom',
  provenance: 'https://slsa.dev/provenance/v1',
} as const;

/** Something that is said of an image. */
export interface Claim {
  readonly predicateType: string;
  /** JSON. */
  readonly predicate: unknown;
}

/** A statement that was read. */
export interface Statement extends Claim {
  /** The lowercase hex of the sha256 digests of its subjects. */
  readonly subjects: readonly string[];
}

/** The claim that an image is signed. */
export function signatureClaim(): Claim {
  return { predicateType: predicateTypes.signature, predicate: {} };
}

/** The claim that an SBOM is the image's. `document` is the text of the SBOM; throws `signing/malformed` if it is no JSON object. */
export function sbomClaim(kind: 'spdx' | 'cyclonedx', document: string): Claim {
  let predicate: unknown;
  try {
    predicate = JSON.parse(document);
  } catch (error) {
    throw malformed('An SBOM that is to be signed is no JSON', error);
  }
  if (typeof predicate !== 'object' || predicate === null || Array.isArray(predicate)) {
    throw malformed('An SBOM that is to be signed is no JSON object');
  }
  return { predicateType: predicateTypes[kind], predicate };
}

/**
 * The in-toto statement that makes `claim` of the manifest or index `subject`
 * (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md). The same claim of the same subject is the same text.
 */
export function statementText(subject: Digest, claim: Claim): string {
  return JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: hexOf(subject) } }],
    predicateType: claim.predicateType,
    predicate: claim.predicate,
  });
}

/** Reads a statement. Throws `signing/malformed`. */
export function readStatement(payload: Uint8Array): Statement {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch (error) {
    throw malformed('A signed statement is no JSON', error);
  }
  const parsed = statementSchema.safeParse(json);
  if (!parsed.success) throw malformed('A signed document is no in-toto statement');
  const { subject, predicateType, predicate } = parsed.data;
  return {
    subjects: subject.flatMap(({ digest }) => (digest['sha256'] === undefined ? [] : [digest['sha256']])),
    predicateType,
    predicate,
  };
}

function malformed(message: string, cause?: unknown): Error {
  return signingError('signing/malformed', message, {
    hint: 'Whatever wrote it is no sigstore tool, or it is damaged.',
    cause,
  });
}
