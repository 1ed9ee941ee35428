import type { EntryHeader, EntryType } from './archive.js';
import { archiveError } from './archive-error.js';

/** The tree that the entries of one archive make, as far as it has been read. */
export interface EntryTree {
  /**
   * Adds an entry. Throws `archive/duplicate-entry`, `archive/bad-link` (beneath something that is no directory; a hard
   * link to something that is no earlier file) and `archive/too-large` (too many).
   */
  add(entry: EntryHeader): void;
}

/**
 * An empty tree. What one archive says of itself is judged here, by names alone, so that nothing that is written later can go
 * through a link (https://nvd.nist.gov/vuln/detail/CVE-2021-32803 and its kin).
 */
export function treeOfEntries(subject: string, maxEntries: number): EntryTree {
  const types = new Map<string, EntryType>();
  const implied = new Set<string>();
  let entries = 0;

  function addParents(path: string): void {
    for (let slash = path.lastIndexOf('/'); slash !== -1; slash = path.lastIndexOf('/', slash - 1)) {
      const parent = path.slice(0, slash);
      const type = types.get(parent);
      if (type !== undefined && type !== 'directory') {
        throw archiveError('archive/bad-link', subject, `${path} lies beneath ${parent}, which is a ${type}`, { path });
      }
      // Its own parents have been seen to when it was added.
      if (type !== undefined || implied.has(parent)) return;
      implied.add(parent);
    }
  }

  function add(entry: EntryHeader): void {
    const { path, type } = entry;
    entries += 1;
    if (entries > maxEntries) throw archiveError('archive/too-large', subject, `more than ${maxEntries} entries`);
    if (types.has(path)) throw archiveError('archive/duplicate-entry', subject, `${path} is there twice`, { path });
    if (implied.has(path) && type !== 'directory') {
      throw archiveError('archive/duplicate-entry', subject, `${path} is a ${type} and a directory as well`, { path });
    }
    addParents(path);
    if (type === 'hardlink') {
      const target = types.get(entry.linkTarget ?? '');
      if (target !== 'file' && target !== 'hardlink') {
        throw archiveError(
          'archive/bad-link',
          subject,
          `${path} is a hard link to ${entry.linkTarget ?? ''}, no file before it`,
          {
            path,
          },
        );
      }
    }
    types.set(path, type);
  }

  return { add };
}
