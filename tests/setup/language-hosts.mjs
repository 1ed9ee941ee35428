// @ts-check
/**
 * What programs in other languages than TypeScript and YAML need: the language hosts, the generators of SDKs, and
 * Pulumi's own libraries for Python and Java. A CLI from the vendor's archive has the hosts beside it; for any other they
 * are built.
 */
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildGoProgram } from './go-build.mjs';
import { alone } from './lock.mjs';
import { cache, root } from './paths.mjs';
import { capture, findProgram, isExecutable, runLogged, say } from './run.mjs';

const sources = join(root, 'tests/setup/language-host');
const languages = ['nodejs', 'python', 'go', 'dotnet', 'java'];

/** Generates SDKs, and adds them to programs. https://www.pulumi.com/docs/iac/cli/commands/pulumi_package_add/ */
const generator = {
  name: 'language-host',
  main: sources,
  requires: {
    'github.com/pulumi/pulumi-java/pkg': 'v1.22.0',
    // The last version that has the generator for .NET.
    'github.com/pulumi/pulumi/pkg/v3': 'v3.228.0',
    'github.com/pulumi/pulumi/sdk/v3': 'v3.228.0',
  },
  takes: 'a minute or two',
};

/** Run programs. Each is the last version that is within the SDK's module. */
const runners = [
  {
    name: 'pulumi-language-python',
    main: 'github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python',
    requires: { 'github.com/pulumi/pulumi/sdk/v3': 'v3.68.0' },
    takes: 'a few seconds',
  },
  {
    name: 'pulumi-language-go',
    main: 'github.com/pulumi/pulumi/sdk/v3/go/pulumi-language-go',
    requires: { 'github.com/pulumi/pulumi/sdk/v3': 'v3.62.0' },
    takes: 'half a minute',
  },
];
/** Lies in the module of the host of Python, which starts programs with it. */
const pythonStarter = 'pulumi-language-python-exec';

/** What a generated SDK for Python needs to be built and run. */
const pythonPackages = ['pulumi==3.259.0', 'parver', 'setuptools', 'wheel'];

/** What a generated SDK for Java is compiled with: group, name and version. */
const javaLibraries = [
  ['com.pulumi', 'pulumi', '1.0.0'],
  ['com.google.code.findbugs', 'jsr305', '3.0.2'],
  ['com.google.code.gson', 'gson', '2.8.9'],
];

/**
 * Makes what is missing, once for all clones. Never throws: tests that need what is still missing say so when they are skipped.
 * @param {string} cli the program
 * @returns {Promise<{ readonly bin: string[], readonly env: Record<string, string>, readonly missing: string[] }>}
 *   folders for the end of the search path, variables that tell the tests of what is made, and what there is not
 */
export async function installLanguageHosts(cli) {
  const folder = dirname(cli);
  const beside = languages.every((language) => isExecutable(join(folder, `pulumi-language-${language}`)));
  const bin = beside
    ? undefined
    : await made(join(cache, 'pulumi', `hosts-${fingerprint()}`), (to) => build(to, folder));
  const python = await made(join(cache, 'pulumi', `python-${digestOf(pythonPackages)}`), makePython);
  const java = await made(join(cache, 'pulumi', `java-${digestOf(javaLibraries.flat())}`), fetchJavaLibraries);
  return {
    bin: bin === undefined ? [] : [bin],
    env: {
      ...(python === undefined ? {} : { PRIVATE_IMAGE_TEST_PYTHON: python }),
      ...(java === undefined ? {} : { PRIVATE_IMAGE_TEST_JAVA: java }),
    },
    missing: [
      ...(beside || bin !== undefined ? [] : ['language hosts of Pulumi that generate SDKs']),
      ...(python === undefined ? ["Pulumi's package for Python"] : []),
      ...(java === undefined ? ["Pulumi's library for Java"] : []),
    ],
  };
}

