import type { ArchiveEvent, EntryHeader } from '../archive.js';
import { archiveError } from '../archive-error.js';
import { contentHash } from '../../support/content-hash.js';
import type { ContentHash } from '../../support/content-hash.js';
import type { TarEntryHeader } from '../tar-entry.js';

/** An entry of the data section; its checksum, if it has one, is verified by the time its content has gone by. */
export interface ApkEntry extends EntryHeader {
  /** Lowercase hex sha1 of a file's content or of a symlink's target. */
  readonly checksum?: string;
}

const record = 'APK-TOOLS.checksum.SHA1';

/** Verifies the parts of one data section, one after the other. */
export type VerifyApkEvents = (source: Iterable<ArchiveEvent<TarEntryHeader>>) => Generator<ArchiveEvent<ApkEntry>>;

/**
 * Gives each entry of a data section the checksum that its PAX record states. A symlink's is verified at once, a file's as its content ends;
 * throws `archive/contradiction`, and `archive/malformed` when it is no checksum. Hard links have none of their own.
 */
export function apkEventVerifier(subject: string): VerifyApkEvents {
  /** The file whose content goes by. */
  let file: { readonly entry: ApkEntry; readonly sha1: ContentHash; left: number } | undefined;

  function conclude(): void {
    if (file?.left !== 0) return;
    if (file.sha1.hex() !== file.entry.checksum) throw mismatch(file.entry, subject);
    file = undefined;
  }

  return function* (source) {
    for (const event of source) {
      if (event instanceof Uint8Array) {
        file?.sha1.update(event);
        if (file !== undefined) file.left -= event.length;
        yield event;
      } else {
        const entry = withChecksum(event, subject);
        const isSummed = entry.type === 'file' && entry.checksum !== undefined;
        file = isSummed ? { entry, sha1: contentHash('sha1', entry.size), left: entry.size } : undefined;
        yield entry;
      }
      conclude();
    }
  };
}

function withChecksum(entry: TarEntryHeader, subject: string): ApkEntry {
  const { pax, userName: _user, groupName: _group, ...plain } = entry;
  const stated = pax.get(record)?.toString('latin1');
  if (stated === undefined) return plain;
  const checksum = hexOf(stated);
  if (checksum === undefined) {
    throw archiveError('archive/malformed', subject, `the checksum of ${entry.path} is no sha1`, { path: entry.path });
  }
  if (entry.type !== 'symlink') return entry.type === 'file' ? { ...plain, checksum } : plain;
  const target = Buffer.from(entry.linkTarget ?? '');
  const sha1 = contentHash('sha1', target.length);
  sha1.update(target);
  if (sha1.hex() !== checksum) throw mismatch(entry, subject);
  return { ...plain, checksum };
}

/** Some builders write the record in the index's own form, `Q1` and base64. */
function hexOf(stated: string): string | undefined {
  if (/^[0-9a-f]{40}$/.test(stated)) return stated;
  if (/^Q1[A-Za-z0-9+/]{27}=$/.test(stated)) return Buffer.from(stated.slice(2), 'base64').toString('hex');
  return undefined;
}

function mismatch(entry: EntryHeader, subject: string): Error {
  return archiveError('archive/contradiction', subject, `${entry.path} does not have its checksum`, {
    path: entry.path,
  });
}
