import { X509Certificate } from 'node:crypto';
import { pemOf } from './certificate.js';
import { imageError } from './image-error.js';

const pemBlock = /-----BEGIN (?<label>[A-Z0-9 ]+)-----[\s\S]*?-----END \k<label>-----/gu;
const certificateLabel = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/u;

/** How many certificates a text begins, whole or not. */
export function certificatesBegun(text: string): number {
  return text.split(certificateLabel).length - 1;
}

/** The certificates of a text as they stand in it, in PEM; what is around them is left out. */
export function certificateBlocks(text: string): readonly string[] {
  return [...text.matchAll(pemBlock)].map(([block]) => block).filter((block) => certificateLabel.test(block));
}

/**
 * The certificates in a file, in PEM or one in DER, each once, in the form of PEM that all programs read: no words, marks or foreign line ends
 * beside them. Throws `image/bad-certificate`; `name` is the file's.
 */
export function certificatesIn(content: Buffer, name: string): readonly string[] {
  const text = content.toString('latin1');
  try {
    const found = certificatesBegun(text) > 0 ? certificateBlocks(text) : [content];
    return [...new Set(found.map((one) => pemOf(new X509Certificate(one).raw)))];
  } catch (error) {
    throw imageError('image/bad-certificate', `${name} holds something that is no X.509 certificate`, {
      hint: 'It holds certificates in PEM, or one in DER.',
      data: { certificate: name },
      cause: error,
    });
  }
}
