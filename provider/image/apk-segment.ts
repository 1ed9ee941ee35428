import { createHash } from 'node:crypto';
import { likelyDataBytes, openApkControl, wrongData } from '../packages/apk/apk-archive.js';
import type { ApkControl } from '../packages/apk/apk-archive.js';
import { verifiedEntry } from '../packages/apk/apk-entry.js';
import type { ApkEntry } from '../packages/apk/apk-entry.js';
import { bytesBehind, drainBytes } from '../packages/apk/byte-stream.js';
import { inflateMembers } from '../packages/apk/gzip-members.js';
import type { InstalledEntry } from '../packages/apk/installed.js';
import type { ArchiveEntry } from '../packages/archive.js';
import { readTar } from '../packages/tar.js';
import { openStore } from '../store/open-store.js';
import { readingBlob } from '../store/reading-blob.js';
import type { Store } from '../store/store.js';
import type { Digest } from '../support/digest.js';
import { isPrivateImageError } from '../support/errors.js';
import { inStep } from '../support/in-step.js';
import type { Task } from '../support/tasks.js';
import { storeApkRecord } from './apk-record.js';
import { storeFileList } from './file-list.js';
import { globMatcher } from './glob.js';
import { isCopyright, kept } from './noted-content.js';
import { canonicalPath, packageLayout } from './package-layout.js';
import { scriptNotes } from './script-note.js';
import { writeSegment } from './segment-writer.js';
import type { Segment, SegmentSettings } from './segment.js';

/** Arguments of the task. */
export interface ApkSegmentRequest {
  readonly storeRoot: string;
  readonly archive: Digest;
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
  module: import.meta.url,
  name: 'apkSegmentTask',
  run: (request) => readingBlob(openStore(request.storeRoot), request.archive, () => makeApkSegment(request)),
};

const permissionBits = 0o777;
const noModes: ReadonlyMap<string, number> = new Map();
/** What apk runs when a package comes into an empty root. */
const installScripts = new Set(['.pre-install', '.post-install', '.trigger']);

async function makeApkSegment(request: ApkSegmentRequest): Promise<Segment> {
  const { archive: digest, name, version, controlSha1, size, settings } = request;
  const store = openStore(request.storeRoot);
  const archive = await openApkControl(store.open(digest), { name, version, trust: { controlSha1 } });
  const whole = settings.alone ? await leftAsItStands(store, request, archive) : undefined;
  const made = whole ?? (await rewrite(store, request, archive));
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

async function rewrite(store: Store, request: ApkSegmentRequest, archive: ApkControl): Promise<MadeSegment> {
  const { subject, settings } = request;
  const recorded = new Map<string, InstalledEntry>();
  const fileModes = new Map<string, number>();
  async function* entries(): AsyncGenerator<ArchiveEntry> {
    const hash = createHash('sha256');
    const data = seenBy(bytesBehind(store.open(request.archive), archive.dataOffset), hash);
    for await (const entry of entriesIn(data, archive, subject)) {
      recorded.set(entry.path, installedEntry(entry));
      if (entry.type === 'file') fileModes.set(entry.path, entry.mode);
      yield asLaidOut(isCopyright(entry) ? await kept(store, entry) : entry, fileModes);
    }
    const actual = hash.digest('hex');
    if (actual !== archive.info.dataHash) throw wrongData(archive.info.dataHash, `sha256:${actual}`, subject);
  }
  const segment = await writeSegment(store, { subject, replaces: '', entries }, settings);
  return { segment, entries: [...recorded.values()] };
}

/**
 * Reads the data section once, to its end, while it goes into the store as it stands; undefined, and nothing is kept, when something in it
 * has to be changed.
 */
async function leftAsItStands(
  store: Store,
  request: ApkSegmentRequest,
  archive: ApkControl,
): Promise<MadeSegment | undefined> {
  const { subject, settings } = request;
  const { dataHash } = archive.info;
  const changes = changeFinder(settings);
  const layout = packageLayout(subject, settings, new Set());
  const recorded: InstalledEntry[] = [];
  const hash = createHash('sha256');
  let tarSize = 0;
  const state = { isChanged: false };
  const diffed = {
    update: (chunk: Uint8Array): void => {
      hash.update(chunk);
      tarSize += chunk.length;
    },
  };

  async function* entries(data: AsyncIterable<Uint8Array>): AsyncGenerator<ArchiveEntry> {
    for await (const entry of entriesIn(data, archive, subject, diffed)) {
      recorded.push(installedEntry(entry));
      state.isChanged ||= changes(entry);
      yield asLaidOut(isCopyright(entry) ? await kept(store, entry) : entry, noModes);
    }
  }
  async function read(data: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const { body } of layout.entries(entries(data))) {
      if (state.isChanged) return;
      await drainBytes(body);
    }
  }

  const abandoned = new Error(`${subject} was let go of`);
  const { left, right } = inStep(bytesBehind(store.open(request.archive), archive.dataOffset), () => abandoned);
  const [kepts, reads] = await Promise.allSettled([store.put(left, { digest: `sha256:${dataHash}` }), read(right)]);
  const failures = [reads, kepts].flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  const failure = failures.find((one) => one !== abandoned);
  if (isPrivateImageError(failure, 'store/mismatch')) throw wrongData(dataHash, undefined, subject);
  if (failure !== undefined) throw failure;
  if (state.isChanged || kepts.status === 'rejected') return undefined;
  const files = await storeFileList(store, layout.files());
  const diffId: Digest = `sha256:${hash.digest('hex')}`;
  const segment = { blob: kepts.value, tarSize, files, newest: layout.newest(), replaces: '', diffId };
  return { segment, entries: recorded };
}

/** The entries of a compressed data section; what it unpacks to is shown to `unpacked`. */
async function* entriesIn(
  data: AsyncIterable<Uint8Array>,
  { info }: ApkControl,
  subject: string,
  unpacked?: Observer,
): AsyncGenerator<ApkEntry> {
  const maxBytes = likelyDataBytes(info);
  const tar = inflateMembers(data, 0, maxBytes, subject);
  const plain = readTar(unpacked === undefined ? tar : seenBy(tar, unpacked), { subject, maxBytes });
  for await (const entry of plain) yield verifiedEntry(entry, subject);
}

interface Observer {
  update(chunk: Uint8Array): unknown;
}

async function* seenBy(source: AsyncIterable<Uint8Array>, observer: Observer): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    observer.update(chunk);
    yield chunk;
  }
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
function asLaidOut(entry: ApkEntry, fileModes: ReadonlyMap<string, number>): ArchiveEntry {
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
