// @ts-check
/** The Pulumi CLI and its language hosts, built from Go modules. */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildGoProgram } from './go-build.mjs';
import { cache } from './paths.mjs';

/** @param {string} version @returns {import('./go-build.mjs').GoProgram[]} */
function programs(version) {
  const linkerFlags = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;
  return [
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
 */
export async function buildFromGoModules({ version, bin, work }) {
  const log = join(cache, 'pulumi', 'build.log');
  mkdirSync(dirname(log), { recursive: true });
  rmSync(log, { force: true });
  for (const program of programs(version)) await buildGoProgram(program, { bin, work, log });
}
