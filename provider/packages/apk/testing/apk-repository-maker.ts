import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeApk, makeIndex } from './apk-maker.js';
import type { Compression, MadeArchive, MadePackage, SigningAlgorithm, SigningKey } from './apk-maker.js';

/** A repository on disk: to be read as a `file:` URL, or served over HTTP as static files. */
export interface MadeRepository {
  /** The folder that holds one folder for each architecture. */
  readonly folder: string;
  /** The `file:` URL of `folder`. */
  readonly url: string;
  readonly archives: readonly MadeArchive[];
}

/** How a repository is made. */
export interface RepositoryOptions {
  readonly key?: SigningKey;
  readonly algorithm?: SigningAlgorithm;
  /** apk's names; `x86_64` alone when not given. Each gets every package. */
  readonly architectures?: readonly string[];
  /** When the index was made, in seconds since the epoch; 0 says nothing. */
  readonly madeAt?: number;
  /** `stored` gives the same bytes whatever compressor the machine has; `deflate` when not given. */
  readonly compression?: Compression;
}

/** Writes `packages` and an index for each architecture into `folder`; what is there already is replaced. */
export async function makeRepository(
  folder: string,
  packages: readonly MadePackage[],
  options: RepositoryOptions = {},
): Promise<MadeRepository> {
  const archives: MadeArchive[] = [];
  for (const architecture of options.architectures ?? ['x86_64']) {
    const place = path.join(folder, architecture);
    await mkdir(place, { recursive: true });
    const made = await Promise.all(
      packages.map((spec) => makeApk({ architecture, ...spec }, options.key, options.algorithm, options.compression)),
    );
    for (const archive of made) await writeFile(path.join(place, archive.fileName), archive.bytes);
    const index = await makeIndex(
      made.map((archive) => archive.stanza),
      options,
    );
    await writeFile(path.join(place, 'APKINDEX.tar.gz'), index);
    archives.push(...made);
  }
  return { folder, url: pathToFileURL(folder).href, archives };
}
