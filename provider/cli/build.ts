import path from 'node:path';
import { planFile } from '../creator/plan-file.js';
import { planImage } from '../creator/plan-image.js';
import { publishPlan } from '../creator/publish-image.js';
import type { PublishedVariant } from '../creator/published.js';
import type { ImageRequest } from '../creator/request.js';
import type { Architecture } from '../packages/package.js';
import { lineMessage } from '../creator/line-message.js';
import { openLayout } from '../registry/layout.js';
import { PrivateImageError } from '../support/errors.js';
import type { Action } from './action.js';
import { exitCodes, inColumns } from './terminal.js';

/** What `private-image build` takes beside a configuration file. */
export interface BuildOptions {
  readonly starter?: string;
  readonly distribution?: string;
  readonly package?: readonly string[];
  readonly setuid?: readonly string[];
  readonly line?: readonly string[];
  readonly arch?: readonly Architecture[];
  readonly name?: string;
  readonly dev?: boolean;
  readonly output: string;
  readonly json?: boolean;
}

/**
 * `private-image build`: an OCI image layout with every line that builds, tagged as a registry would have it; dev variants only with
 * `--dev`. Exits 1 when a line or a dev variant failed.
 */
export function buildCommand(config: string | undefined, options: BuildOptions): Action {
  return async (base, terminal) => {
    if ((config === undefined) === (options.starter === undefined)) {
      throw new PrivateImageError<'request/malformed'>(
        'request/malformed',
        'Name either a configuration file or a --starter',
        {
          hint: 'private-image build --starter python --output DIR',
        },
      );
    }
    if (options.name !== undefined && !/^[a-z0-9](?:[a-z0-9._/-]*[a-z0-9])?$/iu.test(options.name)) {
      throw new PrivateImageError<'request/malformed'>('request/malformed', `${options.name} is no name of an image`, {
        hint: 'Letters, digits, ".", "_", "-" and "/" between them: --name web',
      });
    }
    const creator = {
      ...base,
      settings: {
        ...base.settings,
        distribution: options.distribution ?? base.settings.distribution,
        devVariants: options.dev === true,
      },
    };
    const file = config === undefined ? undefined : path.resolve(terminal.workingDirectory, config);
    const request: ImageRequest = {
      starter: options.starter ?? '',
      name: options.name ?? options.starter ?? path.basename(config ?? '').replace(/(?<=.)\.[^.]*$/u, ''),
      description: undefined,
      packages: options.package ?? [],
      environment: {},
      fileBundles: [],
      setuidPrograms: options.setuid ?? [],
      lines: options.line,
      architectures: options.arch,
    };
    const { plan } = file === undefined ? await planImage(creator, request) : await planFile(creator, file, request);
    const repository = openLayout(path.resolve(terminal.workingDirectory, options.output), {
      link: (digest) => creator.store.pathOf(digest),
    });
    const published = await publishPlan(creator, plan, repository, undefined);
    for (const { line, warnings } of published.lines) {
      for (const warning of warnings)
        creator.report({ kind: 'warning', message: lineMessage(plan.starter, line, warning) });
    }
    // What is wrong with a dev variant is a warning of its line.
    const failed = published.lines.filter(({ error, dev }) => error !== undefined || dev?.error !== undefined);
    for (const { error } of failed) if (error !== undefined) terminal.writeError(`error: ${error.message}\n`);
    if (options.json === true) terminal.write(`${JSON.stringify(published, null, 2)}\n`);
    else {
      const rows = published.lines.flatMap((line) => [
        rowOf(line.line, line),
        ...(line.dev === undefined ? [] : [rowOf(`${line.line} dev`, line.dev)]),
      ]);
      terminal.write(inColumns([['LINE', 'VERSION', 'STATUS', 'DIGEST', 'TAGS'], ...rows]));
    }
    return failed.length === 0 ? exitCodes.done : exitCodes.failed;
  };
}

function rowOf(title: string, { version, status, digest, tags }: PublishedVariant): readonly string[] {
  return [title, version ?? '', status, digest ?? '', tags.join(' ')];
}
