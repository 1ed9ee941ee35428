import { openStore } from '../../store/open-store.js';
import { readingBlob } from '../../store/reading-blob.js';
import type { Store } from '../../store/store.js';
import type { Digest } from '../../support/digest.js';
import type { Task } from '../../support/tasks.js';
import { readIndexArchive } from './index-archive.js';
import { apkKey, keyringOf } from './keyring.js';
import { packIndex } from './packed-index.js';

/** An index archive in the store, and how it is to be trusted; fit to be sent to another thread. */
export interface PackIndexArguments {
  readonly storeRoot: string;
  /** The digest of the `APKINDEX.tar.gz`. */
  readonly archive: Digest;
  readonly keys: readonly { readonly name: string; readonly pem: string }[];
  readonly allowUnsigned: boolean;
  /** Which index this is, for errors. */
  readonly subject: string;
}

/** A verified index in its packed form. */
export interface PackedIndex {
  /** The digest of the packed form. */
  readonly packed: Digest;
  readonly description: string;
  /** Seconds since the epoch; 0 when the index does not say. */
  readonly madeAt: number;
  /** The fingerprint of the key that signed. */
  readonly signedBy: string | null;
}

/** Verifies an index, inflates it, and puts its packed form into the store. */
export const packIndexTask: Task<PackIndexArguments, PackedIndex> = {
  module: new URL('./pack-index-task.js', import.meta.url).href,
  name: 'packIndexTask',
  run: (task) => {
    const store = openStore(task.storeRoot);
    return readingBlob(store, task.archive, () => packStoredIndex(store, task));
  },
};

async function packStoredIndex(store: Store, task: PackIndexArguments): Promise<PackedIndex> {
  const keyring = keyringOf(task.keys.map(({ name, pem }) => apkKey(name, pem)));
  const trust = { keyring, allowUnsigned: task.allowUnsigned };
  const index = await readIndexArchive(() => store.open(task.archive), trust, task.subject);
  const { digest } = await store.put(packIndex(index.text, task.subject));
  return { packed: digest, description: index.description, madeAt: index.madeAt, signedBy: index.signedBy ?? null };
}
