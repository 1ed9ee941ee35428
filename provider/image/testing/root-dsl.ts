import { digestOf } from '../../support/digest.js';
import type { OwnedEntry } from '../merge.js';
import { rootFileSystem } from '../root-file-system.js';
import type { RootFileSystem } from '../root-file-system.js';

/** A root of directories (`usr/`), links (`lib>usr/lib`) and files (`etc/x=content`), all of package `base`. */
export function rootOf(...lines: readonly string[]): RootFileSystem {
  const tree = new Map<string, OwnedEntry>();
  const contents = new Map(
    lines
      .filter((line) => line.includes('='))
      .map((line) => [digestOf(line.slice(line.indexOf('=') + 1)), line.slice(line.indexOf('=') + 1)]),
  );
  for (const line of lines) {
    const common = { mode: 0o755, uid: 0, gid: 0, mtime: 1, size: 0, owner: 'base' };
    const [path = '', rest = ''] = line.split(/[>=](.*)/s);
    if (line.endsWith('/')) tree.set(line.slice(0, -1), { ...common, path: line.slice(0, -1), type: 'directory' });
    else if (line.includes('>')) tree.set(path, { ...common, path, type: 'symlink', linkTarget: rest });
    else tree.set(path, { ...common, path, type: 'file', mode: 0o644, size: rest.length, digest: digestOf(rest) });
  }
  const fetched = new Set<string>();
  return rootFileSystem({
    tree,
    created: 1_700_000_000,
    fetch: (_, files) => {
      for (const digest of files.values()) fetched.add(digest);
      return Promise.resolve();
    },
    pathOfBlob: (digest) => digest,
    readBlob: (digest) => {
      const content = contents.get(digest);
      return content !== undefined && fetched.has(digest)
        ? Promise.resolve(Buffer.from(content))
        : Promise.reject(new Error('not fetched'));
    },
  });
}
