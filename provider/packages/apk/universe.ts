import type { Architecture } from '../package.js';
import type { Conflict, Implication, NearMiss, Requirement, Universe } from '../universe.js';
import type { ApkPackage } from './apk-package.js';
import { checksumText } from './apk-package.js';
import { meets, parseRequest, readDependency, splitAtoms } from './dependency.js';
import type { Dependency } from './dependency.js';
import { apkError } from './errors.js';
import { nearMissesOf } from './near-miss.js';
import { poolOf } from './pool.js';
import type { Provider, TaggedIndex } from './pool.js';
import { inOrderOfPreference, selfSelecting } from './preference.js';
import { reachOf } from './reach.js';
import type { ApkRequirement } from './requirement.js';

/** What a universe of apk packages needs to know beside the indexes. */
export interface ApkUniverseOptions {
  readonly architecture: Architecture;
  /**
   * Everything that will be requested, and with `!` what is forbidden. A virtual name that several packages provide
   * without priority is met only by one that is asked for by its own name, and a tag reaches what its request depends
   * on: both are questions about all requests.
   */
  readonly requests?: readonly string[];
  /**
   * Names that count as met wherever a package depends on them, as `/bin/sh` where no script is run. A request for one is for
   * the package all the same.
   */
  readonly assumedPresent?: readonly string[];
}

/**
 * apk packages of one architecture as `apk add` sees them on an empty root (apk-world(5), apk-package(5)).
 *
 * A request is `name`, `name=1.2.3-r0`, `name>=1.2`, `name<2`, `name~1.2` (1.2 and whatever goes on from it) or
 * `name@tag`, which is met by a repository of that tag alone. A name that several packages provide without a version
 * and without a priority is met only by one that something asks for by its own name; where nothing does, the
 * requirement has no candidates and its near misses name the choices. A versioned name has one provider at most,
 * virtual ones any number.
 *
 * An install_if that forbids something (`!name`) is left out: whether a thing is absent is known only when all is
 * chosen.
 */
