import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { z } from 'zod';
import type { Store } from '../store/store.js';
import { digestSchema } from '../support/digest-schema.js';
import { type Digest, digestOf } from '../support/digest.js';
import { isPrivateImageError } from '../support/errors.js';
import type { Catalog } from './catalog.js';
import { catalogFiles } from './catalog-files.js';
import type { CatalogFolders } from './loader.js';
import { builtInCatalog } from './package-root.js';

const kind = 'catalog';

/** A catalog in the store, and the files that it was made from. */
const rememberedSchema = z.object({ files: z.record(z.string(), digestSchema), catalog: digestSchema });

/**
 * The catalog of `folders` as `loadCatalog` gives it. To read it takes longer than all else that a run with nothing to do does; so it is kept
 * in `store`, and taken from there while there are the same files, all that were read have the same content, and it is the same program
 * that reads them. What has a fault is never kept. `version` is the program's. Throws what `loadCatalog` throws.
 */
export async function rememberedCatalog(store: Store, version: string, folders: CatalogFolders): Promise<Catalog> {
  const key = await keyOf(version, folders);
  const known = await unlessStoreFails(() => recall(store, key));
  if (known !== undefined) return known;
  // Few runs come here: what reads catalogs is not loaded by the others.
  const { loadCatalog } = await import('./loader.js');
  const files: Record<string, Digest> = {};
  const catalog = await loadCatalog(folders, async (path) => {
    const text = await readFile(path, 'utf8');
    files[path] = digestOf(text);
    return text;
  });
  // While it was read a file may have come or gone.
  if ((await keyOf(version, folders)) === key) await unlessStoreFails(() => remember(store, key, files, catalog));
  return catalog;
}

/** What a catalog depends on beside the content of files: which ones there are, what is asked, and who reads them. */
async function keyOf(
  version: string,
  { folders = [], builtIn = builtInCatalog(), startersOf }: CatalogFolders,
): Promise<string> {
  const files = await catalogFiles([builtIn, ...folders]);
  const paths = files.map((file) => file.path);
  return JSON.stringify([version, process.version, programFiles(), startersOf ?? null, paths]);
}

/** What tells the code that reads from other code of one version, as in a working copy: the files beside this one, with sizes and times. */
function programFiles(): readonly unknown[] {
  const folder = dirname(fileURLToPath(import.meta.url));
  const names = readdirSync(folder).filter((name) => /\.[jt]s$/u.test(name));
  return names.sort().map((name) => {
    const { size, mtimeMs } = statSync(join(folder, name));
    return [name, size, mtimeMs];
  });
}

async function recall(store: Store, key: string): Promise<Catalog | undefined> {
  const found = await store.recall(kind, key, rememberedSchema);
  if (found === undefined || !areUnchanged(found.files) || !(await store.has(found.catalog))) return undefined;
  // Our own words under their own digest: `read` has just hashed them again.
  return deserialize(await store.read(found.catalog)) as Catalog;
}

function areUnchanged(files: Readonly<Record<string, Digest>>): boolean {
  return Object.entries(files).every(([path, digest]) => {
    try {
      return digestOf(readFileSync(path, 'utf8')) === digest;
    } catch {
      // Whoever reads the catalog says what is wrong with it.
      return false;
    }
  });
}

async function remember(
  store: Store,
  key: string,
  files: Readonly<Record<string, Digest>>,
  catalog: Catalog,
): Promise<void> {
  // Not JSON: a catalog has maps and patterns in it.
  const { digest } = await store.put(serialize(catalog));
  await store.remember(kind, key, { files, catalog: digest });
}

/** A store that cannot be read or written is no fault of the catalog's. */
async function unlessStoreFails<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isPrivateImageError(error) && error.code.startsWith('store/')) return undefined;
    throw error;
  }
}
