import type { DebPackage } from './deb-package.js';

/**
 * The packages of one or more suites for one architecture (with `all`), by name. Objects are identity-stable: the same
 * package is the same object however often and by whichever way it is asked for.
 */
export interface DebIndex {
  /** Every version of the real package `name`, in the order of the index; empty when there is none. */
  get(name: string): readonly DebPackage[];
  /** Every package whose `Provides` names `name`, in the order of the index; real packages called `name` are not among them. */
  providersOf(name: string): readonly DebPackage[];
  /** True when there is a real package `name`; makes no object of it. */
  has(name: string): boolean;
  /** The names of all real packages that begin with `prefix`, each once. */
  names(prefix?: string): Iterable<string>;
  /**
   * Where the name of a real package is first mentioned, as a package or in a relation of one, in apt's order of reading.
   * Only its order means something: of two equal providers apt takes the one mentioned last.
   */
  mentioned?(name: string): number | undefined;
}

const none: readonly DebPackage[] = [];

/** An index over packages that are objects already; the first of two with the same name, version and architecture is kept. */
export function debIndexOf(packages: readonly DebPackage[]): DebIndex {
  const byName = new Map<string, DebPackage[]>();
  const providers = new Map<string, DebPackage[]>();
  const seen = new Set<string>();
  for (const one of packages) {
    if (seen.has(identityOf(one))) continue;
    seen.add(identityOf(one));
    append(byName, one.name, one);
    for (const provided of providedNames(one.provides)) append(providers, provided, one);
  }
  return {
    get: (name) => byName.get(name) ?? none,
    providersOf: (name) => providers.get(name) ?? none,
    has: (name) => byName.has(name),
    names: (prefix = '') => [...byName.keys()].filter((name) => name.startsWith(prefix)),
  };
}

/**
 * The union of several indexes, as of release, updates and security. Of two packages with the same name, version and
 * architecture the one of the earlier index is kept.
 */
export function mergeIndexes(indexes: readonly DebIndex[]): DebIndex {
  const [only] = indexes;
  if (only !== undefined && indexes.length === 1) return only;
  const byName = new Map<string, readonly DebPackage[]>();
  const providers = new Map<string, readonly DebPackage[]>();

  function get(name: string): readonly DebPackage[] {
    const known = byName.get(name);
    if (known !== undefined) return known;
    const [first = none, ...rest] = indexes.map((index) => index.get(name)).filter((found) => found.length > 0);
    const merged = distinct(rest.length === 0 ? first : [first, ...rest].flat());
    byName.set(name, merged);
    return merged;
  }

  function providersOf(name: string): readonly DebPackage[] {
    const known = providers.get(name);
    if (known !== undefined) return known;
    const found = indexes.flatMap((index) => index.providersOf(name));
    const merged = found.length === 0 ? none : found.filter((one) => get(one.name).includes(one));
    providers.set(name, merged);
    return merged;
  }

  function mentioned(name: string): number | undefined {
    for (const [position, index] of indexes.entries()) {
      const within = index.mentioned?.(name);
      if (within !== undefined) return position * 2 ** 32 + within;
    }
    return undefined;
  }

  const has = (name: string): boolean => indexes.some((index) => index.has(name));
  return { get, providersOf, has, names: (prefix) => namesOf(indexes, prefix), mentioned };
}

/** The names in a `Provides` field, without versions and qualifiers, each once. */
export function providedNames(provides: string | undefined): readonly string[] {
  if (provides === undefined) return [];
  const names = new Set<string>();
  for (const part of provides.split(',')) {
    const name = /^\s*([^\s(:[<]+)/.exec(part)?.[1];
    if (name !== undefined) names.add(name);
  }
  return [...names];
}

function* namesOf(indexes: readonly DebIndex[], prefix: string | undefined): Iterable<string> {
  for (const [position, index] of indexes.entries()) {
    const earlier = indexes.slice(0, position);
    for (const name of index.names(prefix)) if (!earlier.some((one) => one.has(name))) yield name;
  }
}

/** `packages` without those whose name, version and architecture an earlier one has. */
export function distinct(packages: readonly DebPackage[]): readonly DebPackage[] {
  if (packages.length < 2) return packages;
  const seen = new Set<string>();
  return packages.filter((one) => {
    const identity = identityOf(one);
    if (seen.has(identity)) return false;
    seen.add(identity);
    return true;
  });
}

function identityOf(one: DebPackage): string {
  return `${one.name} ${one.version} ${one.architecture}`;
}

function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
