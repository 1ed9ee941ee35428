import type { Digest } from '../support/digest.js';
import type { PrivateImageError } from '../support/errors.js';
import type { FoundSignature } from './found-signature.js';

/** What was found out about an image. It can be trusted when there are no faults. */
export interface VerifiedImage {
  readonly reference: string;
  /** The digest that the reference stands for. */
  readonly digest: Digest;
  readonly signatures: readonly VerifiedSignature[];
  readonly faults: readonly VerificationFault[];
  /** Further signatures that say nothing for the image, and take nothing from it: of other signers, or damaged. */
  readonly distrusted: readonly VerificationFault[];
}

/** A good signature. */
export interface VerifiedSignature {
  /** The index or manifest that it is over. */
  readonly subject: Digest;
  readonly predicateType: string;
  /** The identity, or the hint of the key. */
  readonly signer: string;
  /** What holds it. */
  readonly artifact: Digest;
  readonly form: FoundSignature['form'];
}

/** Something that is wrong, with its name. */
export interface VerificationFault {
  /** As `signing/bad-signature`. */
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  /** The index or manifest that it is about. */
  readonly subject: Digest;
  /** The signature, SBOM or layer that is wrong. */
  readonly artifact: Digest | undefined;
}

/** A good signature with what it states. */
export type Signed = VerifiedSignature & { readonly predicate: unknown };

/** The fault that an error is, about `subject`. */
export function faultOf(error: PrivateImageError, subject: Digest, artifact: Digest | undefined): VerificationFault {
  return { code: error.code, message: error.message, hint: error.hint, subject, artifact };
}
