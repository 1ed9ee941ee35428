import type { Distribution, Pocket, Suite } from '../catalog/distribution.js';
import { type DebIndex, mergeIndexes } from '../packages/deb/deb-index.js';
import { type DebianMirrors, findDebianMirrors } from '../packages/deb/mirrors.js';
import { openDebRepository } from '../packages/deb/repository.js';
import { debUniverse } from '../packages/deb/universe.js';
import { compareDebVersions } from '../packages/deb/version.js';
import type { Architecture } from '../packages/package.js';
import type { Creator } from './creator.js';
import type { PackageSource } from './package-source.js';

/** A suite whose repositories (release, updates, security) have been opened: their signatures are verified. */
export interface OpenSuite {
  readonly suite: Suite;
  /** All repositories of the suite as one source. */
  source(architecture: Architecture): Promise<PackageSource>;
}

/** The suites of a distribution, opened all at once. */
export interface OpenSuites {
  readonly suites: readonly OpenSuite[];
  readonly warnings: readonly string[];
}

/** Opens `suites` of `distribution` from its mirrors. Throws `repository/…` with the suite named. */
export async function openSuites(
  creator: Creator,
  distribution: Distribution,
  suites: readonly Suite[],
): Promise<OpenSuites> {
  const mirrors = await findDebianMirrors({
    configured: creator.settings.mirrors,
    environment: creator.environment,
  });
  const checkValidUntil = creator.settings.checkValidUntil && mirrors.checkValidUntil;
  creator.report({
    kind: 'status',
    message: `reading ${distribution.title} ${suites.map((suite) => suite.name).join(', ')}`,
  });
  return {
    suites: await Promise.all(suites.map((suite) => openSuite(creator, suite, mirrors, checkValidUntil))),
    warnings: checkValidUntil
      ? []
      : [`Indexes of ${distribution.title} past their Valid-Until are accepted: the check is switched off`],
  };
}

async function openSuite(
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
  const opened = new Map<Architecture, Promise<PackageSource>>();
  return {
    suite,
    source: (architecture) => {
      const known = opened.get(architecture);
      if (known !== undefined) return known;
      const source = Promise.all(repositories.map((repository) => repository.index(architecture))).then((indexes) =>
        debSource(mergeIndexes(indexes), architecture),
      );
      opened.set(architecture, source);
      return source;
    },
  };
}

function debSource(index: DebIndex, architecture: Architecture): PackageSource {
  return {
    names: () => index.names(),
    get: (name) => index.get(name),
    order: compareDebVersions,
    universe: (_requests, assumedPresent) => debUniverse(index, { architecture, assumedPresent }),
  };
}

function mirrorOf(pocket: Pocket, mirrors: DebianMirrors): string {
  return pocket.mirror === 'debian-security' ? mirrors.debianSecurity : mirrors.debian;
}
