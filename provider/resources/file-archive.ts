import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { signatureKey, signatures } from './wire.js';

const archiveSchema = z.object({
  [signatureKey]: z.literal(signatures.archive),
  assets: z.record(z.string(), z.unknown()).optional(),
  path: z.string().optional(),
  uri: z.string().optional(),
});

/** File name to content, or why there is none. */
export type FileMap = { readonly files: Readonly<Record<string, unknown>> } | { readonly fault: string };

/**
 * The files of a bundle, however they are given: a map as it stands, an archive of assets, or a folder as an archive. A relative path
 * starts at the program's folder.
 */
export async function readFileMap(value: unknown, workingDirectory: string): Promise<FileMap> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { files: {} };
  const archive = archiveSchema.safeParse(value).data;
  if (archive === undefined) return { files: { ...value } };
  if (archive.assets !== undefined) return { files: archive.assets };
  if (archive.uri !== undefined && archive.uri !== '') {
    return { fault: `${archive.uri}: remote archives are not fetched; save it and name its folder` };
  }
  return readFolder(path.resolve(workingDirectory, archive.path ?? ''), archive.path ?? '');
}

async function readFolder(folder: string, name: string): Promise<FileMap> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const inner = entries.find((entry) => !entry.isFile());
    if (inner !== undefined) {
      return { fault: `${path.join(name, inner.name)} is no plain file: a bundle is one folder of files` };
    }
    const asset = (file: string): object => ({ [signatureKey]: signatures.asset, path: path.join(folder, file) });
    return { files: Object.fromEntries(entries.map((entry) => [entry.name, asset(entry.name)])) };
  } catch (error) {
    return { fault: `${name} cannot be read as a folder: ${error instanceof Error ? error.message : String(error)}` };
  }
}