export function apkUniverse(indexes: readonly TaggedIndex[], options: ApkUniverseOptions): Universe<ApkPackage> {
  const pool = poolOf(indexes, options.architecture);
  const requested = (options.requests ?? []).map(parseRequest);
  const forbidden = requested.filter((dependency) => dependency.negative);
  const wanted = requested.filter((dependency) => !dependency.negative);
  const assumed = new Set(options.assumedPresent);
  const reach = reachOf(pool, wanted);
  const requirementsByText = new Map<string, ApkRequirement>();
  const conditionsByText = new Map<string, Requirement<ApkPackage>>();
  const implicationsByPackage = new Map<ApkPackage, Implication<ApkPackage> | undefined>();

  function request(text: string): ApkRequirement {
    const dependency = parseRequest(text);
    if (dependency.negative) {
      throw apkError('request/malformed', `A request cannot forbid a package: ${text.trim()}`, {
        hint: 'Leave it out: a package is there only when it is asked for, or needed by one that is.',
        data: { request: text.trim() },
      });
    }
    if (!wanted.some((one) => one.text === dependency.text)) wanted.push(dependency);
    const { tag } = dependency;
    return requirementOf(dependency, (one) => (tag === undefined ? pool.isUntagged(one) : pool.hasTag(one, tag)));
  }

  function requirements(one: ApkPackage): readonly ApkRequirement[] {
    const atoms = splitAtoms(one.depends).filter((atom) => !atom.startsWith('!'));
    if (atoms.length === 0) return [];
    const tags = reach.tagsOf(one);
    const scope = [...tags].sort().join(' ');
    return atoms.map((atom) => {
      const key = `${atom} ${scope}`;
      const known = requirementsByText.get(key);
      if (known !== undefined) return known;
      const dependency = readDependency(atom);
      if (dependency !== undefined && assumed.has(dependency.name)) return assumedRequirement(dependency);
      const made =
        dependency === undefined || dependency.tag !== undefined
          ? { text: atom, dependency: undefined, candidates: [], choices: [], forbidden: [] }
          : requirementOf(dependency, (other) => isWithin(other, tags));
      requirementsByText.set(key, made);
      return made;
    });
  }

  function isForbidden(one: ApkPackage): boolean {
    return forbidden.some((dependency) =>
      pool.providersOf(dependency.name).some((provider) => provider.package === one && meetsAs(dependency, provider)),
    );
  }

  function isWithin(one: ApkPackage, tags: ReadonlySet<string>): boolean {
    if (pool.isUntagged(one)) return true;
    for (const tag of tags) if (pool.hasTag(one, tag)) return true;
    return false;
  }

  function requirementOf(dependency: Dependency, isAllowed: (one: ApkPackage) => boolean): ApkRequirement {
    const { text, name } = dependency;
    const known = pool.providersOf(name).filter((provider) => isAllowed(provider.package));
    const allowed = known.filter((provider) => !isForbidden(provider.package));
    const matching = allowed.filter((provider) => meetsAs(dependency, provider));
    const self = new Set(selfSelecting(allowed));
    const likely = matching.filter((one) => self.has(one) || reach.isLikelyAskedFor(one.package.name));
    const others = matching.filter((one) => !likely.includes(one) && reach.isAskedFor(one.package.name));
    const candidates = [likely, others].flatMap((providers) => inOrderOfPreference(pool, providers));
    if (candidates.length > 0) return { text, dependency, candidates, choices: [], forbidden: [] };
    const ruledOut = known.filter((provider) => !allowed.includes(provider) && meetsAs(dependency, provider));
    const choices = inOrderOfPreference(pool, matching);
    return { text, dependency, candidates, choices, forbidden: inOrderOfPreference(pool, ruledOut) };
  }

  function conflicts(one: ApkPackage): readonly Conflict<ApkPackage>[] {
    const found: Conflict<ApkPackage>[] = [];
    const add = (text: string, providers: readonly Provider[]): void => {
      const candidates = [...new Set(providers.map((provider) => provider.package))].filter((other) => other !== one);
      if (candidates.length > 0) found.push({ text, candidates });
    };
    const bearers = pool.providersOf(one.name);
    add(
      `only one version of ${one.name}`,
      bearers.filter((provider) => provider.package.name === one.name),
    );
    add(
      `only one provider of ${one.name}`,
      bearers.filter((provider) => provider.package.name !== one.name),
    );
    for (const { name, version } of pool.provisionsOf(one)) {
      if (name === one.name) continue;
      const others = pool.providersOf(name).filter((provider) => provider.package.name !== one.name);
      add(
        `only one provider of ${name}`,
        version === undefined ? others.filter((other) => other.version !== undefined) : others,
      );
    }
    for (const atom of splitAtoms(one.depends)) {
      const dependency = atom.startsWith('!') ? readDependency(atom) : undefined;
      if (dependency === undefined) continue;
      add(
        atom,
        pool.providersOf(dependency.name).filter((provider) => meetsAs(dependency, provider)),
      );
    }
    return found;
  }

  function implications(one: ApkPackage): readonly Implication<ApkPackage>[] {
    const names = new Set([one.name, ...pool.provisionsOf(one).map((provision) => provision.name)]);
    const found = new Set<Implication<ApkPackage>>();
    for (const name of names) {
      for (const extra of pool.triggeredBy(name)) {
        if (!isWithin(extra, reach.tagsOf(one)) || isForbidden(extra)) continue;
        const implication = implicationOf(extra);
        if (implication?.conditions.some((condition) => condition.candidates.includes(one)) === true)
          found.add(implication);
      }
    }
    return [...found];
  }

  function implicationOf(extra: ApkPackage): Implication<ApkPackage> | undefined {
    if (implicationsByPackage.has(extra)) return implicationsByPackage.get(extra);
    const atoms = splitAtoms(extra.installIf);
    const conditions = atoms.flatMap((atom) => conditionOf(atom) ?? []);
    const isWhole = conditions.length > 0 && conditions.length === atoms.length;
    const made = isWhole ? { text: `install_if: ${extra.installIf ?? ''}`, conditions, candidate: extra } : undefined;
    implicationsByPackage.set(extra, made);
    return made;
  }

  /** Anyone who bears the name meets a condition: it asks what is there, not what to choose. */
  function conditionOf(atom: string): Requirement<ApkPackage> | undefined {
    const known = conditionsByText.get(atom);
    if (known !== undefined) return known;
    const dependency = readDependency(atom);
    if (dependency === undefined || dependency.negative) return undefined;
    const matching = pool.providersOf(dependency.name).filter((provider) => meetsAs(dependency, provider));
    const made = { text: atom, candidates: [...new Set(matching.map((provider) => provider.package))] };
    conditionsByText.set(atom, made);
    return made;
  }

  return {
    request,
    requirements,
    conflicts,
    implications,
    nearMisses: (requirement): readonly NearMiss[] => nearMissesOf(pool, requirement as ApkRequirement),
  };
}

function meetsAs(dependency: Dependency, provider: Provider): boolean {
  if (dependency.constraint?.operator === '><') {
    return dependency.constraint.version === checksumText(provider.package.archive.checksum.value);
  }
  return meets(dependency, provider.version);
}

function assumedRequirement(dependency: Dependency): ApkRequirement {
  const { text, name } = dependency;
  return { text, dependency, candidates: [], choices: [], forbidden: [], assumed: name };
}
