import { createHash } from 'node:crypto';
import type { ArchiveEvent } from '../archive.js';
import { archiveError } from '../archive-error.js';
import { dataLimit } from '../data-limit.js';
import { readTar, tarEvents } from '../tar.js';
import { apkEventVerifier } from './apk-entry.js';
import type { ApkEntry } from './apk-entry.js';
import { collectBytes } from './byte-stream.js';
import { apkError } from './errors.js';
import { gzipReader, inflateMembers } from './gzip-members.js';
import type { GzipReader } from './gzip-members.js';
import { readPackageInfo } from './package-info.js';
import type { PackageInfo } from './package-info.js';
import { signatureOf } from './signature.js';

/** What an archive has to be. */
export interface ExpectedArchive {
  /** Name and version, as the index gives them. */
  readonly name: string;
  readonly version: string;
  /** What vouches for it: lowercase hex sha1 of the control member, which a signed index states. */
  readonly controlSha1: string;
}

/** A file of the control section. */
export interface ControlFile {
  /** As `.post-install`. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** Names of owner and group; empty where the archive has none. */
  readonly userName: string;
  readonly groupName: string;
  readonly content: Buffer;
}

/** What the control section of an archive says, verified. */
export interface ApkControl {
  readonly info: PackageInfo;
  /** All files of the control section but `.PKGINFO`, in their order: install scripts and builders' notes. */
  readonly controlFiles: readonly ControlFile[];
}

/** An archive as it comes. */
export interface ComingApk extends ApkControl {
  /** The bytes up to the data section: signatures and control section. */
  readonly head: Buffer;
  /**
   * The data section: gzip members that make one compressed tar, fit to be published as a layer. To be read once, by who verifies that its
   * sha256 is `info.dataHash`.
   */
  readonly data: AsyncIterable<Uint8Array>;
}

const maxSignatureMembers = 8;
const maxSignatureBytes = 256 * 1024;
const maxControlBytes = 32 * 1024 * 1024;

/**
 * Reads an apk v2 archive (apk-v2(5)): gzip members with signatures, control files and data. `use` is given it when its control section has been
 * verified, and reads on.
 *
 * Throws `archive/…`: `archive/checksum-mismatch` when it is not the archive that is expected, `archive/contradiction` when its control
 * section is of another package; what `use` throws passes as it is.
 */
export async function readApk<Result>(
  source: AsyncIterable<Uint8Array>,
  expected: ExpectedArchive,
  use: (archive: ComingApk) => Promise<Result>,
): Promise<Result> {
  const reader = gzipReader(source, subjectOf(expected));
  try {
    const { head, ...control } = await readControl(reader, expected);
    return await use({ ...control, head, data: reader.rest() });
  } finally {
    await reader.close();
  }
}

/** What the first bytes of an archive, up to its data section, say. Throws as `readApk` does. */
export function readApkHead(source: AsyncIterable<Uint8Array>, expected: ExpectedArchive): Promise<ApkControl> {
  return readApk(source, expected, ({ info, controlFiles }) => Promise.resolve({ info, controlFiles }));
}

/** The error for a data section that does not have the hash that its control section states. */
export function wrongData(expected: ExpectedArchive, dataHash: string): Error {
  return archiveError(
    'archive/contradiction',
    subjectOf(expected),
    'its data section does not have the datahash of its .PKGINFO',
    { expected: dataHash },
  );
}

/** The error for an archive that ends behind its control section. */
export function noData(expected: ExpectedArchive): Error {
  return archiveError('archive/truncated', subjectOf(expected), 'it has no data section');
}

function subjectOf({ name, version }: ExpectedArchive): string {
  return `package ${name} ${version}`;
}

/** The inflated data section is its files and, for each, headers that a package of many small files is mostly made of. */
export function likelyDataBytes(info: Pick<PackageInfo, 'installedSize'>): number {
  return dataLimit(info.installedSize, 8, 256 * 1024 * 1024);
}

