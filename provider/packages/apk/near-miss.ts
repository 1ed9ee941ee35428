import type { NearMiss } from '../universe.js';
import type { ApkPackage } from './apk-package.js';
import { nearestNames } from '../spelling.js';
import type { Pool, Provider } from './pool.js';
import { inOrderOfPreference } from './preference.js';
import type { ApkRequirement } from './requirement.js';

/** What comes close to a requirement that nobody meets, best first. */
export function nearMissesOf(pool: Pool, requirement: ApkRequirement): readonly NearMiss[] {
  const { dependency, choices, forbidden } = requirement;
  if (dependency === undefined) return [];
  const { name, tag, constraint } = dependency;
  if (choices.length > 0) {
    return newestOfEach(choices).map((one) => ({
      ...nameOf(one),
      kind: 'choice',
      reason: `${one.name} provides ${name}`,
    }));
  }
  if (forbidden.length > 0) {
    return newestOfEach(forbidden).map((one) => ({ ...nameOf(one), reason: 'a request forbids it' }));
  }
  const bearers = pool.providersOf(name);
  const within = bearers.filter(({ package: one }) =>
    tag === undefined ? pool.isUntagged(one) : pool.hasTag(one, tag),
  );
  if (within.length > 0) return [otherVersion(pool, name, within, constraint?.operator.startsWith('<') === true)];
  if (bearers.length > 0) return inOtherRepositories(pool, bearers);
  return nearestNames(name, pool.names()).flatMap((spelling) => {
    const [one] = inOrderOfPreference(pool, pool.providersOf(spelling));
    return one === undefined ? [] : [{ ...nameOf(one), kind: 'spelling' as const, reason: 'other spelling' }];
  });
}

function otherVersion(pool: Pool, name: string, within: readonly Provider[], isUpperBound: boolean): NearMiss {
  const ordered = inOrderOfPreference(pool, within);
  const nearest =
    within.find((provider) => provider.package === (isUpperBound ? ordered.at(-1) : ordered[0])) ?? within[0];
  if (nearest === undefined) return { name, version: undefined, reason: 'nothing provides it' };
  const { package: one, version } = nearest;
  if (version === undefined)
    return { ...nameOf(one), kind: 'provider', reason: `${one.name} provides ${name} without a version` };
  const word = ordered.length === 1 ? 'only' : isUpperBound ? 'oldest' : 'newest';
  const from = one.name === name ? one.repository : `provided by ${one.name} ${one.version}, ${one.repository}`;
  return { ...nameOf(one), kind: 'version', reason: `the ${word} ${name} is ${version} (${from})` };
}

function inOtherRepositories(pool: Pool, bearers: readonly Provider[]): readonly NearMiss[] {
  return newestOfEach(inOrderOfPreference(pool, bearers)).map((one) => {
    const tags = [...pool.tags].filter((tag) => pool.hasTag(one, tag)).map((tag) => `@${tag}`);
    const where = tags.length === 0 ? 'only in a repository without a tag' : `only under ${tags.join(', ')}`;
    return { ...nameOf(one), reason: `${where} (${one.repository})` };
  });
}

function newestOfEach(ordered: readonly ApkPackage[]): readonly ApkPackage[] {
  const first = new Map<string, ApkPackage>();
  for (const one of ordered) if (!first.has(one.name)) first.set(one.name, one);
  return [...first.values()];
}

function nameOf(one: ApkPackage): Pick<NearMiss, 'name' | 'version' | 'repository'> {
  return { name: one.name, version: one.version, repository: one.repository };
}
