import type { ApkPackage } from './apk-package.js';
import { nameOfAtom, splitAtoms } from './dependency.js';

/**
 * The packages of one repository for one architecture, by name. Objects are identity-stable: the same package is the
 * same object however often and by whichever way it is asked for.
 */
export interface ApkIndex {
  /** Every version of the package `name`, in the order of the index; empty when there is none. */
  get(name: string): readonly ApkPackage[];
  /** Every package that `provides` `name`, with a version or without, in the order of the index. */
  providersOf(name: string): readonly ApkPackage[];
  /** Every package whose install_if has `name` as its trigger (`triggerOf`), in the order of the index. */
  triggeredBy(name: string): readonly ApkPackage[];
  /** The names of all packages, each once. */
  names(): Iterable<string>;
}

const none: readonly ApkPackage[] = [];

/** An index over packages that are objects already; the first of two with the same name and version is kept. */
export function apkIndexOf(packages: readonly ApkPackage[]): ApkIndex {
  const byName = new Map<string, ApkPackage[]>();
  const providers = new Map<string, ApkPackage[]>();
  const triggered = new Map<string, ApkPackage[]>();
  for (const one of packages) {
    if (byName.get(one.name)?.some((other) => other.version === one.version) === true) continue;
    append(byName, one.name, one);
    for (const name of mentionedNames(one.provides)) append(providers, name, one);
    const trigger = triggerOf(one.installIf);
    if (trigger !== undefined) append(triggered, trigger, one);
  }
  return {
    get: (name) => byName.get(name) ?? none,
    providersOf: (name) => providers.get(name) ?? none,
    triggeredBy: (name) => triggered.get(name) ?? none,
    names: () => byName.keys(),
  };
}

/** The names that the atoms of a list speak of, each once. */
export function mentionedNames(list: string | undefined): ReadonlySet<string> {
  const names = new Set<string>();
  for (const atom of splitAtoms(list)) names.add(nameOfAtom(atom));
  names.delete('');
  return names;
}

/**
 * The name that an install_if is looked at for. All of its atoms have to be met, so one is enough to notice it by:
 * the first that binds a version, as `nginx=1.2-r0` in `docs nginx=1.2-r0`, since a thousand packages wait for
 * `docs`.
 */
export function triggerOf(installIf: string | undefined): string | undefined {
  const atoms = splitAtoms(installIf).filter((atom) => !atom.startsWith('!'));
  const trigger = atoms.find((atom) => atom.includes('=')) ?? atoms[0];
  return trigger === undefined ? undefined : nameOfAtom(trigger);
}

function append(map: Map<string, ApkPackage[]>, key: string, value: ApkPackage): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
