import type { ApkPackage } from './apk-package.js';
import { meets, readDependency, readProvision, splitAtoms } from './dependency.js';
import type { Dependency } from './dependency.js';
import { compareVersions } from './version.js';

interface Bearer {
  readonly package: ApkPackage;
  readonly version: string | undefined;
}

/**
 * `packages` in the order in which apko installs and records them: by `name=version`, before each what it depends on. Of
 * the dependencies of one package those come first that the fewest packages meet, and then in alphabetical order; of packages that meet
 * one the best alone counts. A circle is broken where it closes. What comes by install_if stands behind the dependencies that bring it.
 */
export function inInstallOrder(packages: readonly ApkPackage[]): readonly ApkPackage[] {
  const bearers = bearersOf(packages);
  const ordered = new Set<ApkPackage>();
  const begun = new Set<ApkPackage>();
  const extras = packages.filter(({ installIf }) => splitAtoms(installIf).length > 0);

  /** A stack of its own: a chain of dependencies may be longer than the call stack. */
  function add(first: ApkPackage, brought: readonly ApkPackage[] = []): void {
    const stack = [{ one: first, needed: [...neededBy(first), ...brought] }];
    begun.add(first);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.needed.shift();
      if (next === undefined) {
        ordered.add(top.one);
        stack.pop();
      } else if (!begun.has(next)) {
        begun.add(next);
        stack.push({ one: next, needed: neededBy(next) });
      }
    }
  }

  function neededBy(one: ApkPackage): ApkPackage[] {
    const own = new Set([one.name, ...splitAtoms(one.provides).flatMap((atom) => readProvision(atom)?.name ?? [])]);
    return splitAtoms(one.depends)
      .flatMap((atom) => {
        const dependency = readDependency(atom);
        if (dependency === undefined || dependency.negative || own.has(dependency.name)) return [];
        return [{ atom, met: whoMeets(dependency) }];
      })
      .sort((left, right) => left.met.length - right.met.length || compareText(left.atom, right.atom))
      .flatMap(({ met }) => met[0]?.package ?? []);
  }

  /** The best first. */
  function whoMeets(dependency: Dependency): readonly Bearer[] {
    return (bearers.get(dependency.name) ?? []).filter(({ version }) => meets(dependency, version)).sort(byPreference);
  }

  /** The packages that come because all they name is among what `one` needs. */
  function broughtBy(one: ApkPackage): readonly ApkPackage[] {
    const needed = new Set<ApkPackage>();
    const queue = neededBy(one);
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (needed.has(next)) continue;
      needed.add(next);
      queue.push(...neededBy(next));
    }
    const names = new Set([...needed].flatMap((each) => [each.name, lockOf(each)]));
    return extras.filter(({ installIf }) => splitAtoms(installIf).every((atom) => names.has(atom)));
  }

  for (const one of [...packages].sort((left, right) => compareText(lockOf(left), lockOf(right)))) {
    const brought = extras.length === 0 ? [] : broughtBy(one);
    if (!begun.has(one)) add(one, brought);
    for (const extra of brought) if (!begun.has(extra)) add(extra);
  }
  return [...ordered];
}

/** As apko chooses among what is in the image anyway: priority, version under that name, version, name. */
function byPreference(left: Bearer, right: Bearer): number {
  return (
    right.package.providerPriority - left.package.providerPriority ||
    compareVersions(right.version ?? right.package.version, left.version ?? left.package.version) ||
    compareVersions(right.package.version, left.package.version) ||
    compareText(left.package.name, right.package.name)
  );
}

/** By code unit: `a-b=1` is before `a=1`. */
function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function lockOf({ name, version }: ApkPackage): string {
  return `${name}=${version}`;
}

function bearersOf(packages: readonly ApkPackage[]): Map<string, Bearer[]> {
  const bearers = new Map<string, Bearer[]>();
  const add = (name: string, one: ApkPackage, version: string | undefined): void => {
    const list = bearers.get(name) ?? [];
    list.push({ package: one, version });
    bearers.set(name, list);
  };
  for (const one of packages) add(one.name, one, one.version);
  for (const one of packages) {
    for (const atom of splitAtoms(one.provides)) {
      const provision = readProvision(atom);
      if (provision !== undefined && provision.name !== one.name) add(provision.name, one, provision.version);
    }
  }
  return bearers;
}
