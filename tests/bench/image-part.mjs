// @ts-check
/** Planning and building the starters of the Debian catalog: what the command line costs, cold and with a cache. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup/paths.mjs';
import { say } from '../setup/run.mjs';
import { marksOf } from './index-part.mjs';
import { readMarks } from './marks.mjs';
import { measure } from './measure.mjs';
import { markTable, processTable } from './table.mjs';

/** @typedef {import('./measure.mjs').Measurement} Measurement */

const command = join(root, 'dist/program/private-image.js');
const planner = join(root, 'tests/bench/plan-process.mjs');

/**
 * Plans every maintained line of `starter`, which is in two suites, for two architectures.
 * @param {string} folder for everything that is written
 * @param {number} count runs of each process
 * @param {string} starter
 * @returns {Promise<string>} the tables
 */
export async function benchPlan(folder, count, starter) {
  const options = { cwd: folder, env: { ...process.env, PRIVATE_IMAGE_CACHE: join(folder, 'cache') } };
  say(`plan: fetching the indexes of all suites`);
  await measure(process.execPath, [planner, starter], options);
  /** @type {Measurement[]} */
  const plans = [];
  /** @type {Measurement[]} */
  const helps = [];
  /** @type {Measurement[]} */
  const nothings = [];
  for (let round = 1; round <= count; round += 1) {
    say(`plan: round ${round} of ${count}`);
    nothings.push(await measure(process.execPath, ['--eval', '0'], options));
    helps.push(await measure(process.execPath, [command, '--help'], options));
    plans.push(await measure(process.execPath, [planner, starter], options));
  }
  const lines = plans[0] === undefined ? '' : (readMarks(plans[0].stdout).facts[starter] ?? '');
  return [
    processTable(`Planning ${starter} (${lines}; two architectures): whole processes, warm`, [
      { title: 'node alone', runs: nothings },
      { title: 'private-image --help', runs: helps },
      { title: `plan ${starter}, twice`, runs: plans },
    ]),
    markTable('Planning: within the process', marksOf('', plans)),
  ].join('');
}

/**
 * Builds one line of `starter` for one architecture: with nothing cached but the package indexes and archives, and again.
 * @param {string} folder for everything that is written
 * @param {number} count runs of each process
 * @param {string} starter
 * @returns {Promise<string>} the table
 */
export async function benchBuild(folder, count, starter) {
  const cache = join(folder, 'cache');
  const options = { cwd: folder, env: { ...process.env, PRIVATE_IMAGE_CACHE: cache } };
  const build = () => {
    const output = join(folder, 'image');
    rmSync(output, { recursive: true, force: true });
    return measure(
      process.execPath,
      [command, 'build', '--starter', starter, '--arch', 'amd64', '--output', output],
      options,
    );
  };
  mkdirSync(cache, { recursive: true });
  say(`build: fetching the packages of ${starter}`);
  await build();
  /** @type {Measurement[]} */
  const cold = [];
  /** @type {Measurement[]} */
  const warm = [];
  for (let round = 1; round <= count; round += 1) {
    say(`build: round ${round} of ${count}`);
    // What is derived from archives is found by these facts alone: without them all of it is made again.
    for (const kind of ['layer', 'line', 'segment']) {
      rmSync(join(cache, 'store/facts', kind), { recursive: true, force: true });
    }
    cold.push(await build());
    warm.push(await build());
  }
  return processTable(`Building ${starter}, all lines, amd64: whole processes, archives already fetched`, [
    { title: 'build cold', runs: cold },
    { title: 'build warm', runs: warm, against: 'build cold' },
  ]);
}