/** Reads up to the data section, and verifies what it has read. */
async function readControl(
  reader: GzipReader,
  expected: ExpectedArchive,
): Promise<ApkControl & { readonly head: Buffer }> {
  const subject = subjectOf(expected);
  const head: Buffer[] = [];
  for (let members = 0; members <= maxSignatureMembers; members += 1) {
    const sha1 = createHash('sha1');
    const member = await reader.next(maxControlBytes, (bytes) => {
      sha1.update(bytes);
      head.push(Buffer.from(bytes));
    });
    if (member === undefined) throw archiveError('archive/truncated', subject, 'it has no control section');
    const files = await readControlFiles(member.content, subject);
    if (files.every(({ path, content }) => signatureOf(path, content) !== undefined)) continue;
    assertExpected(expected, sha1.digest('hex'));
    const infoFile = files.find((file) => file.path === '.PKGINFO');
    const info = infoOf(infoFile, expected, subject);
    return { info, controlFiles: files.filter((file) => file !== infoFile), head: Buffer.concat(head) };
  }
  throw archiveError('archive/malformed', subject, `it has more than ${maxSignatureMembers} signature members`);
}

function infoOf(file: ControlFile | undefined, { name, version }: ExpectedArchive, subject: string): PackageInfo {
  if (file === undefined) throw archiveError('archive/malformed', subject, 'it has no .PKGINFO');
  const info = readPackageInfo(file.content, subject);
  if (info.name === name && info.version === version) return info;
  throw archiveError('archive/contradiction', subject, `by its .PKGINFO it is ${info.name} ${info.version}`);
}

async function readControlFiles(content: AsyncIterable<Uint8Array>, subject: string): Promise<readonly ControlFile[]> {
  const files: ControlFile[] = [];
  const limits = { subject, maxBytes: maxControlBytes, maxEntries: 64, end: 'open' } as const;
  for await (const entry of readTar(content, limits)) {
    if (entry.type !== 'file' || entry.path.includes('/')) {
      throw archiveError(
        'archive/malformed',
        subject,
        `its control section has ${entry.path}, which is no control file`,
      );
    }
    if (entry.path.startsWith('.SIGN.') && entry.size > maxSignatureBytes) {
      throw archiveError('archive/too-large', subject, `its signature has ${entry.size} bytes`);
    }
    const { path, mode, userName, groupName } = entry;
    files.push({ path, mode, userName, groupName, content: await collectBytes(entry.body) });
  }
  if (files.length === 0) throw archiveError('archive/malformed', subject, 'one of its first members holds nothing');
  return files;
}

function assertExpected(expected: ExpectedArchive, controlSha1: string): void {
  if (controlSha1 === expected.controlSha1) return;
  throw apkError(
    'archive/checksum-mismatch',
    `${subjectOf(expected)}: the archive is not the one that the signed index speaks of`,
    {
      hint: 'The repository is being updated, or the archive was replaced. Read the index again; if it stays so, do not use it.',
      data: { expected: expected.controlSha1, actual: controlSha1 },
    },
  );
}

/**
 * The events of a data section, which unpacks to at most `maxBytes`: entries have their checksums, which are verified as their content goes
 * by. What it unpacks to is shown to `unpacked`. Throws what `inflateMembers`, `tarEvents` and `apkEventVerifier` throw.
 */
export async function* apkEvents(
  data: AsyncIterable<Uint8Array>,
  maxBytes: number,
  subject: string,
  unpacked: (piece: Uint8Array) => void = () => undefined,
): AsyncGenerator<Iterable<ArchiveEvent<ApkEntry>>, void, undefined> {
  const verified = apkEventVerifier(subject);
  async function* tar(): AsyncGenerator<Uint8Array> {
    for await (const piece of inflateMembers(data, maxBytes, subject)) {
      unpacked(piece);
      yield piece;
    }
  }
  for await (const events of tarEvents(tar(), { subject, maxBytes })) yield verified(events);
}
