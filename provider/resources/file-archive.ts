import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { redact } from '../support/http-error.js';
import { fetchContent, type FileMap, type FileSources, readLocalFile } from './file-content.js';
import { mostArchiveBytes } from './file-limits.js';
import { signatureKey, signatures } from './wire.js';

const archiveSchema = z.object({
  [signatureKey]: z.literal(signatures.archive),
  assets: z.record(z.string(), z.unknown()).optional(),
  path: z.string().optional(),
  uri: z.string().optional(),
});

/**
 * The files of a bundle, however they are given: a map as it stands, an archive of assets, a folder, or a packed archive of this machine or
 * of another. A relative path starts at the program's folder.
 */
export async function readFileMap(value: unknown, sources: FileSources): Promise<FileMap> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { files: {} };
  const archive = archiveSchema.safeParse(value).data;
  if (archive === undefined) return { files: { ...value } };
  if (archive.assets !== undefined) return { files: archive.assets };
  if (archive.uri !== undefined && archive.uri !== '') {
    const fetched = await fetchContent(archive.uri, sources, mostArchiveBytes);
    return 'fault' in fetched ? fetched : unpack(redact(archive.uri), fetched.content);
  }
  const name = archive.path ?? '';
  const place = path.resolve(sources.workingDirectory, name);
  const isFile = await stat(place).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) return readFolder(place, name);
  const packed = await readLocalFile(place, name, mostArchiveBytes);
  return 'fault' in packed ? packed : unpack(name, packed.content);
}

/** What unpacks is loaded when there is something to unpack. */
async function unpack(name: string, content: Buffer): Promise<FileMap> {
  const { readPackedArchive } = await import('./packed-archive.js');
  return readPackedArchive(name, content);
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
