import { findDistribution } from '../catalog/catalog.js';
import { discoverStarterLines } from '../creator/starter-lines.js';
import type { Action } from './action.js';
import { exitCodes, inColumns } from './terminal.js';

/** `private-image starters`: what a private image can begin from. */
export function startersCommand(options: { distribution?: string; lines?: boolean; json?: boolean }): Action {
  return async (creator, terminal) => {
    const catalog = await creator.catalog();
    if (options.distribution !== undefined) findDistribution(catalog, options.distribution);
    const offered = catalog.starters.filter(
      (starter) => options.distribution === undefined || starter.distribution === options.distribution,
    );
    const rows = [];
    for (const starter of offered) {
      const { name, distribution, title, category, description } = starter;
      const lines =
        options.lines === true
          ? await discoverStarterLines(creator, findDistribution(catalog, distribution), starter, 'amd64')
          : undefined;
      const listed = lines?.map(({ line, version, suite, endOfLife }) => ({ line, version, suite, endOfLife }));
      rows.push({
        name,
        distribution,
        title,
        category,
        description,
        ...(listed === undefined ? {} : { lines: listed }),
      });
    }
    if (options.json === true) {
      terminal.write(`${JSON.stringify(rows, null, 2)}\n`);
      return exitCodes.done;
    }
    const header = ['STARTER', 'DISTRIBUTION', ...(options.lines === true ? ['LINES'] : []), 'DESCRIPTION'];
    const table = rows.map((row) => [
      row.name,
      row.distribution,
      ...(row.lines === undefined ? [] : [row.lines.map((line) => `${line.line} (${line.version})`).join(', ')]),
      row.description,
    ]);
    terminal.write(inColumns([header, ...table]));
    return exitCodes.done;
  };
}
