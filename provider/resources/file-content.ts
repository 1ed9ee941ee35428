import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { describeError } from '../support/errors.js';
import { redact } from '../support/http-error.js';
import { signatureKey, signatures } from './wire.js';

const assetSchema = z.object({
  [signatureKey]: z.literal(signatures.asset),
  text: z.string().optional(),
  path: z.string().optional(),
  uri: z.string().optional(),
});

/** The content of a file, or why it cannot be had. */
export type FileContent = { readonly content: Buffer } | { readonly fault: string };

/** File name to content, or why there is none. */
export type FileMap = { readonly files: Readonly<Record<string, unknown>> } | { readonly fault: string };

/** Where files are. */
export interface FileSources {
  /** The program's folder, absolute: relative paths start here. */
  readonly workingDirectory: string;
  /** What lies under a URL, of no more than so many bytes. */
  readonly fetch: (url: string, most: number) => Promise<Buffer>;
}

/**
 * The content of a bundle's file: text as it stands, what an archive held, or an asset as Pulumi hands it over. No more than `most` bytes are
 * taken.
 */
export async function readFileContent(value: unknown, sources: FileSources, most: number): Promise<FileContent> {
  if (typeof value === 'string') return { content: Buffer.from(value, 'utf8') };
  if (Buffer.isBuffer(value)) return { content: value };
  const asset = assetSchema.safeParse(value).data;
  if (asset === undefined) return { fault: 'a file is a text, a StringAsset, a FileAsset or a RemoteAsset' };
  if (asset.uri !== undefined && asset.uri !== '') return fetchContent(asset.uri, sources, most);
  if (asset.path === undefined || asset.path === '') return { content: Buffer.from(asset.text ?? '', 'utf8') };
  return readLocalFile(path.resolve(sources.workingDirectory, asset.path), asset.path, most);
}

/** What lies under a URL. Its content is part of a bundle's version, so that there is no preview without it. */
export async function fetchContent(url: string, { fetch }: FileSources, most: number): Promise<FileContent> {
  try {
    return { content: await fetch(url, most) };
  } catch (error) {
    const when = 'a preview needs it as well, for what a bundle holds is its version';
    return { fault: `${redact(url)} cannot be fetched (${when}): ${describeError(error)}` };
  }
}

/** A file of this machine, under the `name` that the program has for it. */
export async function readLocalFile(file: string, name: string, most: number): Promise<FileContent> {
  try {
    const { size } = await stat(file);
    if (size > most) return { fault: `${name} has ${size} bytes: at most ${most} are taken` };
    return { content: await readFile(file) };
  } catch (error) {
    return { fault: `${name} cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}
