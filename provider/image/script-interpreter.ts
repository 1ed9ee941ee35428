import type { ListedEntry } from './file-list.js';
import type { RootFileSystem } from './root-file-system.js';

/** The kernel reads no more of a script's first line (https://man7.org/linux/man-pages/man2/execve.2.html). */
export const interpreterLineLength = 255;

/** Folders whose programs are called by their names. */
const programFolders = ['usr/local/sbin', 'usr/local/bin', 'usr/sbin', 'usr/bin', 'sbin', 'bin'];
/** More of one package are counted. */
const mostNamed = 3;

/** What a file begins with that is run as a script: the words behind `#!`. Undefined when it is none. `head` is its beginning. */
export function interpreterIn(head: Uint8Array): string | undefined {
  const [line = ''] = Buffer.from(head.subarray(0, interpreterLineLength)).toString('latin1').split('\n');
  const words = /^#!\s*(\/[\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*)\s*$/.exec(line)?.[1];
  return words?.replaceAll(/[ \t]+/g, ' ');
}

/** A package whose programs are looked at. */
export interface ScriptBringer {
  readonly recipe: {
    readonly from: 'starter' | 'added';
    readonly package: { readonly name: string; readonly version: string };
  };
  readonly files: readonly Pick<ListedEntry, 'path' | 'interpreter'>[];
}

/**
 * Programs of added packages that are scripts and that nothing in the image can run, a sentence for each package and interpreter. A
 * starter is made to be as it is.
 */
export function scriptsWithoutInterpreter(root: RootFileSystem, packages: readonly ScriptBringer[]): readonly string[] {
  return packages.flatMap(({ recipe, files }) => {
    if (recipe.from !== 'added') return [];
    const scripts = new Map<string, string[]>();
    for (const { path, interpreter } of files) {
      if (interpreter === undefined || !programFolders.includes(path.slice(0, path.lastIndexOf('/')))) continue;
      const missing = missingIn(root, interpreter);
      if (missing !== undefined) scripts.set(missing, [...(scripts.get(missing) ?? []), `/${path}`]);
    }
    return [...scripts].map(([missing, paths]) => {
      const more = paths.length > mostNamed ? ` and ${paths.length - mostNamed} more` : '';
      const named = `${paths.slice(0, mostNamed).join(', ')}${more}`;
      const need = paths.length === 1 ? 'cannot run: it needs' : 'cannot run: they need';
      return `Package ${recipe.package.name} ${recipe.package.version}: ${named} ${need} ${missing}, which is not in the image`;
    });
  });
}

/** What of an interpreter's words is not in the image; undefined when all is. */
function missingIn(root: RootFileSystem, interpreter: string): string | undefined {
  const [program = '', ...words] = interpreter.split(' ');
  if (!root.exists(program.slice(1))) return program;
  const name = words.find((word) => !word.startsWith('-') && !word.includes('='));
  if (!program.endsWith('/env') || name === undefined) return undefined;
  return programFolders.some((folder) => root.exists(`${folder}/${name}`)) ? undefined : name;
}
