import { apkSegments, debSegments } from '../image/segment-tasks.js';
import { putArchive, recallArchive } from '../packages/apk/stored-archive.js';
import type { Package, StoredPackage } from '../packages/package.js';
import type { Store } from '../store/store.js';
import type { Digest } from '../support/digest.js';
import { isPrivateImageError, PrivateImageError } from '../support/errors.js';
import { inParallel } from '../support/in-parallel.js';
import type { Creator } from './creator.js';
import { debianMirrors } from './suites.js';

export type FetchErrorCode = 'package/wrong-checksum' | 'package/vanished' | 'package/unreachable';

/** Times that an archive is asked for again when its body was cut off; whole requests are retried by the HTTP client. */
const downloads = 3;

/**
 * The archives of `packages` in the store, fetched where they are not there yet and checked against the signed index before a
 * byte is used. `use` is given each as soon as it is there. Errors name the package: `package/wrong-checksum`, `package/vanished` (the mirror
 * has it no more), `package/unreachable`; those of `use` pass as they are.
 */
export async function fetchPackages(
  creator: Creator,
  packages: readonly Package[],
  use: (stored: StoredPackage) => Promise<void> = () => Promise.resolve(),
): Promise<ReadonlyMap<Package, StoredPackage>> {
  // The machine's own apt sources may hold credentials, and a plan that was made earlier has not read them.
  if (packages.some((wanted) => wanted.format === 'deb')) await debianMirrors(creator);
  let done = 0;
  const stored = await inParallel(
    // The largest first: nothing waits for one of them at the end.
    [...packages].sort((left, right) => right.archive.size - left.archive.size),
    async (wanted) => {
      const stored = { package: wanted, archive: await fetchPackage(creator, wanted) };
      done += 1;
      creator.report({ kind: 'status', message: `fetching packages ${done}/${packages.length}`, isStep: true });
      await use(stored);
      return [wanted, stored] as const;
    },
    creator.settings.concurrency,
  );
  return new Map(stored);
}

/** Bytes of the archives among `packages` that are not in the store. */
export async function bytesToFetch({ store }: Creator, packages: Iterable<Package>): Promise<number> {
  let bytes = 0;
  for (const wanted of packages) if ((await findArchive(store, wanted)) === undefined) bytes += wanted.archive.size;
  return bytes;
}

async function fetchPackage(creator: Creator, wanted: Package): Promise<Digest> {
  const { size, url } = wanted.archive;
  const known = await findArchive(creator.store, wanted);
  if (known !== undefined) return known;
  // What has to be fetched will have to be unpacked as well: a thread gets ready meanwhile.
  creator.tasks.prepare(wanted.format === 'apk' ? apkSegments : debSegments);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await creator.http.get(url, { maxBytes: size, signal: creator.signal });
      return await keepArchive(creator.store, wanted, response.body);
    } catch (error) {
      if (attempt < downloads && isPrivateImageError(error, 'http/cut-off', 'http/too-slow')) continue;
      throw fetchError(wanted, error);
    }
  }
}

/** The archive that is in the store already. An apk index names no digest of the whole file: the store remembers which one it was. */
async function findArchive(store: Store, wanted: Package): Promise<Digest | undefined> {
  if (wanted.format === 'apk') return recallArchive(store, wanted);
  const digest = archiveDigest(wanted);
  return (await store.sizeOf(digest)) === wanted.archive.size ? digest : undefined;
}

async function keepArchive(store: Store, wanted: Package, content: AsyncIterable<Uint8Array>): Promise<Digest> {
  if (wanted.format === 'apk') return putArchive(store, content, wanted);
  const { digest } = await store.put(content, { digest: archiveDigest(wanted), size: wanted.archive.size });
  return digest;
}

function archiveDigest({ archive }: Package): Digest {
  return `sha256:${archive.checksum.value}`;
}

function fetchError(wanted: Package, cause: unknown): unknown {
  const name = `${wanted.name} ${wanted.version} (${wanted.architecture})`;
  const data = { package: wanted.name, version: wanted.version, architecture: wanted.architecture };
  if (isPrivateImageError(cause, 'store/mismatch', 'http/too-large') || isArchiveError(cause)) {
    return new PrivateImageError<FetchErrorCode>(
      'package/wrong-checksum',
      `The archive of ${name} is not what the signed index of ${wanted.repository} says`,
      {
        cause,
        data,
        hint: 'The mirror is damaged, half-way through an update, or hostile: try again later or use another mirror.',
      },
    );
  }
  if (isPrivateImageError(cause, 'http/status') && (cause.data['status'] === 404 || cause.data['status'] === 410)) {
    return new PrivateImageError<FetchErrorCode>(
      'package/vanished',
      `The mirror of ${wanted.repository} no longer has ${name}`,
      {
        cause,
        data,
        hint: 'The index moved on since this was planned: run again and a newer version is planned.',
      },
    );
  }
  if (isPrivateImageError(cause) && cause.code.startsWith('http/') && cause.code !== 'http/aborted') {
    return new PrivateImageError<FetchErrorCode>('package/unreachable', `${name} cannot be fetched`, { cause, data });
  }
  return cause;
}

function isArchiveError(error: unknown): boolean {
  return isPrivateImageError(error) && error.code.startsWith('archive/');
}
