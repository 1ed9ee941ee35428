import type { ArchiveEntry } from '../packages/archive.js';
import type { Store } from '../store/store.js';

const copyrightPath = /^usr\/share\/doc\/[^/]+\/copyright$/;

/** True for a file that an SBOM reads. */
export function isCopyright({ path, type }: Pick<ArchiveEntry, 'path' | 'type'>): boolean {
  return type === 'file' && copyrightPath.test(path);
}

/** The entry, with its content in the store as well. */
export async function kept<Entry extends ArchiveEntry>(store: Store, entry: Entry): Promise<Entry> {
  const { digest } = await store.put(entry.body);
  return { ...entry, body: store.open(digest) };
}
