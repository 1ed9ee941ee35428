import type { PackageInfo } from '../packages/apk/package-info.js';
import type { ImageRecipe } from './recipe.js';
import type { Replacement } from './replacement.js';
import type { Segment } from './segment.js';

/** A package with what its install scripts would do. */
export interface ScriptedPackage {
  readonly recipe: { readonly package: { readonly name: string; readonly version: string } };
  readonly segment: Pick<Segment, 'scripts'>;
  readonly record: { readonly info: Pick<PackageInfo, 'name'> } | undefined;
}

/** Packages whose scripts a replacement stands in for, by its kind. */
const standIns: Partial<Readonly<Record<Replacement['kind'], RegExp>>> = {
  'base-accounts': /^(?:base-passwd|base-files|libc-bin)$/,
  'merged-usr': /^(?:base-files|usr-is-merged|usrmerge)$/,
  'ca-bundle': /^ca-certificates$/,
  'php-modules': /^php(?:[\d.]+)?-/,
};

/** apk packages whose scripts are done by us in every image: links of busybox, the bundle of certificates, the linker's cache. */
const doneForApk = /^(?:busybox|busybox-binsh|ca-certificates|musl|musl-utils|glibc|ld-linux|libc-bin)$/;

/**
 * Install scripts that do something which neither the format's usual tools generate nor `recipe` declares, one line each, with the
 * package and the script: scripts never run. `laid` are the packages with their scripts.
 */
export function undeclaredScripts(recipe: ImageRecipe, laid: readonly ScriptedPackage[]): readonly string[] {
  const handled = new Set(recipe.handledScripts ?? []);
  const alternatives = new Set(recipe.replacements.flatMap((one) => (one.kind === 'alternative' ? [one.name] : [])));
  const isDeclared = (name: string): boolean =>
    handled.has(name) ||
    recipe.replacements.some(
      (one) => standIns[one.kind]?.test(name) === true || ('whenPackage' in one && one.whenPackage === name),
    );
  return [...laid]
    .sort((left, right) => (left.recipe.package.name < right.recipe.package.name ? -1 : 1))
    .flatMap(({ recipe: { package: one }, segment, record }) => {
      if (isDeclared(one.name) || (record !== undefined && doneForApk.test(one.name))) return [];
      return (segment.scripts ?? []).flatMap(({ name, statements }) => {
        const left = statements.filter((statement) => !alternatives.has(alternativeOf(statement) ?? ''));
        const [first] = left;
        return first === undefined
          ? []
          : [`Package ${one.name} ${one.version}: its script ${name} does something that nothing declares: ${first}`];
      });
    });
}

/** The name of the alternative that a statement installs. */
function alternativeOf(statement: string): string | undefined {
  return /\bupdate-alternatives\b.*\s--install\s+\S+\s+(\S+)/.exec(statement)?.[1];
}
