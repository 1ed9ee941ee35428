import { createHash } from 'node:crypto';
import { controlOfDeb, openDebArchive } from '../packages/deb/deb-archive.js';
import type { DebControl } from '../packages/deb/deb-control.js';
import type { InstalledRecord } from '../packages/deb/installed-record.js';
import { parseRelations, satisfies } from '../packages/deb/relation.js';
import { statusStanza } from '../packages/deb/status.js';
import type { ArchiveEntry } from '../packages/archive.js';
import { archiveError } from '../packages/archive-error.js';
import { openStore } from '../store/open-store.js';
import { readingBlob } from '../store/reading-blob.js';
import type { Store } from '../store/store.js';
import type { Digest } from '../support/digest.js';
import type { Task } from '../support/tasks.js';
import { isCopyright, kept } from './noted-content.js';
import { scriptNotes } from './script-note.js';
import { writeSegment } from './segment-writer.js';
import type { Segment, SegmentSettings } from './segment.js';
import { bodyOf } from './tar-stream.js';

/** Arguments of the task. */
export interface DebSegmentRequest {
  readonly storeRoot: string;
  readonly archive: Digest;
  readonly name: string;
  readonly version: string;
  /** In words, for errors: `package curl 7.88.1-10 amd64`. */
  readonly subject: string;
  /** Bytes that the index says the package takes when installed: what bounds its decompression. */
  readonly installedSize: number;
  readonly settings: SegmentSettings;
}

/** Changes when the same archive and settings would give another segment. */
export const debSegmentFormat = 'deb segment 4';

const statusFolder = 'var/lib/dpkg/status.d';

/** Makes the segment of a `.deb` that is in the store, with its entry of the package database. */
export const debSegmentTask: Task<DebSegmentRequest, Segment> = {
  module: import.meta.url,
  name: 'debSegmentTask',
  run: (request) => readingBlob(openStore(request.storeRoot), request.archive, () => makeDebSegment(request)),
};

/**
 * True when the field `Replaces` of a package lets it take over files of `other`
 * (https://www.debian.org/doc/debian-policy/ch-relationships.html#overwriting-files-and-replacing-packages-replaces).
 */
export function debReplaces(field: string, other: { readonly name: string; readonly version: string }): boolean {
  return parseRelations(field).some(({ alternatives }) =>
    alternatives.some(({ name, constraint }) => name === other.name && satisfies(other.version, constraint)),
  );
}

/** The database in the image, and whoever scans it, goes by what the archive says of itself. */
function assertIsPackage({ fields }: DebControl, { name, version, subject }: DebSegmentRequest): void {
  const [statedName = '', statedVersion = ''] = [fields.get('package'), fields.get('version')];
  if (statedName === name && statedVersion === version) return;
  throw archiveError('archive/contradiction', subject, `by its control file it is ${statedName} ${statedVersion}`);
}

async function makeDebSegment(request: DebSegmentRequest): Promise<Segment> {
  const { archive, name, subject, installedSize, settings } = request;
  const store = openStore(request.storeRoot);
  const limits = { subject, installedSize };
  const control = await controlOfDeb(store.open(archive), limits);
  assertIsPackage(control, request);
  const isRecorded = settings.recorded === true;
  let paths: string[] = [];
  let sums = new Map<string, string>();
  async function* entries(): AsyncGenerator<ArchiveEntry> {
    const deb = openDebArchive(store.open(archive), limits);
    paths = ['/.'];
    sums = new Map(control.conffiles.map((path) => [path, '']));
    let newest = 0;
    for await (const entry of deb.entries()) {
      newest = Math.max(newest, entry.mtime);
      const one = isCopyright(entry) ? await kept(store, entry) : entry;
      paths.push(`/${entry.path}`);
      yield isRecorded && entry.type === 'file' && sums.has(`/${entry.path}`) ? summed(sums, one) : one;
    }
    if (isRecorded) return;
    yield textEntry(`${statusFolder}/${name}`, statusStanza(control), newest);
    if (control.md5sums !== undefined) yield textEntry(`${statusFolder}/${name}.md5sums`, control.md5sums, newest);
  }
  const replaces = control.fields.get('replaces') ?? '';
  const segment = await writeSegment(store, { subject, replaces, entries }, settings);
  return {
    ...segment,
    ...scriptNotes(['preinst', 'postinst'].map((one) => [one, control.scripts.get(one) ?? ''])),
    ...(isRecorded ? { record: await storeRecord(store, control, paths, sums) } : {}),
  };
}

async function storeRecord(
  store: Store,
  { text, files }: DebControl,
  paths: readonly string[],
  sums: ReadonlyMap<string, string>,
): Promise<Digest> {
  const record: InstalledRecord = {
    control: text,
    files: Object.fromEntries([...files].map(([name, content]) => [name, content.toString('base64')])),
    paths,
    conffiles: Object.fromEntries([...sums].filter(([, sum]) => sum !== '')),
  };
  return (await store.put(JSON.stringify(record))).digest;
}

/** The entry, whose checksum is in `sums` once its content has gone by. */
function summed(sums: Map<string, string>, entry: ArchiveEntry): ArchiveEntry {
  async function* body(): AsyncGenerator<Uint8Array> {
    const hash = createHash('md5');
    for await (const chunk of entry.body) {
      hash.update(chunk);
      yield chunk;
    }
    sums.set(`/${entry.path}`, hash.digest('hex'));
  }
  return { ...entry, body: body() };
}

function textEntry(path: string, text: string, mtime: number): ArchiveEntry {
  const content = Buffer.from(text);
  return { path, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime, size: content.length, body: bodyOf(content) };
}
