// @ts-check
/**
 * The Pulumi CLI and its Node.js language host, built from Go modules.
 *
 * `go install …@version` refuses modules with replacements, and the newest language host is not in a module of its own;
 * so a small module is written for each tool, which requires what it is built from.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cache } from './paths.mjs';
import { findProgram, runLogged, say } from './run.mjs';

/**
 * @typedef {object} Tool
 * @property {string} name the program's file name
 * @property {string} main the package of its `main`
 * @property {Record<string, string>} requires modules with their versions
 * @property {string} takes how long a first build takes, in words
 */

const flagPackage = 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version';

/** @param {string} version @returns {Tool[]} */
function tools(version) {
  return [
    {
      name: 'pulumi-language-nodejs',
      main: 'github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs',
      // The last version that has the host within the SDK's module.
      requires: { 'github.com/pulumi/pulumi/sdk/v3': 'v3.68.0' },
      takes: 'about a minute',
    },
    {
      name: 'pulumi',
      main: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
      requires: { 'github.com/pulumi/pulumi/pkg/v3': `v${version}`, 'github.com/pulumi/pulumi/sdk/v3': `v${version}` },
      takes: '3 to 7 minutes on two cores, once',
    },
  ];
}

/**
 * Builds the programs into a folder. Throws if there is no Go, or a build fails.
 * @param {import('./pulumi-archive.mjs').CliRequest} request
 */
export async function buildFromGoModules({ version, bin, work }) {
  const go = findProgram('go');
  if (go === undefined) throw new Error('there is no Go on the search path to build the Pulumi CLI with');
  const log = join(cache, 'pulumi', 'build.log');
  mkdirSync(dirname(log), { recursive: true });
  rmSync(log, { force: true });
  for (const tool of tools(version)) {
    say(`building ${tool.name} from Go modules: ${tool.takes} (log: ${log})`);
    const folder = join(work, tool.name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'go.mod'), moduleFile(tool));
    const options = { cwd: folder, env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' } };
    await runLogged(`fetching the modules of ${tool.name}`, log, go, ['mod', 'tidy'], options);
    await runLogged(`building ${tool.name}`, log, go, buildArguments(tool, join(bin, tool.name), version), options);
  }
}

/** @param {Tool} tool */
function moduleFile(tool) {
  const requires = Object.entries(tool.requires).map(([module, version]) => `\t${module} ${version}\n`);
  return `module private-image.invalid/tools\n\ngo 1.25.0\n\nrequire (\n${requires.join('')})\n\ntool ${tool.main}\n`;
}

/** @param {Tool} tool @param {string} output @param {string} version */
function buildArguments(tool, output, version) {
  const flags = `-s -w -X ${flagPackage}=v${version}`;
  return ['build', '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', flags, '-o', output, tool.main];
}
