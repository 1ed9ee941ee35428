// @ts-check
/** Runs other programs, and tells what it does. */
import { spawn } from 'node:child_process';
import { accessSync, constants, createWriteStream, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * @typedef {object} Ended how a program ended
 * @property {number} code its exit code; 127 if it could not be started, 128 if a signal ended it
 * @property {string} stdout
 * @property {string} stderr
 */

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] the whole environment; that of this process if absent
 * @property {string} [input] what the program reads
 */

/**
 * Says what happens, so that nobody waits before a silent terminal.
 * @param {string} text
 */
export function say(text) {
  process.stdout.write(`» ${text}\n`);
}

/**
 * The file of a program on the search path or among the system's own, which not every user has on it; or nothing.
 * @param {string} program
 * @returns {string | undefined}
 */
export function findProgram(program) {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''), '/usr/sbin'];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

/** @param {string} file */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs a program and gives back what it wrote. Never throws for how the program ended.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<Ended>}
 */
export function capture(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: options.cwd, env: options.env ?? process.env });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => (stderr += text));
    child.on('error', (error) => {
      resolve({ code: 127, stdout, stderr: stderr + error.message });
    });
    child.on('close', (code) => {
      resolve({ code: code ?? 128, stdout, stderr });
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/**
 * Runs a program on this terminal and gives back its exit code.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<number>}
 */
export function stream(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: 'inherit' });
    child.on('error', () => {
      resolve(127);
    });
    child.on('close', (code) => {
      resolve(code ?? 128);
    });
  });
}

/**
 * Runs a program that takes long: its output goes to a log, the terminal shows every half minute that it still runs.
 * Throws with the end of the log if the program fails.
 * @param {string} what what it does, in words
 * @param {string} log the file for the output
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
export async function runLogged(what, log, program, args, options = {}) {
  const start = Date.now();
  const seconds = () => Math.round((Date.now() - start) / 1000);
  const timer = setInterval(() => {
    say(`${what}: still at it after ${seconds()} s`);
  }, 30_000);
  try {
    const code = await new Promise((/** @type {(code: number) => void} */ resolve) => {
      const output = createWriteStream(log, { flags: 'a' });
      const child = spawn(program, args, {
        cwd: options.cwd,
        env: options.env ?? process.env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child.stdout.pipe(output, { end: false });
      child.stderr.pipe(output, { end: false });
      child.on('error', (error) => {
        output.end(`${error.message}\n`, () => {
          resolve(127);
        });
      });
      child.on('close', (status) => {
        output.end(() => {
          resolve(status ?? 128);
        });
      });
    });
    if (code !== 0) {
      const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
      throw new Error(`${what} failed with exit code ${code}; the end of its log:\n${tail}`);
    }
  } finally {
    clearInterval(timer);
  }
}
