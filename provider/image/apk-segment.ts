import { createHash } from 'node:crypto';
import { apkEvents, likelyDataBytes, readApkHead, wrongData } from '../packages/apk/apk-archive.js';
import type { ApkControl } from '../packages/apk/apk-archive.js';
import type { ApkEntry } from '../packages/apk/apk-entry.js';
import type { InstalledEntry } from '../packages/apk/installed.js';
import { storedApk } from '../packages/apk/stored-archive.js';
import type { ArchiveEvent, EntryHeader } from '../packages/archive.js';
import { openStore } from '../store/open-store.js';
import { readingBlob } from '../store/reading-blob.js';
import { missing } from '../store/store-error.js';
import type { Store } from '../store/store.js';
import type { Digest, SizedDigest } from '../support/digest.js';
import type { Task } from '../support/tasks.js';
import { storeApkRecord } from './apk-record.js';
import { storeFileList } from './file-list.js';
import { globMatcher } from './glob.js';
import { copyrightKeeper } from './noted-content.js';
import { canonicalPath, packageLayout } from './package-layout.js';
import { scriptNotes } from './script-note.js';
import { writeSegment } from './segment-writer.js';
import type { Segment, SegmentSettings } from './segment.js';

/** Arguments of the task. */
export interface ApkSegmentRequest {
  readonly storeRoot: string;
  readonly name: string;
  readonly version: string;
  /** What the signed index states: lowercase hex sha1 of the control member. */
  readonly controlSha1: string;
  /** Bytes of the archive. */
  readonly size: number;
  /** In words, for errors: `package busybox 1.37.0-r0 x86_64`. */
  readonly subject: string;
  readonly settings: SegmentSettings;
}

/**
 * Makes the segment of an `.apk` that is in the store. Its data section is a compressed tar with an end, which is a layer
 * already: where the package may have one to itself and nothing in it has to be changed, it is left as it stands, verified, and
 * compressed by nobody again. Else the entries are written anew, without directories and end, as for every format.
 *
 * As with apko, everything that a package brings is root's, and a directory has nothing but permission bits.
 */
export const apkSegmentTask: Task<ApkSegmentRequest, Segment> = {
  module: new URL('./apk-segment.js', import.meta.url).href,
  name: 'apkSegmentTask',
  run: makeApkSegment,
};

const permissionBits = 0o777;
const noModes: ReadonlyMap<string, number> = new Map();
/** What apk runs when a package comes into an empty root. */
const installScripts = new Set(['.pre-install', '.post-install', '.trigger']);

async function makeApkSegment(request: ApkSegmentRequest): Promise<Segment> {
  const { name, version, controlSha1, size } = request;
  const store = openStore(request.storeRoot);
  const stored = await storedApk(store, controlSha1);
  if (stored === undefined) throw missing(`the archive of ${request.subject}`);
  const { head, data } = stored;
  const expected = { name, version, controlSha1 };
  const archive = await readingBlob(store, head.digest, () => readApkHead(store.open(head.digest), expected));
  // What the cache remembers says where the data is; what the signed index vouches for says which it must be.
  if (data.digest !== `sha256:${archive.info.dataHash}`) throw wrongData(expected, archive.info.dataHash);
  const made = await readingBlob(store, data.digest, () => layOut(store, request, archive, data));
  const record = await storeApkRecord(store, {
    info: archive.info,
    size,
    controlSha1,
    entries: made.entries,
    controlFiles: archive.controlFiles,
  });
  const scripts = archive.controlFiles
    .filter(({ path }) => installScripts.has(path))
    .map(({ path, content }) => [path.slice(1), content.toString('utf8')] as const);
  return { ...made.segment, ...scriptNotes(scripts), record };
}

interface MadeSegment {
  readonly segment: Segment;
  readonly entries: readonly InstalledEntry[];
}

async function layOut(
  store: Store,
  request: ApkSegmentRequest,
  archive: ApkControl,
  data: SizedDigest,
): Promise<MadeSegment> {
  const whole = request.settings.alone ? await leftAsItStands(store, request, archive, data) : undefined;
  return whole ?? (await rewrite(store, request, archive, data));
}

