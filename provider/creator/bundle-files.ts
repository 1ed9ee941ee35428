import { loadBundle } from './bundles.js';
import type { Creator } from './creator.js';
import type { BundleRequest } from './request.js';

/** What the bundle of a reference was asked to be, with the content of its files. Throws as `loadBundle` does. */
export async function readBundleRequest(creator: Creator, reference: string): Promise<BundleRequest> {
  const { name, type, path, description, files } = await loadBundle(creator, reference);
  const contents: Record<string, Uint8Array> = {};
  for (const file of files) contents[file.name] = await creator.store.read(file.digest);
  return { name, type, path, description, files: contents };
}
