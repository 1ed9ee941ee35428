import { createHash } from 'node:crypto';
import { entriesOf } from '../archive.js';
import type { ArchiveEvent } from '../archive.js';
import { archiveError } from '../archive-error.js';
import type { Digest } from '../../support/digest.js';
import { dataLimit } from '../data-limit.js';
import { readTar, tarEvents } from '../tar.js';
import { apkEventVerifier } from './apk-entry.js';
import type { ApkEntry } from './apk-entry.js';
import { collectBytes } from './byte-stream.js';
import { apkError } from './errors.js';
import { gzipReader, inflateMembers } from './gzip-members.js';
import type { GzipReader } from './gzip-members.js';
import type { ApkKeyring } from './keyring.js';
import { readPackageInfo } from './package-info.js';
import type { PackageInfo } from './package-info.js';
import { checkSignatures, signatureOf } from './signature.js';
import type { ApkSignature, SignatureCheck } from './signature.js';

/** What an archive has to be. */
export interface ExpectedArchive {
  /** Name and version, as the index gives them. */
  readonly name: string;
  readonly version: string;
  /**
   * What vouches for it: the sha1 of the control member that a signed index states (hex), or a signature of its own.
   */
  readonly trust: { readonly controlSha1: string } | { readonly keyring: ApkKeyring };
  /** Bytes of the inflated data section; by default what its own, verified metadata makes likely. */
  readonly maxDataBytes?: number;
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

/**
 * Where the data section lies in the file: gzip members that make one compressed tar, fit to be published as a layer.
 */
export interface DataSection {
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  readonly digest: Digest;
}

/** What the control section of an archive says, verified. */
export interface ApkControl {
  readonly info: PackageInfo;
  /** Lowercase hex sha1 of the control member: the package's identity. */
  readonly controlSha1: string;
  /** All files of the control section but `.PKGINFO`, in their order: install scripts and builders' notes. */
  readonly controlFiles: readonly ControlFile[];
  /** Where the data section begins, in bytes from the beginning of the file. */
  readonly dataOffset: number;
}

/** A package archive of which the control section and the bytes of the data section are verified. */
export interface ApkArchive extends ApkControl {
  readonly data: DataSection;
  /** The content, read anew from the source. */
  entries(): AsyncIterable<ApkEntry & { readonly body: AsyncIterable<Uint8Array> }>;
}

const maxSignatureMembers = 8;
const maxSignatureBytes = 256 * 1024;
const maxControlBytes = 32 * 1024 * 1024;

/**
 * Opens an apk v2 archive (apk-v2(5)): gzip members with signatures, control files and data. `source` gives the
 * file's bytes from the beginning, each time it is called: the first pass verifies everything before the second uses
 * it.
 *
 * Throws `archive/…`: `archive/checksum-mismatch` when it is not the archive that is expected,
 * `archive/contradiction` when its data is not what its control section says; and, with a keyring,
 * `repository/unsigned` and its kin.
 */
export async function openApkArchive(
  source: () => AsyncIterable<Uint8Array>,
  expected: ExpectedArchive,
): Promise<ApkArchive> {
  const subject = subjectOf(expected);
  const reader = gzipReader(source(), subject);
  try {
    const control = await readControl(reader, expected, subject);
    const data = await digestRest(control.dataOffset, reader.rest());
    assertData(data, control.info, subject);
    const maxBytes = expected.maxDataBytes ?? likelyDataBytes(control.info);
    return { ...control, data, entries: () => readEntries(source, data.offset, maxBytes, subject) };
  } finally {
    await reader.close();
  }
}

/** The control section of an archive, verified; nothing is known of its data yet. Throws as `openApkArchive` does. */
export async function openApkControl(
  source: AsyncIterable<Uint8Array>,
  expected: ExpectedArchive,
): Promise<ApkControl> {
  const subject = subjectOf(expected);
  const reader = gzipReader(source, subject);
  try {
    return await readControl(reader, expected, subject);
  } finally {
    await reader.close();
  }
}

/**
 * The bytes of an archive as they come, verified by the time they end: whoever keeps them keeps nothing when this throws, which it does as
 * `openApkArchive` does.
 */
export async function* verifiedApk(
  source: AsyncIterable<Uint8Array>,
  expected: ExpectedArchive,
): AsyncGenerator<Uint8Array, void, undefined> {
  const subject = subjectOf(expected);
  const passed: Uint8Array[] = [];
  async function* passing(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      passed.push(chunk);
      yield chunk;
    }
  }
  const reader = gzipReader(passing(), subject);
  try {
    const { info, dataOffset } = await readControl(reader, expected, subject);
    yield* passed.splice(0);
    const sha256 = createHash('sha256');
    let size = 0;
    for await (const chunk of reader.rest()) {
      sha256.update(chunk);
      size += chunk.length;
      yield* passed.splice(0);
    }
    assertData({ offset: dataOffset, size, digest: `sha256:${sha256.digest('hex')}` }, info, subject);
  } finally {
    await reader.close();
  }
}

