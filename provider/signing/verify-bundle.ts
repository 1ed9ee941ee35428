import type { Bundle } from '@sigstore/bundle';
import { dsse } from '@sigstore/core';
import { PolicyError, type Signer as Verified, toSignedEntity, VerificationError, Verifier } from '@sigstore/verify';
import { isPrivateImageError, type PrivateImageError } from '../support/errors.js';
import { keyHint, verifyData } from './key-pair.js';
import { type SignatureFault, signingError } from './signing-error.js';
import type { IdentityTrust, KeyTrust, Trust } from './trust.js';

/** What the library says is wrong, in our words. */
const faults: Readonly<Record<string, SignatureFault>> = {
  TIMESTAMP_ERROR: 'signing/bad-timestamp',
  CERTIFICATE_ERROR: 'signing/untrusted-certificate',
  PUBLIC_KEY_ERROR: 'signing/wrong-key',
  SIGNATURE_ERROR: 'signing/bad-signature',
  TLOG_BODY_ERROR: 'signing/wrong-log-entry',
  TLOG_INCLUSION_PROOF_ERROR: 'signing/bad-log-proof',
  TLOG_INCLUSION_PROMISE_ERROR: 'signing/bad-log-proof',
  TLOG_MISSING_INCLUSION_ERROR: 'signing/bad-log-proof',
  TLOG_ERROR: 'signing/not-in-log',
  UNTRUSTED_SIGNER_ERROR: 'signing/untrusted-identity',
};

const hints: Readonly<Record<SignatureFault, string>> = {
  'signing/unsigned': 'Sign it, or ask whoever published it to.',
  'signing/malformed': 'Whatever wrote it is no sigstore tool, or it is damaged.',
  'signing/wrong-key': 'Give the public key of whoever published the image.',
  'signing/bad-signature': 'The document was changed after it was signed: do not use it.',
  'signing/wrong-subject': 'A signature was moved here from another image: do not trust it.',
  'signing/untrusted-certificate': 'Give the trusted root of the instance that certified the signer.',
  'signing/untrusted-identity': 'Only trust it if you know that this signer publishes the image.',
  'signing/wrong-log-entry': 'The log entry was moved here from another signature: do not trust it.',
  'signing/bad-log-proof': 'Nothing proves that the log knows this signature: do not trust it.',
  'signing/not-in-log': 'Sign with a log, or verify without asking for one.',
  'signing/bad-timestamp': 'Nothing proves when it was signed: do not trust it.',
  'signing/wrong-sbom': 'The SBOM was changed after it was signed: do not use it.',
  'signing/damaged': 'The image is not what was published: do not run it.',
};

/** An error about a signature, with what to do about it. */
export function signatureError(
  code: SignatureFault,
  message: string,
  details: { readonly data?: Readonly<Record<string, unknown>>; readonly cause?: unknown } = {},
): PrivateImageError<SignatureFault> {
  return signingError(code, message, { hint: hints[code], ...details });
}

/**
 * Checks that a bundle is signed by whom `trust` names, and gives their name: a key's hint, or the identity. `bytes` is what a bare
 * signature is over. Throws one of the errors of `SignatureFault`.
 */
export function verifyBundle(bundle: Bundle, trust: Trust, bytes?: Uint8Array): string {
  const data = bytes === undefined ? undefined : Buffer.from(bytes);
  try {
    assertPlainCheckpoints(bundle);
    return trust.kind === 'key' ? verifyWithKey(bundle, trust, data) : verifyWithIdentity(bundle, trust, data);
  } catch (error) {
    if (isPrivateImageError(error)) throw error;
    if (error instanceof VerificationError || error instanceof PolicyError) {
      throw signatureError(faults[error.code] ?? 'signing/bad-signature', `The signature is refused: ${error.message}`);
    }
    // Parsers of certificates and timestamps throw what they like at damaged ones.
    throw signatureError(
      'signing/malformed',
      'A signature holds a certificate, a timestamp or a log entry that cannot be read',
      {
        cause: error,
      },
    );
  }
}

