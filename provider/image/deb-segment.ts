import { createHash, type Hash } from 'node:crypto';
import { openDebArchive } from '../packages/deb/deb-archive.js';
import type { DebArchive } from '../packages/deb/deb-archive.js';
import type { DebControl } from '../packages/deb/deb-control.js';
import type { InstalledRecord } from '../packages/deb/installed-record.js';
import { statusStanza } from '../packages/deb/status.js';
import { XzProgramError } from '../packages/deb/xz-program.js';
import type { ArchiveEvent, EntryHeader } from '../packages/archive.js';
import { archiveError } from '../packages/archive-error.js';
import { openStore } from '../store/open-store.js';
import { readingBlob } from '../store/reading-blob.js';
import type { Store } from '../store/store.js';
import type { Digest } from '../support/digest.js';
import { isPrivateImageError } from '../support/errors.js';
import type { Task } from '../support/tasks.js';
import { copyrightKeeper } from './noted-content.js';
import { enabledNginxModules } from './nginx-modules.js';
import { scriptNotes } from './script-note.js';
import { statedAlternatives } from './stated-alternatives.js';
import { writeSegment } from './segment-writer.js';
import type { Segment, SegmentSettings } from './segment.js';

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
  /** The machine's `xz`, absolute, where it has one: what a segment is does not depend on it. */
  readonly xz: string | undefined;
}

const statusFolder = 'var/lib/dpkg/status.d';

/** Makes the segment of a `.deb` that is in the store, with its entry of the package database. */
export const debSegmentTask: Task<DebSegmentRequest, Segment> = {
  module: new URL('./deb-segment.js', import.meta.url).href,
  name: 'debSegmentTask',
  run: (request) => readingBlob(openStore(request.storeRoot), request.archive, () => withOrWithoutXz(request)),
};

/** What the machine's xz makes fail is tried without it: so the same archive fails in the same way on every machine, or not at all. */
async function withOrWithoutXz(request: DebSegmentRequest): Promise<Segment> {
  try {
    return await makeDebSegment(request);
  } catch (error) {
    const isAboutArchive = isPrivateImageError(error) && error.code.startsWith('archive/');
    if (request.xz === undefined || !(isAboutArchive || error instanceof XzProgramError)) throw error;
    return await makeDebSegment({ ...request, xz: undefined });
  }
}

/** The database in the image, and whoever scans it, goes by what the archive says of itself. */
async function controlOf(deb: DebArchive, { name, version, subject }: DebSegmentRequest): Promise<DebControl> {
  try {
    const control = await deb.control();
    const [statedName = '', statedVersion = ''] = [control.fields.get('package'), control.fields.get('version')];
    if (statedName === name && statedVersion === version) return control;
    throw archiveError('archive/contradiction', subject, `by its control file it is ${statedName} ${statedVersion}`);
  } catch (error) {
    await deb.close();
    throw error;
  }
}

async function makeDebSegment(request: DebSegmentRequest): Promise<Segment> {
  const { archive, name, subject, installedSize, settings, xz } = request;
  const store = openStore(request.storeRoot);
  const open = (): DebArchive => openDebArchive(store.open(archive), { subject, installedSize, xz });
  let opened: DebArchive | undefined = open();
  const control = await controlOf(opened, request);
  const isRecorded = settings.recorded === true;
  let paths: string[] = [];
  let sums = new Map<string, string>();
  async function* events(): AsyncGenerator<Iterable<ArchiveEvent>> {
    const deb = opened ?? open();
    opened = undefined;
    paths = ['/.'];
    sums = new Map(control.conffiles.map((path) => [path, '']));
    let newest = 0;
    const keep = copyrightKeeper(store);
    const sum = isRecorded ? conffileSums(sums) : undefined;
    function* noted(source: Iterable<ArchiveEvent>): Generator<ArchiveEvent, void, undefined> {
      for (const event of source) {
        if (!(event instanceof Uint8Array)) {
          newest = Math.max(newest, event.mtime);
          paths.push(`/${event.path}`);
        }
        sum?.(event);
        yield event;
      }
    }
    for await (const part of deb.events()) yield noted(keep(part));
    if (isRecorded) return;
    yield textFile(`${statusFolder}/${name}`, statusStanza(control), newest);
    if (control.md5sums !== undefined) yield textFile(`${statusFolder}/${name}.md5sums`, control.md5sums, newest);
  }
  const replaces = control.fields.get('replaces') ?? '';
  const segment = await writeSegment(store, { subject, replaces, events }, settings);
  const postinst = control.scripts.get('postinst') ?? '';
  const alternatives = statedAlternatives(postinst);
  const scripts = ['preinst', 'postinst'].map((one): [string, string] => [one, control.scripts.get(one) ?? '']);
  return {
    ...segment,
    ...alternatives.part,
    ...enabledNginxModules(postinst),
    ...scriptNotes(scripts, alternatives.lines),
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

/** Sees the events of an archive, and sets the md5 of each conffile in `sums` once its content has gone by. */
function conffileSums(sums: Map<string, string>): (event: ArchiveEvent) => void {
  let file: { readonly path: string; readonly hash: Hash; left: number } | undefined;
  return (event) => {
    if (event instanceof Uint8Array) {
      file?.hash.update(event);
      if (file !== undefined) file.left -= event.length;
    } else {
      const path = `/${event.path}`;
      const isConffile = event.type === 'file' && sums.has(path);
      file = isConffile ? { path, hash: createHash('md5'), left: event.size } : undefined;
    }
    if (file?.left !== 0) return;
    sums.set(file.path, file.hash.digest('hex'));
    file = undefined;
  };
}

function textFile(path: string, text: string, mtime: number): readonly ArchiveEvent[] {
  const content = Buffer.from(text);
  const header: EntryHeader = { path, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime, size: content.length };
  return content.length === 0 ? [header] : [header, content];
}
