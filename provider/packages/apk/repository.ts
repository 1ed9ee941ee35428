import type { Store } from '../../store/store.js';
import type { Digest } from '../../support/digest.js';
import { isPrivateImageError } from '../../support/errors.js';
import type { HttpClient, HttpResponse } from '../../support/http.js';
import type { Report } from '../../support/progress.js';
import { tasksFor } from '../../support/tasks.js';
import type { TaskRunner } from '../../support/tasks.js';
import type { Architecture } from '../package.js';
import type { ApkIndex } from './apk-index.js';
import { apkError } from './errors.js';
import { apkArchitectures } from './index-stanza.js';
import { packIndexTask } from './pack-index-task.js';
import type { PackedIndex } from './pack-index-task.js';
import type { ApkKeyring } from './keyring.js';
import { openPackedIndex } from './packed-index.js';
import { parseRepositoryLine, withoutCredentials } from './repository-line.js';
import { fetchedIndexSchema, newestIndexSchema, packedIndexSchema } from './schema.js';

/** What a repository is read with. */
export interface ApkRepositoryTools {
  readonly http: HttpClient;
  readonly store: Store;
  readonly tasks: TaskRunner;
  readonly clock: () => Date;
  readonly report: Report;
  readonly signal?: AbortSignal;
}

/** Which repository, and how it is trusted. */
export interface ApkRepositoryOptions {
  /**
   * `https://host/path`, `file:///path` or an absolute path, without the architecture; user and password for basic
   * authentication.
   */
  readonly url: string;
  /** Its packages are taken only where a request says `@tag`. */
  readonly tag?: string;
  /** What plans and errors call it; its URL without credentials when not given. */
  readonly title?: string;
  readonly keyring: ApkKeyring;
  /** Takes an index that nobody in the keyring signed. */
  readonly allowUnsigned?: boolean;
  /** Further headers, as `authorization: Bearer …`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Uses only what is in the store. */
  readonly offline?: boolean;
  /** Takes an index that is older than one that was seen before. */
  readonly allowOlder?: boolean;
}

/** A signed apk repository. */
export interface ApkRepository {
  /** Without credentials. */
  readonly url: string;
  readonly title: string;
  readonly tag: string | undefined;
  /** Read once, then the same object. Throws `repository/…` and `archive/…`. */
  index(architecture: Architecture): Promise<ApkIndex>;
}

/** An index archive of at most so many bytes is read before a thread for it would have started. */
const lightIndex = 128 * 1024;

const maxIndexArchiveBytes = 128 * 1024 * 1024;
const downloads = 3;
const oldAfterDays = 180;

/**
 * Opens a repository; nothing is fetched before an index is asked for. Throws `repository/malformed` for a URL that
 * is none.
 *
 * An index is fetched anew only when the server says that it changed, verified, and kept in the store in a form that
 * is used without being parsed. It is never used without its signature having been verified by a key of this keyring.
 */
export function openApkRepository(tools: ApkRepositoryTools, options: ApkRepositoryOptions): ApkRepository {
  const { url } = parseRepositoryLine(options.url);
  const bare = withoutCredentials(url);
  const title = options.title ?? bare;
  const indexes = new Map<Architecture, Promise<ApkIndex>>();

  function index(architecture: Architecture): Promise<ApkIndex> {
    const known = indexes.get(architecture);
    if (known !== undefined) return known;
    const folder = `${bare}/${apkArchitectures[architecture]}`;
    const place = { url: `${url}/${apkArchitectures[architecture]}/APKINDEX.tar.gz`, folder, title };
    const opened = openIndex(tools, options, place);
    indexes.set(architecture, opened);
    // What failed may be asked for again.
    opened.catch(() => indexes.delete(architecture));
    return opened;
  }

  return { url: bare, title, tag: options.tag, index };
}

interface IndexPlace {
  /** With credentials. */
  readonly url: string;
  /** Without. */
  readonly folder: string;
  readonly title: string;
}

async function openIndex(
  tools: ApkRepositoryTools,
  options: ApkRepositoryOptions,
  place: IndexPlace,
): Promise<ApkIndex> {
  const fetched =
    options.offline === true ? await recallArchive(tools.store, place) : await fetchArchive(tools, options, place);
  const index = await verifiedIndex(tools, options, place, fetched.archive);
  await checkAge(tools, options, place, index.madeAt);
  // Only what is good is remembered: of anything else a mirror would say for ever that it has not changed.
  if (fetched.isNew) await tools.store.remember('apk-index', place.folder, fetched.fact);
  if (index.signedBy === null) {
    tools.report({
      kind: 'warning',
      message: `${subjectOf(place)} is signed by nobody, or by a stranger, and is used all the same`,
    });
  }
  const packed = await tools.store.read(index.packed);
  return openPackedIndex(packed, { folder: place.folder, repository: place.title });
}

/** An index archive in the store, not verified yet; a new one with what is to be remembered of it. */
type FetchedArchive =
  | { readonly isNew: false; readonly archive: Digest }
  | { readonly isNew: true; readonly archive: Digest; readonly fact: unknown };

async function recallArchive(store: Store, place: IndexPlace): Promise<FetchedArchive> {
  const known = await store.recall('apk-index', place.folder, fetchedIndexSchema);
  if (known !== undefined && (await store.has(known.archive))) return { isNew: false, archive: known.archive };
  throw apkError('repository/not-stored', `Nothing of ${subjectOf(place)} is in the store, and the network is off`, {
    hint: 'Run once with the network on.',
    data: { repository: place.folder },
  });
}

