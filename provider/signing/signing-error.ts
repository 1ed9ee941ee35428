import { PrivateImageError } from '../support/errors.js';

/** What can be wrong with keys, tokens and signatures. */
export type SigningErrorCode =
  /** A private or public key that cannot be read, or of a kind that is not used here. */
  | 'signing/bad-key'
  /** The password of a private key is missing or wrong. */
  | 'signing/bad-password'
  /** No identity token can be found, or the one there is cannot be one. */
  | 'signing/no-identity'
  /** The certificate authority, the log or the timestamp authority did not do its part. */
  | 'signing/service'
  /** A trusted root that cannot be read or fetched. */
  | 'signing/bad-trusted-root'
  /** There is no image under this tag or digest. */
  | 'signing/no-image'
  | SignatureFault;

/** What can be wrong with a signature or with what it is over. */
export type SignatureFault =
  /** Nothing that says what is asked for is signed at all. */
  | 'signing/unsigned'
  /** The document is no sigstore bundle, envelope or statement. */
  | 'signing/malformed'
  /** It is signed by another key, or with a certificate where a key is asked for. */
  | 'signing/wrong-key'
  /** The signature does not fit the document. */
  | 'signing/bad-signature'
  /** The signature is over another digest. */
  | 'signing/wrong-subject'
  /** The certificate does not lead to a trusted root, or was not valid when it was used. */
  | 'signing/untrusted-certificate'
  /** The certificate is good, and of somebody else. */
  | 'signing/untrusted-identity'
  /** The entry of the log is of another signature or artifact. */
  | 'signing/wrong-log-entry'
  /** That the entry is in the log is not proven. */
  | 'signing/bad-log-proof'
  /** There is no log entry where one is asked for. */
  | 'signing/not-in-log'
  /** The time of signing is not proven. */
  | 'signing/bad-timestamp'
  /** An SBOM that is not the one that was signed. */
  | 'signing/wrong-sbom'
  /** A manifest or a layer that is not there, or does not have its digest. */
  | 'signing/damaged';

/** An error about a signature, a key or a token; it never holds a secret. */
export function signingError<Code extends SigningErrorCode>(
  code: Code,
  message: string,
  details: { readonly hint: string; readonly data?: Readonly<Record<string, unknown>>; readonly cause?: unknown },
): PrivateImageError<Code> {
  return new PrivateImageError<Code>(code, message, {
    hint: details.hint,
    ...(details.data === undefined ? {} : { data: details.data }),
    ...(details.cause === undefined ? {} : { cause: details.cause }),
  });
}
