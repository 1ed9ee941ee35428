import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { openCreator } from '../creator/open-creator.js';
import { toolVersion } from '../creator/tool-version.js';
import { programPath, programPathRule } from '../creator/request.js';
import { type Architecture, architectures } from '../packages/package.js';
import { readConfiguration } from '../resources/configuration.js';
import { strangeVariables } from '../resources/strange-settings.js';
import { describeError, isPrivateImageError, PrivateImageError } from '../support/errors.js';
import type { Report } from '../support/progress.js';
import type { Action } from './action.js';
import type { buildCommand } from './build.js';
import type { copyCommand } from './copy.js';
import type { inspectCommand } from './inspect.js';
import type { resolveCommand } from './resolve.js';
import type { searchCommand } from './search.js';
import type { startersCommand } from './starters.js';
import type { verifyCommand } from './verify.js';
import { exitCodes, type Terminal } from './terminal.js';

/** Runs `private-image` with these arguments; gives the exit code. Never throws for what the user did. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCodes.done;
  // A command's own code is loaded when it is asked for: help is quick, and resolving needs no image builder.
  const program = createProgram(terminal, async (load) => {
    code = await withCreator(terminal, await load());
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    if (terminal.signal.aborted) {
      terminal.writeError(
        `${clearLine(terminal)}stopped: what was done so far is kept, and running again goes on from there\n`,
      );
      return exitCodes.stopped;
    }
    if (!isPrivateImageError(error)) throw error;
    terminal.writeError(`${clearLine(terminal)}error[${error.code}]: ${describeError(error)}\n`);
    return exitCodeOf(error.code);
  }
}

function createProgram(terminal: Terminal, run: (load: () => Promise<Action>) => Promise<void>): Command {
  const program = new Command('private-image')
    .description('Own hardened container images: resolve, build, copy, inspect and verify them without Docker.')
    .version(toolVersion())
    .exitOverride()
    .configureOutput({ writeOut: terminal.write, writeErr: terminal.writeError })
    .hook('preAction', (_, command) => {
      refuseEmpty(command);
    });
  const architecture = (): Option =>
    new Option('--arch <architecture>', `one of ${architectures.join(', ')}; may be given again`).argParser(
      collectArchitecture,
    );
  const json = (): Option => new Option('--json', 'print JSON');
  const distribution = (): Option => new Option('--distribution <name>', 'as debian');

  program
    .command('starters')
    .description('list the starter images on offer')
    .addOption(distribution())
    .option('--lines', 'read the repositories and list the maintained lines as well')
    .addOption(json())
    .action((options: Parameters<typeof startersCommand>[0]) =>
      run(async () => (await import('./starters.js')).startersCommand(options)),
    );
  program
    .command('search')
    .description('find packages by name, description or version')
    .argument('<text>', 'a part of a name or description')
    .addOption(distribution())
    .option('--suite <suite>', 'only this suite, as trixie; all maintained ones otherwise')
    .option('--limit <count>', 'most packages to list', parseCount, 50)
    .addOption(json())
    .action((text: string, options: Parameters<typeof searchCommand>[1]) =>
      run(async () => (await import('./search.js')).searchCommand(text, options)),
    );
  program
    .command('resolve')
    .description('print what would be installed for packages: one name=version a line')
    .argument('<package...>', 'a name, or a name with a version: curl, curl=7.88.1-10, nginx>=1.22')
    .addOption(distribution())
    .option('--suite <suite>', 'as bookworm; the newest maintained one otherwise')
    .addOption(architecture())
    .option('--starter <name>', 'together with the packages of this starter')
    .option('--line <line>', 'the line of the starter; the newest otherwise')
    .option('--dev', 'as the dev variant of the starter has them, nothing assumed present')
    .addOption(new Option('--format <format>', 'of the repositories that are named').choices(['apk', 'deb']))
    .option(
      '--repository <repository>',
      "instead of a distribution's: [@TAG ]URL, or URL SUITE COMPONENT… as apt has it; again for more",
      collect,
    )
    .option(
      '--keyring <file>',
      'a file or URL with a key that repositories are signed with; may be given again',
      collect,
    )
    .option('--allow-unsigned', 'take repositories that nobody signed')
    .addOption(json())
    .action((packages: string[], options: Parameters<typeof resolveCommand>[1]) =>
      run(async () => (await import('./resolve.js')).resolveCommand(packages, options)),
    );
  program
    .command('build')
    .description('build an image as an OCI image layout')
    .argument('[config]', 'a starter file or apko configuration (YAML)')
    .option('--starter <name>', 'a starter of the catalog')
    .addOption(distribution())
    .option('--package <request>', 'a package to add; may be given again', collect)
    .option('--setuid <path>', 'a program that may be setuid or setgid; may be given again', collectPath)
    .option('--line <line>', 'only this line; may be given again', collect)
    .addOption(architecture())
    .option('--name <name>', 'the name in the labels; the starter’s otherwise')
    .option('--dev', 'each line also as a dev variant, with shell and package manager')
    .requiredOption('--output <folder>', 'the folder of the OCI image layout')
    .addOption(json())
    .action((config: string | undefined, options: Parameters<typeof buildCommand>[1]) =>
      run(async () => (await import('./build.js')).buildCommand(config, options)),
    );
  program
    .command('inspect')
    .description('show the private images in a registry or an OCI image layout')
    .argument('<image>', 'host/path of a registry, or the folder of a layout')
    .option('--validate', 'recompute every digest and report all faults')
    .addOption(json())
    .action((image: string, options: Parameters<typeof inspectCommand>[1]) =>
      run(async () => (await import('./inspect.js')).inspectCommand(image, options)),
    );
  program
    .command('verify')
    .description('check signatures and SBOM of an image, and that it holds what they say')
    .argument(
      '<image>',
      'host/path:tag or host/path@digest of a registry, or the folder of a layout, with :tag or @digest',
    )
    .option('--key <file>', 'the public key that it is to be signed with')
    .option('--certificate-identity <name>', 'who is to have signed it, for signatures without a key')
    .option('--certificate-oidc-issuer <url>', 'who vouches for that identity')
    .option('--trusted-root <file>', 'authorities and logs that are believed; those of public sigstore otherwise')
    .addOption(json())
    .action((image: string, options: Parameters<typeof verifyCommand>[1]) =>
      run(async () => (await import('./verify.js')).verifyCommand(image, options)),
    );
  program
    .command('copy')
    .description('bring an image with its SBOMs and signatures from one registry or layout to another')
    .argument(
      '<from>',
      'host/path of a registry or the folder of a layout; with :tag or @digest one image, else all that is there',
    )
    .argument('<to>', 'host/path of a registry or the folder of a layout; with :tag to give one image another tag')
    .addOption(json())
    .action((from: string, to: string, options: Parameters<typeof copyCommand>[2]) =>
      run(async () => (await import('./copy.js')).copyCommand(from, to, options)),
    );
  return program;
}

/**
 * Refuses what is given and empty, as a variable that is not set leaves it in a script: as a folder it would be the one that the program was
 * started in. To search for nothing lists all.
 */
