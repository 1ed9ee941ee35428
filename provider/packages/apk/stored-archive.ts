import { createHash } from 'node:crypto';
import { mismatch } from '../../store/store-error.js';
import type { BlobWriter, Store } from '../../store/store.js';
import type { Digest, SizedDigest } from '../../support/digest.js';
import { isPrivateImageError } from '../../support/errors.js';
import type { Package } from '../package.js';
import { noData, readApk, wrongData } from './apk-archive.js';
import type { ComingApk, ExpectedArchive } from './apk-archive.js';
import { storedArchiveSchema } from './schema.js';

/** What an index says of a package and its archive. */
export type WantedArchive = Pick<Package, 'name' | 'version' | 'archive'>;

/** Where the bytes of an archive are in the store: its data section by itself, for that is a layer already. */
export interface StoredApk {
  /** The sha256 of the whole archive. */
  readonly archive: Digest;
  /** Signatures and control section. */
  readonly head: SizedDigest;
  readonly data: SizedDigest;
}

/**
 * The digest of the archive of `wanted` if it is in the store: an apk index states no digest of the whole file, so which one it was
 * is remembered by the control checksum.
 */
export async function recallArchive(store: Store, wanted: WantedArchive): Promise<Digest | undefined> {
  const { checksum, size } = wanted.archive;
  const known = await storedApk(store, checksum.value);
  return known !== undefined && known.head.size + known.data.size === size ? known.archive : undefined;
}

/** The archive whose control member has this sha1, if all of it is in the store. */
export async function storedApk(store: Store, controlSha1: string): Promise<StoredApk | undefined> {
  const known = await store.recall('apk-archive', controlSha1, storedArchiveSchema);
  if (known === undefined) return undefined;
  const sizes = await Promise.all([store.sizeOf(known.head.digest), store.sizeOf(known.data.digest)]);
  return sizes[0] === known.head.size && sizes[1] === known.data.size ? known : undefined;
}

/**
 * Takes an archive that is being fetched into the store, verified against the index as it comes; gives its sha256. Throws `store/mismatch`
 * when its size is another, `archive/contradiction` when its data is not what its control section says, `archive/truncated` when it
 * has none, and what `readApk` throws; what was refused is never remembered.
 */
export async function putArchive(
  store: Store,
  content: AsyncIterable<Uint8Array>,
  wanted: WantedArchive,
): Promise<Digest> {
  const { name, version, archive: stated } = wanted;
  const expected: ExpectedArchive = { name, version, controlSha1: stated.checksum.value };
  const whole = createHash('sha256');
  let size = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const piece of content) {
      whole.update(piece);
      size += piece.length;
      if (size > stated.size) throw mismatch(`expected ${stated.size} bytes, got more`);
      yield piece;
    }
    if (size !== stated.size) throw mismatch(`expected ${stated.size} bytes, got ${size}`);
  }
  const parts = await readApk(counted(), expected, (archive) => putParts(store, archive, expected));
  const stored: StoredApk = { archive: `sha256:${whole.digest('hex')}`, ...parts };
  await store.remember('apk-archive', expected.controlSha1, stored);
  return stored.archive;
}

async function putParts(
  store: Store,
  { info, head, data }: ComingApk,
  expected: ExpectedArchive,
): Promise<Pick<StoredApk, 'head' | 'data'>> {
  const writer = store.write();
  try {
    let isEmpty = true;
    for await (const piece of data) {
      isEmpty = false;
      writer.write(piece);
    }
    if (isEmpty) throw noData(expected);
    return { data: finished(writer, info.dataHash, expected), head: await store.put(head) };
  } finally {
    writer.abandon();
  }
}

function finished(writer: BlobWriter, dataHash: string, expected: ExpectedArchive): SizedDigest {
  try {
    return writer.finish({ digest: `sha256:${dataHash}` });
  } catch (error) {
    throw isPrivateImageError(error, 'store/mismatch') ? wrongData(expected, dataHash) : error;
  }
}
