// @ts-check
/** The table that the bench prints. */
import { spread } from './measure.mjs';

/** @typedef {import('./measure.mjs').Measurement} Measurement */

/**
 * @typedef {object} Upload bytes of blobs that were not in the target before
 * @property {number} image of the image itself: index, manifests, configs and layers
 * @property {number} attached of what is attached to it: SBOMs and the plan, with their manifests
 */

/**
 * @typedef {object} Row
 * @property {string} title
 * @property {readonly Measurement[]} runs
 * @property {string} [against] title of the row that the ratio is to
 * @property {readonly Upload[]} [uploaded] by run
 * @property {number} [target] what the ratio of wall time is to be, at most
 * @property {number} [more] milliseconds of wall time that it may take more than the row that the ratio is to, at most
 * @property {number} [upload] bytes that may be uploaded for the image, at most
 */

/**
 * Rows of whole processes: median, least and most of wall time, processor time, peak memory and bytes written, and ratios.
 * @param {string} heading
 * @param {readonly Row[]} rows
 */
export function processTable(heading, rows) {
  const cells = rows.map(({ title, runs, against, uploaded, target, more }) => {
    const base = rows.find((row) => row.title === against);
    return [
      title,
      milliseconds(runs.map((run) => run.wall)),
      milliseconds(runs.map((run) => run.cpu)),
      megabytes(runs.map((run) => run.peak)),
      megabytes(runs.map((run) => run.written)),
      uploaded === undefined ? '' : kilobytes(uploaded.map(({ image }) => image)),
      uploaded === undefined ? '' : kilobytes(uploaded.map(({ attached }) => attached)),
      base === undefined ? '' : ratio(runs, base.runs, (run) => run.wall),
      base === undefined ? '' : ratio(runs, base.runs, (run) => run.cpu),
      against === undefined ? '' : `${bound(target, more)}${against}`,
    ];
  });
  return inColumns(heading, [
    ['', 'wall ms', 'cpu ms', 'peak MB', 'written MB', 'upload kB', 'SBOMs, plan kB', '× wall', '× cpu', 'of'],
    ...cells,
  ]);
}

/**
 * What is to be reached, in front of the title that it is said against.
 * @param {number | undefined} target
 * @param {number | undefined} more
 */
function bound(target, more) {
  if (target !== undefined) return `≤ ${target} × `;
  return more === undefined ? '' : `≤ ${more} ms more than `;
}

/** What every process of ours may take. Bytes. */
const mostMemory = 250e6;

/**
 * In words, what was to be reached by `rows` and whether it was, a line each. A ratio of wall time on a machine that has other work to do
 * says less than one of processor time: both are told.
 * @param {string} heading
 * @param {readonly Row[]} rows
 */
export function verdicts(heading, rows) {
  return rows.flatMap(({ title, runs, against, target, more, uploaded, upload }) => {
    const base = rows.find((row) => row.title === against);
    const lines = [];
    if (base !== undefined && target !== undefined) {
      const wall = ratio(runs, base.runs, (run) => run.wall);
      const cpu = ratio(runs, base.runs, (run) => run.cpu);
      lines.push(
        `${met(Number(wall) <= target)}: ${wall} × the time of ${against} (${cpu} × its CPU), at most ${target} ×`,
      );
      const peak = spread(runs.map((run) => run.peak))?.median;
      if (peak !== undefined)
        lines.push(
          `${met(peak <= mostMemory)}: peak memory ${(peak / 1e6).toFixed(0)} MB, at most ${mostMemory / 1e6} MB`,
        );
    }
    const [own, other] = [runs, base?.runs ?? []].map((all) => spread(all.map((run) => run.wall))?.median);
    if (more !== undefined && own !== undefined && other !== undefined) {
      const longer = own - other;
      lines.push(`${met(longer <= more)}: ${longer.toFixed(0)} ms more than ${against}, at most ${more} ms`);
    }
    const [image, attached] = /** @type {const} */ (['image', 'attached']).map(
      (part) => spread((uploaded ?? []).map((one) => one[part]))?.median,
    );
    if (image !== undefined && attached !== undefined && upload !== undefined)
      lines.push(
        `${met(image <= upload)}: upload of the image ${inKilobytes(image)}, at most ${inKilobytes(upload)}; beside it ${inKilobytes(attached)} of SBOMs and plan`,
      );
    return lines.map((line) => `  ${heading}, ${title}: ${line}\n`);
  });
}

/** @param {number} bytes */
function inKilobytes(bytes) {
  return `${(bytes / 1e3).toFixed(0)} kB`;
}

/** @param {boolean} isMet */
function met(isMet) {
  return isMet ? 'reached' : 'NOT reached';
}

/**
 * Rows of marks that a process sets itself.
 * @param {string} heading
 * @param {readonly { title: string, wall: readonly number[], cpu: readonly number[], target?: number }[]} rows
 */
export function markTable(heading, rows) {
  const cells = rows.map(({ title, wall, cpu, target }) => [
    title,
    milliseconds(wall),
    milliseconds(cpu),
    target === undefined ? '' : `${target} ms`,
  ]);
  return inColumns(heading, [['', 'wall ms', 'cpu ms', 'target'], ...cells]);
}

/** @param {readonly (number | undefined)[]} values */
function milliseconds(values) {
  return inWords(values, (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0)));
}

/** @param {readonly (number | undefined)[]} values */
function megabytes(values) {
  return inWords(values, (value) => (value / 1e6).toFixed(0));
}

/** @param {readonly (number | undefined)[]} values */
function kilobytes(values) {
  return inWords(values, (value) => (value / 1e3).toFixed(0));
}

/**
 * @param {readonly (number | undefined)[]} values
 * @param {(value: number) => string} format
 */
function inWords(values, format) {
  const found = spread(values);
  if (found === undefined) return '–';
  return `${format(found.median)} (${format(found.min)}–${format(found.max)})`;
}

/**
 * @param {readonly Measurement[]} runs
 * @param {readonly Measurement[]} base
 * @param {(run: Measurement) => number | undefined} pick
 */
function ratio(runs, base, pick) {
  const own = spread(runs.map(pick));
  const other = spread(base.map(pick));
  return own === undefined || other === undefined || other.median === 0 ? '–' : (own.median / other.median).toFixed(2);
}

/**
 * @param {string} heading
 * @param {readonly (readonly string[])[]} rows
 */
function inColumns(heading, rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
  return `\n${heading}\n${lines.map((line) => `  ${line.trimEnd()}\n`).join('')}`;
}
