import { createHash } from 'node:crypto';
import type { ArchiveEntry } from '../archive.js';
import { archiveError } from '../archive-error.js';
import type { TarEntry } from '../tar.js';

/** An entry of the data section; its checksum, if it has one, is verified by the time its body has been read. */
export interface ApkEntry extends ArchiveEntry {
  /** Lowercase hex sha1 of a file's content or of a symlink's target. */
  readonly checksum?: string;
}

const record = 'APK-TOOLS.checksum.SHA1';

/**
 * An entry with the checksum that its PAX record states. A symlink's is verified at once, a file's as its body ends;
 * throws `archive/contradiction`, and `archive/malformed` when it is no checksum. Hard links have none of their own.
 */
export function verifiedEntry(entry: TarEntry, subject: string): ApkEntry {
  const { pax, userName: _user, groupName: _group, ...plain } = entry;
  const stated = pax.get(record)?.toString('latin1');
  if (stated === undefined) return plain;
  const checksum = hexOf(stated);
  if (checksum === undefined) {
    throw archiveError('archive/malformed', subject, `the checksum of ${entry.path} is no sha1`, { path: entry.path });
  }
  if (entry.type === 'symlink') {
    const actual = createHash('sha1')
      .update(entry.linkTarget ?? '')
      .digest('hex');
    if (actual !== checksum) throw mismatch(entry, subject);
    return { ...plain, checksum };
  }
  if (entry.type !== 'file') return plain;
  return { ...plain, checksum, body: verifiedBody(entry, checksum, subject) };
}

async function* verifiedBody(
  entry: TarEntry,
  checksum: string,
  subject: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const sha1 = createHash('sha1');
  for await (const chunk of entry.body) {
    sha1.update(chunk);
    yield chunk;
  }
  if (sha1.digest('hex') !== checksum) throw mismatch(entry, subject);
}

/** Some builders write the record in the index's own form, `Q1` and base64. */
function hexOf(stated: string): string | undefined {
  if (/^[0-9a-f]{40}$/.test(stated)) return stated;
  if (/^Q1[A-Za-z0-9+/]{27}=$/.test(stated)) return Buffer.from(stated.slice(2), 'base64').toString('hex');
  return undefined;
}

function mismatch(entry: TarEntry, subject: string): Error {
  return archiveError('archive/contradiction', subject, `${entry.path} does not have its checksum`, {
    path: entry.path,
  });
}
