import type { Store } from '../../store/store.js';
import { isPrivateImageError } from '../../support/errors.js';
import type { HttpClient, HttpResponse } from '../../support/http.js';
import type { Report } from '../../support/progress.js';
import { splitClearSigned } from './clear-signed.js';
import { parseRelease } from './release.js';
import type { Release } from './release.js';
import { repositoryError } from './repository-error.js';
import { fetchedReleaseSchema, newestReleaseSchema } from './schema.js';
import type { FetchedRelease } from './schema.js';
import type { SignedText } from './signature.js';
import { verifiedRelease } from './verified-release.js';

/** What reading a repository works with. */
export interface ReleaseContext {
  readonly http: HttpClient;
  readonly store: Store;
  readonly clock: () => Date;
  readonly report: Report;
  readonly signal?: AbortSignal;
}

/** Where a release lies, and what it has to be. */
export interface ReleaseSource {
  /** The folder of the release, with `/` at its end; may hold credentials. */
  readonly folder: string;
  /** The repository in words, without credentials, for errors; also what it is remembered by. */
  readonly repository: string;
  /** The suite that is asked for; undefined for a flat repository, which need not name itself. */
  readonly suite: string | undefined;
  /** Armoured keys. */
  readonly keyring: readonly string[];
  readonly checkValidUntil: boolean;
  readonly allowRollBack: boolean;
  /** Take a release that nobody signed; one that is signed is verified all the same when there are keys. */
  readonly allowUnsigned: boolean;
  readonly offline: boolean;
}

/** Releases are a few hundred KiB. */
const maxReleaseBytes = 64 * 1024 * 1024;

/** How far ahead of this machine's clock a release may be dated. Milliseconds. */
const maxAhead = 24 * 60 * 60 * 1000;

/**
 * The release of a repository: fetched unless the store's copy is still the same, its signature, dates and name verified.
 * Throws the `repository/…` errors of a release, and `http/aborted`.
 */
export async function readRelease(context: ReleaseContext, source: ReleaseSource): Promise<Release> {
  const known = await context.store.recall('deb-release', source.repository, fetchedReleaseSchema);
  const stored = known === undefined ? undefined : await readStored(context.store, known);
  const fetched = source.offline
    ? undefined
    : await fetchRelease(context, source, stored === undefined ? undefined : known);
  const content = fetched ?? stored;
  if (content === undefined) {
    throw repositoryError(
      'repository/not-in-store',
      source.repository,
      'it has not been read before, and only the store may be used',
      {
        hint: 'Run once with a network.',
      },
    );
  }
  const signed = await verify(context, source, content);
  const release = parseRelease(signed.text, source.repository);
  judgeName(source, release);
  judgeDates(context, source, release);
  await judgeRollBack(context, source, release, signed.signedBy);
  if (fetched !== undefined) await remember(context.store, source, fetched);
  return release;
}

interface ReleaseContent {
  readonly content: Uint8Array;
  readonly signature: Uint8Array | undefined;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

async function readStored(store: Store, known: FetchedRelease): Promise<ReleaseContent | undefined> {
  try {
    const content = await store.read(known.content);
    return { content, signature: known.signature === null ? undefined : await store.read(known.signature) };
  } catch (error) {
    // Whatever the store has lost is fetched again.
    if (isPrivateImageError(error, 'store/missing', 'store/corrupt')) return undefined;
    throw error;
  }
}

/** What the mirror has; undefined when it says that what is known is still the same. */
async function fetchRelease(
  context: ReleaseContext,
  source: ReleaseSource,
  known: FetchedRelease | undefined,
): Promise<ReleaseContent | undefined> {
  const conditions = {
    ...(known?.etag ? { 'if-none-match': known.etag } : {}),
    ...(known?.lastModified ? { 'if-modified-since': known.lastModified } : {}),
  };
  const clearSigned = await get(context, source, 'InRelease', known?.signature === null ? conditions : {});
  if (clearSigned !== undefined) {
    if (clearSigned.status === 304) {
      await clearSigned.discard();
      return undefined;
    }
    return { ...(await contentOf(source, clearSigned)), signature: undefined };
  }
  const release = await get(context, source, 'Release', {});
  if (release === undefined) {
    throw repositoryError('repository/not-found', source.repository, 'it has neither InRelease nor Release', {
      hint: 'Check the address of the mirror and the name of the suite.',
    });
  }
  const content = await contentOf(source, release);
  const signature = await get(context, source, 'Release.gpg', {});
  if (signature === undefined) return content;
  return { ...content, signature: (await contentOf(source, signature)).content };
}

/** The answer for a file of the release's folder; undefined when there is no such file. */
async function get(
  context: ReleaseContext,
  source: ReleaseSource,
  file: string,
  headers: Readonly<Record<string, string>>,
): Promise<HttpResponse | undefined> {
  try {
    return await context.http.get(`${source.folder}${file}`, {
      headers,
      maxBytes: maxReleaseBytes,
      ...(context.signal === undefined ? {} : { signal: context.signal }),
    });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw unreachable(source.repository, error);
  }
}

async function contentOf(source: ReleaseSource, response: HttpResponse): Promise<ReleaseContent> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of response.body) chunks.push(chunk);
  } catch (error) {
    throw unreachable(source.repository, error);
  }
  return {
    content: Buffer.concat(chunks),
    signature: undefined,
    etag: response.headers['etag'],
    lastModified: response.headers['last-modified'],
  };
}

