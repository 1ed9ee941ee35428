// @ts-check
/** Measures whole processes: every program, ours or not, by the same yardstick. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * @typedef {object} Measurement one run of a program
 * @property {number} wall milliseconds from start to end
 * @property {number | undefined} cpu milliseconds of user and system time, in steps of the kernel's clock
 * @property {number | undefined} peak most memory that it held, in bytes
 * @property {number | undefined} written bytes that it wrote to files, its children's that it waited for among them
 * @property {string} stdout
 */

/** How often a running process is looked at, which takes time from it where it has every processor to itself. Milliseconds. */
const interval = 20;

/** What `/proc` counts processor time in. Milliseconds; 100 ticks a second on every Linux that Node runs on. */
const tick = 10;

/**
 * Runs a program once. CPU and memory are undefined where there is no `/proc`.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<Measurement>}
 */
export function measure(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const before = childrenTime();
    // Further authorities of this machine take Node a while to read at every start, and whoever is measured speaks to none of theirs.
    const { NODE_EXTRA_CA_CERTS: _, ...env } = options.env ?? process.env;
    const child = spawn(program, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'] });
    /** @type {{ peak?: number, written?: number }} */
    let seen = {};
    const timer = setInterval(() => {
      if (child.pid !== undefined) seen = { ...seen, ...look(child.pid) };
    }, interval);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      const wall = performance.now() - start;
      const after = childrenTime();
      const cpu = before === undefined || after === undefined ? undefined : after - before;
      if (code === 0) resolve({ wall, cpu, peak: seen.peak, written: seen.written, stdout });
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}: ${stderr.trim().slice(-2000)}`));
    });
  });
}

/**
 * What the kernel says of a process; nothing once it has ended.
 * @param {number} pid
 */
function look(pid) {
  try {
    const peak = /^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (peak === undefined) return {};
    const written = /^write_bytes: (\d+)$/mu.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1];
    return { peak: Number(peak) * 1024, ...(written === undefined ? {} : { written: Number(written) }) };
  } catch {
    return {};
  }
}

/** Processor time of all that was started here and has ended, with what that had started, in milliseconds. */
function childrenTime() {
  try {
    // The name of the program is in brackets and may have blanks in it; the fields are counted from behind it.
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /su, '')
      .split(' ');
    // Fields 16 and 17 of proc(5).
    return (Number(fields[13]) + Number(fields[14])) * tick;
  } catch {
    return undefined;
  }
}

/**
 * @typedef {object} Spread
 * @property {number} median
 * @property {number} min
 * @property {number} max
 */

/**
 * The middle and the ends of some numbers; undefined when there is none.
 * @param {readonly (number | undefined)[]} values
 * @returns {Spread | undefined}
 */
export function spread(values) {
  const sorted = values.filter((value) => value !== undefined).sort((left, right) => left - right);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return undefined;
  const upper = sorted[sorted.length >> 1] ?? min;
  const lower = sorted[(sorted.length - 1) >> 1] ?? min;
  return { median: (lower + upper) / 2, min, max };
}
