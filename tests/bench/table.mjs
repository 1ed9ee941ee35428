// @ts-check
/** The table that the bench prints. */
import { spread } from './measure.mjs';

/** @typedef {import('./measure.mjs').Measurement} Measurement */

/**
 * @typedef {object} Row
 * @property {string} title
 * @property {readonly Measurement[]} runs
 * @property {string} [against] title of the row that the ratio is to
 */

/**
 * Rows of whole processes: median, least and most of wall time, processor time and peak memory, and ratios of wall time.
 * @param {string} heading
 * @param {readonly Row[]} rows
 */
export function processTable(heading, rows) {
  const cells = rows.map(({ title, runs, against }) => {
    const base = rows.find((row) => row.title === against);
    return [
      title,
      milliseconds(runs.map((run) => run.wall)),
      milliseconds(runs.map((run) => run.cpu)),
      megabytes(runs.map((run) => run.peak)),
      base === undefined ? '' : ratio(runs, base.runs, (run) => run.wall),
      base === undefined ? '' : ratio(runs, base.runs, (run) => run.cpu),
      against ?? '',
    ];
  });
  return inColumns(heading, [['', 'wall ms', 'cpu ms', 'peak MB', '× wall', '× cpu', 'of'], ...cells]);
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
