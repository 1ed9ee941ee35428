import type { Distribution, Pocket, Suite } from '../catalog/distribution.js';
import { type DebianMirrors, findDebianMirrors } from '../packages/deb/mirrors.js';
import { openDebRepository } from '../packages/deb/repository.js';
import type { Architecture } from '../packages/package.js';
import type { Creator } from './creator.js';
import { debSource } from './deb-source.js';
import type { PackageSource } from './package-source.js';

/** A suite whose repositories (release, updates, security) have been opened: their signatures are verified. */
export interface OpenSuite {
  readonly suite: Suite;
  /** All repositories of the suite as one source. */
  source(architecture: Architecture): Promise<PackageSource>;
}

/**
 * Opens `suites` of `distribution` from its mirrors, each once for all images of a creator. Throws `repository/…` with the suite
 * named.
 */
export async function openSuites(
  creator: Creator,
  distribution: Distribution,
  suites: readonly Suite[],
): Promise<readonly OpenSuite[]> {
  const mirrors = await findDebianMirrors({
    configured: creator.settings.mirrors,
    environment: creator.environment,
  });
  const checkValidUntil = creator.settings.checkValidUntil && mirrors.checkValidUntil;
  creator.report({
    kind: 'status',
    message: `reading ${distribution.title} ${suites.map((suite) => suite.name).join(', ')}`,
  });
  return Promise.all(
    suites.map((suite) =>
      once(creator.suites, `${distribution.name} ${suite.name}`, () =>
        openDebSuite(creator, suite, mirrors, checkValidUntil),
      ),
    ),
  );
}

async function openDebSuite(
  creator: Creator,
  suite: Suite,
  mirrors: DebianMirrors,
  checkValidUntil: boolean,
): Promise<OpenSuite> {
  const repositories = await Promise.all(
    suite.pockets.map((pocket) =>
      openDebRepository(creator, {
        url: mirrorOf(pocket, mirrors),
        suite: pocket.suite,
        components: pocket.components,
        keyring: pocket.keyring,
        checkValidUntil,
      }),
    ),
  );
  return openSuite(suite, (architecture) => debSource(repositories, architecture));
}

function openSuite(suite: Suite, open: (architecture: Architecture) => Promise<PackageSource>): OpenSuite {
  const opened = new Map<Architecture, Promise<PackageSource>>();
  return { suite, source: (architecture) => once(opened, architecture, () => open(architecture)) };
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
