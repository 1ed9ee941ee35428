// @ts-check
/**
 * Gets a Pulumi CLI that can run TypeScript programs: from the search path, else from the cache, else the official
 * archive, else a build from Go modules.
 *
 * Run by itself it prints the folder of the CLI on its last line.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { alone } from './lock.mjs';
import { cache, root } from './paths.mjs';
import { unpackOfficialArchive } from './pulumi-archive.mjs';
import { buildFromGoModules, yamlHost } from './pulumi-go-build.mjs';
import { capture, findProgram, isExecutable, say } from './run.mjs';

/** The version that is downloaded or built. Any 3.x on the search path will do. */
const cliVersion = '3.259.0';

const cachedProgram = join(cache, 'pulumi', cliVersion, 'bin', 'pulumi');
const languageHost = 'pulumi-language-nodejs';
const dynamicLauncher = 'pulumi-resource-pulumi-nodejs';

/**
 * @typedef {object} PulumiCli
 * @property {string} program the file to run
 * @property {string} version
 * @property {string} from where it comes from, in words
 */

/**
 * A CLI with its Node.js language host, made if need be. Throws with every way that was tried if there is none to be had.
 * @returns {Promise<PulumiCli>}
 */
export async function getPulumi() {
  const found = await findPulumi();
  if (found?.program === cachedProgram) await addYamlHost();
  if (found !== undefined) return found;
  const stranger = findProgram('pulumi');
  if (stranger !== undefined) say(`${stranger} is no Pulumi 3 CLI with a ${languageHost}: looking further`);
  await alone(join(cache, 'pulumi', `${cliVersion}.lock`), `the Pulumi CLI ${cliVersion} is being made`, async () => {
    if ((await usableVersion(cachedProgram)) === undefined) await fill(dirname(dirname(cachedProgram)));
  });
  return { program: cachedProgram, version: cliVersion, from: 'the cache' };
}

/**
 * A CLI that is already there, on the search path or in the cache.
 * @returns {Promise<PulumiCli | undefined>}
 */
async function findPulumi() {
  const found = findProgram('pulumi');
  if (found !== undefined) {
    const version = await usableVersion(realpathSync(found));
    if (version !== undefined) return { program: found, version, from: 'the search path' };
  }
  if ((await usableVersion(cachedProgram)) === undefined) return undefined;
  return { program: cachedProgram, version: cliVersion, from: 'the cache' };
}

/**
 * The environment in which a CLI works offline, asks nothing, and finds its hosts.
 * @param {PulumiCli} cli
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function pulumiEnvironment(cli, env) {
  return {
    ...env,
    PATH: `${dirname(cli.program)}:${env['PATH'] ?? ''}`,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    PULUMI_CONFIG_PASSPHRASE: env['PULUMI_CONFIG_PASSPHRASE'] ?? '',
  };
}

/**
 * The version of a CLI that runs and has beside it what TypeScript programs need.
 * @param {string} program
 * @returns {Promise<string | undefined>}
 */
async function usableVersion(program) {
  if (!isExecutable(program)) return undefined;
  const needed = [languageHost, dynamicLauncher];
  if (!needed.every((name) => isExecutable(join(dirname(program), name)) || findProgram(name) !== undefined)) {
    return undefined;
  }
  const { code, stdout } = await capture(program, ['version'], {
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: 'true' },
  });
  const version = /^v(3\.\d+\.\d+\S*)/m.exec(stdout)?.[1];
  return code === 0 ? version : undefined;
}

/**
 * Makes the CLI's folder in one step: it is there completely or not at all.
 * @param {string} folder
 */
async function fill(folder) {
  const temporary = `${folder}.${process.pid}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  const bin = join(temporary, 'bin');
  mkdirSync(bin, { recursive: true });
  try {
    const refusals = [];
    let made = false;
    for (const make of [unpackOfficialArchive, buildFromGoModules]) {
      try {
        await make({ version: cliVersion, bin, work: join(temporary, 'work') });
        made = true;
        break;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        say(reason);
        refusals.push(`  - ${reason}`);
      }
    }
    if (!made) {
      throw new Error(
        `no Pulumi CLI to be had:\n  - none on the search path, none in ${dirname(folder)}\n${refusals.join('\n')}\n` +
          'Install it from https://www.pulumi.com/docs/iac/download-install/, or install Go 1.25 or newer, and try again.',
      );
    }
    addLauncher(bin);
    rmSync(join(temporary, 'work'), { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Adds the host of YAML programs to a cache that was made without it. Nothing but tests of YAML programs needs it. */
async function addYamlHost() {
  const bin = dirname(cachedProgram);
  if (isExecutable(join(bin, yamlHost)) || findProgram(yamlHost) !== undefined) return;
  await alone(join(cache, 'pulumi', `${cliVersion}.lock`), `${yamlHost} is being made`, async () => {
    const work = join(bin, `../yaml.${process.pid}.tmp`);
    try {
      if (isExecutable(join(bin, yamlHost))) return;
      mkdirSync(work, { recursive: true });
      await buildFromGoModules(
        { version: cliVersion, bin: work, work: join(work, 'work') },
        (name) => name === yamlHost,
      );
      renameSync(join(work, yamlHost), join(bin, yamlHost));
    } catch (error) {
      say(`YAML programs are not tested: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
}

/**
 * Puts the launcher of dynamic providers beside the CLI. It comes with the npm package.
 * @param {string} bin
 */
function addLauncher(bin) {
  const target = join(bin, dynamicLauncher);
  if (existsSync(target)) return;
  copyFileSync(join(root, 'node_modules/@pulumi/pulumi', dynamicLauncher), target);
  chmodSync(target, 0o755);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const cli = await getPulumi();
  say(`Pulumi CLI ${cli.version} from ${cli.from}`);
  console.log(dirname(cli.program));
}