async function rewrite(
  store: Store,
  { subject, settings }: ApkSegmentRequest,
  { info }: ApkControl,
  data: SizedDigest,
): Promise<MadeSegment> {
  const recorded = new Map<string, InstalledEntry>();
  const fileModes = new Map<string, number>();
  function* laidOut(source: Iterable<ArchiveEvent<ApkEntry>>): Generator<ArchiveEvent, void, undefined> {
    for (const event of source) {
      if (event instanceof Uint8Array) yield event;
      else {
        recorded.set(event.path, installedEntry(event));
        if (event.type === 'file') fileModes.set(event.path, event.mode);
        yield asLaidOut(event, fileModes);
      }
    }
  }
  async function* events(): AsyncGenerator<Iterable<ArchiveEvent>> {
    const keep = copyrightKeeper(store);
    const packed = store.open(data.digest);
    for await (const part of apkEvents(packed, likelyDataBytes(info), subject)) yield laidOut(keep(part));
  }
  const segment = await writeSegment(store, { subject, replaces: '', events }, settings);
  return { segment, entries: [...recorded.values()] };
}

/** Reads the data section to its end; undefined when something in it has to be changed. */
async function leftAsItStands(
  store: Store,
  { subject, settings }: ApkSegmentRequest,
  { info }: ApkControl,
  data: SizedDigest,
): Promise<MadeSegment | undefined> {
  const changes = changeFinder(settings);
  const layout = packageLayout(subject, settings, new Set());
  const recorded: InstalledEntry[] = [];
  const keep = copyrightKeeper(store);
  const hash = createHash('sha256');
  let tarSize = 0;
  const state = { isChanged: false };

  function* laidOut(source: Iterable<ArchiveEvent<ApkEntry>>): Generator<ArchiveEvent, void, undefined> {
    for (const event of source) {
      if (event instanceof Uint8Array) yield event;
      else {
        recorded.push(installedEntry(event));
        state.isChanged ||= changes(event);
        yield asLaidOut(event, noModes);
      }
    }
  }
  const unpacked = (piece: Uint8Array): void => {
    hash.update(piece);
    tarSize += piece.length;
  };
  for await (const part of apkEvents(store.open(data.digest), likelyDataBytes(info), subject, unpacked)) {
    for (const _ of layout.events(laidOut(keep(part)))) if (state.isChanged) break;
    if (state.isChanged) return undefined;
  }
  const files = await storeFileList(store, layout.files());
  const diffId: Digest = `sha256:${hash.digest('hex')}`;
  const segment = { blob: data, tarSize, files, newest: layout.newest(), replaces: '', diffId };
  return { segment, entries: recorded };
}

/** Tells which entries do not stay as they are. */
function changeFinder(settings: SegmentSettings): (entry: ApkEntry) => boolean {
  const isExcluded = globMatcher(settings.exclude);
  const dropped = new Set(settings.dropped);
  const fileModes = new Map<string, number>();
  return (entry) => {
    if (entry.type === 'file') fileModes.set(entry.path, entry.mode);
    return (
      (entry.type === 'hardlink' && fileModes.get(entry.linkTarget ?? '') !== entry.mode) ||
      entry.uid !== 0 ||
      entry.gid !== 0 ||
      (entry.type === 'directory' && (entry.mode & ~permissionBits) !== 0) ||
      (entry.type !== 'file' && entry.type !== 'directory' && entry.xattrs !== undefined) ||
      settings.directoryLinks[entry.path] !== undefined ||
      canonicalPath(entry.path, settings.directoryLinks) !== entry.path ||
      dropped.has(entry.path) ||
      isExcluded(entry.path)
    );
  };
}

/** As apko has it in an image; all names of a file have its mode. */
function asLaidOut(entry: ApkEntry, fileModes: ReadonlyMap<string, number>): EntryHeader {
  const { checksum: _, xattrs, ...rest } = entry;
  const mode =
    entry.type === 'directory'
      ? entry.mode & permissionBits
      : ((entry.type === 'hardlink' ? fileModes.get(entry.linkTarget ?? '') : undefined) ?? entry.mode);
  const keepsXattrs = entry.type === 'file' || entry.type === 'directory';
  return { ...rest, mode, uid: 0, gid: 0, ...(keepsXattrs && xattrs !== undefined ? { xattrs } : {}) };
}

function installedEntry({ path, type, mode, uid, gid, checksum }: ApkEntry): InstalledEntry {
  return { path, type, mode, uid, gid, ...(checksum === undefined ? {} : { checksum }) };
}
