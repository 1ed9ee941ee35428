import type { ArchiveEntry } from '../packages/archive.js';
import type { Store } from '../store/store.js';
import { bodyOf } from './tar-stream.js';

const copyrightPath = /^usr\/share\/doc\/[^/]+\/copyright$/;

/** True for a file that an SBOM reads. */
export function isCopyright({ path, type }: Pick<ArchiveEntry, 'path' | 'type'>): boolean {
  return type === 'file' && copyrightPath.test(path);
}

/** Bytes of a file that is held in memory for as long as it takes to keep it. */
const maxHeld = 128 * 1024;

/** The entry, with its content in the store as well. */
export async function kept<Entry extends ArchiveEntry>(store: Store, entry: Entry): Promise<Entry> {
  if (entry.size <= maxHeld) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry.body) chunks.push(chunk);
    const content = Buffer.concat(chunks);
    await store.put(content);
    return { ...entry, body: bodyOf(content) };
  }
  const { digest } = await store.put(entry.body);
  return { ...entry, body: store.open(digest) };
}
