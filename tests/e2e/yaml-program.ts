import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { z } from 'zod';
import { missingProgram } from '../setup/containers.js';
import { capture, type Ended } from '../setup/run.mjs';
import { interrupted, type Interrupted } from './interrupted.js';

const entry = fileURLToPath(new URL('../../dist/program/pulumi-resource-private-image.js', import.meta.url));

/** A reason to skip a test if there is no Pulumi CLI that runs YAML programs. */
export const missingYaml = missingProgram('pulumi', 'pulumi-language-yaml');

const stateSchema = z.object({
  deployment: z.object({
    resources: z
      .array(
        z.object({
          urn: z.string(),
          id: z.string().default(''),
          inputs: z.record(z.string(), z.unknown()).default({}),
          outputs: z.record(z.string(), z.unknown()).default({}),
        }),
      )
      .default([]),
  }),
});

/** A stack of a YAML program, which uses the compiled plugin, run by the real CLI. */
export interface YamlProgram {
  /** The program's folder. */
  readonly folder: string;
  /** The plugin's executable. */
  readonly plugin: string;
  /** Replaces resources and outputs. */
  write(program: Readonly<Record<string, unknown>>): Promise<void>;
  run(...args: readonly string[]): Promise<Ended>;
  /** The same with variables that stand over those of the program. */
  runWith(environment: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended>;
  /** Runs the CLI, throws what it said when it fails, and gives what it said otherwise. */
  done(...args: readonly string[]): Promise<string>;
  /** The resources in the state. */
  resources(): Promise<z.output<typeof stateSchema>['deployment']['resources']>;
  /** Runs the CLI and interrupts it, as a person does, when `moment` resolves; gives how many seconds it took to end from then on. */
  interrupt(moment: Promise<unknown>, ...args: readonly string[]): Promise<Interrupted>;
  close(): Promise<void>;
}

/** Makes a stack of an empty program. `environment` stands over the process's own. */
export async function openYamlProgram(environment: Readonly<Record<string, string>>): Promise<YamlProgram> {
  const folder = await mkdtemp(path.join(tmpdir(), 'private-image-yaml-'));
  const program = path.join(folder, 'program');
  const plugin = path.join(folder, 'plugin/pulumi-resource-private-image');
  for (const name of ['program', 'plugin', 'state']) await mkdir(path.join(folder, name));
  await writeFile(plugin, `#!/bin/sh\nexec '${process.execPath}' '${entry}' "$@"\n`);
  await chmod(plugin, 0o755);
  const env = {
    ...process.env,
    PULUMI_BACKEND_URL: pathToFileURL(path.join(folder, 'state')).href,
    PULUMI_HOME: path.join(folder, 'home'),
    PULUMI_CONFIG_PASSPHRASE: 'a passphrase for tests',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    ...environment,
  };
  const write = (content: Readonly<Record<string, unknown>>): Promise<void> =>
    writeFile(
      path.join(program, 'Pulumi.yaml'),
      stringify({
        name: 'yaml-program',
        runtime: 'yaml',
        plugins: { providers: [{ name: 'private-image', path: '../plugin' }] },
        ...content,
      }),
    );
  const runWith = (more: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended> =>
    capture('pulumi', [...args, '--non-interactive'], { cwd: program, env: { ...env, ...more } });
  const run = (...args: readonly string[]): Promise<Ended> => runWith({}, ...args);
  const done = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
    return stdout;
  };
  await write({});
  const created = await run('stack', 'init', 'test');
  if (created.code !== 0) throw new Error(created.stderr);
  return {
    folder: program,
    plugin,
    write,
    run,
    runWith,
    done,
    resources: async () => stateSchema.parse(JSON.parse(await done('stack', 'export'))).deployment.resources,
    interrupt: (moment, ...args) => interrupted(moment, args, { cwd: program, env }),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
