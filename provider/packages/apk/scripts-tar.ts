import { pack } from 'tar-stream';
import type { ControlFile } from './apk-archive.js';
import { checksumText } from './apk-package.js';

/** The control files of a package, to be kept with the installed database. */
export interface PackageScripts {
  readonly name: string;
  readonly version: string;
  /** Lowercase hex sha1 of the control member. */
  readonly controlSha1: string;
  readonly controlFiles: readonly ControlFile[];
}

const blockSize = 512;
/** Longer names have to be split, or a PAX header. */
const longestName = 100;

/**
 * The content of `usr/lib/apk/db/scripts.tar`: the install scripts of `packages`, which never ran, in the order of
 * the packages, each named after its package, byte for byte as apko writes it: without times. Control files that are not executable
 * are no scripts.
 */
export async function scriptsTar(packages: readonly PackageScripts[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const one of packages) {
    for (const file of one.controlFiles) {
      if ((file.mode & 0o555) !== 0o555) continue;
      const name = `${one.name}-${one.version}.${checksumText(one.controlSha1)}${file.path}`;
      parts.push(Buffer.byteLength(name) > longestName ? await entryWithLongName(name, file) : entry(name, file));
    }
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * blockSize)]);
}

function entry(name: string, { mode, userName, groupName, content }: ControlFile): Buffer {
  const header = Buffer.alloc(blockSize);
  const octal = (value: number, at: number, length: number): void => {
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  };
  header.write(name, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content.length, 124, 12);
  octal(0, 136, 12);
  header.write('        0', 148, 'latin1');
  header.write('ustar\u000000', 257, 'latin1');
  header.write(userName, 265, 31);
  header.write(groupName, 297, 31);
  octal(0, 329, 8);
  octal(0, 337, 8);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, content, Buffer.alloc(-content.length & (blockSize - 1))]);
}

async function entryWithLongName(name: string, { mode, userName, groupName, content }: ControlFile): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name, mode, uid: 0, gid: 0, uname: userName, gname: groupName, mtime: new Date(0) }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).subarray(0, -2 * blockSize);
}
