import { createHash } from 'node:crypto';
import { archiveError } from '../archive-error.js';
import type { Digest } from '../../support/digest.js';
import { dataLimit } from '../data-limit.js';
import { readTar } from '../tar.js';
import { verifiedEntry } from './apk-entry.js';
import type { ApkEntry } from './apk-entry.js';
import { collectBytes } from './byte-stream.js';
import { apkError } from './errors.js';
import { gzipReader, inflateMembers } from './gzip-members.js';
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

/** A package archive of which the control section and the bytes of the data section are verified. */
export interface ApkArchive {
  readonly info: PackageInfo;
  /** Lowercase hex sha1 of the control member: the package's identity. */
  readonly controlSha1: string;
  /** All files of the control section but `.PKGINFO`, in their order: install scripts and builders' notes. */
  readonly controlFiles: readonly ControlFile[];
  readonly data: DataSection;
  /** The content, read anew from the source. */
  entries(): AsyncIterable<ApkEntry>;
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
  const subject = `package ${expected.name} ${expected.version}`;
  const { control, controlSha1, data } = await readSections(source(), expected, subject);
  const infoFile = control.find((file) => file.path === '.PKGINFO');
  if (infoFile === undefined) throw archiveError('archive/malformed', subject, 'it has no .PKGINFO');
  const info = readPackageInfo(infoFile.content, subject);
  if (info.name !== expected.name || info.version !== expected.version) {
    throw archiveError('archive/contradiction', subject, `by its .PKGINFO it is ${info.name} ${info.version}`);
  }
  if (data.digest !== `sha256:${info.dataHash}`) {
    throw archiveError(
      'archive/contradiction',
      subject,
      'its data section does not have the datahash of its .PKGINFO',
      {
        expected: info.dataHash,
        actual: data.digest,
      },
    );
  }
  return {
    info,
    controlSha1,
    controlFiles: control.filter((file) => file !== infoFile),
    data,
    entries: () => readEntries(source, data.offset, expected.maxDataBytes ?? likelyDataBytes(info), subject),
  };
}

/** The inflated data section is its files and, for each, headers that a package of many small files is mostly made of. */
export function likelyDataBytes(info: Pick<PackageInfo, 'installedSize'>): number {
  return dataLimit(info.installedSize, 8, 256 * 1024 * 1024);
}

async function readSections(
  source: AsyncIterable<Uint8Array>,
  expected: ExpectedArchive,
  subject: string,
): Promise<{ control: readonly ControlFile[]; controlSha1: string; data: DataSection }> {
  const reader = gzipReader(source, subject);
  const signatures: ApkSignature[] = [];
  try {
    for (let members = 0; members <= maxSignatureMembers; members += 1) {
      const sha1 = createHash('sha1');
      const check =
        'keyring' in expected.trust ? checkSignatures(signatures, expected.trust.keyring, subject) : undefined;
      const member = await reader.next(maxControlBytes, (bytes) => {
        sha1.update(bytes);
        check?.update(bytes);
      });
      if (member === undefined) throw archiveError('archive/truncated', subject, 'it has no control section');
      const files = await readControl(member.content, subject);
      const found = files.flatMap((file) => signatureOf(file.path, file.content) ?? []);
      if (found.length > 0 && found.length === files.length) {
        signatures.push(...found);
        continue;
      }
      const controlSha1 = sha1.digest('hex');
      requireTrust(expected, controlSha1, check, subject);
      const data = await digestRest(reader.offset(), reader.rest());
      if (data.size === 0) throw archiveError('archive/truncated', subject, 'it has no data section');
      return { control: files, controlSha1, data };
    }
    throw archiveError('archive/malformed', subject, `it has more than ${maxSignatureMembers} signature members`);
  } finally {
    await reader.close();
  }
}

async function readControl(content: AsyncIterable<Uint8Array>, subject: string): Promise<readonly ControlFile[]> {
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

async function* readEntries(
  source: () => AsyncIterable<Uint8Array>,
  offset: number,
  maxBytes: number,
  subject: string,
): AsyncGenerator<ApkEntry, void, undefined> {
  const tar = inflateMembers(source(), offset, maxBytes, subject);
  for await (const entry of readTar(tar, { subject, maxBytes })) yield verifiedEntry(entry, subject);
}
