import { type FoundPackage, searchPackages } from '../creator/search-packages.js';
import type { Action } from './action.js';
import { exitCodes, inColumns } from './terminal.js';

/** What `private-image search` takes beside the text. */
export interface SearchOptions {
  readonly distribution?: string;
  readonly suite?: string;
  readonly limit: number;
  readonly json?: boolean;
}

/**
 * `private-image search`: packages whose name, description or version has the text in it, best match first; families in one row, with
 * their auto package after them. With `--json` an array of `FoundPackage`. Exits 1 when there is none.
 */
export function searchCommand(text: string, options: SearchOptions): Action {
  return async (creator, terminal) => {
    const found = await searchPackages(creator, {
      text,
      distribution: options.distribution ?? creator.settings.distribution,
      suite: options.suite,
    });
    const listed = found.slice(0, options.limit);
    if (options.json === true) {
      terminal.write(`${JSON.stringify(listed, null, 2)}\n`);
    } else if (listed.length > 0) {
      const rows = listed.map((one) => [one.name, one.kind, versionsOf(one), `${one.description}${markOf(one)}`]);
      terminal.write(inColumns([['NAME', 'KIND', 'VERSIONS', 'DESCRIPTION'], ...rows]));
    }
    if (found.length > listed.length)
      terminal.writeError(`${found.length - listed.length} more: give --limit, or more of the name\n`);
    if (found.length === 0) terminal.writeError(`No package has "${text}" in its name, description or version\n`);
    return found.length === 0 ? exitCodes.failed : exitCodes.done;
  };
}

function markOf({ versions }: FoundPackage): string {
  return versions.some((one) => one.fips === true) ? ' [FIPS-validated]' : '';
}

/** The versions of a package alone; of a family with the names of its packages, oldest suite first. */
function versionsOf({ kind, versions }: FoundPackage): string {
  if (kind === 'auto') return '';
  const words = versions.map((one) => (kind === 'package' ? one.version : `${one.package}=${one.version}`));
  return [...new Set(words)].join(' ');
}
