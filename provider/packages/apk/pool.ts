import type { Architecture } from '../package.js';
import type { ApkIndex } from './apk-index.js';
import type { ApkPackage } from './apk-package.js';
import { readProvision, splitAtoms } from './dependency.js';
import type { Provision } from './dependency.js';
import { apkArchitectures } from './index-stanza.js';

/** The index of one repository with the tag it is used under. */
export interface TaggedIndex {
  readonly index: ApkIndex;
  /** Its packages are candidates only where this tag is allowed. */
  readonly tag?: string | undefined;
}

/** A package as the bearer of one name: its own, with its own version, or a provided one. */
export interface Provider {
  readonly package: ApkPackage;
  readonly name: string;
  /** The version under that name; undefined for a virtual provide. */
  readonly version: string | undefined;
}

/** The packages of several repositories as one: what is in two of them is one object, that of the first. */
export interface Pool {
  /**
   * Whoever bears `name`: packages of that name first, then those that provide it, each in the order of the
   * repositories.
   */
  providersOf(name: string): readonly Provider[];
  /** The names that a package provides. */
  provisionsOf(one: ApkPackage): readonly Provision[];
  /** The packages whose install_if has `name` as its trigger. */
  triggeredBy(name: string): readonly ApkPackage[];
  /** True when a repository without a tag has it. */
  isUntagged(one: ApkPackage): boolean;
  /** True when a repository with the tag has it. */
  hasTag(one: ApkPackage, tag: string): boolean;
  /** The position of the first repository that has it. */
  orderOf(one: ApkPackage): number;
  names(): Iterable<string>;
  /** The tags of all repositories. */
  readonly tags: ReadonlySet<string>;
}

interface Standing {
  readonly order: number;
  untagged: boolean;
  readonly tags: Set<string>;
}

/** The pool of `indexes`, earlier ones preferred, with what is for another architecture left out. */
export function poolOf(indexes: readonly TaggedIndex[], architecture: Architecture): Pool {
  const standings = new Map<ApkPackage, Standing>();
  const packages = new Map<string, readonly ApkPackage[]>();
  const providers = new Map<string, readonly Provider[]>();
  const provisions = new Map<ApkPackage, readonly Provision[]>();
  const triggered = new Map<string, readonly ApkPackage[]>();
  const eligible = new Set([apkArchitectures[architecture], 'noarch', 'all']);

  function packagesOf(name: string): readonly ApkPackage[] {
    const known = packages.get(name);
    if (known !== undefined) return known;
    const byIdentity = new Map<string, ApkPackage>();
    for (const [order, { index, tag }] of indexes.entries()) {
      for (const one of index.get(name)) {
        if (!eligible.has(one.architecture)) continue;
        const identity = identityOf(one);
        const first = byIdentity.get(identity) ?? one;
        byIdentity.set(identity, first);
        addStanding(first, order, tag);
      }
    }
    const found = [...byIdentity.values()];
    packages.set(name, found);
    return found;
  }

  function addStanding(one: ApkPackage, order: number, tag: string | undefined): void {
    const standing = standings.get(one) ?? { order, untagged: false, tags: new Set<string>() };
    if (tag === undefined) standing.untagged = true;
    else standing.tags.add(tag);
    standings.set(one, standing);
  }

  /** The one object of this pool that stands for a package of an index; undefined when it is not eligible. */
  function pooled(one: ApkPackage): ApkPackage | undefined {
    const same = packagesOf(one.name);
    if (same.includes(one)) return one;
    const identity = identityOf(one);
    return same.find((candidate) => identityOf(candidate) === identity);
  }

  function gather(pick: (index: ApkIndex) => readonly ApkPackage[]): readonly ApkPackage[] {
    const found = new Set<ApkPackage>();
    for (const { index } of indexes) {
      for (const one of pick(index)) {
        const same = pooled(one);
        if (same !== undefined) found.add(same);
      }
    }
    return [...found];
  }

  function provisionsOf(one: ApkPackage): readonly Provision[] {
    const known = provisions.get(one);
    if (known !== undefined) return known;
    const found = splitAtoms(one.provides).flatMap((atom) => readProvision(atom) ?? []);
    provisions.set(one, found);
    return found;
  }

  function providersOf(name: string): readonly Provider[] {
    const known = providers.get(name);
    if (known !== undefined) return known;
    const found: Provider[] = packagesOf(name).map((one) => ({ package: one, name, version: one.version }));
    for (const one of gather((index) => index.providersOf(name))) {
      if (one.name === name) continue;
      for (const provision of provisionsOf(one)) {
        if (provision.name === name) found.push({ package: one, name, version: provision.version });
      }
    }
    providers.set(name, found);
    return found;
  }

  function triggeredBy(name: string): readonly ApkPackage[] {
    const known = triggered.get(name);
    if (known !== undefined) return known;
    const found = gather((index) => index.triggeredBy(name));
    triggered.set(name, found);
    return found;
  }

  return {
    providersOf,
    provisionsOf,
    triggeredBy,
    isUntagged: (one) => standings.get(one)?.untagged ?? false,
    hasTag: (one, tag) => standings.get(one)?.tags.has(tag) ?? false,
    orderOf: (one) => standings.get(one)?.order ?? indexes.length,
    names: () => namesOf(indexes),
    tags: new Set(indexes.flatMap(({ tag }) => tag ?? [])),
  };
}

/** apk knows packages by the checksum of their control section. */
function identityOf(one: ApkPackage): string {
  return `${one.version} ${one.archive.checksum.value}`;
}

function* namesOf(indexes: readonly TaggedIndex[]): Iterable<string> {
  const seen = new Set<string>();
  for (const { index } of indexes) {
    for (const name of index.names()) {
      if (seen.has(name)) continue;
      seen.add(name);
      yield name;
    }
  }
}
