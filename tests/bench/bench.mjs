// @ts-check
/**
 * `npm run bench [-- --runs N] [-- --only index|plan|build|apk|deb|lines|push|noop]`: measures the compiled program on this machine and prints
 * tables. `apk`, `deb` and `lines` build images of repositories that the bench makes, beside the programs on the search path that
 * do the same, and leave some 1.5 GB for each run on the disk until all has been measured; `noop` runs the Pulumi CLI. Only ratios of one run
 * mean something: times are this machine's, with all that it does beside.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../setup/paths.mjs';
import { say } from '../setup/run.mjs';
import { benchFormat, benchLines } from './build-part.mjs';
import { benchBuild, benchPlan } from './image-part.mjs';
import { benchIndex } from './index-part.mjs';
import { benchNoop } from './noop-part.mjs';
import { benchPush } from './push-part.mjs';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    only: {
      type: 'string',
      multiple: true,
      default: ['index', 'plan', 'build', 'apk', 'deb', 'lines', 'push', 'noop'],
    },
    starter: { type: 'string', default: 'python' },
  },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs}: must be a whole number above 0`);
if (!existsSync(join(root, 'dist/program/private-image.js')))
  throw new Error('Nothing to measure: run "npm run build" first');

const folder = mkdtempSync(join(tmpdir(), 'private-image-bench-'));
try {
  process.stdout.write(`Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}\n`);
  /** @type {string[]} */
  const targets = [];
  for (const part of values.only) {
    for (const one of await resultsOf(part)) {
      process.stdout.write(typeof one === 'string' ? one : one.tables);
      if (typeof one !== 'string') targets.push(...one.targets);
    }
  }
  if (targets.length > 0) process.stdout.write(`\nWhat was to be reached\n${targets.join('')}`);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * @param {string} part
 * @returns {Promise<readonly (string | { tables: string, targets: readonly string[] })[]>}
 */
async function resultsOf(part) {
  switch (part) {
    case 'index':
      return [await benchIndex(folder, runs)];
    case 'plan':
      return [await benchPlan(folder, runs, values.starter)];
    case 'build':
      return [await benchBuild(folder, runs, values.starter)];
    case 'apk':
    case 'deb':
      return [await benchFormat(folder, runs, part)];
    case 'lines':
      // One after the other: two at once would measure one another.
      return [await benchLines(folder, runs, 'apk'), await benchLines(folder, runs, 'deb')];
    case 'push':
      return [await benchPush(folder, runs)];
    case 'noop':
      return [await benchNoop(folder, runs)];
    default:
      throw new Error(`--only ${part}: known are index, plan, build, apk, deb, lines, push, noop`);
  }
}
