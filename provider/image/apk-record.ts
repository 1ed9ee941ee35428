import type { ControlFile } from '../packages/apk/apk-archive.js';
import type { InstalledEntry } from '../packages/apk/installed.js';
import type { PackageInfo } from '../packages/apk/package-info.js';
import type { Store } from '../store/store.js';
import type { Digest } from '../support/digest.js';

/** What the package database and the decision about files need to know of an apk package. */
export interface ApkRecord {
  readonly info: PackageInfo;
  /** Bytes of the archive. */
  readonly size: number;
  /** Lowercase hex sha1 of the control member. */
  readonly controlSha1: string;
  /** All entries of the data section, as it has them. */
  readonly entries: readonly InstalledEntry[];
  /** Install scripts and builders' notes. */
  readonly controlFiles: readonly ControlFile[];
}

/** Keeps `record` in the store; gives its digest. */
export async function storeApkRecord(store: Store, record: ApkRecord): Promise<Digest> {
  const controlFiles = record.controlFiles.map((file) => ({ ...file, content: file.content.toString('base64') }));
  const { digest } = await store.put(JSON.stringify({ ...record, controlFiles }));
  return digest;
}

/** A record that `storeApkRecord` kept; the store has verified that these are the bytes it wrote. */
export async function readApkRecord(store: Store, digest: Digest): Promise<ApkRecord> {
  const kept = JSON.parse((await store.read(digest)).toString('utf8')) as StoredRecord;
  const controlFiles = kept.controlFiles.map((file) => ({ ...file, content: Buffer.from(file.content, 'base64') }));
  return { ...kept, controlFiles };
}

interface StoredRecord extends Omit<ApkRecord, 'controlFiles'> {
  readonly controlFiles: readonly (Omit<ControlFile, 'content'> & { readonly content: string })[];
}
