import { findDistribution } from '../catalog/catalog.js';
import { discoverStarterLines } from '../creator/starter-lines.js';
import type { OfferedLine, OfferedStarter } from '../creator/starters.js';
import { describeError, isPrivateImageError } from '../support/errors.js';
import type { Action } from './action.js';
import { exitCodes, inColumns } from './terminal.js';

interface Row extends OfferedStarter {
  /** Absent when they were not asked for, or are not known. */
  readonly lines?: readonly OfferedLine[];
}

/**
 * `private-image starters`: what a private image can begin from. With lines, a distribution whose repositories cannot be read is told
 * once, its starters are listed without lines, and the exit code is 3; a distribution that was asked for fails as it is.
 */
export function startersCommand(options: { distribution?: string; lines?: boolean; json?: boolean }): Action {
  return async (creator, terminal) => {
    const catalog = await creator.catalog();
    if (options.distribution !== undefined) findDistribution(catalog, options.distribution);
    const offered = catalog.starters.filter(
      (starter) => options.distribution === undefined || starter.distribution === options.distribution,
    );
    const unreadable = new Set<string>();
    const rows: Row[] = [];
    for (const starter of offered) {
      const { name, distribution, title, category, description } = starter;
      const head = { name, distribution, title, category, description };
      if (options.lines !== true || unreadable.has(distribution)) {
        rows.push(head);
        continue;
      }
      try {
        const found = await discoverStarterLines(creator, findDistribution(catalog, distribution), starter, 'amd64');
        const lines = found.map(({ line, version, suite, endOfLife }) => ({ line, version, suite, endOfLife }));
        rows.push({ ...head, lines });
      } catch (error) {
        if (!isPrivateImageError(error) || options.distribution !== undefined || creator.signal.aborted) throw error;
        unreadable.add(distribution);
        terminal.writeError(`error[${error.code}]: ${describeError(error)}\n`);
        rows.push(head);
      }
    }
    if (options.json === true) terminal.write(`${JSON.stringify(rows, null, 2)}\n`);
    else {
      const header = ['STARTER', 'DISTRIBUTION', ...(options.lines === true ? ['LINES'] : []), 'DESCRIPTION'];
      const table = rows.map((row) => [
        row.name,
        row.distribution,
        ...(options.lines === true ? [linesOf(row)] : []),
        row.description,
      ]);
      terminal.write(inColumns([header, ...table]));
    }
    return unreadable.size === 0 ? exitCodes.done : exitCodes.repository;
  };
}

function linesOf({ lines }: Row): string {
  return lines?.map(({ line, version }) => `${line} (${version})`).join(', ') ?? 'not known';
}
