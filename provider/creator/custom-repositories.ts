import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { readKeyring } from '../packages/apk/keyring.js';
import { parseRepositoryLine } from '../packages/apk/repository-line.js';
import { parseSourceLine } from '../packages/deb/source-line.js';
import type { Architecture } from '../packages/package.js';
import { takeCredentials } from '../support/http-credentials.js';
import { inParallel } from '../support/in-parallel.js';
import type { Creator } from './creator.js';
import type { ApkOrigin } from './open-suite.js';
import type { PackageSource } from './package-source.js';

/** Repositories that the user names, instead of those of a distribution. */
export interface CustomRepositories {
  readonly format: 'apk' | 'deb';
  /**
   * apk: `[@TAG ]URL`, without the architecture. deb: a line of `sources.list` as `parseSourceLine` reads it; with `suite` set the URL alone
   * is enough. URLs may be paths, and may hold a user and password.
   */
  readonly repositories: readonly string[];
  /** The suite of deb repositories that name none. */
  readonly suite: string | undefined;
  /** Files or URLs of the keys that they are signed with, but for lines that name their own. */
  readonly keyring: readonly string[];
  /** Take indexes that nobody signed. */
  readonly allowUnsigned: boolean;
  /** What relative paths start from, absolute. */
  readonly workingDirectory: string;
  /** Architectures that are to have the same versions of apk packages where they can. */
  readonly together?: readonly Architecture[];
}

/** Repositories of the user's own, open. */
export interface OwnRepositories {
  readonly source: (architecture: Architecture) => Promise<PackageSource>;
  readonly apk: ApkOrigin | undefined;
}

/** Opens repositories of the user's own. Throws `repository/…`, and `request/malformed` for a line that names none. */
export async function openCustomRepositories(creator: Creator, custom: CustomRepositories): Promise<OwnRepositories> {
  return custom.format === 'apk' ? openApk(creator, custom) : openDeb(creator, custom);
}

async function openApk(
  creator: Creator,
  { repositories, keyring, allowUnsigned, workingDirectory, together }: CustomRepositories,
): Promise<OwnRepositories> {
  const { openApkRepository } = await import('../packages/apk/repository.js');
  const { apkSource } = await import('./apk-source.js');
  const { signal } = creator;
  const keys = await readKeyring(
    creator.http,
    keyring.map((source) => ({ source })),
    { workingDirectory, signal },
  );
  const opened = repositories.map((line) => {
    const { url, tag } = parseRepositoryLine(line, workingDirectory);
    return openApkRepository(creator, {
      url: takeCredentials(creator.http, url),
      keyring: keys,
      allowUnsigned,
      ...(tag === undefined ? {} : { tag }),
    });
  });
  return {
    source: (architecture) => apkSource(opened, architecture, together),
    apk: {
      repositories: opened.map(({ url, tag }) => (tag === undefined ? url : `@${tag} ${url}`)),
      keys: [...keys.values()].map(({ name, pem }) => ({ name, pem })),
    },
  };
}

async function openDeb(
  creator: Creator,
  { repositories, keyring, suite, allowUnsigned, workingDirectory }: CustomRepositories,
): Promise<OwnRepositories> {
  const { readKeyringFile } = await import('../packages/deb/keyring-file.js');
  const { openDebRepository } = await import('../packages/deb/repository.js');
  const { debSource } = await import('./deb-source.js');
  const lines = repositories.map((line) => parseSourceLine(line, suite, allowUnsigned));
  const keysIn = async (files: readonly string[]): Promise<readonly string[]> => {
    const read = await inParallel(files, (file) =>
      readKeyringFile(creator.http, urlOf(file, workingDirectory), creator.signal),
    );
    return read.flat();
  };
  const common = await keysIn(keyring);
  const opened = await inParallel(lines, async (line) => {
    const repository = await openDebRepository(creator, {
      url: takeCredentials(creator.http, urlOf(line.place, workingDirectory)),
      suite: line.suite,
      components: line.components,
      keyring: line.signedBy === undefined ? common : await keysIn(line.signedBy),
      allowUnsigned,
      checkValidUntil: creator.settings.checkValidUntil && line.checkValidUntil,
    });
    return { repository, has: (one: Architecture) => line.architectures?.includes(one) ?? true };
  });
  return {
    source: (architecture) => {
      const asked = opened.filter(({ has }) => has(architecture)).map(({ repository }) => repository);
      return debSource(asked, architecture);
    },
    apk: undefined,
  };
}

function urlOf(place: string, workingDirectory: string): string {
  return /^[a-z][a-z0-9+.-]*:/iu.test(place) ? place : pathToFileURL(path.resolve(workingDirectory, place)).href;
}
