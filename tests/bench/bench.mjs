// @ts-check
/**
 * `npm run bench [-- --runs N] [-- --part index|plan|build]`: measures the compiled program on this machine and prints tables.
 * Fetching is not measured. Only ratios of one run mean something: times are this machine's, with all that it does beside.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../setup/paths.mjs';
import { say } from '../setup/run.mjs';
import { benchBuild, benchPlan } from './image-part.mjs';
import { benchIndex } from './index-part.mjs';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    part: { type: 'string', multiple: true, default: ['index', 'plan', 'build'] },
    starter: { type: 'string', default: 'python' },
  },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs}: must be a whole number above 0`);
if (!existsSync(join(root, 'dist/provider/cli/main.js')))
  throw new Error('Nothing to measure: run "npm run build" first');

const folder = mkdtempSync(join(tmpdir(), 'private-image-bench-'));
try {
  process.stdout.write(`Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}\n`);
  for (const part of values.part) process.stdout.write(await tablesOf(part));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @param {string} part */
function tablesOf(part) {
  switch (part) {
    case 'index':
      return benchIndex(folder, runs);
    case 'plan':
      return benchPlan(folder, runs, values.starter);
    case 'build':
      return benchBuild(folder, runs, values.starter);
    default:
      throw new Error(`--part ${part}: known are index, plan, build`);
  }
}