/** Throws `archive/contradiction` for a data section that is not the one that `info` speaks of, and `archive/truncated` for none. */
function assertData({ size, digest }: DataSection, { dataHash }: PackageInfo, subject: string): void {
  if (size === 0) throw archiveError('archive/truncated', subject, 'it has no data section');
  if (digest === `sha256:${dataHash}`) return;
  throw wrongData(dataHash, digest, subject);
}

/** The error for a data section that does not have the hash that its control section states. */
export function wrongData(expected: string, actual: string | undefined, subject: string): Error {
  return archiveError('archive/contradiction', subject, 'its data section does not have the datahash of its .PKGINFO', {
    expected,
    ...(actual === undefined ? {} : { actual }),
  });
}

function subjectOf({ name, version }: ExpectedArchive): string {
  return `package ${name} ${version}`;
}

/** The inflated data section is its files and, for each, headers that a package of many small files is mostly made of. */
export function likelyDataBytes(info: Pick<PackageInfo, 'installedSize'>): number {
  return dataLimit(info.installedSize, 8, 256 * 1024 * 1024);
}

/** Reads up to the data section, and verifies what it has read. */
async function readControl(reader: GzipReader, expected: ExpectedArchive, subject: string): Promise<ApkControl> {
  const signatures: ApkSignature[] = [];
  for (let members = 0; members <= maxSignatureMembers; members += 1) {
    const sha1 = createHash('sha1');
    const check =
      'keyring' in expected.trust ? checkSignatures(signatures, expected.trust.keyring, subject) : undefined;
    const member = await reader.next(maxControlBytes, (bytes) => {
      sha1.update(bytes);
      check?.update(bytes);
    });
    if (member === undefined) throw archiveError('archive/truncated', subject, 'it has no control section');
    const files = await readControlFiles(member.content, subject);
    const found = files.flatMap((file) => signatureOf(file.path, file.content) ?? []);
    if (found.length > 0 && found.length === files.length) {
      signatures.push(...found);
      continue;
    }
    const controlSha1 = sha1.digest('hex');
    requireTrust(expected, controlSha1, check, subject);
    const infoFile = files.find((file) => file.path === '.PKGINFO');
    const info = infoOf(infoFile, expected, subject);
    const controlFiles = files.filter((file) => file !== infoFile);
    return { info, controlSha1, controlFiles, dataOffset: reader.offset() };
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

function requireTrust(
  expected: ExpectedArchive,
  controlSha1: string,
  check: SignatureCheck | undefined,
  subject: string,
): void {
  if (check !== undefined) {
    check.conclude();
    return;
  }
  if ('controlSha1' in expected.trust && expected.trust.controlSha1 === controlSha1) return;
  const wanted = 'controlSha1' in expected.trust ? expected.trust.controlSha1 : '';
  throw apkError(
    'archive/checksum-mismatch',
    `${subject}: the archive is not the one that the signed index speaks of`,
    {
      hint: 'The repository is being updated, or the archive was replaced. Read the index again; if it stays so, do not use it.',
      data: { expected: wanted, actual: controlSha1 },
    },
  );
}

async function digestRest(offset: number, rest: AsyncIterable<Uint8Array>): Promise<DataSection> {
  const sha256 = createHash('sha256');
  let size = 0;
  for await (const chunk of rest) {
    sha256.update(chunk);
    size += chunk.length;
  }
  return { offset, size, digest: `sha256:${sha256.digest('hex')}` };
}

function readEntries(
  source: () => AsyncIterable<Uint8Array>,
  offset: number,
  maxBytes: number,
  subject: string,
): ReturnType<ApkArchive['entries']> {
  return entriesOf(apkEvents(inflateMembers(source(), offset, maxBytes, subject), maxBytes, subject));
}

/**
 * The events of an unpacked data section, of at most `maxBytes`: entries have their checksums, which are verified as their content goes by.
 * Throws what `tarEvents` and `apkEventVerifier` throw.
 */
export async function* apkEvents(
  data: AsyncIterable<Uint8Array>,
  maxBytes: number,
  subject: string,
): AsyncGenerator<Iterable<ArchiveEvent<ApkEntry>>, void, undefined> {
  const verified = apkEventVerifier(subject);
  for await (const events of tarEvents(data, { subject, maxBytes })) yield verified(events);
}
