import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, fromBufferPromise } from 'yauzl';
import { archiveError } from '../packages/archive-error.js';
import { readTar } from '../packages/tar.js';
import { unpackWithZlib } from '../packages/zlib-stream.js';
import type { FileMap } from './file-content.js';
import { mostArchiveBytes, mostBytes, mostFiles } from './file-limits.js';

/** A plain file in an archive. */
interface PackedFile {
  readonly path: string;
  readonly content: Buffer;
}

/**
 * The files in a tar, a tar with gzip, or a zip; which of them is seen by its first bytes. It is one folder of plain files, as a bundle is:
 * anything else in it, more or larger files than a bundle may have, and whatever readers of archives disagree on is refused.
 */
export async function readPackedArchive(name: string, content: Buffer): Promise<FileMap> {
  const files = new Map<string, Buffer>();
  try {
    for await (const file of filesIn(name, content)) {
      if (files.has(file.path)) throw archiveError('archive/duplicate-entry', name, `${file.path} is in it twice`);
      if (files.size === mostFiles) {
        throw archiveError('archive/too-large', name, `it has more than ${mostFiles} files, the most of a bundle`);
      }
      files.set(file.path, file.content);
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { fault: message.startsWith(name) ? message : `${name} cannot be read as an archive: ${message}` };
  }
  return { files: Object.fromEntries(files) };
}

function filesIn(name: string, content: Buffer): AsyncIterable<PackedFile> {
  if (content[0] === 0x1f && content[1] === 0x8b) {
    return filesInTar(name, unpackWithZlib(Readable.from([content]), 'gzip', name));
  }
  if (/^PK(?:\x03\x04|\x05\x06)/u.test(content.toString('latin1', 0, 4))) return filesInZip(name, content);
  if (content.toString('latin1', 257, 262) === 'ustar') return filesInTar(name, Readable.from([content]));
  throw archiveError('archive/malformed', name, 'it is neither a .tar, .tar.gz, .tgz nor a .zip');
}

async function* filesInTar(name: string, tar: AsyncIterable<Uint8Array>): AsyncGenerator<PackedFile> {
  for await (const { path, type, size, body } of readTar(tar, { subject: name, maxBytes: mostArchiveBytes })) {
    if (type !== 'file') throw noPlainFile(name, path);
    if (size > mostBytes) throw tooLarge(name, path, size);
    yield { path, content: await contentOf(body) };
  }
}

async function* filesInZip(name: string, zip: Buffer): AsyncGenerator<PackedFile> {
  const opened = await fromBufferPromise(zip, { lazyEntries: true, strictFileNames: true });
  for await (const entry of opened.eachEntry()) {
    const { fileName: path, uncompressedSize: size } = entry;
    if (!isPlainFile(entry)) throw noPlainFile(name, path);
    if (entry.isEncrypted()) throw archiveError('archive/unsupported', name, `${path} is encrypted`);
    if (size > mostBytes) throw tooLarge(name, path, size);
    // It gives exactly as many bytes as the entry announces, or fails.
    const content = await contentOf(await opened.openReadStreamPromise(entry));
    if (crc32(content) !== entry.crc32) {
      throw archiveError('archive/contradiction', name, `${path} does not have the checksum that the archive gives it`);
    }
    yield { path, content };
  }
}

/** Unix systems keep the mode of a file in the upper half: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.4.15 */
function isPlainFile({ fileName, externalFileAttributes }: Entry): boolean {
  const kind = (externalFileAttributes >>> 16) & 0o170000;
  return !fileName.endsWith('/') && (kind === 0 || kind === 0o100000);
}

async function contentOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function noPlainFile(name: string, path: string): Error {
  return archiveError('archive/unsupported', name, `${path} is no plain file: a bundle is one folder of files`);
}

function tooLarge(name: string, path: string, size: number): Error {
  return archiveError('archive/too-large', name, `${path} has ${size} bytes: at most ${mostBytes} are taken`);
}