function verifyWithKey(bundle: Bundle, { publicKey, root }: KeyTrust, data: Buffer | undefined): string {
  const { content } = bundle.verificationMaterial;
  const hint = keyHint(publicKey);
  if (content.$case !== 'publicKey') {
    throw signatureError(
      'signing/wrong-key',
      'It is signed with a certificate, where a signature with the key is asked for',
    );
  }
  const { bytes, signature } = signedBytes(bundle, data);
  if (!verifyData(publicKey, bytes, signature)) {
    const { hint: other } = content.publicKey;
    // Older signatures name no key, and nothing tells whether it is the key or the document that is another.
    if (other === '') {
      throw signatureError(
        'signing/wrong-key',
        `It is not signed with the key ${hint}, or was changed after that: signatures of this older form do not name their key`,
      );
    }
    if (other !== hint) {
      throw signatureError('signing/wrong-key', `It is signed with the key ${other}, not with ${hint}`);
    }
    throw signatureError('signing/bad-signature', `The signature does not fit what it is over, with the key ${hint}`);
  }
  if (root !== undefined) {
    const found = { publicKey, validFor: (): boolean => true };
    const material = { ...root, publicKey: () => found };
    new Verifier(material, { tlogThreshold: 1, timestampThreshold: 0 }).verify(toSignedEntity(bundle, data));
  }
  return hint;
}

function verifyWithIdentity(bundle: Bundle, trust: IdentityTrust, data: Buffer | undefined): string {
  const { root } = trust;
  if (bundle.verificationMaterial.content.$case === 'publicKey') {
    throw signatureError('signing/wrong-key', 'It is signed with a key, where an identity is asked for');
  }
  const verifier = new Verifier(root, {
    tlogThreshold: root.tlogs.length > 0 ? 1 : 0,
    ctlogThreshold: root.ctlogs.length > 0 ? 1 : 0,
    timestampThreshold: 1,
  });
  return identityOf(verifier.verify(toSignedEntity(bundle, data)), trust);
}

/** Compares in whole: a library that looks for a pattern anywhere in the name would take `eve@a.example.evil` for `a.example`. */
function identityOf({ identity }: Verified, { subject, issuer }: IdentityTrust): string {
  const name = identity?.subjectAlternativeName;
  const from = identity?.extensions?.issuer;
  const known =
    typeof subject === 'string'
      ? name === subject
      : name !== undefined && new RegExp(`^(?:${subject.source})$`, subject.flags.replaceAll(/[gym]/gu, '')).test(name);
  if (name !== undefined && known && from === issuer) return name;
  const wanted = `${String(subject)} of ${issuer}`;
  throw signatureError(
    'signing/untrusted-identity',
    `It is signed by ${name ?? 'nobody'} of ${from ?? 'no issuer'}, not by ${wanted}`,
  );
}

/** What a signature is over, byte by byte. */
function signedBytes(
  { content }: Bundle,
  data: Buffer | undefined,
): { readonly bytes: Buffer; readonly signature: Buffer } {
  if (content.$case === 'dsseEnvelope') {
    const { payloadType, payload, signatures } = content.dsseEnvelope;
    return { bytes: dsse.preAuthEncoding(payloadType, payload), signature: signatures[0]?.sig ?? Buffer.alloc(0) };
  }
  if (data === undefined)
    throw signatureError('signing/malformed', 'A bare signature stands alone, without what it is over');
  return { bytes: data, signature: content.messageSignature.signature };
}

/** The name in a checkpoint is used as a pattern by the library; one that is more than a name could keep it busy for ever. */
function assertPlainCheckpoints(bundle: Bundle): void {
  for (const { inclusionProof } of bundle.verificationMaterial.tlogEntries) {
    const envelope = inclusionProof?.checkpoint?.envelope ?? '';
    for (const [, name = ''] of envelope.matchAll(/^\u2014 (\S+)/gmu)) {
      if (/^[\w.:/-]{1,253}$/u.test(name)) continue;
      throw signatureError('signing/malformed', 'The checkpoint of a log is signed by what is no name');
    }
  }
}