function refuseEmpty(command: Command): void {
  const values = Object.entries(command.opts()).map(([key, value]): readonly [string, unknown] => [
    command.options.find((option) => option.attributeName() === key)?.long ?? key,
    value,
  ]);
  const texts = command.name() === 'search' ? [] : command.args;
  const places = texts.map((text, position): readonly [string, unknown] => [
    `the argument ${command.registeredArguments[position]?.name() ?? position + 1}`,
    text,
  ]);
  const [name] = [...values, ...places].find(([, value]) => [value].flat().includes('')) ?? [];
  if (name === undefined) return;
  throw new PrivateImageError<'request/malformed'>('request/malformed', `What is given for ${name} is empty`, {
    hint: 'A variable that is not set? Leave it out, or give it a value.',
  });
}

async function withCreator(terminal: Terminal, action: Action): Promise<number> {
  const { environment, workingDirectory, home, clock, signal } = terminal;
  const settings = readConfiguration({ environment, workingDirectory, home });
  const report = reporter(terminal);
  for (const message of strangeVariables(environment)) report({ kind: 'warning', message });
  const creator = openCreator(settings, { environment, clock, signal, report });
  try {
    return await action(creator, terminal);
  } finally {
    await creator.close();
    terminal.writeError(clearLine(terminal));
  }
}

/** Progress on one line that is overwritten when a person watches; warnings always, each once. */
function reporter(terminal: Terminal): Report {
  const warned = new Set<string>();
  return ({ kind, message }) => {
    if (kind === 'status') {
      if (terminal.isTerminal) terminal.writeError(`${clearLine(terminal)}${message}`);
      return;
    }
    if (warned.has(message)) return;
    warned.add(message);
    terminal.writeError(`${clearLine(terminal)}warning: ${message}\n`);
  };
}

function clearLine(terminal: Terminal): string {
  return terminal.isTerminal ? '\r\u001b[K' : '';
}

/** Errors that are about what was asked for; all other are about doing it. */
const usageCodes = new Set([
  'request/malformed',
  'registry/bad-reference',
  'image/unknown-line',
  'image/no-distribution',
  'image/environment-taken',
]);

function exitCodeOf(code: string): number {
  if (/^(?:repository|http|index|signature|mirror)\//u.test(code)) return exitCodes.repository;
  if (/^(?:configuration|catalog)\//u.test(code) || usageCodes.has(code)) return exitCodes.usage;
  return exitCodes.failed;
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function collectPath(value: string, before: readonly string[] = []): readonly string[] {
  if (!programPath.test(value)) throw new InvalidArgumentError(`${programPathRule}.`);
  return [...before, value];
}

function collectArchitecture(value: string, before: readonly Architecture[] = []): readonly Architecture[] {
  const known = architectures.find((architecture) => architecture === value);
  if (known === undefined) throw new InvalidArgumentError(`Known: ${architectures.join(', ')}.`);
  return [...before, known];
}

function parseCount(value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('Must be a whole number above 0.');
  return count;
}
