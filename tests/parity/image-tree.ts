import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { gunzipMembers } from '../../provider/image/gzip.js';
import { readTar } from '../../provider/packages/tar.js';

/** An entry of a root file system as a container would see it, in words that are the same for every writer of tar. */
export interface TreeEntry {
  readonly type: string;
  /** Octal. */
  readonly mode: string;
  /** `uid:gid`. */
  readonly owner: string;
  /** Where a link leads. */
  readonly link?: string;
  /** sha256 of a file's content, hex. */
  readonly content?: string;
  /** `major:minor`. */
  readonly device?: string;
  /** Values in base64. */
  readonly xattrs?: Readonly<Record<string, string>>;
}

/** One image: its root file system with all layers applied, and what is said about it. */
export interface ImageTree {
  readonly config: Readonly<Record<string, unknown>>;
  readonly created: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** By path, sorted. */
  readonly entries: Readonly<Record<string, TreeEntry>>;
}

const descriptor = z.object({
  digest: z.string(),
  platform: z.object({ architecture: z.string() }).optional(),
});
const index = z.object({ manifests: z.array(descriptor) });
const manifest = z.object({
  config: descriptor,
  layers: z.array(descriptor),
  annotations: z.record(z.string(), z.string()).default({}),
});
const imageConfig = z.object({
  created: z.string(),
  architecture: z.string(),
  config: z.record(z.string(), z.unknown()),
});

/** Reads the image of `architecture` in an OCI image layout; `keep` gets the content of every file. */
export async function readImageTree(
  layout: string,
  architecture: string,
  keep: (path: string, content: Buffer) => void = () => undefined,
): Promise<ImageTree> {
  const blobOf = (digest: string): string => path.join(layout, 'blobs', ...digest.split(':'));
  const read = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8'));
  const pending = [...index.parse(await read(path.join(layout, 'index.json'))).manifests];
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const document = await read(blobOf(next.digest));
    const inner = index.safeParse(document);
    if (inner.success) pending.push(...inner.data.manifests);
    const image = manifest.safeParse(document);
    if (!image.success) continue;
    const config = imageConfig.safeParse(await read(blobOf(image.data.config.digest)));
    if (!config.success || config.data.architecture !== architecture) continue;
    const entries = new Map<string, TreeEntry>();
    for (const { digest } of image.data.layers) await applyLayer(blobOf(digest), entries, keep);
    return {
      config: config.data.config,
      created: config.data.created,
      annotations: image.data.annotations,
      entries: Object.fromEntries([...entries].sort(([left], [right]) => (left < right ? -1 : 1))),
    };
  }
  throw new Error(`${layout} has no image for ${architecture}`);
}

/** An upper layer's entry replaces what is at its path; a folder keeps what it has. */
async function applyLayer(
  file: string,
  entries: Map<string, TreeEntry>,
  keep: (path: string, content: Buffer) => void,
): Promise<void> {
  const tar = gunzipMembers(createReadStream(file));
  for await (const { body, ...header } of readTar(tar, { subject: file, maxBytes: 2 ** 30 })) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    const content = Buffer.concat(chunks);
    if (header.type === 'file') keep(header.path, content);
    const xattrs = [...(header.xattrs ?? [])].map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
    entries.set(header.path, {
      type: header.type,
      mode: header.mode.toString(8),
      owner: `${header.uid}:${header.gid}`,
      ...(header.linkTarget === undefined ? {} : { link: header.linkTarget }),
      ...(header.type === 'file' ? { content: createHash('sha256').update(content).digest('hex') } : {}),
      ...(header.device === undefined || !header.type.endsWith('device')
        ? {}
        : { device: `${header.device.major}:${header.device.minor}` }),
      ...(xattrs.length === 0 ? {} : { xattrs: Object.fromEntries(xattrs) as Record<string, string> }),
    });
  }
}
