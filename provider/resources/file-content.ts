import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { signatureKey, signatures } from './wire.js';

const assetSchema = z.object({
  [signatureKey]: z.literal(signatures.asset),
  text: z.string().optional(),
  path: z.string().optional(),
  uri: z.string().optional(),
});

/** The content of a file, or why it cannot be had. */
export type FileContent = { readonly content: Buffer } | { readonly fault: string };

/**
 * The content of a bundle's file: text as it stands, or an asset as Pulumi hands it over. A relative path starts at the
 * program's folder. No more than `most` bytes are taken.
 */
export async function readFileContent(value: unknown, workingDirectory: string, most: number): Promise<FileContent> {
  if (typeof value === 'string') return { content: Buffer.from(value, 'utf8') };
  const asset = assetSchema.safeParse(value).data;
  if (asset === undefined) return { fault: 'a file is a text, a StringAsset or a FileAsset' };
  if (asset.uri !== undefined && asset.uri !== '') {
    return { fault: `${asset.uri}: remote assets are not fetched; save the file and use a FileAsset` };
  }
  if (asset.path === undefined || asset.path === '') return { content: Buffer.from(asset.text ?? '', 'utf8') };
  return readLocalFile(path.resolve(workingDirectory, asset.path), asset.path, most);
}

async function readLocalFile(file: string, name: string, most: number): Promise<FileContent> {
  try {
    const { size } = await stat(file);
    if (size > most) return { fault: `${name} has ${size} bytes: at most ${most} are taken` };
    return { content: await readFile(file) };
  } catch (error) {
    return { fault: `${name} cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}
