import { missing } from '../../../store/store-error.js';
import type { Store } from '../../../store/store.js';
import { entriesOf } from '../../archive.js';
import { inPieces } from '../../testing/tar-maker.js';
import { apkEvents, likelyDataBytes, readApkHead } from '../apk-archive.js';
import type { ApkControl, ExpectedArchive } from '../apk-archive.js';
import type { ApkEntry } from '../apk-entry.js';
import { putArchive, storedApk } from '../stored-archive.js';
import type { StoredApk } from '../stored-archive.js';

/** An archive that a store has taken in, to be read from there. */
export interface TakenApk extends ApkControl {
  readonly stored: StoredApk;
  /** What its data section holds, of at most `maxBytes` unpacked: by default what its own metadata makes likely. */
  entries(maxBytes?: number): AsyncIterable<ApkEntry & { readonly body: AsyncIterable<Uint8Array> }>;
}

/** Takes the bytes of an archive into `store`, a few at a time, and opens it there, as a build does. Throws what that throws. */
export async function takeApk(store: Store, bytes: Uint8Array, expected: ExpectedArchive): Promise<TakenApk> {
  const { name, version, controlSha1 } = expected;
  const subject = `package ${name} ${version}`;
  await putArchive(store, inPieces(bytes, 300), {
    name,
    version,
    archive: {
      url: 'file:///test.apk',
      size: bytes.length,
      checksum: { algorithm: 'sha1-control', value: controlSha1 },
    },
  });
  const stored = await storedApk(store, controlSha1);
  if (stored === undefined) throw missing(subject);
  const control = await readApkHead(store.open(stored.head.digest), expected);
  const entries: TakenApk['entries'] = (maxBytes = likelyDataBytes(control.info)) =>
    entriesOf(apkEvents(store.open(stored.data.digest), maxBytes, subject));
  return { ...control, stored, entries };
}
