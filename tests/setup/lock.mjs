// @ts-check
/** One process at a time, over a file that names the process which holds it. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { say } from './run.mjs';

/**
 * Runs the work while this process alone holds the lock. Waits for a living holder; a dead one's lock is taken over.
 * @template T
 * @param {string} file
 * @param {string} what what the other one is doing, in words
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function alone(file, what, work) {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!take(file)) {
    const holder = holderOf(file);
    if (isAbandoned(file)) {
      takeAway(file);
      continue;
    }
    if (!told) say(`${what} by another process${holder === undefined ? '' : ` (${holder})`}: waiting for it`);
    told = true;
    await wait(500);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** @param {string} file */
function take(file) {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes an abandoned lock. Another process may have done so a moment before, and hold a new one: that one is put back.
 * @param {string} file
 */
function takeAway(file) {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (!isAbandoned(aside)) linkSync(aside, file);
  } catch {
    // Somebody else was quicker: the next round sees what there is now.
  }
  rmSync(aside, { force: true });
}

/**
 * Whether a lock's holder is dead, or has not written who it is for longer than that takes.
 * @param {string} file
 */
function isAbandoned(file) {
  const holder = holderOf(file);
  if (holder !== undefined) return !isAlive(holder);
  const written = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return written !== undefined && Date.now() - written > 10_000;
}

/**
 * The process in a lock file; nothing if it has gone, or is not written yet.
 * @param {string} file
 */
function holderOf(file) {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return Number.isInteger(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
