import type { Store } from '../../store/store.js';
import type { Digest } from '../../support/digest.js';
import { openApkArchive, verifiedApk } from './apk-archive.js';
import type { ApkArchive, ExpectedArchive } from './apk-archive.js';
import type { Package } from '../package.js';
import { storedArchiveSchema } from './schema.js';

/**
 * The archive of `wanted` if it is in the store: an apk index states no digest of the whole file, so which one it was
 * is remembered by the control checksum, and the archive is verified again when it is opened.
 */
export async function recallArchive(store: Store, wanted: Package): Promise<Digest | undefined> {
  const known = await store.recall('apk-archive', wanted.archive.checksum.value, storedArchiveSchema);
  return known !== undefined && (await store.sizeOf(known.archive)) === wanted.archive.size ? known.archive : undefined;
}

/**
 * Takes an archive that is being fetched into the store, verified against the index as it comes. Throws `store/mismatch`
 * when its size is another, and what `openApkArchive` throws; what was refused is never remembered.
 */
export async function putArchive(store: Store, content: AsyncIterable<Uint8Array>, wanted: Package): Promise<Digest> {
  const { digest } = await store.put(verifiedApk(content, expectedOf(wanted)), { size: wanted.archive.size });
  await store.remember('apk-archive', wanted.archive.checksum.value, { archive: digest });
  return digest;
}

/** Opens an archive that is in the store, as the one the index speaks of. Throws `archive/…`. */
export function openStoredArchive(store: Store, archive: Digest, wanted: Package): Promise<ApkArchive> {
  return openApkArchive(() => store.open(archive), expectedOf(wanted));
}

function expectedOf({ name, version, archive }: Package): ExpectedArchive {
  return { name, version, trust: { controlSha1: archive.checksum.value } };
}
