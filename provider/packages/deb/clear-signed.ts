import { isUtf8 } from 'node:buffer';
import { repositoryError } from './repository-error.js';

const begin = '-----BEGIN PGP SIGNED MESSAGE-----';
const beginSignature = '-----BEGIN PGP SIGNATURE-----';
const endSignature = '-----END PGP SIGNATURE-----';

/** A clear-signed text (RFC 9580, section 7). */
export interface ClearSigned {
  /** What was signed: dashes unescaped, no white space at the ends of lines, `\n` between lines, none after the last. */
  readonly text: string;
  /** The whole of it, which is plain. */
  readonly whole: string;
}

/**
 * Takes a clear-signed text apart. Readers disagree on everything that is not plain here, so exactly one form is let through:
 * one signed part from the first byte on, one armoured signature to the last, no carriage return in between. Throws
 * `repository/unsigned` for no signed part or for text beside it, `repository/bad-signature` for one that is not well-formed.
 */
export function splitClearSigned(content: Uint8Array, repository: string): ClearSigned {
  const lines = linesOf(content, repository);
  if (lines[0] !== begin) throw unsigned(repository, 'it does not begin with a signed text');
  const blank = lines.indexOf('');
  for (const header of lines.slice(1, Math.max(blank, 1))) {
    if (!/^Hash: [A-Za-z0-9, -]+$/.test(header)) throw unsigned(repository, 'there is text before the signed text');
  }
  const middle = lines.indexOf(beginSignature);
  if (blank === -1 || middle === -1 || middle < blank) throw bad(repository, 'the signed text has no signature');
  const signed = lines.slice(blank + 1, middle).map((line) => unescapeLine(line, repository));
  signatureBlock(lines.slice(middle), repository);
  return { text: signed.join('\n'), whole: `${lines.join('\n')}\n` };
}

/** A detached signature as armoured text, one block and nothing beside it. Throws as `splitClearSigned` does. */
export function armouredSignature(content: Uint8Array, repository: string): string {
  // A packet of OpenPGP begins with a set bit (RFC 9580, section 4.2).
  if (((content[0] ?? 0) & 0x80) !== 0) {
    throw repositoryError('repository/bad-signature', repository, 'its Release.gpg is in binary form', {
      hint: 'As for apt, it has to be in ASCII armour: whoever publishes it signs with "gpg --armor --detach-sign".',
    });
  }
  return signatureBlock(linesOf(content, repository), repository);
}

function linesOf(content: Uint8Array, repository: string): readonly string[] {
  if (!isUtf8(content)) throw bad(repository, 'it is not UTF-8');
  const text = Buffer.from(content.buffer, content.byteOffset, content.length).toString('utf8');
  if (/[\r\0\u000b\u000c\u0085\u2028\u2029]/u.test(text))
    throw bad(repository, 'it has line ends that readers disagree on');
  return text.replace(/\n+$/, '').split('\n');
}

function unescapeLine(line: string, repository: string): string {
  if (line.startsWith('- ')) return line.slice(2).replace(/[ \t]+$/, '');
  if (line.startsWith('-')) throw bad(repository, 'a line of the signed text begins with a dash that is not escaped');
  return line.replace(/[ \t]+$/, '');
}

function signatureBlock(lines: readonly string[], repository: string): string {
  const end = lines.indexOf(endSignature);
  if (lines[0] !== beginSignature || end === -1) throw bad(repository, 'its signature is not whole');
  if (end !== lines.length - 1) throw unsigned(repository, 'there is text behind the signature');
  if (lines.lastIndexOf(beginSignature) !== 0) throw bad(repository, 'its signature is not one block');
  return `${lines.join('\n')}\n`;
}

function unsigned(repository: string, what: string): Error {
  return repositoryError('repository/unsigned', repository, what, {
    hint: 'Nothing of it is used. A proxy or a sign-in page may stand between: open the address in a browser.',
  });
}

function bad(repository: string, what: string): Error {
  return repositoryError('repository/bad-signature', repository, what);
}
