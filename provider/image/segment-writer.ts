import { createHash } from 'node:crypto';
import type { ArchiveEvent } from '../packages/archive.js';
import type { Store } from '../store/store.js';
import { storeFileList } from './file-list.js';
import { gzipMember } from './gzip.js';
import { imageError } from './image-error.js';
import { packageLayout } from './package-layout.js';
import type { Segment, SegmentSettings } from './segment.js';
import { tarPacker } from './tar-stream.js';
import { endOfArchive } from './tar-writer.js';

/** A package's archive, to be laid out. */
export interface SegmentSource {
  /** In words, for errors: `package curl 7.88.1-10 amd64`. */
  readonly subject: string;
  readonly replaces: string;
  /** What the archive holds, from its start each time it is called; each part is read before the next is asked for. */
  events(): AsyncIterable<Iterable<ArchiveEvent>>;
}

/**
 * Lays `source` out, compresses it into the store, and gives the segment: a whole layer for a package that has one to itself. Throws
 * what `packageLayout` throws.
 */
export async function writeSegment(store: Store, source: SegmentSource, settings: SegmentSettings): Promise<Segment> {
  const first = await attempt(store, source, settings, new Set());
  if (first.wanted.length === 0) return first.segment;
  // A kept hard link leads to a file that was left out: the file stays as well. Its content has gone by, so once more.
  const taken = first.wanted.find((path) => settings.dropped.includes(path));
  if (taken !== undefined) {
    throw imageError(
      'image/file-conflict',
      `${source.subject} has a hard link to /${taken}, which another package takes over`,
      {
        hint: 'The two packages cannot be in one image.',
        data: { path: taken, packages: [source.subject] },
      },
    );
  }
  return (await attempt(store, source, settings, new Set(first.wanted))).segment;
}

async function attempt(
  store: Store,
  source: SegmentSource,
  settings: SegmentSettings,
  keep: ReadonlySet<string>,
): Promise<{ readonly segment: Segment; readonly wanted: readonly string[] }> {
  const layout = packageLayout(source.subject, settings, keep);
  const packer = tarPacker();
  const hash = createHash('sha256');
  let tarSize = 0;
  function* seen(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
    for (const piece of pieces) {
      if (settings.alone) hash.update(piece);
      tarSize += piece.length;
      yield piece;
    }
  }
  async function* tar(): AsyncGenerator<Uint8Array> {
    for await (const events of source.events()) {
      for (const event of layout.events(events)) packer.add(event);
      yield* seen(packer.full());
    }
    for (const folder of layout.unstated()) packer.add(folder);
    yield* seen(packer.end());
    if (settings.alone) yield* seen([endOfArchive]);
  }
  const blob = await store.put(gzipMember(tar()));
  const files = await storeFileList(store, layout.files());
  const segment: Segment = { blob, tarSize, files, newest: layout.newest(), replaces: source.replaces };
  return {
    segment: settings.alone ? { ...segment, diffId: `sha256:${hash.digest('hex')}` } : segment,
    wanted: layout.wanted(),
  };
}
