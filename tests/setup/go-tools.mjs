// @ts-check
/** Tools of the container world that Debian has no package of: the tests compare with them, and verify with them. */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildGoProgram } from './go-build.mjs';
import { alone } from './lock.mjs';
import { cache } from './paths.mjs';
import { findProgram, isExecutable, say } from './run.mjs';

/** @type {import('./go-build.mjs').GoProgram[]} */
const programs = [
  tool('crane', 'github.com/google/go-containerregistry', 'v0.22.1', 'cmd/crane', 'half a minute'),
  tool('apko', 'chainguard.dev/apko', 'v1.2.0', '', 'a minute'),
  tool('registry', 'github.com/distribution/distribution/v3', 'v3.1.2', 'cmd/registry', 'a minute or two'),
  tool('cosign', 'github.com/sigstore/cosign/v3', 'v3.1.3', 'cmd/cosign', '3 minutes'),
  tool('cosign-v2', 'github.com/sigstore/cosign/v2', 'v2.6.5', 'cmd/cosign', '2 minutes'),
  tool('syft', 'github.com/anchore/syft', 'v1.52.0', 'cmd/syft', '2 minutes'),
];

const tools = join(cache, 'tools');

/**
 * Builds what is missing, once for all clones. Never throws: tests that need what is still missing say so when they are skipped.
 * @returns {Promise<{ readonly bin: string[], readonly missing: string[] }>} folders for the search path, and what there is not
 */
export async function installGoTools() {
  const absent = () => programs.filter(({ name }) => findProgram(name) === undefined);
  if (findProgram('go') !== undefined) {
    for (const program of absent()) await install(program);
  }
  const here = programs.filter((program) => isExecutable(fileOf(program)));
  const bin = here.map((program) => folderOf(program));
  const missing = absent().filter((program) => !here.includes(program));
  return { bin, missing: missing.map(({ name }) => name) };
}

/**
 * The file of a tool that was built before; undefined where it was not.
 * @param {string} name
 */
export function goTool(name) {
  const program = programs.find((one) => one.name === name);
  return program !== undefined && isExecutable(fileOf(program)) ? fileOf(program) : undefined;
}

/** @param {import('./go-build.mjs').GoProgram} program */
async function install(program) {
  if (isExecutable(fileOf(program))) return;
  const folder = folderOf(program);
  const temporary = `${folder}.${process.pid}.tmp`;
  mkdirSync(tools, { recursive: true });
  try {
    await alone(`${folder}.lock`, `${program.name} is being built`, async () => {
      if (isExecutable(fileOf(program))) return;
      mkdirSync(join(temporary, 'bin'), { recursive: true });
      const places = { bin: join(temporary, 'bin'), work: join(temporary, 'work'), log: join(tools, 'build.log') };
      await buildGoProgram(program, places);
      renameSync(places.bin, folder);
    });
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** @param {import('./go-build.mjs').GoProgram} program */
function folderOf({ name, requires }) {
  return join(tools, `${name}-${Object.values(requires).join('-')}`);
}

/** @param {import('./go-build.mjs').GoProgram} program */
function fileOf(program) {
  return join(folderOf(program), program.name);
}

/**
 * @param {string} name
 * @param {string} module
 * @param {string} version
 * @param {string} folder
 * @param {string} takes
 * @returns {import('./go-build.mjs').GoProgram}
 */
function tool(name, module, version, folder, takes) {
  return { name, main: [module, folder].filter(Boolean).join('/'), requires: { [module]: version }, takes };
}
