import { resolvePackages } from '../creator/resolve-packages.js';
import type { Architecture } from '../packages/package.js';
import type { Action } from './action.js';
import { exitCodes } from './terminal.js';

/** What `private-image resolve` takes beside packages. */
export interface ResolveOptions {
  readonly distribution?: string;
  readonly suite?: string;
  readonly arch?: readonly Architecture[];
  readonly starter?: string;
  readonly line?: string;
  readonly json?: boolean;
}

/**
 * `private-image resolve`: one `name=version` a line, sorted; with `--json` exact packages by architecture. Exits 1 with the explanation on
 * standard error when there is no solution.
 */
export function resolveCommand(packages: readonly string[], options: ResolveOptions): Action {
  return async (creator, terminal) => {
    const results = await resolvePackages(creator, {
      distribution: options.distribution ?? creator.settings.distribution,
      suite: options.suite,
      architectures: options.arch ?? ['amd64'],
      packages,
      starter: options.starter,
      line: options.line,
    });
    const conflicts = results.flatMap((result) => ('conflict' in result ? [result.conflict] : []));
    for (const conflict of conflicts) terminal.writeError(`${conflict}\n`);
    const solved = results.flatMap((result) => ('packages' in result ? [result] : []));
    if (options.json === true) {
      const byArchitecture = solved.map(({ architecture, packages: resolved }) => [
        architecture,
        {
          packages: resolved.map(({ name, version, archive }) => ({
            name,
            version,
            url: archive.url,
            checksum: `${archive.checksum.algorithm}:${archive.checksum.value}`,
            size: archive.size,
          })),
        },
      ]);
      terminal.write(`${JSON.stringify({ architectures: Object.fromEntries(byArchitecture), conflicts }, null, 2)}\n`);
    } else {
      const lines = solved.flatMap((result) => result.packages.map(({ name, version }) => `${name}=${version}\n`));
      terminal.write([...new Set(lines)].sort().join(''));
    }
    return conflicts.length === 0 ? exitCodes.done : exitCodes.failed;
  };
}
