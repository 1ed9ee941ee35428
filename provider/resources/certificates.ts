import { createPrivateKey, X509Certificate } from 'node:crypto';
import { certificateBlocks, certificatesBegun } from '../image/certificate-file.js';

/** What a certificate says of itself. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
  /** SHA-256 in hexadecimal with colons. */
  readonly fingerprint: string;
  /** ISO times. */
  readonly validFrom: string;
  readonly validTo: string;
}

/** What kind of file it is, seen by its bytes. */
export type CertificateFinding =
  | { readonly kind: 'certificates'; readonly certificates: readonly CertificateFacts[] }
  | { readonly kind: 'private key' }
  /** PKCS #12 or Java's own: what is in it shows only with its password. */
  | { readonly kind: 'key store' }
  /** PKCS #7, in PEM or DER, as Windows exports whole chains. */
  | { readonly kind: 'certificates in PKCS #7' }
  | { readonly kind: 'damaged'; readonly reason: string }
  | { readonly kind: 'other' };

const privateLabel = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/u;

/**
 * Finds out whether a file holds certificates (PEM, any number, text around them allowed; or one in DER) or a private key
 * (PEM or DER). A file that begins a certificate and cannot be read as one is `damaged`.
 */
export function lookForCertificates(content: Buffer): CertificateFinding {
  const text = content.toString('latin1');
  // A key beside a certificate is a key: what is refused must not hide behind what is not.
  if (privateLabel.test(text) || isPrivateKeyInDer(content)) return { kind: 'private key' };
  if (certificatesBegun(text) > 0) return readPem(text);
  if (isKeyStore(content)) return { kind: 'key store' };
  if (isSignedData(content, text)) return { kind: 'certificates in PKCS #7' };
  const single = readCertificate(content);
  if (single instanceof Error) return { kind: 'other' };
  // What lies behind it would not be trusted, and nobody would know.
  if (text.slice(single.raw.length).trim() !== '')
    return { kind: 'damaged', reason: 'there is more behind the first; in DER, a file holds one certificate' };
  return { kind: 'certificates', certificates: [factsOf(single)] };
}

function readPem(text: string): CertificateFinding {
  const blocks = certificateBlocks(text);
  if (blocks.length < certificatesBegun(text)) return { kind: 'damaged', reason: 'a certificate has no END line' };
  const certificates: CertificateFacts[] = [];
  for (const [index, block] of blocks.entries()) {
    const certificate = readCertificate(block);
    if (certificate instanceof Error)
      return { kind: 'damaged', reason: `certificate ${index + 1}: ${certificate.message}` };
    certificates.push(factsOf(certificate));
  }
  return { kind: 'certificates', certificates };
}

function readCertificate(content: Buffer | string): X509Certificate | Error {
  try {
    return new X509Certificate(content);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function isPrivateKeyInDer(content: Buffer): boolean {
  // A DER key is one ASN.1 sequence: anything else need not be tried.
  if (content[0] !== 0x30) return false;
  return (['pkcs8', 'pkcs1', 'sec1'] as const).some((type) => {
    try {
      createPrivateKey({ key: content, format: 'der', type });
      return true;
    } catch (error) {
      // Encrypted PKCS #8: a key all the same.
      return error instanceof Error && 'code' in error && error.code === 'ERR_MISSING_PASSPHRASE';
    }
  });
}

/** PKCS #12 begins with a sequence whose first member is the number 3 (RFC 7292, section 4); Java's key stores with a number of their own. */
function isKeyStore(content: Buffer): boolean {
  if (['feedfeed', 'cececece'].includes(content.toString('hex', 0, 4))) return true;
  const [tag, length = 0] = content;
  // From 128 on, the length is in as many bytes as it says; 128 itself stands for a length that is not told.
  const at = length < 0x80 ? 2 : 2 + (length & 0x7f);
  return tag === 0x30 && content.toString('hex', at, at + 3) === '020103';
}

/** Signed data (RFC 2315, section 9.1): a sequence that begins with the identifier 1.2.840.113549.1.7.2, or that as PEM. */
function isSignedData(content: Buffer, text: string): boolean {
  if (/-----BEGIN (?:PKCS7|PKCS #7 SIGNED DATA|CMS)-----/u.test(text)) return true;
  return content[0] === 0x30 && content.subarray(0, 32).includes(Buffer.from('06092a864886f70d010702', 'hex'));
}

function factsOf(certificate: X509Certificate): CertificateFacts {
  return {
    subject: certificate.subject.replaceAll('\n', ', '),
    issuer: certificate.issuer.replaceAll('\n', ', '),
    serialNumber: certificate.serialNumber,
    fingerprint: certificate.fingerprint256,
    validFrom: new Date(certificate.validFrom).toISOString(),
    validTo: new Date(certificate.validTo).toISOString(),
  };
}
