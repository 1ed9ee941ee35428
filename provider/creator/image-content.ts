import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Extract } from 'tar-stream';
import { gunzipMembers } from '../image/gzip.js';
import { readInstalled } from '../packages/apk/installed-reader.js';
import { parseStanzas } from '../packages/deb/control.js';
import { decompress } from '../packages/deb/decompress.js';
import type { Descriptor, Repository } from '../registry/registry.js';
import type { Digest } from '../support/digest.js';

/** A package as the database in an image tells of it. */
export interface InstalledPackage {
  readonly format: 'apk' | 'deb';
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** What an image really holds. */
export interface ImageContent {
  /** The diff IDs of its layers, computed. */
  readonly diffIds: readonly Digest[];
  readonly packages: readonly InstalledPackage[];
}

const apkDatabase = /^(?:usr\/)?lib\/apk\/db\/installed$/u;
const debDatabase = /^var\/lib\/dpkg\/(?:status|status\.d\/(?!.*\.md5sums$)[^/]+)$/u;
/** A package database longer than this is none. Bytes. */
const longest = 64 * 1024 * 1024;

/**
 * Reads all layers of an image: their diff IDs, and the packages that the databases in them name. Throws the errors of the repository, of
 * gzip, zstd and tar, and `control/malformed`, `database/malformed`.
 */
export async function readImageContent(repository: Repository, layers: readonly Descriptor[]): Promise<ImageContent> {
  const databases = new Map<string, string>();
  const diffIds: Digest[] = [];
  for (const layer of layers) diffIds.push(await readLayer(repository, layer, databases));
  return { diffIds, packages: [...databases].flatMap(([path, text]) => packagesIn(path, text)) };
}

/** The layer's diff ID; databases in it stand over those of the layers below. */
async function readLayer(
  repository: Repository,
  { digest, size, mediaType }: Descriptor,
  databases: Map<string, string>,
): Promise<Digest> {
  const content = unpacked(repository.getBlob(digest, size), mediaType, digest);
  const hash = createHash('sha256');
  const archive = extract();
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      hash.update(chunk);
      yield chunk;
    }
  }
  await Promise.all([pipeline(Readable.from(hashed()), archive), takeDatabases(archive, databases)]);
  return `sha256:${hash.digest('hex')}`;
}

/** A layer as a plain tar, by the end of its media type: `+gzip`, `+zstd`, or Docker's `.tar.gzip`. */
function unpacked(blob: AsyncIterable<Uint8Array>, mediaType: string, digest: Digest): AsyncIterable<Uint8Array> {
  if (/[+.]gzip$/u.test(mediaType)) return gunzipMembers(blob);
  return decompress(blob, /[+.]zstd$/u.test(mediaType) ? 'zst' : 'none', `layer ${digest}`);
}

async function takeDatabases(archive: Extract, databases: Map<string, string>): Promise<void> {
  for await (const entry of archive) {
    const path = entry.header.name.replace(/^(?:\.?\/)+/u, '');
    const { type, size } = entry.header;
    if (type !== 'file' || size > longest || !(apkDatabase.test(path) || debDatabase.test(path))) {
      entry.resume();
      continue;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of entry as AsyncIterable<Buffer>) chunks.push(chunk);
    databases.set(path, Buffer.concat(chunks).toString('utf8'));
  }
}

function packagesIn(path: string, text: string): readonly InstalledPackage[] {
  if (apkDatabase.test(path)) {
    return readInstalled(text).map(({ name, version, architecture }) => ({
      format: 'apk',
      name,
      version,
      architecture,
    }));
  }
  return parseStanzas(text, path).flatMap((fields): readonly InstalledPackage[] => {
    const [name, version, architecture] = ['package', 'version', 'architecture'].map((field) => fields.get(field));
    if (name === undefined || version === undefined || architecture === undefined) return [];
    // What was removed and left its configuration behind is not there any more.
    if (!(fields.get('status') ?? 'install ok installed').endsWith(' installed')) return [];
    return [{ format: 'deb', name, version, architecture }];
  });
}
