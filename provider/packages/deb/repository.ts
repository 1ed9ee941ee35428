import { isPrivateImageError } from '../../support/errors.js';
import { redact } from '../../support/http-error.js';
import { inParallel } from '../../support/in-parallel.js';
import type { Architecture } from '../package.js';
import { mergeIndexes } from './deb-index.js';
import type { DebIndex } from './deb-index.js';
import { openIndexFile, findIndexFile, indexFileOf } from './index-file.js';
import type { IndexFile, RepositoryContext } from './index-file.js';
import { readRelease } from './release-source.js';
import type { ReleaseSource } from './release-source.js';
import type { Release } from './release.js';
import { repositoryError } from './repository-error.js';

/** Which repository, and how much it is trusted. */
export interface DebRepositoryOptions {
  /** The archive's address, as `http://ftp.debian.org/debian`; may hold credentials. */
  readonly url: string;
  /** A suite, as `bookworm-updates`, or a folder with `/` at its end for a flat repository, as `./`. */
  readonly suite: string;
  /** Empty for a flat repository. */
  readonly components: readonly string[];
  /** Armoured OpenPGP public keys. */
  readonly keyring: readonly string[];
  /** Whether a release past its `Valid-Until` is refused; true when not given. */
  readonly checkValidUntil?: boolean;
  /** Accept a release that is older than one seen before; false when not given. */
  readonly allowRollBack?: boolean;
  /** Take a release that nobody signed; false when not given. */
  readonly allowUnsigned?: boolean;
  /** Use nothing but the store; false when not given. */
  readonly offline?: boolean;
}

/** A Debian repository whose release has been verified. */
export interface DebRepository {
  readonly release: Release;
  /** The packages of all components for an architecture, those of architecture `all` among them. */
  index(architecture: Architecture): Promise<DebIndex>;
}

/**
 * Opens a repository: fetches its release where it has changed, and verifies it. Indexes are fetched when they are asked for, and
 * kept in the store in parsed form.
 *
 * Throws `repository/unreachable`, `repository/not-found`, `repository/unsigned`, `repository/bad-signature`,
 * `repository/untrusted-key`, `repository/expired-key`, `repository/weak-signature`, `repository/bad-keyring`,
 * `repository/expired`, `repository/not-yet-valid`, `repository/rolled-back`, `repository/mismatch`, `repository/malformed`,
 * `repository/no-such-component`, `repository/not-in-store`; `index` also `repository/changed-while-reading`.
 */
export async function openDebRepository(
  context: RepositoryContext,
  options: DebRepositoryOptions,
): Promise<DebRepository> {
  const source = sourceOf(options);
  const release = await readRelease(context, source);
  const opened = new Map<Architecture, Promise<DebIndex>>();
  return {
    release,
    index: (architecture) => {
      const known = opened.get(architecture);
      if (known !== undefined) return known;
      const index = readIndex(context, options, source, release, architecture);
      opened.set(architecture, index);
      // What failed is tried anew when it is asked for again.
      index.catch(() => opened.delete(architecture));
      return index;
    },
  };
}

function sourceOf(options: DebRepositoryOptions): ReleaseSource {
  const flat = isFlat(options);
  const folder = flat ? options.suite.replace(/^(?:\.?\/)+/, '') : `dists/${options.suite}/`;
  const repository = `${withoutCredentials(options.url).replace(/\/$/, '')} ${options.suite}`;
  if (/(?:^|\/)\.\.(?:\/|$)|[\u0000-\u0020\u007f?#\\]/u.test(options.suite)) {
    throw repositoryError('repository/not-found', JSON.stringify(repository), 'its suite is no name of a suite');
  }
  return {
    folder: `${withSlash(options.url)}${folder}`,
    repository,
    suite: flat ? undefined : options.suite,
    keyring: options.keyring,
    checkValidUntil: options.checkValidUntil ?? true,
    allowRollBack: options.allowRollBack ?? false,
    allowUnsigned: options.allowUnsigned ?? false,
    offline: options.offline ?? false,
  };
}

/** Reads an index; where the mirror has moved on since its release was read, reads the release again, once. */
async function readIndex(
  context: RepositoryContext,
  options: DebRepositoryOptions,
  source: ReleaseSource,
  release: Release,
  architecture: Architecture,
): Promise<DebIndex> {
  try {
    return await readComponents(context, options, source, release, architecture);
  } catch (error) {
    if (!isPrivateImageError(error, 'repository/mismatch')) throw error;
    const again = await readRelease(context, source);
    // A mirror that stands still does not have what its release says.
    if (again.date.getTime() === release.date.getTime()) throw error;
    return await readComponents(context, options, source, again, architecture).catch((second: unknown) => {
      if (!isPrivateImageError(second, 'repository/mismatch')) throw second;
      throw repositoryError(
        'repository/changed-while-reading',
        source.repository,
        'it changed twice while it was read',
        {
          hint: 'The mirror is being updated: try again in a few minutes.',
          cause: second,
        },
      );
    });
  }
}

async function readComponents(
  context: RepositoryContext,
  options: DebRepositoryOptions,
  source: ReleaseSource,
  release: Release,
  architecture: Architecture,
): Promise<DebIndex> {
  const files: readonly { component: string | undefined; file: IndexFile }[] = isFlat(options)
    ? [{ component: undefined, file: indexFileOf(release, '', source.repository) }]
    : options.components.flatMap((component) => filesOf(release, component, architecture, source.repository));
  const indexes = await inParallel(files, ({ component, file }) => {
    const origin = {
      url: withSlash(withoutCredentials(options.url)),
      repository: inWords(release, options.suite, component),
    };
    return openIndexFile(context, source, release, file, architecture, origin);
  });
  return mergeIndexes(indexes);
}

function filesOf(
  release: Release,
  component: string,
  architecture: Architecture,
  repository: string,
): readonly { component: string; file: IndexFile }[] {
  const knows = release.components.length === 0 || release.components.includes(component);
  const all = `${component}/binary-all/`;
  const hasAll = !release.allInEachIndex && release.architectures.includes('all') && findIndexFile(release, all);
  const hasOwn = release.architectures.length === 0 || release.architectures.includes(architecture);
  if (!knows || !(hasOwn || hasAll)) {
    throw repositoryError('repository/no-such-component', repository, `it has no ${component} for ${architecture}`, {
      hint: `It has ${release.components.join(', ')} for ${release.architectures.join(', ')}.`,
    });
  }
  const own = hasOwn ? [indexFileOf(release, `${component}/binary-${architecture}/`, repository)] : [];
  return [...own, ...(hasAll ? [hasAll] : [])].map((file) => ({ component, file }));
}

/** As `debian bookworm-security main`. */
function inWords(release: Release, suite: string, component: string | undefined): string {
  return [release.origin?.toLowerCase() ?? 'deb', suite, component].filter((word) => word !== undefined).join(' ');
}

function isFlat(options: DebRepositoryOptions): boolean {
  return options.suite.endsWith('/');
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

function withoutCredentials(url: string): string {
  if (!/^(?:https?|file):/iu.test(url) || !URL.canParse(url)) {
    throw repositoryError('repository/not-found', JSON.stringify(redact(url)), 'it is no http, https or file URL');
  }
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
