import type { ApkPackage } from './apk-package.js';
import type { Pool, Provider } from './pool.js';
import { compareVersions } from './version.js';

/**
 * The providers of one name that apk takes for it without being told: those with a version, those with a declared
 * priority, and all when they are of one package.
 */
export function selfSelecting(providers: readonly Provider[]): readonly Provider[] {
  const isOnly = new Set(providers.map((provider) => provider.package.name)).size === 1;
  if (isOnly) return providers;
  return providers.filter((provider) => provider.version !== undefined || provider.package.providerPriority > 0);
}

/**
 * The packages behind `providers` of one name, best first, each once, as apk ranks them: repositories without a tag,
 * then the newest version under the name that is asked for, then the newest of one package, then the highest
 * priority, then the first repository.
 */
export function inOrderOfPreference(pool: Pool, providers: readonly Provider[]): readonly ApkPackage[] {
  if (providers.length < 2) return providers.map((provider) => provider.package);
  const compare = (one: Provider, other: Provider): number => compareProviders(pool, one, other);
  // The order is not transitive where some have a version and some do not; apk takes what wins one walk along the list.
  let best: Provider | undefined;
  for (const provider of providers) if (best === undefined || compare(provider, best) < 0) best = provider;
  const rest = providers.filter((provider) => provider !== best).sort(compare);
  return [...new Set([...(best === undefined ? [] : [best]), ...rest].map((provider) => provider.package))];
}

function compareProviders(pool: Pool, one: Provider, other: Provider): number {
  const left = one.package;
  const right = other.package;
  return (
    Number(pool.isUntagged(right)) - Number(pool.isUntagged(left)) ||
    compareUnderName(one, other) ||
    (left.name === right.name ? compareVersions(right.version, left.version) : 0) ||
    right.providerPriority - left.providerPriority ||
    pool.orderOf(left) - pool.orderOf(right)
  );
}

function compareUnderName(one: Provider, other: Provider): number {
  if (one.version === undefined || other.version === undefined) return 0;
  return compareVersions(rankedVersion(other.name, other.version), rankedVersion(one.name, one.version));
}

/**
 * Wolfi's libraries used to provide a soname in its own number and now provide it in the version of the package, so
 * that of `so:x.so.20=20` and `so:x.so.20=1.4-r0` the lower is the newer. As for apko, the former come after all of
 * the latter.
 */
function rankedVersion(name: string, version: string): string {
  return name.startsWith('so:') && !/-r[0-9]+$/.test(version) ? `0.${version}` : version;
}
