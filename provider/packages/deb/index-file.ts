import { blobPartReader } from '../../store/blob-part.js';
import type { SizedDigest } from '../../support/digest.js';
import { isPrivateImageError } from '../../support/errors.js';
import { tasksFor } from '../../support/tasks.js';
import type { TaskRunner } from '../../support/tasks.js';
import type { Architecture } from '../package.js';
import { compactVersion } from './compact-form.js';
import { openCompactIndex } from './compact-index.js';
import type { DebIndex } from './deb-index.js';
import type { IndexOrigin } from './package-record.js';
import { isNotFound, unreachable } from './release-source.js';
import type { ReleaseContext, ReleaseSource } from './release-source.js';
import type { Release } from './release.js';
import { repositoryError } from './repository-error.js';
import { compactIndexSchema } from './schema.js';
import type { CompactIndexBlobs } from './schema.js';

/** What reading repositories works with. */
export interface RepositoryContext extends ReleaseContext {
  readonly tasks: TaskRunner;
}

/** A file of the release, by its path. */
export interface IndexFile extends SizedDigest {
  readonly path: string;
  /** Bytes that it may unpack to. */
  readonly maxBytes: number;
}

/** Most bytes of an index, packed or not, that are taken when the release does not say. */
const maxIndexBytes = 1024 * 1024 * 1024;

/** The index in `folder` of the release. Throws `repository/no-such-component` when the release names none. */
export function indexFileOf(release: Release, folder: string, repository: string): IndexFile {
  const found = findIndexFile(release, folder);
  if (found !== undefined) return found;
  throw repositoryError('repository/no-such-component', repository, `its release names no ${folder}Packages`, {
    hint: 'Packages indexes are read plain and in xz, gz and zst.',
  });
}

/** The best packed index in `folder` of the release, if it names one. */
export function findIndexFile(release: Release, folder: string): IndexFile | undefined {
  for (const ending of ['.xz', '.zst', '.gz', '']) {
    const path = `${folder}Packages${ending}`;
    const file = release.files.get(path) ?? release.files.get(`./${path}`);
    if (file === undefined || file.size > maxIndexBytes) continue;
    const plain = release.files.get(`${folder}Packages`) ?? release.files.get(`./${folder}Packages`);
    return { ...file, path, maxBytes: Math.min(plain?.size ?? maxIndexBytes, maxIndexBytes) };
  }
  return undefined;
}

/** A packed index of at most so many bytes is read before a thread for it would have started. */
const lightIndex = 128 * 1024;

/**
 * The index in a file of the release: from the store, or made from the file that the mirror has. Throws `repository/mismatch`,
 * `repository/malformed`, `repository/unreachable`, `repository/not-in-store`; the index itself `store/missing` and
 * `store/corrupt`.
 */
export async function openIndexFile(
  context: RepositoryContext,
  source: ReleaseSource,
  release: Release,
  file: IndexFile,
  architecture: Architecture,
  origin: IndexOrigin,
): Promise<DebIndex> {
  const { store } = context;
  const key = `${compactVersion} ${file.digest} ${architecture}`;
  const known = await store.recall('deb-compact-index', key, compactIndexSchema);
  const stored = known === undefined ? undefined : await openIfThere(context, known, origin);
  if (stored !== undefined) return stored;
  if (!(await store.has(file.digest))) await fetchIndex(context, source, release, file);
  // What reads indexes is loaded when there is a new one.
  const { compressionOf } = await import('./decompress.js');
  const { compactIndexTask } = await import('./compact-index-task.js');
  const isLight = ((await store.sizeOf(file.digest)) ?? 0) <= lightIndex;
  const made = await tasksFor(context.tasks, isLight).run(
    compactIndexTask,
    {
      storeRoot: store.root,
      packed: file.digest,
      compression: compressionOf(file.path) ?? 'none',
      architecture,
      maxBytes: file.maxBytes,
      repository: source.repository,
    },
    context.signal,
  );
  await store.remember('deb-compact-index', key, made);
  return openBlobs(context, made, origin);
}

async function openBlobs(
  { store }: RepositoryContext,
  { tables, records }: CompactIndexBlobs,
  origin: IndexOrigin,
): Promise<DebIndex> {
  return openCompactIndex(await store.read(tables), blobPartReader(store, records), origin);
}

async function openIfThere(
  context: RepositoryContext,
  blobs: CompactIndexBlobs,
  origin: IndexOrigin,
): Promise<DebIndex | undefined> {
  if (!(await context.store.has(blobs.records))) return undefined;
  try {
    return await openBlobs(context, blobs, origin);
  } catch (error) {
    if (isPrivateImageError(error, 'store/missing', 'store/corrupt')) return undefined;
    throw error;
  }
}

/** Puts an index into the store. Throws `repository/mismatch` when the mirror does not have what the release names. */
async function fetchIndex(
  context: RepositoryContext,
  source: ReleaseSource,
  release: Release,
  file: IndexFile,
): Promise<void> {
  if (source.offline) {
    throw repositoryError(
      'repository/not-in-store',
      source.repository,
      `${file.path} is not in the store, and only that may be used`,
    );
  }
  const hashed = file.path.replace(/[^/]+$/, `by-hash/SHA256/${file.digest.slice('sha256:'.length)}`);
  const paths = release.acquireByHash ? [hashed, file.path] : [file.path];
  let fault: unknown;
  for (const path of paths) {
    try {
      const response = await context.http.get(`${source.folder}${path}`, {
        maxBytes: file.size,
        ...(context.signal === undefined ? {} : { signal: context.signal }),
      });
      await context.store.put(response.body, { digest: file.digest, size: file.size });
      return;
    } catch (error) {
      if (!isNotFound(error) && !isPrivateImageError(error, 'store/mismatch', 'http/too-large')) {
        throw unreachable(source.repository, error);
      }
      fault = error;
    }
  }
  throw repositoryError(
    'repository/mismatch',
    source.repository,
    `the mirror does not have the ${file.path} that its release names`,
    {
      hint: 'The mirror is broken, or between two updates: try again, or use another.',
      cause: fault,
      data: { path: file.path, digest: file.digest },
    },
  );
}