/** True for an error that says that a file is not there, and not that a server is ill. */
export function isNotFound(error: unknown): boolean {
  return isPrivateImageError(error, 'http/status') && (error.data['status'] === 404 || error.data['status'] === 410);
}

/** An HTTP error as the repository's; giving up on request stays what it is. */
export function unreachable(repository: string, error: unknown): unknown {
  if (!isPrivateImageError(error) || !error.code.startsWith('http/') || error.code === 'http/aborted') return error;
  const status = error.data['status'];
  const isRefused = status === 401 || status === 403;
  return repositoryError('repository/unreachable', repository, 'it cannot be read from its mirror', {
    hint: isRefused
      ? 'The mirror wants credentials, or refuses the ones it got: give them by the setting repositoryAuth (PRIVATE_IMAGE_REPOSITORY_AUTH).'
      : 'Check the network and the address of the mirror (configuration, PRIVATE_IMAGE_DEBIAN_MIRROR, apt sources).',
    ...(status === undefined ? {} : { data: { status } }),
    cause: error,
  });
}

async function verify(context: ReleaseContext, source: ReleaseSource, content: ReleaseContent): Promise<SignedText> {
  const { repository } = source;
  const isClearSigned =
    content.signature === undefined && Buffer.from(content.content.subarray(0, 5)).toString('latin1') === '-----';
  if (source.allowUnsigned && (source.keyring.length === 0 || (content.signature === undefined && !isClearSigned))) {
    const text = isClearSigned
      ? splitClearSigned(content.content, repository).text
      : Buffer.from(content.content).toString('utf8');
    context.report({
      kind: 'warning',
      message: `${repository}: its signature is not verified, and it is used all the same`,
    });
    return { text, signedBy: 'nobody' };
  }
  const { keyring } = source;
  const { content: bytes, signature } = content;
  if (signature === undefined && isPlainRelease(bytes)) {
    throw repositoryError(
      'repository/unsigned',
      repository,
      'nobody signed it: it has neither InRelease nor Release.gpg',
      {
        hint: 'Ask whoever publishes it for a signature. The command "resolve" takes it as it is with --allow-unsigned.',
      },
    );
  }
  return verifiedRelease(context.store, context.clock(), { content: bytes, signature, keyring, repository });
}

/** True for a release as it is before it is signed, and not for whatever else lies at its address. */
function isPlainRelease(content: Uint8Array): boolean {
  const text = Buffer.from(content.buffer, content.byteOffset, content.length).toString('latin1');
  return /^(?:Date|SHA256): ?/mu.test(text) && !text.includes('-----BEGIN PGP') && !text.includes('<');
}

/**
 * A genuine release of another suite under this one's address would go back to older packages unseen. As for apt, one in a folder may go by the
 * name of the folder: `bookworm/mongodb-org/7.0` by `bookworm/mongodb-org`.
 */
function judgeName(source: ReleaseSource, release: Release): void {
  const names = [release.suite, release.codename].filter((name) => name !== undefined);
  if (source.suite === undefined || names.length === 0) return;
  if (names.includes(source.suite) || names.includes(source.suite.replace(/\/[^/]*$/u, ''))) return;
  throw repositoryError(
    'repository/mismatch',
    source.repository,
    `the mirror has ${names.join(' or ')} under this name`,
    {
      hint: 'Name the suite as its Release does, by codename or suite.',
    },
  );
}

function judgeDates(context: ReleaseContext, source: ReleaseSource, release: Release): void {
  const { repository } = source;
  const now = context.clock();
  if (release.date.getTime() > now.getTime() + maxAhead) {
    throw repositoryError(
      'repository/not-yet-valid',
      repository,
      `it is dated ${release.date.toISOString()}, which is still to come`,
      {
        hint: `Check this machine's clock: it says ${now.toISOString()}.`,
      },
    );
  }
  if (release.validUntil === undefined || now <= release.validUntil) return;
  const what = `it was valid until ${release.validUntil.toISOString()}`;
  if (source.checkValidUntil) {
    throw repositoryError('repository/expired', repository, what, {
      hint: 'The mirror has stopped following, or is a snapshot; for a snapshot switch the check of Valid-Until off.',
    });
  }
  context.report({ kind: 'warning', message: `${repository}: ${what}, and is used all the same` });
}

async function judgeRollBack(
  { store }: ReleaseContext,
  source: ReleaseSource,
  release: Release,
  signedBy: string,
): Promise<void> {
  const key = `${source.repository} ${signedBy}`;
  const newest = await store.recall('deb-newest-release', key, newestReleaseSchema);
  const seen = newest === undefined ? undefined : new Date(newest.date);
  if (seen !== undefined && release.date < seen && !source.allowRollBack) {
    throw repositoryError(
      'repository/rolled-back',
      source.repository,
      `it is of ${release.date.toISOString()}, but one of ${seen.toISOString()} has been seen`,
      { hint: 'The mirror went back in time. Use another mirror, or delete the cache if this is meant.' },
    );
  }
  if (seen?.getTime() === release.date.getTime()) return;
  await store.remember('deb-newest-release', key, { date: release.date.toISOString() });
}

async function remember(store: Store, source: ReleaseSource, fetched: ReleaseContent): Promise<void> {
  const fact: FetchedRelease = {
    content: (await store.put(fetched.content)).digest,
    signature: fetched.signature === undefined ? null : (await store.put(fetched.signature)).digest,
    etag: fetched.etag ?? null,
    lastModified: fetched.lastModified ?? null,
  };
  await store.remember('deb-release', source.repository, fact);
}
