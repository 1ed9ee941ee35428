// @ts-check
/** Building images of the bench's own repositories, beside the programs that do the same. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup/paths.mjs';
import { findProgram, say } from '../setup/run.mjs';
import { corpora, updated } from './corpus.mjs';
import { measure } from './measure.mjs';
import { apko, mmdebstrap, umoci } from './peers.mjs';
import { repositories } from './repositories.mjs';
import { processTable, verdicts } from './table.mjs';
import { createWorkspace } from './workspace.mjs';

/** @typedef {import('./corpus.mjs').CorpusSize} CorpusSize */
/** @typedef {import('./measure.mjs').Measurement} Measurement */
/** @typedef {import('./table.mjs').Upload} Upload */

const command = join(root, 'dist/program/private-image.js');
const states = /** @type {const} */ (['large', 'small']);
const sizes = /** @type {readonly CorpusSize[]} */ (Object.keys(corpora).map(Number));

/**
 * One image of 16, 48 and 160 packages in one format: cold, warm and with one package updated.
 * @param {string} folder for everything that is written
 * @param {number} count runs of each process
 * @param {'deb' | 'apk'} format
 * @returns {Promise<{ tables: string, targets: readonly string[] }>}
 */
export async function benchFormat(folder, count, format) {
  const made = await repositories();
  const workspace = createWorkspace(makeFolder(join(folder, format)), made);
  const tables = [];
  const reached = [];
  for (const size of sizes) {
    const rows = rowsOf();
    const ours = (/** @type {string} */ cache, /** @type {string} */ output) => {
      const what =
        format === 'apk' ? [workspace.apkoFile(size)] : ['--starter', workspace.starter(size), '--line', '1'];
      const args = [command, 'build', ...what, '--arch', 'amd64', '--output', output];
      return measure(process.execPath, args, { cwd: workspace.folder, env: workspace.environment(format, cache) });
    };
    for (let round = 1; round <= count; round += 1) {
      say(`${format}, ${size} packages: round ${round} of ${count}`);
      const place = roundFolder(workspace.folder, `${size}-${round}`);
      const [cache, output] = [join(place, 'cache'), join(place, 'image')];
      workspace.turnTo('first');
      rows.add('cold', await ours(cache, output), bytesIn(output, new Set()));
      rows.add('warm', await ours(cache, join(place, 'warm')));
      const peer = format === 'apk' ? apko : mmdebstrap;
      const there = findProgram(peer.program);
      if (there !== undefined) {
        for (const step of peer.steps) {
          const args = step.args({ workspace, made, size, place });
          rows.add(step.title, await measure(step.program ?? there, args, { cwd: place }));
        }
      }
      if (format === 'deb' && there !== undefined && findProgram(umoci.program) !== undefined) {
        for (const args of umoci.before(place)) await measure(umoci.program, args);
        rows.add(umoci.title, await measure(umoci.program, umoci.args(place)));
      }
      for (const state of states) {
        const [cacheNow, outputNow] = [join(place, `cache-${state}`), join(place, `image-${state}`)];
        linked(cache, cacheNow);
        linked(output, outputNow);
        const before = new Set(blobsIn(outputNow));
        workspace.turnTo(state);
        rows.add(titleOfUpdate(state), await ours(cacheNow, outputNow), bytesIn(outputNow, before));
      }
    }
    const against = format === 'apk' ? apko.steps[0]?.title : mmdebstrap.steps[0]?.title;
    // What is to be reached is said of the smallest and the largest.
    const cold = size === 160 ? 0.5 : size === 16 && format === 'apk' ? 1 : undefined;
    const listed = rows.list().map((row) => {
      if (against === undefined || !rows.has(against) || row.title === against) return row;
      if (row.title === 'cold' && cold !== undefined) return { ...row, against, target: cold };
      const changed = states.find((state) => row.title === titleOfUpdate(state));
      if (changed === undefined) return { ...row, against };
      const upload = 1.2 * packageBytes(made, format, changed) + 100e3;
      return { ...row, against, upload, ...(format === 'apk' && size === 160 ? { target: 0.15 } : {}) };
    });
    tables.push(processTable(`${format}, ${size} packages: whole processes, median (min–max)`, listed));
    reached.push(...verdicts(`${format}, ${size} packages`, listed));
  }
  return { tables: tables.join(''), targets: reached };
}

/**
 * Four lines for two architectures beside one line for one, cold, in one format. The packages of the second architecture are those
 * of the first under another label.
 * @param {string} folder for everything that is written
 * @param {number} count runs of each process
 * @param {'deb' | 'apk'} format
 * @returns {Promise<{ tables: string, targets: readonly string[] }>}
 */
