// @ts-check
/** The whole of Debian trixie main: parsed, read from the cache, and solved in, beside apt on the same index. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup/paths.mjs';
import { findProgram, say } from '../setup/run.mjs';
import { createAptRoot, simulation } from './apt-root.mjs';
import { readMarks } from './marks.mjs';
import { measure } from './measure.mjs';
import { markTable, processTable } from './table.mjs';

/** @typedef {import('./measure.mjs').Measurement} Measurement */

const suite = 'trixie';
const keyrings = join(root, 'provider/catalog/debian/keys');
/** @type {readonly (readonly string[])[]} */
const requests = [['curl'], ['php8.4-cli', 'nginx', 'postgresql'], ['gnome-core', 'libreoffice']];
const program = join(root, 'tests/bench/index-process.mjs');

/**
 * @param {string} folder for everything that is written
 * @param {number} count runs of each process
 * @returns {Promise<string>} the tables
 */
export async function benchIndex(folder, count) {
  /** @type {typeof import('../../provider/packages/deb/mirrors.js')} */
  const { findDebianMirrors } = await import(join(root, 'dist/provider/packages/deb/mirrors.js'));
  const { debian: url, checkValidUntil } = await findDebianMirrors({ environment: process.env });
  const store = join(folder, 'index-store');
  const apt = findProgram('apt-get') === undefined ? undefined : await aptIn(join(folder, 'apt'), url, checkValidUntil);
  const job = { store, url, suite, keyrings, offline: false, checkValidUntil, threads: 1, requests: [] };
  mkdirSync(store, { recursive: true });
  say(`index: fetching ${suite} main`);
  await ours(job);

  /** @type {Map<string, Measurement[]>} */
  const rows = new Map();
  const add = async (/** @type {string} */ title, /** @type {() => Promise<Measurement>} */ run) => {
    rows.set(title, [...(rows.get(title) ?? []), await run()]);
  };
  // Rounds, and not one program after the other: what else the machine does falls on all of them alike.
  for (let round = 1; round <= count; round += 1) {
    say(`index: round ${round} of ${count}`);
    await add('index cold (unpack, parse, keep)', () => {
      rmSync(join(store, 'facts/deb-compact-index'), { recursive: true, force: true });
      return ours({ ...job, offline: true });
    });
    await add('index from the cache', () => ours({ ...job, offline: true }));
    if (apt !== undefined) {
      await add('apt-get, its cache built anew', () => {
        for (const name of readdirSync(join(folder, 'apt/var/cache/apt'))) {
          if (name.endsWith('.bin')) rmSync(join(folder, 'apt/var/cache/apt', name));
        }
        return measure('apt-get', ['--simulate', 'install'], { env: apt });
      });
    }
    for (const one of requests) {
      const title = one.join(' ');
      await add(title, () => ours({ ...job, offline: true, requests: [one] }));
      if (apt !== undefined) await add(`apt-get ${title}`, () => measure('apt-get', simulation(one), { env: apt }));
    }
  }
  return describe(rows);
}

/** @param {import('./index-process.mjs').IndexJob} job */
function ours(job) {
  return measure(process.execPath, [program, JSON.stringify(job)]);
}

/**
 * @param {string} folder
 * @param {string} url
 * @param {boolean} checkValidUntil
 * @returns {Promise<NodeJS.ProcessEnv | undefined>}
 */
async function aptIn(folder, url, checkValidUntil) {
  say(`index: fetching ${suite} main with apt-get`);
  const keys = readdirSync(keyrings).map((name) => readFileSync(join(keyrings, name), 'utf8'));
  try {
    return await createAptRoot(folder, { url, suite, keys: keys.join('\n'), checkValidUntil });
  } catch (error) {
    say(`nothing to compare with: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** @param {ReadonlyMap<string, readonly Measurement[]>} rows */
function describe(rows) {
  const processes = [...rows].map(([title, runs]) => {
    const against = title.startsWith('index cold') ? 'apt-get, its cache built anew' : `apt-get ${title}`;
    return { title, runs, ...(rows.has(against) ? { against } : {}) };
  });
  const cold = marksOf('cold: ', rows.get('index cold (unpack, parse, keep)') ?? []);
  const warm = marksOf('cached: ', rows.get('index from the cache') ?? []).map((row) =>
    row.title.endsWith('index ready') ? { ...row, target: 150 } : row,
  );
  const solved = requests.flatMap((one) => {
    const found = marksOf('', rows.get(one.join(' ')) ?? []).filter((row) => row.title.startsWith('solve'));
    return found.map((row) => ({ ...row, target: 50 }));
  });
  const sizes = requests.map((one) => {
    const title = one.join(' ');
    const [run] = rows.get(title) ?? [];
    const apt = (rows.get(`apt-get ${title}`)?.[0]?.stdout ?? '').match(/^Inst /gmu)?.length;
    const own = run === undefined ? '' : readMarks(run.stdout).facts[title];
    return `  ${title}: ${own}${apt === undefined ? '' : `; apt-get: ${apt} packages`}\n`;
  });
  return [
    processTable(`Debian ${suite} main, amd64: whole processes, median (min–max)`, processes),
    markTable('Debian trixie main, amd64: within the process', [...cold, ...warm, ...solved]),
    '\nSolutions\n',
    ...sizes,
  ].join('');
}

/**
 * The marks of several runs of one process, by name.
 * @param {string} prefix
 * @param {readonly Measurement[]} runs
 */
export function marksOf(prefix, runs) {
  const all = runs.map((run) => readMarks(run.stdout).marks);
  return (all[0] ?? []).map(({ name }) => {
    const same = all.flatMap((marks) => marks.filter((mark) => mark.name === name));
    return { title: `${prefix}${name}`, wall: same.map((mark) => mark.wall), cpu: same.map((mark) => mark.cpu) };
  });
}
