import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { missingProgram } from '../setup/containers.js';
import { capture, type Ended } from '../setup/run.mjs';

const entry = fileURLToPath(new URL('../../dist/provider/main.js', import.meta.url));

/** A reason to skip a test if there is no Pulumi CLI that runs YAML programs. */
export const missingYaml = missingProgram('pulumi', 'pulumi-language-yaml');

/** A stack of a YAML program, which uses the compiled plugin, run by the real CLI. */
export interface YamlProgram {
  /** The program's folder. */
  readonly folder: string;
  /** The plugin's executable. */
  readonly plugin: string;
  /** Replaces resources and outputs. */
  write(program: Readonly<Record<string, unknown>>): Promise<void>;
  run(...args: readonly string[]): Promise<Ended>;
  /** Runs the CLI and interrupts it, as a person does, when `moment` resolves; gives how many seconds it took to end from then on. */
  interrupt(moment: Promise<unknown>, ...args: readonly string[]): Promise<Ended & { readonly seconds: number }>;
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
  const run = (...args: readonly string[]): Promise<Ended> =>
    capture('pulumi', [...args, '--non-interactive'], { cwd: program, env });
  await write({});
  const created = await run('stack', 'init', 'test');
  if (created.code !== 0) throw new Error(created.stderr);
  return {
    folder: program,
    plugin,
    write,
    run,
    interrupt: async (moment, ...args) => {
      const child = spawn('pulumi', [...args, '--non-interactive'], { cwd: program, env });
      let [stdout, stderr] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      const ended = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 128)));
      await Promise.race([moment, ended]);
      const start = performance.now();
      child.kill('SIGINT');
      const code = await ended;
      return { code, stdout, stderr, seconds: (performance.now() - start) / 1000 };
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
