import type { ArchiveEvent } from '../archive.js';
import { archiveError } from '../archive-error.js';
import { dataLimit } from '../data-limit.js';
import { tarEvents } from '../tar.js';
import { readAr } from './ar.js';
import type { ArMember, ArReader } from './ar.js';
import { readDebControl } from './deb-control.js';
import type { DebControl } from './deb-control.js';
import { compressionOf, decompress } from './decompress.js';
import { isPlainXz, unxzWithProgram, xzHeadSize } from './xz-program.js';

/** What is known of a package before its archive is read. */
export interface DebArchiveOptions {
  /** Which package this is, for errors: `package curl 7.88.1-10 amd64`. */
  readonly subject: string;
  /** Bytes that the index says the package takes when installed; what it may unpack to follows from it. 0 when it does not say. */
  readonly installedSize: number;
  /** The machine's `xz`, absolute, for large data; what goes wrong with it is thrown as `XzProgramError`. The own decoder by default. */
  readonly xz?: string | undefined;
}

/** A `.deb` that is read as it streams by, control first. */
export interface DebArchive {
  /** What the package says of itself. */
  control(): Promise<DebControl>;
  /**
   * What its data holds, once, after the control: each part is read before the next is asked for. The source is read to its end, so that
   * whoever verifies it has seen all of it.
   */
  events(): AsyncIterable<Iterable<ArchiveEvent>>;
  /** Ends the source when `events` is not read to its end. */
  close(): Promise<void>;
}

/** Small packages may grow by this, whatever they say: block sizes, and sizes that were rounded down. */
const slack = 64 * 1024 * 1024;

/** What a package without a size may unpack to. */
const maxUnknownSize = 4 * 1024 * 1024 * 1024;

/** Below this, starting a program takes longer than the own decoder does. Bytes, compressed. */
const worthProgram = 96 * 1024;

/**
 * Opens a `.deb` of format 2 (https://manpages.debian.org/deb.5). As in dpkg, members whose names begin with `_` and members
 * behind `data.tar` are passed over. `source` is a blob whose digest has been or is being verified.
 *
 * Throws `archive/malformed`, `archive/truncated`, `archive/trailing-data`, `archive/bad-name`, `archive/bad-link`,
 * `archive/duplicate-entry`, `archive/too-large`, `archive/contradiction`, `archive/unsupported`, and `control/malformed`.
 */
export function openDebArchive(source: AsyncIterable<Uint8Array>, options: DebArchiveOptions): DebArchive {
  const { subject } = options;
  const ar = readAr(source, subject);
  let read: Promise<DebControl> | undefined;

  function control(): Promise<DebControl> {
    read ??= readControl(ar, subject);
    return read;
  }

  async function* events(): AsyncGenerator<Iterable<ArchiveEvent>, void, undefined> {
    try {
      await control();
      const member = await nextMember(ar, 'data.tar', subject);
      const maxBytes = options.installedSize === 0 ? maxUnknownSize : dataLimit(options.installedSize, 2, slack);
      yield* tarEvents(await unpackData(member, options), { subject, maxBytes });
      await readRest(ar, subject);
    } finally {
      await ar.close();
    }
  }

  return { control, events, close: () => ar.close() };
}

/** Reads the control of a `.deb` and nothing more of it. Throws as `openDebArchive` does. */
export async function controlOfDeb(source: AsyncIterable<Uint8Array>, options: DebArchiveOptions): Promise<DebControl> {
  const archive = openDebArchive(source, options);
  try {
    return await archive.control();
  } finally {
    await archive.close();
  }
}

async function readControl(ar: ArReader, subject: string): Promise<DebControl> {
  const first = await ar.next();
  if (first === undefined) throw archiveError('archive/truncated', subject, 'it has no members');
  if (first.name !== 'debian-binary')
    throw archiveError('archive/malformed', subject, 'it does not begin with debian-binary');
  if (first.size > 1024) throw archiveError('archive/malformed', subject, 'its debian-binary is no version');
  const chunks: Uint8Array[] = [];
  for await (const chunk of first.body) chunks.push(chunk);
  const version = Buffer.concat(chunks).toString('latin1');
  if (!/^2\.[0-9]+\n/.test(version)) {
    throw archiveError(
      'archive/unsupported',
      subject,
      `its format is ${JSON.stringify(version.slice(0, 20))}, and only 2 is read`,
    );
  }
  return readDebControl(unpack(await nextMember(ar, 'control.tar', subject), subject), subject);
}

/** The next member that counts, which has to be `name` in some compression. */
async function nextMember(ar: ArReader, name: string, subject: string): Promise<ArMember> {
  for (;;) {
    const member = await ar.next();
    if (member === undefined) throw archiveError('archive/truncated', subject, `it has no ${name}`);
    if (member.name.startsWith('_')) continue;
    if (member.name === name || member.name.startsWith(`${name}.`)) return member;
    throw archiveError('archive/malformed', subject, `it has ${JSON.stringify(member.name)} where ${name} is expected`);
  }
}

/** Reads what follows the data, which may be anything but a second control or data. */
async function readRest(ar: ArReader, subject: string): Promise<void> {
  for (;;) {
    const member = await ar.next();
    if (member === undefined) return;
    if (/^(?:debian-binary$|control\.tar|data\.tar)/.test(member.name)) {
      throw archiveError('archive/contradiction', subject, `it has a second ${member.name}`);
    }
  }
}

async function unpackData(member: ArMember, { subject, xz }: DebArchiveOptions): Promise<AsyncIterable<Uint8Array>> {
  if (xz === undefined || member.size < worthProgram || compressionOf(member.name) !== 'xz')
    return unpack(member, subject);
  const { head, body } = await withHead(member.body, xzHeadSize);
  return isPlainXz(head) ? unxzWithProgram(xz, body) : unpack({ ...member, body }, subject);
}

/** The first bytes of a stream, and all of it; fewer when it is shorter. */
async function withHead(
  source: AsyncIterable<Uint8Array>,
  size: number,
): Promise<{ readonly head: Uint8Array; readonly body: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]();
  const seen: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < size) {
    const next = await iterator.next();
    if (next.done === true) break;
    seen.push(next.value);
    bytes += next.value.length;
  }
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* seen.splice(0);
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { head: Buffer.concat(seen).subarray(0, size), body: body() };
}

function unpack(member: ArMember, subject: string): AsyncIterable<Uint8Array> {
  const compression = compressionOf(member.name);
  if (compression !== undefined) return decompress(member.body, compression, subject);
  throw archiveError('archive/unsupported', subject, `${member.name} is packed in a way that packages no longer use`);
}
