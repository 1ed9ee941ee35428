import { pack } from 'tar-stream';
import type { Pack } from 'tar-stream';
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

/**
 * The content of `usr/lib/apk/db/scripts.tar`: the install scripts of `packages`, which never ran, in the order of
 * the packages, each named after its package. `mtime` is in seconds since the epoch. Control files that are not
 * executable are no scripts.
 */
export async function scriptsTar(packages: readonly PackageScripts[], mtime: number): Promise<Buffer> {
  const archive = pack();
  const bytes = collect(archive);
  for (const one of packages) {
    for (const file of one.controlFiles) {
      if ((file.mode & 0o555) !== 0o555) continue;
      const name = `${one.name}-${one.version}.${checksumText(one.controlSha1)}${file.path}`;
      archive.entry(
        { name, mode: file.mode, uid: 0, gid: 0, mtime: new Date(mtime * 1000), type: 'file' },
        file.content,
      );
    }
  }
  archive.finalize();
  return bytes;
}

async function collect(archive: Pack): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