export async function benchLines(folder, count, format) {
  const workspace = createWorkspace(makeFolder(join(folder, `lines-${format}`)), await repositories());
  workspace.turnTo('first');
  const rows = rowsOf();
  const [one, all] = ['one line, one architecture', 'four lines, two architectures'];
  for (let round = 1; round <= count; round += 1) {
    for (const [title, which] of /** @type {const} */ ([
      [one, ['--line', '1', '--arch', 'amd64']],
      [all, ['--arch', 'amd64', '--arch', 'arm64']],
    ])) {
      say(`lines, ${format}: round ${round} of ${count}, ${title}`);
      const place = makeFolder(join(workspace.folder, 'round'));
      const env = workspace.environment(format, join(place, 'cache'));
      const output = join(place, 'image');
      const args = [command, 'build', '--starter', workspace.starter(48), ...which, '--output', output];
      rows.add(title, await measure(process.execPath, args, { env }), bytesIn(output, new Set()));
    }
  }
  const listed = rows.list().map((row) => (row.title === all ? { ...row, against: one, target: 3 } : row));
  const heading = `${format}: lines that share 48 packages, cold`;
  return {
    tables: processTable(`${heading}: whole processes, median (min–max)`, listed),
    targets: verdicts(heading, listed),
  };
}

function rowsOf() {
  /** @type {Map<string, { title: string, runs: Measurement[], uploaded?: Upload[] }>} */
  const rows = new Map();
  return {
    /**
     * @param {string} title
     * @param {Measurement} run
     * @param {Upload} [uploaded]
     */
    add(title, run, uploaded) {
      const before = rows.get(title) ?? { title, runs: [] };
      const bytes = uploaded === undefined ? {} : { uploaded: [...(before.uploaded ?? []), uploaded] };
      rows.set(title, { ...before, runs: [...before.runs, run], ...bytes });
    },
    has: (/** @type {string} */ title) => rows.has(title),
    list: () => [...rows.values()],
  };
}

/**
 * A copy of a folder made of hard links, for nothing in a cache or layout is ever written to: what a real copy leaves for the disk to do would go
 * on beside the process that is measured.
 * @param {string} from
 * @param {string} to
 */
function linked(from, to) {
  execFileSync('cp', ['--archive', '--link', from, to]);
}

/** @param {keyof typeof updated} state */
function titleOfUpdate(state) {
  return `${updated[state]} updated`;
}

/**
 * Bytes of the archive that a state has in place of the one before.
 * @param {import('./repositories.mjs').Repositories} made
 * @param {'deb' | 'apk'} format
 * @param {keyof typeof updated} state
 */
function packageBytes({ folder }, format, state) {
  const place = (/** @type {string} */ of) => join(folder, format, of, format === 'apk' ? 'x86_64' : 'pool');
  const before = new Set(readdirSync(place('first')));
  const added = readdirSync(place(state)).filter((name) => !before.has(name) && !name.includes('arm64'));
  const [name] = added.filter((one) => one.startsWith(updated[state]));
  if (name === undefined) throw new Error(`${place(state)} has no other ${updated[state]} than ${place('first')}`);
  return statSync(join(place(state), name)).size;
}

/** @param {string} layout */
function blobsIn(layout) {
  return readdirSync(join(layout, 'blobs/sha256'));
}

/**
 * Bytes of the blobs in a layout that were not there before.
 * @param {string} layout
 * @param {ReadonlySet<string>} before
 * @returns {Upload}
 */
function bytesIn(layout, before) {
  const added = blobsIn(layout).filter((name) => !before.has(name));
  const attached = attachedIn(layout, added);
  const sizeOf = (/** @type {readonly string[]} */ names) =>
    names.reduce((sum, name) => sum + statSync(join(layout, 'blobs/sha256', name)).size, 0);
  return { image: sizeOf(added.filter((name) => !attached.has(name))), attached: sizeOf([...attached]) };
}

/** What a manifest is at most. Bytes. */
const maxManifest = 4 * 1024 * 1024;

/**
 * Those of some blobs that are referrers, or what those refer to: SBOMs and plans.
 * @param {string} layout
 * @param {readonly string[]} names
 * @returns {ReadonlySet<string>}
 */
function attachedIn(layout, names) {
  const attached = names.flatMap((name) => {
    const file = join(layout, 'blobs/sha256', name);
    if (statSync(file).size > maxManifest) return [];
    const text = readFileSync(file, 'utf8');
    if (!text.startsWith('{"schemaVersion"')) return [];
    /** @type {{ subject?: unknown, config?: { digest: string }, layers?: readonly { digest: string }[] }} */
    const { subject, config, layers = [] } = JSON.parse(text);
    if (subject === undefined) return [];
    return [name, ...[config, ...layers].map((one) => one?.digest.slice('sha256:'.length) ?? '')];
  });
  return new Set(attached.filter((name) => names.includes(name)));
}

/**
 * A folder for one round, which stays until the whole bench ends: for minutes after files were deleted, ext4 without a journal passes over their
 * inodes one by one whenever a file is made, and who makes the most files would be measured by that.
 * @param {string} folder
 * @param {string} round
 */
function roundFolder(folder, round) {
  return makeFolder(join(folder, 'rounds', round));
}

/** @param {string} folder */
function makeFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}
