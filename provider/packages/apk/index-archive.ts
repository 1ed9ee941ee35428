import { archiveError } from '../archive-error.js';
import { readTar } from '../tar.js';
import { collectBytes, drainBytes } from './byte-stream.js';
import { apkError } from './errors.js';
import { gzipReader } from './gzip-members.js';
import type { GzipReader } from './gzip-members.js';
import type { ApkKeyring } from './keyring.js';
import { checkSignatures, signatureOf, unsignedError } from './signature.js';
import type { ApkSignature } from './signature.js';

/** What an `APKINDEX.tar.gz` holds, once it is trusted. */
export interface IndexArchive {
  /** The text of `APKINDEX`. */
  readonly text: Buffer;
  /** The text of `DESCRIPTION`: as a rule the version of the repository. */
  readonly description: string;
  /** When the index was made, by what is signed: seconds since the epoch, 0 when it does not say. */
  readonly madeAt: number;
  /** The fingerprint of the key that signed; undefined for an unsigned index that was allowed. */
  readonly signedBy: string | undefined;
}

/** How an index is to be trusted. */
export interface IndexTrust {
  readonly keyring: ApkKeyring;
  /**
   * Takes an index without a signature, or by a key that is not in the keyring. A wrong signature is refused all the
   * same.
   */
  readonly allowUnsigned: boolean;
}

const maxSignatureBytes = 1024 * 1024;
/** The largest public index, Alpine edge community, has 20 MB. */
const maxIndexBytes = 512 * 1024 * 1024;
const maxDescriptionBytes = 64 * 1024;

/**
 * Reads an index whose bytes `source` gives, twice: nothing of it is inflated or parsed before its signature is
 * verified. `subject` says which index it is. Throws `archive/…`, `repository/…`.
 */
export async function readIndexArchive(
  source: () => AsyncIterable<Uint8Array>,
  trust: IndexTrust,
  subject: string,
): Promise<IndexArchive> {
  const { signedBy, contentOffset } = await verify(source, trust, subject);
  const reader = gzipReader(source(), subject);
  try {
    if (contentOffset > 0) await passSignature(reader, subject);
    const content = await reader.next(maxIndexBytes);
    if (content === undefined)
      throw archiveError('archive/truncated', subject, 'there is nothing behind the signature');
    const files = await readFiles(content.content, subject);
    if ((await reader.next(maxSignatureBytes)) !== undefined) {
      throw archiveError('archive/trailing-data', subject, 'there is something behind the index');
    }
    return { ...files, signedBy };
  } finally {
    await reader.close();
  }
}

async function verify(
  source: () => AsyncIterable<Uint8Array>,
  trust: IndexTrust,
  subject: string,
): Promise<{ signedBy: string | undefined; contentOffset: number }> {
  const reader = gzipReader(source(), subject);
  try {
    const signatures = await readSignatures(reader, subject);
    if (signatures.length === 0) {
      if (trust.allowUnsigned) return { signedBy: undefined, contentOffset: 0 };
      throw unsignedError(subject);
    }
    const contentOffset = reader.offset();
    const check = checkSignatures(signatures, trust.keyring, subject);
    for await (const chunk of reader.rest()) check.update(chunk);
    const known = signatures.some((signature) => trust.keyring.has(signature.keyName));
    if (!known && trust.allowUnsigned) return { signedBy: undefined, contentOffset };
    return { signedBy: check.conclude().fingerprint, contentOffset };
  } finally {
    await reader.close();
  }
}

/** The signatures of the first member; none when the first member is something else, which is then only begun. */
async function readSignatures(reader: GzipReader, subject: string): Promise<readonly ApkSignature[]> {
  const member = await reader.next(maxSignatureBytes);
  if (member === undefined) throw archiveError('archive/truncated', subject, 'it is empty');
  const signatures: ApkSignature[] = [];
  for await (const entry of readTar(member.content, { subject, maxBytes: maxSignatureBytes, end: 'open' })) {
    const bytes = signatureOf(entry.path, Buffer.alloc(0)) === undefined ? undefined : await collectBytes(entry.body);
    const signature = bytes === undefined ? undefined : signatureOf(entry.path, bytes);
    if (signature === undefined) {
      if (signatures.length === 0) return [];
      throw archiveError('archive/malformed', subject, `there is ${entry.path} among its signatures`);
    }
    signatures.push(signature);
  }
  return signatures;
}

async function passSignature(reader: GzipReader, subject: string): Promise<void> {
  const member = await reader.next(maxSignatureBytes);
  if (member === undefined) throw archiveError('archive/truncated', subject, 'it changed while it was read');
  await drainBytes(member.content);
}

async function readFiles(
  content: AsyncIterable<Uint8Array>,
  subject: string,
): Promise<{ text: Buffer; description: string; madeAt: number }> {
  let text: Buffer | undefined;
  let description = '';
  let madeAt = 0;
  for await (const entry of readTar(content, { subject, maxBytes: maxIndexBytes, maxEntries: 16, end: 'open' })) {
    if (entry.type !== 'file') continue;
    if (entry.path === 'DESCRIPTION' && entry.size <= maxDescriptionBytes) {
      description = (await collectBytes(entry.body)).toString('utf8').trim();
    }
    if (entry.path === 'APKINDEX') {
      text = await collectBytes(entry.body);
      madeAt = entry.mtime;
    }
  }
  if (text === undefined) {
    throw apkError('repository/malformed', `${subject} has no APKINDEX in it`, {
      hint: 'Is the URL that of an apk repository, without the architecture?',
      data: { subject },
    });
  }
  return { text, description, madeAt };
}
