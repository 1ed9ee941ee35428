import { createHash, X509Certificate } from 'node:crypto';
import { imageError } from './image-error.js';

/** A certificate as programs look it up. */
export interface Certificate {
  /** PEM as it is written to a bundle: ends in a newline. */
  readonly pem: string;
  readonly der: Buffer;
  /** sha256 of the DER form, hex. */
  readonly fingerprint: string;
  /** What OpenSSL looks it up by in a folder of certificates: 8 hex digits (https://docs.openssl.org/3.0/man1/openssl-rehash/). */
  readonly subjectHash: string;
}

/** The one certificate in `pem`. Throws `image/bad-certificate`; `name` says which one. */
export function parseCertificate(pem: string, name: string): Certificate {
  try {
    const certificate = new X509Certificate(pem);
    return {
      pem: pem.endsWith('\n') ? pem : `${pem}\n`,
      der: certificate.raw,
      fingerprint: createHash('sha256').update(certificate.raw).digest('hex'),
      subjectHash: subjectHash(certificate.raw),
    };
  } catch (error) {
    throw imageError('image/bad-certificate', `${name} is no X.509 certificate in PEM form`, {
      hint: 'A certificate starts with -----BEGIN CERTIFICATE-----.',
      data: { certificate: name },
      cause: error,
    });
  }
}

/** A certificate in PEM as all who write it agree on, from its DER form; ends in a newline. */
export function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

interface Element {
  readonly tag: number;
  /** Header and content. */
  readonly whole: Buffer;
  readonly content: Buffer;
}

const sequence = 0x30;
const utf8String = 12;
/** UTF8, Printable, T61, IA5, Visible, Universal, BMP: the string types that OpenSSL brings into one form. */
const stringTags = new Set([utf8String, 19, 20, 22, 26, 28, 30]);
const versionTag = 0xa0;

/** The first four bytes, little-endian, of the SHA-1 of the subject in OpenSSL's canonical form (`X509_NAME_hash`). */
function subjectHash(der: Buffer): string {
  const [certificate] = elementsOf(der);
  const [toBeSigned] = elementsOf(content(certificate));
  const fields = elementsOf(content(toBeSigned)).filter((field) => field.tag !== versionTag);
  // serial, signature, issuer, validity, subject
  const canonical = elementsOf(content(fields[4])).map((names) => {
    const attributes = elementsOf(names.content).map((attribute) => {
      const [type, value] = elementsOf(attribute.content);
      if (type === undefined || value === undefined) throw new Error('an attribute of the subject has no value');
      return encode(sequence, Buffer.concat([type.whole, canonicalValue(value)]));
    });
    return encode(names.tag, Buffer.concat(attributes.sort((left, right) => Buffer.compare(left, right))));
  });
  const digest = createHash('sha1').update(Buffer.concat(canonical)).digest();
  return digest.readUInt32LE(0).toString(16).padStart(8, '0');
}

function content(element: Element | undefined): Buffer {
  if (element === undefined) throw new Error('the certificate is cut off');
  return element.content;
}

/** Strings as UTF-8, in lower case where they are ASCII, with single spaces between words. */
function canonicalValue(value: Element): Buffer {
  if (!stringTags.has(value.tag)) return value.whole;
  const text = textOf(value)
    .replaceAll(/[ \t\n\v\f\r]+/g, ' ')
    .replaceAll(/^ | $/g, '')
    .replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  return encode(utf8String, Buffer.from(text));
}

function textOf({ tag, content: bytes }: Element): string {
  if (tag === utf8String) return bytes.toString('utf8');
  if (tag === 30) return Buffer.from(bytes).swap16().toString('utf16le');
  if (tag !== 28) return bytes.toString('latin1');
  let text = '';
  for (let offset = 0; offset < bytes.length; offset += 4) text += String.fromCodePoint(bytes.readUInt32BE(offset));
  return text;
}

function elementsOf(bytes: Buffer): readonly Element[] {
  const elements: Element[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    let length = bytes.readUInt8(offset + 1);
    let start = offset + 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      length = bytes.readUIntBE(start, count);
      start += count;
    }
    const end = start + length;
    if (end > bytes.length) throw new Error('the certificate is cut off');
    elements.push({
      tag: bytes.readUInt8(offset),
      whole: bytes.subarray(offset, end),
      content: bytes.subarray(start, end),
    });
    offset = end;
  }
  return elements;
}

function encode(tag: number, bytes: Buffer): Buffer {
  if (bytes.length < 0x80) return Buffer.concat([Buffer.from([tag, bytes.length]), bytes]);
  const digits: number[] = [];
  for (let rest = bytes.length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return Buffer.concat([Buffer.from([tag, 0x80 | digits.length, ...digits]), bytes]);
}
