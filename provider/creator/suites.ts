import type { Distribution, Pocket, Suite } from '../catalog/distribution.js';
import { apkKey, keyringOf } from '../packages/apk/keyring.js';
import { type DebianMirrors, findDebianMirrors } from '../packages/deb/mirrors.js';
import type { Architecture } from '../packages/package.js';
import { PrivateImageError } from '../support/errors.js';
import { takeCredentials } from '../support/http-credentials.js';
import { inParallel } from '../support/in-parallel.js';
import { aptSources } from './apt-sources.js';
import type { Creator } from './creator.js';
import type { OwnRepositories } from './custom-repositories.js';
import type { ApkOrigin, OpenSuite, SuiteHead } from './open-suite.js';
import type { PackageSource } from './package-source.js';

/**
 * Opens `suites` of `distribution` from its mirrors, each once for all images of a creator. Throws `repository/…` with the suite
 * named.
 */
export async function openSuites(
  creator: Creator,
  distribution: Distribution,
  suites: readonly Suite[],
): Promise<readonly OpenSuite[]> {
  creator.report({
    kind: 'status',
    message: `reading ${distribution.title} ${suites.map((suite) => suite.name).join(', ')}`,
  });
  return inParallel(suites, (suite) =>
    once(creator.suites, `${distribution.name} ${suite.name}`, () =>
      distribution.format === 'apk'
        ? openApkSuite(creator, distribution, suite)
        : openDebSuite(creator, distribution, suite),
    ),
  );
}

/** Formats are loaded as they are met: few programs have to do with both. */
async function openDebSuite(creator: Creator, distribution: Distribution, suite: Suite): Promise<OpenSuite> {
  const { openDebRepository } = await import('../packages/deb/repository.js');
  const { debSource } = await import('./deb-source.js');
  const mirrors = await debianMirrors(creator);
  const checkValidUntil = creator.settings.checkValidUntil && mirrors.checkValidUntil;
  const repositories = await inParallel(suite.pockets, (pocket) =>
    openDebRepository(creator, {
      url: mirrorOf(pocket, mirrors),
      suite: pocket.suite,
      components: pocket.components,
      keyring: pocket.keyring,
      checkValidUntil,
    }),
  );
  const packageManager = { sources: aptSources(suite, distribution.signedBy) };
  return openSuite(suite, { packageManager }, (architecture) => debSource(repositories, architecture));
}

/** The Debian mirrors without credentials, which are the HTTP client's from now on. */
export async function debianMirrors({ settings, environment, http }: Creator): Promise<DebianMirrors> {
  const mirrors = await findDebianMirrors({ configured: settings.mirrors, environment });
  return {
    ...mirrors,
    debian: takeCredentials(http, mirrors.debian),
    debianSecurity: takeCredentials(http, mirrors.debianSecurity),
  };
}

async function openApkSuite(creator: Creator, distribution: Distribution, suite: Suite): Promise<OpenSuite> {
  const { openApkRepository } = await import('../packages/apk/repository.js');
  const { apkSource } = await import('./apk-source.js');
  const repositories = suite.pockets.map((pocket) =>
    openApkRepository(creator, {
      url: addressOf(apkMirror(creator, distribution, pocket), pocket),
      title: [distribution.name, pocket.suite].filter((part) => part !== '').join(' '),
      keyring: keyringOf(pocket.keys.map(({ name, content }) => apkKey(name, content))),
    }),
  );
  const apk: ApkOrigin = {
    // What an image says does not depend on the mirror that it was built from.
    repositories: suite.pockets.map((pocket) => addressOf(publicApkMirrors[pocket.mirror] ?? pocket.mirror, pocket)),
    keys: suite.pockets.flatMap(({ keys }) => keys.map(({ name, content }) => ({ name, pem: content }))),
  };
  return openSuite(suite, { apk }, (architecture) => apkSource(repositories, architecture));
}

function addressOf(mirror: string, pocket: Pocket): string {
  return pocket.suite === '' ? mirror : `${mirror}/${pocket.suite}`;
}

/** The public hosts of distributions whose mirrors nobody configured. */
const publicApkMirrors: Readonly<Record<string, string>> = {
  alpine: 'https://dl-cdn.alpinelinux.org/alpine',
  wolfi: 'https://packages.wolfi.dev/os',
};

function apkMirror({ settings, http }: Creator, distribution: Distribution, pocket: Pocket): string {
  const configured: Readonly<Record<string, string | undefined>> = { ...settings.mirrors };
  const mirror = configured[pocket.mirror] ?? publicApkMirrors[pocket.mirror];
  if (mirror !== undefined) return takeCredentials(http, mirror).replace(/\/+$/u, '');
  throw new PrivateImageError<'configuration/invalid'>(
    'configuration/invalid',
    `The distribution ${distribution.name} is read from a mirror called ${pocket.mirror}, which nobody knows`,
    { hint: `Known mirrors: ${Object.keys(configured).join(', ')}.` },
  );
}

function openSuite(
  suite: SuiteHead,
  origin: Partial<Pick<OpenSuite, 'apk' | 'packageManager'>>,
  open: (architecture: Architecture) => Promise<PackageSource>,
): OpenSuite {
  const opened = new Map<Architecture, Promise<PackageSource>>();
  const { apk, packageManager } = origin;
  return { suite, apk, packageManager, source: (architecture) => once(opened, architecture, () => open(architecture)) };
}

/** Repositories of the user's own as a suite without a release. */
export function ownSuite({ apk, source }: OwnRepositories): OpenSuite {
  return openSuite({ name: 'repositories', version: '', endOfLife: undefined }, { apk }, source);
}

/** What is under `key`, made when it is first asked for; what failed is tried again. */
function once<Key, Value>(known: Map<Key, Promise<Value>>, key: Key, make: () => Promise<Value>): Promise<Value> {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = make();
  known.set(key, made);
  made.catch(() => known.delete(key));
  return made;
}

function mirrorOf(pocket: Pocket, mirrors: DebianMirrors): string {
  return pocket.mirror === 'debian-security' ? mirrors.debianSecurity : mirrors.debian;
}
