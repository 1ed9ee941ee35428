import { createHash } from 'node:crypto';
import { z } from 'zod';
import { digestSchema } from '../support/digest-schema.js';
import { parseManifest, plainDescriptor } from '../registry/manifest-document.js';
import type { ManifestDocument } from '../registry/manifest-document.js';
import type { Descriptor, Repository } from '../registry/registry.js';
import type { Digest } from '../support/digest.js';
import { describeError, isPrivateImageError } from '../support/errors.js';
import { gunzipMembers } from './gzip.js';
import { mediaTypes } from './media-types.js';

/** What a repository was found to be. */
export interface Validation {
  /** Manifests and indexes that were read. */
  readonly manifests: number;
  /** Configs and layers that were read. */
  readonly blobs: number;
  /** Everything that is wrong, one sentence each, with the digest; empty when nothing is. */
  readonly faults: readonly string[];
}

const configSchema = z.object({
  architecture: z.string(),
  os: z.string(),
  rootfs: z.object({ type: z.literal('layers'), diff_ids: z.array(digestSchema) }),
  history: z.array(z.object({ empty_layer: z.boolean().optional() })).optional(),
});

/**
 * Reads all that the tags of `repository` lead to, or `wanted` alone, referrers included, and recomputes every digest, size and diff ID. Faults
 * are gathered, not thrown. Throws the errors of a repository that cannot be read, which says nothing of what is in it.
 */
export async function validateLayout(repository: Repository, wanted?: Digest): Promise<Validation> {
  const faults: string[] = [];
  const manifests = new Set<Digest>();
  const blobs = new Map<Digest, number>();

  async function gather<Result>(what: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      if (isOutage(error)) throw error;
      faults.push(`${what}: ${describeError(error).split('\n')[0] ?? ''}`);
      return undefined;
    }
  }

  async function checkManifest(digest: Digest, expected: Descriptor | undefined): Promise<void> {
    if (manifests.has(digest)) return;
    manifests.add(digest);
    const document = await gather(`manifest ${digest}`, () => readManifest(digest, expected));
    if (document === undefined) return;
    for (const child of document.manifests) await checkManifest(child.digest, plainDescriptor(child));
    if (document.blobs.length > 0) await checkImage(digest, document);
    for (const referrer of (await gather(`referrers of ${digest}`, () => repository.referrers(digest))) ?? []) {
      await checkManifest(referrer.digest, referrer);
    }
  }

  async function readManifest(digest: Digest, expected: Descriptor | undefined): Promise<ManifestDocument> {
    const found = await repository.getManifest(digest);
    if (found === undefined) throw new Error('it is not there');
    if (expected !== undefined && expected.size !== found.content.length) {
      throw new Error(`it has ${found.content.length} bytes where ${expected.size} are stated`);
    }
    return parseManifest(found.content, expected?.mediaType ?? found.descriptor.mediaType, repository.reference);
  }

  async function checkImage(digest: Digest, document: ManifestDocument): Promise<void> {
    const [config, ...layers] = document.blobs.map(plainDescriptor);
    if (config === undefined) return;
    const isImage = config.mediaType === mediaTypes.config;
    const text = await gather(`config ${config.digest}`, () => readBlob(config, isImage));
    const parsed =
      text === undefined || !isImage ? undefined : await gather(`config ${config.digest}`, () => parseConfig(text));
    const diffIds = parsed?.rootfs.diff_ids;
    if (diffIds !== undefined && diffIds.length !== layers.length) {
      faults.push(`manifest ${digest}: it has ${layers.length} layers, and its config ${diffIds.length} diff IDs`);
    }
    const history = parsed?.history?.filter((entry) => entry.empty_layer !== true).length;
    if (history !== undefined && history !== layers.length) {
      faults.push(`manifest ${digest}: it has ${layers.length} layers, and its config the history of ${history}`);
    }
    for (const [position, layer] of layers.entries()) {
      await gather(`layer ${layer.digest}`, () => checkLayer(layer, diffIds?.[position]));
    }
  }

  async function checkLayer(layer: Descriptor, diffId: Digest | undefined): Promise<void> {
    if (diffId === undefined || !layer.mediaType.endsWith('+gzip')) {
      await readBlob(layer, false);
      return;
    }
    const hash = createHash('sha256');
    for await (const chunk of gunzipMembers(counted(layer))) hash.update(chunk);
    const actual: Digest = `sha256:${hash.digest('hex')}`;
    if (actual !== diffId) throw new Error(`its content is ${actual}, and the config says ${diffId}`);
  }

  /** The blob's content; kept only when asked for. */
  async function readBlob(blob: Descriptor, isKept: boolean): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of counted(blob)) if (isKept) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }

  async function* counted(blob: Descriptor): AsyncGenerator<Uint8Array> {
    let size = 0;
    for await (const chunk of repository.getBlob(blob.digest, blob.size)) {
      size += chunk.length;
      yield chunk;
    }
    blobs.set(blob.digest, size);
    if (size !== blob.size) throw new Error(`it has ${size} bytes where ${blob.size} are stated`);
  }

  const tagged = wanted === undefined ? await gather('tags', () => repository.tags()) : [{ digest: wanted }];
  for (const { digest } of tagged ?? []) await checkManifest(digest, undefined);
  return { manifests: manifests.size, blobs: blobs.size, faults: [...new Set(faults)] };
}

/** Whether `error` is one of the way to the content, and not of the content. */
function isOutage(error: unknown): boolean {
  return (
    isPrivateImageError(error) && !['registry/malformed', 'registry/mismatch', 'registry/missing'].includes(error.code)
  );
}

function parseConfig(text: string): Promise<z.output<typeof configSchema>> {
  return configSchema.parseAsync(JSON.parse(text));
}
