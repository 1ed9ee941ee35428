import type { ApkPackage } from './apk-package.js';
import { meets, readDependency, readProvision, splitAtoms } from './dependency.js';
import type { Dependency } from './dependency.js';

/**
 * `packages` in the order in which they are installed and recorded, as apko has it: the requested names in their
 * alphabetical order, before each what it depends on, in the order of its dependencies, and what came in by
 * install_if last, by name. A circle is broken where it closes.
 */
export function inInstallOrder(packages: readonly ApkPackage[], requests: readonly string[]): readonly ApkPackage[] {
  const bearers = bearersOf(packages);
  const ordered = new Set<ApkPackage>();
  const begun = new Set<ApkPackage>();

  /** A stack of its own: a chain of dependencies may be longer than the call stack. */
  function add(first: ApkPackage): void {
    const stack = [{ one: first, needed: neededBy(first) }];
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
    return splitAtoms(one.depends).flatMap((atom) => {
      const dependency = readDependency(atom);
      return dependency === undefined || dependency.negative ? [] : whoMeets(dependency);
    });
  }

  function whoMeets(dependency: Dependency): readonly ApkPackage[] {
    const found = (bearers.get(dependency.name) ?? []).filter(({ version }) => meets(dependency, version));
    return found.map((bearer) => bearer.package);
  }

  const wanted = requests.flatMap((request) => readDependency(request) ?? []).filter((request) => !request.negative);
  for (const request of wanted.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    for (const one of whoMeets(request)) if (!begun.has(one)) add(one);
  }
  const left = packages.filter((one) => !begun.has(one)).sort((one, other) => (one.name < other.name ? -1 : 1));
  for (const one of left) if (!begun.has(one)) add(one);
  return [...ordered];
}

function bearersOf(
  packages: readonly ApkPackage[],
): Map<string, { package: ApkPackage; version: string | undefined }[]> {
  const bearers = new Map<string, { package: ApkPackage; version: string | undefined }[]>();
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
