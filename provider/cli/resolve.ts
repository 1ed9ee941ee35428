import { resolvePackages } from '../creator/resolve-packages.js';
import type { Architecture } from '../packages/package.js';
import type { CustomRepositories } from '../creator/custom-repositories.js';
import { PrivateImageError } from '../support/errors.js';
import type { Action } from './action.js';
import { exitCodes, type Terminal } from './terminal.js';

/** What `private-image resolve` takes beside packages. */
export interface ResolveOptions {
  readonly distribution?: string;
  readonly suite?: string;
  readonly arch?: readonly Architecture[];
  readonly starter?: string;
  readonly line?: string;
  readonly dev?: boolean;
  readonly format?: 'apk' | 'deb';
  readonly repository?: readonly string[];
  readonly keyring?: readonly string[];
  readonly allowUnsigned?: boolean;
  readonly json?: boolean;
}

/**
 * `private-image resolve`: one `name=version` a line, sorted; with `--json` exact packages by architecture. Exits 1 with the explanation on
 * standard error when there is no solution.
 */
export function resolveCommand(packages: readonly string[], options: ResolveOptions): Action {
  return async (creator, terminal) => {
    if (options.dev === true && options.starter === undefined) {
      throw new PrivateImageError<'request/malformed'>('request/malformed', '--dev is about a starter: name it', {
        hint: 'private-image resolve curl --starter python --dev',
      });
    }
    const results = await resolvePackages(creator, {
      distribution: options.distribution ?? creator.settings.distribution,
      suite: options.suite,
      architectures: options.arch ?? ['amd64'],
      packages,
      starter: options.starter,
      line: options.line,
      dev: options.dev === true,
      custom: customOf(options, terminal),
    });
    const conflicts = results.flatMap((result) => ('conflict' in result ? [result.conflict] : []));
    for (const conflict of conflicts) terminal.writeError(`${conflict}\n`);
    const solved = results.flatMap((result) => ('packages' in result ? [result] : []));
    if (options.json === true) {
      const byArchitecture = solved.map(({ architecture, packages: resolved }) => ({
        [architecture]: {
          packages: resolved.map(({ name, version, archive }) => ({
            name,
            version,
            url: archive.url,
            checksum: `${archive.checksum.algorithm}:${archive.checksum.value}`,
            size: archive.size,
          })),
        },
      }));
      const architectures: unknown = Object.assign({}, ...byArchitecture);
      terminal.write(`${JSON.stringify({ architectures, conflicts }, null, 2)}\n`);
    } else {
      const lines = solved.flatMap((result) => result.packages.map(({ name, version }) => `${name}=${version}\n`));
      terminal.write([...new Set(lines)].sort().join(''));
    }
    return conflicts.length === 0 ? exitCodes.done : exitCodes.failed;
  };
}

function customOf(options: ResolveOptions, terminal: Terminal): CustomRepositories | undefined {
  const { repository, format, keyring, starter, distribution } = options;
  if (repository === undefined) {
    if (format === undefined && keyring === undefined && options.allowUnsigned !== true) return undefined;
    throw new PrivateImageError<'request/malformed'>(
      'request/malformed',
      '--format, --keyring and --allow-unsigned are about repositories that you name with --repository',
      { hint: 'A distribution of the catalog brings its own keys.' },
    );
  }
  if (starter !== undefined || distribution !== undefined) {
    throw new PrivateImageError<'request/malformed'>(
      'request/malformed',
      'Name either repositories, or a distribution and its starters',
      { hint: 'Leave out --repository, or --distribution and --starter.' },
    );
  }
  return {
    format: format ?? (repository.every((line) => /^\s*deb(?:-src)?\s/u.test(line)) ? 'deb' : 'apk'),
    repositories: repository,
    suite: options.suite,
    keyring: keyring ?? [],
    allowUnsigned: options.allowUnsigned === true,
    workingDirectory: terminal.workingDirectory,
  };
}