/**
 * A folder of the cache, filled in one step if it is not there; undefined if it cannot be had.
 * @param {string} folder
 * @param {(to: string) => Promise<void>} fill
 */
async function made(folder, fill) {
  const temporary = `${folder}.${process.pid}.tmp`;
  try {
    if (!existsSync(folder)) {
      await alone(`${folder}.lock`, `${folder} is being made`, async () => {
        if (existsSync(folder)) return;
        mkdirSync(temporary, { recursive: true });
        await fill(temporary);
        renameSync(temporary, folder);
      });
    }
    return folder;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return undefined;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** @param {string} to @param {string} cliFolder */
async function build(to, cliFolder) {
  const log = join(cache, 'pulumi', 'hosts.log');
  const work = join(to, 'work');
  const inner = join(to, 'runners');
  mkdirSync(inner);
  for (const runner of runners) await buildGoProgram(runner, { bin: inner, work, log });
  await copyStarter(join(work, 'pulumi-language-python'), join(inner, pythonStarter));
  symlinkSync(join(cliFolder, 'pulumi-language-nodejs'), join(inner, 'pulumi-language-nodejs'));
  await buildGoProgram(generator, { bin: to, work, log });
  for (const language of languages) symlinkSync(generator.name, join(to, `pulumi-language-${language}`));
  rmSync(work, { recursive: true, force: true });
}

/** @param {string} module the folder that the host of Python was built in @param {string} target */
async function copyStarter(module, target) {
  const list = ['list', '-m', '-f', '{{.Dir}}', 'github.com/pulumi/pulumi/sdk/v3'];
  const { code, stdout, stderr } = await capture('go', list, { cwd: module, env: { ...process.env, GOWORK: 'off' } });
  if (code !== 0) throw new Error(`${pythonStarter} cannot be had: ${stderr.trim()}`);
  copyFileSync(join(stdout.trim(), 'python/cmd', pythonStarter), target);
  chmodSync(target, 0o755);
}

/** @param {string} to */
async function makePython(to) {
  const python = findProgram('python3');
  if (python === undefined) throw new Error("there is no python3 on the search path for Pulumi's package for Python");
  const log = join(cache, 'pulumi', 'python.log');
  say(`installing Pulumi's package for Python: half a minute (log: ${log})`);
  await runLogged('making a virtual environment', log, python, ['-m', 'venv', to]);
  const install = ['-m', 'pip', 'install', '--disable-pip-version-check', ...pythonPackages];
  await runLogged("installing Pulumi's package for Python", log, join(to, 'bin/python'), install);
}

/** @param {string} to */
async function fetchJavaLibraries(to) {
  const maven = findProgram('mvn');
  if (maven === undefined)
    throw new Error("there is no mvn on the search path to fetch Pulumi's library for Java with");
  const log = join(cache, 'pulumi', 'java.log');
  const project = `${to}.pom.xml`;
  say(`fetching Pulumi's library for Java: half a minute (log: ${log})`);
  try {
    writeFileSync(project, mavenProject());
    const copy = ['-q', '-B', '-f', project, 'dependency:copy-dependencies', `-DoutputDirectory=${to}`];
    await runLogged("fetching Pulumi's library for Java", log, maven, copy);
  } finally {
    rmSync(project, { force: true });
  }
}

function mavenProject() {
  const dependencies = javaLibraries.map(
    ([group, name, version]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`,
  );
  const head = '<modelVersion>4.0.0</modelVersion><groupId>tests</groupId><artifactId>tests</artifactId>';
  return `<project>${head}<version>1</version><dependencies>${dependencies.join('')}</dependencies></project>\n`;
}

/** Changes when the hosts would. */
function fingerprint() {
  const texts = readdirSync(sources).map((name) => readFileSync(join(sources, name), 'utf8'));
  return digestOf([...texts, JSON.stringify([generator.requires, runners])]);
}

/** @param {readonly string[]} texts */
function digestOf(texts) {
  return createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 12);
}
