import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { type Ended, capture, findProgram } from '../setup/run.mjs';
import { interrupted, type Interrupted } from './interrupted.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A reason to skip a test if there is no Pulumi CLI. */
export const missingPulumi =
  findProgram('pulumi') === undefined
    ? 'needs a Pulumi CLI on the PATH: tests/setup/pulumi-cli.mjs gets one'
    : undefined;

const previewSchema = z.object({
  steps: z
    .array(
      z.object({
        op: z.string(),
        urn: z.string(),
        newState: z.object({ inputs: z.record(z.string(), z.unknown()).default({}) }).optional(),
      }),
    )
    .default([]),
  diagnostics: z.array(z.object({ message: z.string().default(''), severity: z.string().default('') })).default([]),
});

/** What a preview would do: its steps on resources of ours, and what it says. */
export interface Preview {
  readonly code: number;
  readonly steps: readonly {
    readonly op: string;
    readonly urn: string;
    readonly inputs: Readonly<Record<string, unknown>>;
  }[];
  /** Everything that is kept of what was said, in one text. */
  readonly said: string;
}

/** A stack of a program in a folder of its own, run by the real CLI with a state beside it. */
export interface PulumiProgram {
  readonly folder: string;
  /** The folder of the embedded registry. */
  readonly registry: string;
  /** Replaces the program. */
  write(source: string): Promise<void>;
  run(...args: readonly string[]): Promise<Ended>;
  /** Runs the CLI and interrupts it, as a person does, when `moment` resolves. */
  interrupt(moment: Promise<unknown>, ...args: readonly string[]): Promise<Interrupted>;
  preview(): Promise<Preview>;
  /** `up` without a preview before it. */
  up(): Promise<Ended>;
  outputs<Schema extends z.ZodType>(schema: Schema): Promise<z.output<Schema>>;
  /** Every file of the registry with what changes when it is written. */
  registryFiles(): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

/** Copies an example, or starts with an empty program, and makes a stack of it. `environment` stands over the process's own. */
export async function openPulumiProgram(
  example: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<PulumiProgram> {
  const folder = await mkdtemp(path.join(tmpdir(), 'private-image-pulumi-'));
  const program = path.join(folder, 'program');
  await cp(path.join(root, 'examples', example), program, {
    recursive: true,
    filter: (source) => !/(?:^|\/)(?:node_modules|\.private-image|Pulumi\.[^/]+\.yaml)$/u.test(source),
  });
  await symlink(path.join(root, 'node_modules'), path.join(program, 'node_modules'));
  await mkdir(path.join(folder, 'state'));
  const env = {
    ...process.env,
    PULUMI_BACKEND_URL: pathToFileURL(path.join(folder, 'state')).href,
    PULUMI_HOME: path.join(folder, 'home'),
    PULUMI_CONFIG_PASSPHRASE: 'a passphrase for tests',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    // What the static checks have done once takes seconds in every run.
    PULUMI_NODEJS_TRANSPILE_ONLY: 'true',
    ...environment,
  };
  const run = (...args: readonly string[]): Promise<Ended> =>
    capture('pulumi', [...args, '--non-interactive'], { cwd: program, env });
  const created = await run('stack', 'init', 'test');
  if (created.code !== 0) throw new Error(created.stderr);
  const registry = path.join(program, '.private-image/registry');
  return {
    folder: program,
    registry,
    write: (source) => writeFile(path.join(program, 'index.ts'), source),
    run,
    interrupt: (moment, ...args) => interrupted(moment, args, { cwd: program, env }),
    preview: async () => parsePreview(await run('preview', '--json')),
    up: () => run('up', '--yes', '--skip-preview'),
    outputs: async (schema) => schema.parse(JSON.parse((await run('stack', 'output', '--json')).stdout)),
    registryFiles: () => fingerprints(registry),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

function parsePreview({ code, stdout, stderr }: Ended): Preview {
  const { steps, diagnostics } = previewSchema.parse(JSON.parse(stdout));
  return {
    code,
    steps: steps
      .filter(({ urn }) => urn.includes('dynamic/private-image:'))
      .map(({ op, urn, newState }) => ({ op, urn, inputs: newState?.inputs ?? {} })),
    said: [...diagnostics.map(({ message }) => message), stderr].join('\n'),
  };
}

async function fingerprints(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = names.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const entries = files.sort().map(async (file): Promise<[string, string]> => {
    const { ino, mtimeMs, size } = await stat(file);
    return [path.relative(folder, file), `${ino} ${mtimeMs} ${size}`];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** The tags in an OCI image layout; none when the folder is not there. */
export async function tagsIn(layout: string): Promise<readonly string[]> {
  const text = await readFile(path.join(layout, 'index.json'), 'utf8').catch(() => '{"manifests":[]}');
  const schema = z.object({
    manifests: z.array(z.object({ annotations: z.record(z.string(), z.string()).default({}) })),
  });
  const { manifests } = schema.parse(JSON.parse(text));
  return manifests.flatMap(({ annotations }) => annotations['org.opencontainers.image.ref.name'] ?? []).sort();
}
