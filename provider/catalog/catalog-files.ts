import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unreadable } from './catalog-error.js';

/** How a distribution's own file is called. */
export const distributionFile = 'distribution.yaml';

/** How the file is called that says how packages of languages are named. */
export const familiesFile = 'families.yaml';

/** A file of a catalog. */
export interface CatalogFile {
  readonly kind: 'families' | 'distribution' | 'starter';
  /** The folder it lies in; empty at the top. */
  readonly distribution: string;
  readonly path: string;
}

/** The files of the catalogs in `folders`, folder by folder, each in the order of names. Throws `catalog/unreadable`. */
export async function catalogFiles(folders: readonly string[]): Promise<readonly CatalogFile[]> {
  return (await Promise.all(folders.map((folder) => filesOf(folder)))).flat();
}

async function filesOf(folder: string): Promise<readonly CatalogFile[]> {
  const entries = await list(folder);
  const found: CatalogFile[] = [];
  if (entries.some((entry) => entry.isFile() && entry.name === familiesFile)) {
    found.push({ kind: 'families', distribution: '', path: join(folder, familiesFile) });
  }
  for (const distribution of namesOf(entries, (entry) => entry.isDirectory())) {
    const names = namesOf(await list(join(folder, distribution)), (entry) => entry.isFile());
    for (const name of names.filter((one) => /\.ya?ml$/.test(one))) {
      const kind = name === distributionFile ? 'distribution' : 'starter';
      found.push({ kind, distribution, path: join(folder, distribution, name) });
    }
  }
  return found;
}

function namesOf(entries: readonly Dirent[], isWanted: (entry: Dirent) => boolean): readonly string[] {
  return entries
    .filter(isWanted)
    .map((entry) => entry.name)
    .sort();
}

async function list(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw unreadable(folder, cause);
  }
}
