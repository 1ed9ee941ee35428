import type { ApkPackage } from './apk-package.js';
import { readDependency, splitAtoms } from './dependency.js';
import type { Dependency } from './dependency.js';
import type { Pool, Provider } from './pool.js';
import { inOrderOfPreference, selfSelecting } from './preference.js';

/**
 * What the requests can lead to, whatever is chosen: which names somebody asks for, and which tags a package may take
 * its dependencies from. Worked out when it is first asked for, as most requests need neither.
 */
export interface Reach {
  /** True when a request, or a package that the requests can lead to, asks for this very name. */
  isAskedFor(name: string): boolean;
  /** The same, for what they lead to when the best of every choice is taken. */
  isLikelyAskedFor(name: string): boolean;
  /** The tags under which a package can come in; its dependencies may come from these too. */
  tagsOf(one: ApkPackage): ReadonlySet<string>;
}

const noTags: ReadonlySet<string> = new Set();

/** The reach of `requests` in `pool`; requests that are added to the list later are noticed. */
export function reachOf(pool: Pool, requests: readonly Dependency[]): Reach {
  let asked: ReadonlySet<string> | undefined;
  let likely: ReadonlySet<string> | undefined;
  let tags: ReadonlyMap<ApkPackage, ReadonlySet<string>> | undefined;
  let known = 0;

  function notice(): void {
    if (known === requests.length) return;
    known = requests.length;
    asked = undefined;
    likely = undefined;
    tags = undefined;
  }

  return {
    isAskedFor: (name) => {
      notice();
      asked ??= namesAskedFor(pool, requests, (providers) => providers);
      return asked.has(name);
    },
    isLikelyAskedFor: (name) => {
      notice();
      likely ??= namesAskedFor(pool, requests, (providers) => bestOf(pool, providers));
      return likely.has(name);
    },
    tagsOf: (one) => {
      if (pool.tags.size === 0) return noTags;
      notice();
      tags ??= tagsInherited(pool, requests);
      return tags.get(one) ?? noTags;
    },
  };
}

/** The names that are asked for when of the providers of each name those are followed that `pick` gives. */
function namesAskedFor(
  pool: Pool,
  requests: readonly Dependency[],
  pick: (providers: readonly Provider[]) => readonly Provider[],
): ReadonlySet<string> {
  const names = new Set(requests.map((request) => request.name));
  // A set that grows while it is walked: names are added behind the one at hand.
  for (const name of names) {
    for (const provider of pick(selfSelecting(pool.providersOf(name)))) {
      for (const needed of namesNeededBy(provider.package)) names.add(needed);
      for (const extra of pool.triggeredBy(provider.package.name))
        for (const needed of namesNeededBy(extra)) names.add(needed);
    }
  }
  return names;
}

function bestOf(pool: Pool, providers: readonly Provider[]): readonly Provider[] {
  const [best] = inOrderOfPreference(pool, providers);
  return providers.filter((provider) => provider.package === best);
}

/** A tag passes from a request to what it asks for, and from there to every dependency, as apk's pinning does. */
function tagsInherited(pool: Pool, requests: readonly Dependency[]): ReadonlyMap<ApkPackage, ReadonlySet<string>> {
  const inherited = new Map<ApkPackage, Set<string>>();
  for (const { name, tag } of requests) {
    if (tag === undefined) continue;
    const queue = pool
      .providersOf(name)
      .flatMap((provider) => (pool.hasTag(provider.package, tag) ? [provider.package] : []));
    for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
      const own = inherited.get(one) ?? new Set<string>();
      if (own.has(tag)) continue;
      inherited.set(one, own.add(tag));
      for (const needed of namesNeededBy(one)) {
        for (const provider of pool.providersOf(needed)) {
          if (pool.isUntagged(provider.package) || pool.hasTag(provider.package, tag)) queue.push(provider.package);
        }
      }
    }
  }
  return inherited;
}

function namesNeededBy(one: ApkPackage): readonly string[] {
  return splitAtoms(one.depends).flatMap((atom) => {
    const dependency = readDependency(atom);
    return dependency === undefined || dependency.negative ? [] : [dependency.name];
  });
}
