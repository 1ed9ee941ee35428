import type { RootFileSystem } from './root-file-system.js';

/** As many links as Linux follows in one path. */
const maxLinks = 40;

/** Where a file would be made at `path`: where the link there leads, whether or not something is there. */
export function throughLinks(root: RootFileSystem, path: string): string {
  let place = path;
  for (let links = 0; links < maxLinks; links += 1) {
    const entry = root.entry(place);
    if (entry?.type !== 'symlink') return entry?.path ?? place;
    const target = entry.linkTarget ?? '';
    place = normal(target.startsWith('/') ? target : `${entry.path}/../${target}`);
  }
  return place;
}

function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
