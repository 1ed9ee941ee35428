import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { readKeyring } from '../packages/apk/keyring.js';
import { parseRepositoryLine } from '../packages/apk/repository-line.js';
import type { Architecture } from '../packages/package.js';
import { PrivateImageError } from '../support/errors.js';
import { takeCredentials } from '../support/http-credentials.js';
import { redact } from '../support/http-error.js';
import { inParallel } from '../support/in-parallel.js';
import type { Creator } from './creator.js';
import type { ApkOrigin } from './open-suite.js';
import type { PackageSource } from './package-source.js';

/** Repositories that the user names, instead of those of a distribution. */
export interface CustomRepositories {
  readonly format: 'apk' | 'deb';
  /**
   * apk: `[@TAG ]URL`, without the architecture. deb: `URL SUITE COMPONENT…`, or `URL FOLDER/` for a flat repository; `deb` in front is
   * passed over, and with `suite` set the URL alone is enough. URLs may be paths, and may hold a user and password.
   */
  readonly repositories: readonly string[];
  /** The suite of deb repositories that name none. */
  readonly suite: string | undefined;
  /** Files or URLs of the keys that they are signed with. */
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
  const keys = await inParallel(keyring, (file) =>
    readKeyringFile(creator.http, urlOf(file, workingDirectory), creator.signal),
  );
  const opened = await inParallel(repositories, (line) => {
    const named = debRepositoryOf(line, suite, workingDirectory);
    return openDebRepository(creator, {
      ...named,
      url: takeCredentials(creator.http, named.url),
      keyring: keys.flat(),
      allowUnsigned,
      checkValidUntil: creator.settings.checkValidUntil,
    });
  });
  return { source: (architecture) => debSource(opened, architecture), apk: undefined };
}

/** A line of `sources.list` in its short form. */
function debRepositoryOf(
  line: string,
  standardSuite: string | undefined,
  workingDirectory: string,
): { readonly url: string; readonly suite: string; readonly components: readonly string[] } {
  const words = line.trim().split(/\s+/u);
  if (words[0] === 'deb') words.shift();
  const [place, suite = standardSuite, ...components] = words;
  if (place === undefined || place === '' || suite === undefined) {
    throw new PrivateImageError<'request/malformed'>(
      'request/malformed',
      `A deb repository needs a suite: ${JSON.stringify(words.map(redact).join(' '))}`,
      {
        hint: 'Write --repository "URL SUITE COMPONENT…", or give --suite.',
      },
    );
  }
  const isFlat = suite.endsWith('/');
  return {
    url: urlOf(place, workingDirectory),
    suite,
    components: isFlat ? [] : components.length === 0 ? ['main'] : components,
  };
}

function urlOf(place: string, workingDirectory: string): string {
  return /^[a-z][a-z0-9+.-]*:/iu.test(place) ? place : pathToFileURL(path.resolve(workingDirectory, place)).href;
}
