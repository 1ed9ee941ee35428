// @ts-check
/** The Pulumi CLI and its language hosts, built from Go modules. */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildGoProgram } from './go-build.mjs';
import { cache } from './paths.mjs';

/** The host of YAML programs: it has versions of its own. */
export const yamlHost = 'pulumi-language-yaml';

/** @param {string} version @returns {import('./go-build.mjs').GoProgram[]} */
function programs(version) {
  const linkerFlags = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;
  return [
    {
      name: yamlHost,
      main: 'github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml',
      requires: { 'github.com/pulumi/pulumi-yaml': 'v1.38.3' },
      takes: 'about a minute',
    },
    {
      name: 'pulumi-language-nodejs',
      main: 'github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs',
      // The last version that has the host within the SDK's module.
      requires: { 'github.com/pulumi/pulumi/sdk/v3': 'v3.68.0' },
      takes: 'about a minute',
      linkerFlags,
    },
    {
      name: 'pulumi',
      main: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
      requires: { 'github.com/pulumi/pulumi/pkg/v3': `v${version}`, 'github.com/pulumi/pulumi/sdk/v3': `v${version}` },
      takes: '3 to 7 minutes on two cores, once',
      linkerFlags,
    },
  ];
}

/**
 * Builds the programs into a folder. Throws if there is no Go, or a build fails.
 * @param {import('./pulumi-archive.mjs').CliRequest} request
 * @param {(name: string) => boolean} [wanted] which programs; all of them otherwise
 */
export async function buildFromGoModules({ version, bin, work }, wanted = () => true) {
  const log = join(cache, 'pulumi', 'build.log');
  mkdirSync(dirname(log), { recursive: true });
  rmSync(log, { force: true });
  const programsWanted = programs(version).filter(({ name }) => wanted(name));
  for (const program of programsWanted) await buildGoProgram(program, { bin, work, log });
}
