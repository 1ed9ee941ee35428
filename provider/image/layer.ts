import { createHash } from 'node:crypto';
import type { Store } from '../store/store.js';
import { digestOf } from '../support/digest.js';
import type { Digest } from '../support/digest.js';
import type { TaskRunner } from '../support/tasks.js';
import { byPath } from './file-list.js';
import type { ListedEntry } from './file-list.js';
import { gzipMember } from './gzip.js';
import type { Layer } from './layer-join.js';
import type { GeneratedEntry } from './root-file-system.js';
import { layerJoins } from './segment-tasks.js';
import { layerSchema } from './segment.js';
import { bodyOf, emptyBody, tarOf } from './tar-stream.js';
import type { WritableEntry } from './tar-stream.js';
import { endOfArchive } from './tar-writer.js';

/** Changes when the same segments would give another layer. */
const layerFormat = 'layer 2';

/**
 * The layer of `directories` and then `segments`, one after the other. What has been joined once is remembered.
 */
export async function packageLayer(
  store: Store,
  tasks: TaskRunner,
  directories: readonly ListedEntry[],
  segments: readonly Digest[],
  signal: AbortSignal | undefined,
): Promise<Layer> {
  const head = await store.put(gzipMember(tarOf(writable(store, directories))));
  const end = await store.put(gzipMember(bodyOf(endOfArchive)));
  const members = [head.digest, ...segments, end.digest];
  const key = digestOf([layerFormat, ...members].join('\n'));
  const known = await store.recall('layer', key, layerSchema);
  if (known !== undefined && (await store.has(known.digest))) return known;
  const layer = await tasks.run(layerJoins, { storeRoot: store.root, members }, signal);
  await store.remember('layer', key, layer);
  return layer;
}

/** A layer of what has been generated, complete in itself. */
export async function generatedLayer(store: Store, entries: readonly GeneratedEntry[]): Promise<Layer> {
  const hash = createHash('sha256');
  async function* whole(): AsyncGenerator<Uint8Array> {
    for await (const chunk of tarOf(writable(store, [...entries].sort(byPath)))) {
      hash.update(chunk);
      yield chunk;
    }
    hash.update(endOfArchive);
    yield endOfArchive;
  }
  const blob = await store.put(gzipMember(whole()));
  return { ...blob, diffId: `sha256:${hash.digest('hex')}` };
}

function* writable(store: Store, entries: readonly GeneratedEntry[]): Generator<WritableEntry> {
  for (const { content, digest, xattrs, implied: _, ...header } of entries) {
    const body = content === undefined ? (digest === undefined ? emptyBody() : store.open(digest)) : bodyOf(content);
    if (xattrs === undefined) yield { ...header, body };
    else
      yield {
        ...header,
        body,
        xattrs: new Map(Object.entries(xattrs).map(([name, value]) => [name, Buffer.from(value, 'base64')])),
      };
  }
}
