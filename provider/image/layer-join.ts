import { createHash } from 'node:crypto';
import { openStore } from '../store/open-store.js';
import type { Digest, SizedDigest } from '../support/digest.js';
import type { Task } from '../support/tasks.js';
import { gunzipMembers } from './gzip.js';

/** A layer's blob with the digest of the tar in it (https://github.com/opencontainers/image-spec/blob/main/config.md#layer-diffid). */
export interface Layer extends SizedDigest {
  readonly diffId: Digest;
}

/** What a layer is joined from: arguments of the task. */
export interface LayerJoin {
  readonly storeRoot: string;
  /** Blobs of gzip members, in order. */
  readonly members: readonly Digest[];
}

/** Joins gzip members into a layer in the store, without compressing anything again. */
export const layerTask: Task<LayerJoin, Layer> = {
  module: new URL('./layer-join.js', import.meta.url).href,
  name: 'layerTask',
  run: joinMembers,
};

async function joinMembers({ storeRoot, members }: LayerJoin): Promise<Layer> {
  const store = openStore(storeRoot);
  const hash = createHash('sha256');
  const writer = store.write();
  try {
    async function* joined(): AsyncGenerator<Uint8Array> {
      for (const member of members) {
        for await (const piece of store.open(member)) {
          writer.write(piece);
          yield piece;
        }
      }
    }
    for await (const piece of gunzipMembers(joined())) hash.update(piece);
    return { ...writer.finish(), diffId: `sha256:${hash.digest('hex')}` };
  } finally {
    writer.abandon();
  }
}
