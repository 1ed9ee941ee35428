import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { ImageTree, TreeEntry } from './image-tree.js';

/** A result as it is kept: an entry is one line, so that a difference is one too. */
export interface RecordedTree {
  readonly config: Readonly<Record<string, unknown>>;
  readonly created: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly entries: Readonly<Record<string, string>>;
}

const folder = fileURLToPath(new URL('recorded/', import.meta.url));

const schema = z.strictObject({
  config: z.record(z.string(), z.unknown()),
  created: z.string(),
  annotations: z.record(z.string(), z.string()),
  entries: z.record(z.string(), z.string()),
});

/** An image in the form that is kept. The key that signs the repositories is another in each run, and has no digest here. */
export function recorded({ config, created, annotations, entries }: ImageTree): RecordedTree {
  const lines = Object.entries(entries).map(([file, entry]) => [file, lineOf(file, entry)]);
  return { config, created, annotations, entries: Object.fromEntries(lines) as Record<string, string> };
}

/** What apko made of a case when it was recorded. */
export async function readRecorded(title: string): Promise<RecordedTree> {
  return schema.parse(JSON.parse(await readFile(fileOf(title), 'utf8')));
}

/** Keeps what apko has made of a case. */
export async function writeRecorded(title: string, tree: RecordedTree): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(fileOf(title), `${JSON.stringify(tree, null, 1)}\n`);
}

function fileOf(title: string): string {
  return path.join(folder, `${title.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-')}.json`);
}

function lineOf(file: string, { type, mode, owner, link, content, device, xattrs }: TreeEntry): string {
  const sha256 = content === undefined ? undefined : file === testKey ? 'the key' : content;
  const attributes =
    xattrs === undefined ? undefined : JSON.stringify(Object.fromEntries(Object.entries(xattrs).sort()));
  return [type, mode, owner, link === undefined ? undefined : `-> ${link}`, sha256, device, attributes]
    .filter((part) => part !== undefined)
    .join(' ');
}

/** The key that the test makes anew each time. */
const testKey = 'etc/apk/keys/tests.rsa.pub';
