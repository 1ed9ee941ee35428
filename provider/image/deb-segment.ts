import { controlOfDeb, openDebArchive } from '../packages/deb/deb-archive.js';
import { parseRelations, satisfies } from '../packages/deb/relation.js';
import { statusStanza } from '../packages/deb/status.js';
import type { ArchiveEntry } from '../packages/archive.js';
import { openStore } from '../store/open-store.js';
import { readingBlob } from '../store/reading-blob.js';
import type { Store } from '../store/store.js';
import type { Digest } from '../support/digest.js';
import type { Task } from '../support/tasks.js';
import { scriptNotes } from './script-note.js';
import { writeSegment } from './segment-writer.js';
import type { Segment, SegmentSettings } from './segment.js';
import { bodyOf } from './tar-stream.js';

/** Arguments of the task. */
export interface DebSegmentRequest {
  readonly storeRoot: string;
  readonly archive: Digest;
  readonly name: string;
  /** In words, for errors: `package curl 7.88.1-10 amd64`. */
  readonly subject: string;
  /** Bytes that the index says the package takes when installed: what bounds its decompression. */
  readonly installedSize: number;
  readonly settings: SegmentSettings;
}

/** Changes when the same archive and settings would give another segment. */
export const debSegmentFormat = 'deb segment 2';

const statusFolder = 'var/lib/dpkg/status.d';
const copyrightPath = /^usr\/share\/doc\/[^/]+\/copyright$/;

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

async function makeDebSegment(request: DebSegmentRequest): Promise<Segment> {
  const { archive, name, subject, installedSize, settings } = request;
  const store = openStore(request.storeRoot);
  const limits = { subject, installedSize };
  const control = await controlOfDeb(store.open(archive), limits);
  async function* entries(): AsyncGenerator<ArchiveEntry> {
    const deb = openDebArchive(store.open(archive), limits);
    let newest = 0;
    for await (const entry of deb.entries()) {
      newest = Math.max(newest, entry.mtime);
      yield copyrightPath.test(entry.path) && entry.type === 'file' ? await kept(store, entry) : entry;
    }
    yield textEntry(`${statusFolder}/${name}`, statusStanza(control), newest);
    if (control.md5sums !== undefined) yield textEntry(`${statusFolder}/${name}.md5sums`, control.md5sums, newest);
  }
  const segment = await writeSegment(
    store,
    { subject, replaces: control.fields.get('replaces') ?? '', entries },
    settings,
  );
  return { ...segment, ...scriptNotes(['preinst', 'postinst'].map((one) => [one, control.scripts.get(one) ?? ''])) };
}

/** The entry, with its content in the store as well: an SBOM reads it there. */
async function kept(store: Store, entry: ArchiveEntry): Promise<ArchiveEntry> {
  const { digest } = await store.put(entry.body);
  return { ...entry, body: store.open(digest) };
}

function textEntry(path: string, text: string, mtime: number): ArchiveEntry {
  const content = Buffer.from(text);
  return { path, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime, size: content.length, body: bodyOf(content) };
}
