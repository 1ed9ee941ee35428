import type { LaidPackage } from './lay-packages.js';
import type { PackageManagerRecipe } from './recipe.js';
import { rootDirectory, rootFile } from './root-file-system.js';
import type { RootFileSystem } from './root-file-system.js';

/**
 * Writes what apt and dpkg are told in an image in which they work: repositories, which packages nobody asked for, and what is left
 * out of packages, `exclude`, so that those that come later are laid out like those that are there.
 */
export function writeAptState(
  root: RootFileSystem,
  { sources, automatic }: PackageManagerRecipe,
  packages: readonly LaidPackage[],
  architecture: string,
  exclude: readonly string[],
): void {
  root.writeFile('etc/apt/sources.list.d/debian.sources', ended(sources), rootFile);
  for (const folder of ['var/lib/apt/lists', 'var/cache/apt/archives', 'var/log/apt'])
    if (root.entry(folder) === undefined) root.directory(folder, rootDirectory);
  const unasked = new Set(automatic);
  const states = packages
    .map((laid) => laid.recipe.package)
    .filter(({ name }) => unasked.has(name))
    .map(({ name }) => `Package: ${name}\nArchitecture: ${architecture}\nAuto-Installed: 1\n\n`);
  root.writeFile('var/lib/apt/extended_states', states.join(''), rootFile);
  const rules = exclude.flatMap(dpkgRule);
  if (rules.length > 0) root.writeFile('etc/dpkg/dpkg.cfg.d/excluded', `${rules.join('\n')}\n`, rootFile);
}

/**
 * A glob as dpkg takes it (https://manpages.debian.org/dpkg.1): its `*` goes over folders. Folders come back by themselves for what is
 * in them; a glob that says that all of them stay would let everything in.
 */
function dpkgRule(glob: string): readonly string[] {
  const path = glob.replace(/^!?\/*/, '/').replaceAll('**', '*');
  if (/[{}]/.test(path)) return [];
  if (!glob.startsWith('!')) return [`path-exclude=${path}`];
  return path.endsWith('/*') ? [] : [`path-include=${path}`];
}

function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
