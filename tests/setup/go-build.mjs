// @ts-check
/**
 * Programs built from Go modules.
 *
 * `go install …@version` refuses modules with replacements, and asks some proxies for a list that they do not give; so a
 * small module is written for each program, which requires what it is built from.
 */
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { findProgram, runLogged, say } from './run.mjs';

/**
 * @typedef {object} GoProgram
 * @property {string} name the program's file name
 * @property {string} main the package of its `main`, or the folder of sources of our own
 * @property {Record<string, string>} requires modules with their versions
 * @property {string} takes how long a first build takes, in words
 * @property {string} [linkerFlags] beyond those that leave symbols out
 */

/**
 * Builds a program into the folder `bin`. Throws if there is no Go, or the build fails.
 * @param {GoProgram} program
 * @param {{ readonly bin: string, readonly work: string, readonly log: string }} places
 */
export async function buildGoProgram(program, { bin, work, log }) {
  const go = findProgram('go');
  if (go === undefined) throw new Error(`there is no Go on the search path to build ${program.name} with`);
  say(`building ${program.name} from Go modules: ${program.takes} (log: ${log})`);
  const folder = join(work, program.name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'go.mod'), moduleFile(program));
  const main = isAbsolute(program.main) ? '.' : program.main;
  if (main === '.') copySources(program.main, folder);
  const options = { cwd: folder, env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' } };
  await runLogged(`fetching the modules of ${program.name}`, log, go, ['mod', 'tidy'], options);
  const flags = ['-s -w', program.linkerFlags ?? ''].join(' ').trim();
  const common = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', flags];
  const output = join(bin, program.name);
  await runLogged(`building ${program.name}`, log, go, ['build', ...common, '-o', output, main], options);
}

/** @param {GoProgram} program */
function moduleFile({ main, requires }) {
  const lines = Object.entries(requires).map(([module, version]) => `\t${module} ${version}\n`);
  const tool = isAbsolute(main) ? '' : `\ntool ${main}\n`;
  return `module private-image.invalid/tools\n\ngo 1.25.0\n\nrequire (\n${lines.join('')})\n${tool}`;
}

/** @param {string} from @param {string} to */
function copySources(from, to) {
  for (const name of readdirSync(from).filter((file) => file.endsWith('.go'))) {
    copyFileSync(join(from, name), join(to, name));
  }
}
