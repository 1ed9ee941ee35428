import type { EntryType } from '../packages/archive.js';

/** As many as Linux follows in one path. */
const maxLinks = 40;

/**
 * Where `path` leads in `tree` when symbolic links are followed as in a container: absolute targets from the root, and never
 * out of it. The empty string is the root; undefined when it leads nowhere, or in a circle.
 */
export function followLinks(
  tree: ReadonlyMap<string, { readonly type: EntryType; readonly linkTarget?: string }>,
  path: string,
): string | undefined {
  let links = 0;
  let done: string[] = [];
  const rest = partsOf(path).reverse();
  while (rest.length > 0) {
    const part = rest.pop() ?? '';
    if (part === '.') continue;
    if (part === '..') {
      done.pop();
      continue;
    }
    const found = tree.get([...done, part].join('/'));
    if (found === undefined) return undefined;
    if (found.type === 'symlink') {
      links += 1;
      if (links > maxLinks) return undefined;
      const target = found.linkTarget ?? '';
      if (target.startsWith('/')) done = [];
      rest.push(...partsOf(target).reverse());
      continue;
    }
    if (found.type !== 'directory' && rest.length > 0) return undefined;
    done.push(part);
  }
  return done.join('/');
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}
