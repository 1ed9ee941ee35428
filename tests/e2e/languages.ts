import { cp } from 'node:fs/promises';
import path from 'node:path';
import { missingProgram } from '../setup/containers.js';
import { capture, type Ended, findProgram } from '../setup/run.mjs';

/** Where tests/setup/language-hosts.mjs has put what it made. */
const made = {
  python: process.env['PRIVATE_IMAGE_TEST_PYTHON'],
  java: process.env['PRIVATE_IMAGE_TEST_JAVA'],
};

/** A reason to skip a test of programs in a language, if what generates, builds or runs them is missing. */
export function missingLanguage(language: string): string | undefined {
  const tool = { go: ['go'], java: ['javac'] }[language] ?? [];
  // The host of .NET is there only with those that generate SDKs.
  const hosts = ['pulumi-language-dotnet', `pulumi-language-${language}`];
  const missing = missingProgram('pulumi', ...new Set(hosts), ...tool);
  if (missing !== undefined || language !== 'python' || made.python !== undefined) return missing;
  return "needs Pulumi's package for Python: tests/setup/language-hosts.mjs installs it";
}

/** The folder of the language hosts that generate SDKs. There may be an older host of Node.js on the search path, which does not. */
export function hostFolder(): string {
  return path.dirname(findProgram('pulumi-language-dotnet') ?? '');
}

/** What Pulumi's SDK for Java is compiled with, as a class path; undefined where it could not be had. */
export const javaClassPath = made.java === undefined ? undefined : path.join(made.java, '*');

/** Puts a virtual environment with Pulumi's package into `folder`, by name `venv`. */
export async function copyVirtualEnvironment(folder: string): Promise<void> {
  await cp(made.python ?? '', path.join(folder, 'venv'), { recursive: true, verbatimSymlinks: true });
}

/** Variables under which programs are built from what is there: from caches, without an index of Python, with what is compiled already. */
export const buildEnvironment = {
  npm_config_prefer_offline: 'true',
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  PIP_NO_INDEX: '1',
  // Means that there is none: pip reads the negation of what the name says.
  PIP_NO_BUILD_ISOLATION: '0',
  CGO_ENABLED: '0',
  GOWORK: 'off',
  GOFLAGS: '-trimpath -buildvcs=false',
};

/**
 * Brings the modules of a program in Go to the versions that the CLI is built from: where it was built here, nearly all of
 * them are compiled then.
 */
export async function tidyModules(folder: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  const { stdout } = await capture('pulumi', ['version'], { env });
  const asCli = ['pkg', 'sdk'].flatMap((name) => ['-require', `github.com/pulumi/pulumi/${name}/v3@${stdout.trim()}`]);
  const edited = await capture('go', ['mod', 'edit', ...asCli], { cwd: folder, env });
  return edited.code === 0 ? capture('go', ['mod', 'tidy'], { cwd: folder, env }) : edited;
}