/** The index archive, fetched unless the server says that the one in the store is the newest. */
async function fetchArchive(
  tools: ApkRepositoryTools,
  options: ApkRepositoryOptions,
  place: IndexPlace,
): Promise<FetchedArchive> {
  const { store } = tools;
  const known = await store.recall('apk-index', place.folder, fetchedIndexSchema);
  const usable = known !== undefined && (await store.has(known.archive)) ? known : undefined;
  const conditions: Record<string, string> = { ...options.headers };
  if (usable?.etag !== undefined) conditions['if-none-match'] = usable.etag;
  else if (usable?.lastModified !== undefined) conditions['if-modified-since'] = usable.lastModified;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await get(tools, place, conditions);
      if (response.status === 304 && usable !== undefined) {
        await response.discard();
        return { isNew: false, archive: usable.archive };
      }
      const { digest } = await store.put(response.body);
      const { etag, 'last-modified': lastModified } = response.headers;
      return { isNew: true, archive: digest, fact: { archive: digest, etag, lastModified } };
    } catch (error) {
      if (attempt < downloads && isPrivateImageError(error, 'http/cut-off')) continue;
      throw unreachable(place, error);
    }
  }
}

function get(
  tools: ApkRepositoryTools,
  place: IndexPlace,
  headers: Readonly<Record<string, string>>,
): Promise<HttpResponse> {
  const signal = tools.signal === undefined ? {} : { signal: tools.signal };
  return tools.http.get(place.url, { headers, maxBytes: maxIndexArchiveBytes, ...signal });
}

/** The packed form of an archive: remembered, when a key that is trusted now has signed it, else made. */
async function verifiedIndex(
  tools: ApkRepositoryTools,
  options: ApkRepositoryOptions,
  place: IndexPlace,
  archive: Digest,
): Promise<PackedIndex> {
  const { store } = tools;
  const allowUnsigned = options.allowUnsigned === true;
  const trusted = new Set([...options.keyring.values()].map((key) => key.fingerprint));
  const known = await store.recall('apk-packed-index', archive, packedIndexSchema);
  const stillTrusted = known !== undefined && (known.signedBy === null ? allowUnsigned : trusted.has(known.signedBy));
  if (known !== undefined && stillTrusted && (await store.has(known.packed))) return known;
  const isLight = ((await store.sizeOf(archive)) ?? 0) <= lightIndex;
  const index = await tasksFor(tools.tasks, isLight).run(
    packIndexTask,
    {
      storeRoot: store.root,
      archive,
      keys: [...options.keyring.values()].map(({ name, pem }) => ({ name, pem })),
      allowUnsigned,
      subject: subjectOf(place),
    },
    tools.signal,
  );
  await store.remember('apk-packed-index', archive, index);
  return index;
}

/** An attacker can replay an old index with its genuine signature; what was seen once bounds how old. */
async function checkAge(
  tools: ApkRepositoryTools,
  options: ApkRepositoryOptions,
  place: IndexPlace,
  madeAt: number,
): Promise<void> {
  if (madeAt === 0) return;
  const newest = await tools.store.recall('apk-newest-index', place.folder, newestIndexSchema);
  if (newest !== undefined && madeAt < newest.madeAt) {
    if (options.allowOlder !== true) throw rolledBack(place, madeAt, newest.madeAt);
    tools.report({ kind: 'warning', message: `${subjectOf(place)} is older than the one that was read before` });
    return;
  }
  if (newest?.madeAt !== madeAt) await tools.store.remember('apk-newest-index', place.folder, { madeAt });
  const days = Math.floor((tools.clock().getTime() / 1000 - madeAt) / 86_400);
  if (days >= oldAfterDays) {
    tools.report({ kind: 'warning', message: `${subjectOf(place)} has not been renewed for ${days} days` });
  }
}

function subjectOf(place: IndexPlace): string {
  const architecture = place.folder.slice(place.folder.lastIndexOf('/') + 1);
  return `the index of ${place.title} for ${architecture}`;
}

function rolledBack(place: IndexPlace, madeAt: number, newest: number): Error {
  const [is, was] = [madeAt, newest].map((seconds) => new Date(seconds * 1000).toISOString());
  return apkError(
    'repository/rolled-back',
    `${subjectOf(place)} is of ${is ?? ''}, but one of ${was ?? ''} was there before`,
    {
      hint: 'The mirror is behind or replays an old index. Use another one, or allow older indexes for this repository.',
      data: { repository: place.folder, madeAt: is, newest: was },
    },
  );
}

function unreachable(place: IndexPlace, cause: unknown): unknown {
  if (!isPrivateImageError(cause) || !cause.code.startsWith('http/') || cause.code === 'http/aborted') return cause;
  const missing = cause.data['status'] === 404;
  return apkError('repository/unreachable', `${subjectOf(place)} cannot be read`, {
    cause,
    hint: missing
      ? 'The repository has no index for this architecture, or its URL is wrong: it ends before the architecture.'
      : 'Check the network, the address and, for a private repository, the credentials: the setting repositoryAuth (PRIVATE_IMAGE_REPOSITORY_AUTH).',
    data: { repository: place.folder, ...(cause.data['status'] === undefined ? {} : { status: cause.data['status'] }) },
  });
}
