import { dirname, resolve } from 'node:path';
import { malformed } from './catalog-error.js';
import type { Fault } from './catalog-error.js';
import { readImageValues } from './image-values.js';
import { starterFileSchema } from './schema.js';
import { parseYaml } from './yaml-file.js';

/** A file's top-level mapping, keys as written. */
export type Document = Readonly<Record<string, unknown>>;

/** Nobody's configuration is spread over more files. */
const mostFiles = 20;

/** What one file says once, the including file before the included. */
const single = ['cmd', 'stop-signal', 'work-dir', 'archs', 'entrypoint'];
/** The same, but also what is empty is said: `layering: {}` in a file is without that of the included one. */
const stated = ['layering', 'certificates'];
/** Lists and maps of both, the included file's first. */
const joined = ['environment', 'annotations', 'paths', 'volumes', 'ports'];

/**
 * The document of the file at `path` with what it includes merged in as apko does it: a file's own words win, lists have the
 * included file's entries first. An `include` is a path from the folder of the file that has it. Each file has to be right by
 * itself. `textOf` reads a file. Throws `catalog/malformed` with every fault of a file.
 */
export async function readDocument(path: string, textOf: (path: string) => Promise<string>): Promise<Document> {
  return read(path, []);

  async function read(file: string, readers: readonly string[]): Promise<Document> {
    const parsed = parseYaml(starterFileSchema, await textOf(file), file, readImageValues);
    if (!parsed.valid) throw malformed(parsed.faults);
    const { include, ...own } = parsed.content;
    // The schema has it a text.
    if (typeof include !== 'string' || include === '') return own;
    const included = resolve(dirname(file), include);
    const chain = [...readers, file];
    if (chain.includes(included)) throw malformed([faultOf(file, `includes ${included}, which includes it`)]);
    if (chain.length === mostFiles) throw malformed([faultOf(file, `is the ${mostFiles}th file of a row of includes`)]);
    return merge(await read(included, chain), own);
  }
}

function faultOf(file: string, message: string): Fault {
  return { file, path: 'include', line: undefined, message };
}

function merge(included: Document, own: Document): Document {
  const merged: Record<string, unknown> = { ...own };
  for (const key of single) set(merged, key, isEmpty(own[key]) ? included[key] : own[key]);
  for (const key of stated) set(merged, key, own[key] ?? included[key]);
  for (const key of joined) set(merged, key, join(included[key], own[key]));
  set(merged, 'accounts', mergeRecords(included['accounts'], own['accounts']));
  set(merged, 'contents', mergeRecords(included['contents'], own['contents']));
  return merged;
}

/** Lists of both, and single values of the file's own where it has one. */
function mergeRecords(included: unknown, own: unknown): unknown {
  if (!isRecord(included)) return own;
  if (!isRecord(own)) return included;
  const keys = [...new Set([...Object.keys(included), ...Object.keys(own)])];
  return Object.fromEntries(keys.map((key) => [key, join(included[key], own[key])]));
}

function join(included: unknown, own: unknown): unknown {
  if (Array.isArray(included) && Array.isArray(own)) return [...(included as unknown[]), ...(own as unknown[])];
  if (isRecord(included) && isRecord(own)) return { ...included, ...own };
  return isEmpty(own) ? included : own;
}

function set(target: Record<string, unknown>, key: string, value: unknown): void {
  if (value !== undefined) target[key] = value;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}

function isRecord(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
