import { createVerify } from 'node:crypto';
import type { Verify } from 'node:crypto';
import { apkError } from './errors.js';
import type { ApkKey, ApkKeyring } from './keyring.js';

/** One signature as it stands in an index or a package: the content of `.SIGN.<algorithm>.<key>`. */
export interface ApkSignature {
  /** As the file name has it: `RSA`, `RSA256`, `RSA512`, or something that nobody verifies. */
  readonly algorithm: string;
  readonly keyName: string;
  readonly bytes: Buffer;
}

/** Verifies the signatures of bytes that come in pieces. */
export interface SignatureCheck {
  update(signed: Uint8Array): void;
  /**
   * The trusted key that signed. Throws `repository/unsigned`, `repository/untrusted-key` (all signatures are by keys
   * that are not in the keyring) and `repository/bad-signature`.
   */
  conclude(): ApkKey;
}

/** apk's names for RSASSA-PKCS1-v1_5 with a hash (apk-v2(5)). */
const hashes: Readonly<Record<string, string>> = { RSA: 'RSA-SHA1', RSA256: 'RSA-SHA256', RSA512: 'RSA-SHA512' };

/** The signature in an entry named `path`; undefined when the entry is none. */
export function signatureOf(path: string, bytes: Buffer): ApkSignature | undefined {
  const match = /^\.SIGN\.([A-Z0-9]+)\.([^/]+)$/.exec(path);
  if (match === null) return undefined;
  return { algorithm: match[1] ?? '', keyName: match[2] ?? '', bytes };
}

/**
 * A check of `signatures` against `keyring`; `subject` says what was signed. One good signature by a trusted key is
 * enough.
 */
export function checkSignatures(
  signatures: readonly ApkSignature[],
  keyring: ApkKeyring,
  subject: string,
): SignatureCheck {
  const checks: { readonly key: ApkKey; readonly verify: Verify; readonly signature: ApkSignature }[] = [];
  for (const signature of signatures) {
    const key = keyring.get(signature.keyName);
    const hash = hashes[signature.algorithm];
    if (key !== undefined && hash !== undefined) checks.push({ key, verify: createVerify(hash), signature });
  }

  function conclude(): ApkKey {
    for (const { key, verify, signature } of checks) {
      if (verify.verify(key.key, signature.bytes)) return key;
    }
    throw failure();
  }

  function failure(): Error {
    if (signatures.length === 0) return unsignedError(subject);
    const names = signatures.map((signature) => `${signature.algorithm} by ${signature.keyName}`).join(', ');
    if (checks.length === 0) {
      const trusted = keyring.size === 0 ? 'no keys at all' : [...keyring.keys()].join(', ');
      return apkError('repository/untrusted-key', `${subject} is signed by a key that is not trusted: ${names}`, {
        // apk finds keys by their names.
        hint: `Trusted are: ${trusted}. Add the publisher's key to the keyring, in a file of the name that the signature has.`,
        data: { subject, signatures: names },
      });
    }
    return apkError('repository/bad-signature', `${subject} does not have the signature it claims: ${names}`, {
      hint: 'It was changed on its way, or its publisher signed with another key of the same name. Do not use it.',
      data: { subject, signatures: names },
    });
  }

  return {
    update: (signed) => {
      for (const { verify } of checks) verify.update(signed);
    },
    conclude,
  };
}

/** The error for something that has no signature. */
export function unsignedError(subject: string): Error {
  return apkError('repository/unsigned', `${subject} is not signed`, {
    hint: 'Use a signed repository, or allow unsigned ones for it if you made it yourself.',
    data: { subject },
  });
}
