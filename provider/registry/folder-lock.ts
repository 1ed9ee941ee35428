import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { registryError, unusableFolder } from './registry-error.js';

/** How long a lock is waited for, and how its age is judged. Milliseconds. */
export interface LockTimes {
  readonly patience: number;
  readonly pause: number;
  /** A lock of another machine that was not renewed for this long has been left by a crash. */
  readonly stale: number;
}

/** Times that suit writes of some milliseconds. */
const lockTimes: LockTimes = { patience: 60_000, pause: 15, stale: 30_000 };

const holderSchema = z.object({ host: z.string(), pid: z.number().int().positive(), token: z.string() });

/**
 * Runs `work` while no other process (nor other call) runs work under `file`. A lock that a dead process left is taken over.
 * Throws `registry/locked` when somebody alive holds it for too long, `registry/unusable` when it cannot be written.
 */
export async function withLock<Result>(
  file: string,
  repository: string,
  work: () => Promise<Result>,
  times: LockTimes = lockTimes,
): Promise<Result> {
  const token = randomUUID();
  await acquire(file, repository, token, times);
  const renewal = setInterval(() => void renew(file), times.stale / 3);
  renewal.unref();
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await release(file, token);
  }
}

async function acquire(file: string, repository: string, token: string, times: LockTimes): Promise<void> {
  for (let waited = 0; !(await tryCreate(file, repository, token)); waited += times.pause) {
    const dead = await leftBehind(file, times);
    if (dead !== undefined) await discard(file, dead);
    else if (waited > times.patience) {
      throw registryError('registry/locked', repository, 'another process is writing to it and does not finish', {
        hint: `Wait for it, or delete ${file} when no process is at work.`,
      });
    } else await wait(times.pause);
  }
}

/** Makes the lock with its holder in it in one step, so that nobody sees a lock of nobody. */
async function tryCreate(file: string, repository: string, token: string): Promise<boolean> {
  const own = `${file}.${token}`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(own, JSON.stringify({ host: hostname(), pid: process.pid, token }), { mode: 0o644 });
    await link(own, file);
    return true;
  } catch (error) {
    // ENOENT: the folder was removed in between, by whoever deleted the last image in it.
    if (errorCode(error) === 'EEXIST' || errorCode(error) === 'ENOENT') return false;
    throw unusableFolder(repository, error);
  } finally {
    await rm(own, { force: true });
  }
}

/** What the lock says when its holder is dead; undefined when it lives, or when there is no lock. */
async function leftBehind(file: string, times: LockTimes): Promise<string | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
    const holder = parseHolder(text);
    const isDead = holder?.host === hostname() ? !isAlive(holder.pid) : Date.now() - mtimeMs > times.stale;
    return isDead ? text : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parseHolder(text: string): z.output<typeof holderSchema> | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // Not written by us: its age decides.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** Takes the lock that says `dead` away; of several that try, one does. */
async function discard(file: string, dead: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
    // Somebody else was quicker, and this is a new lock: back with it.
    if ((await readFile(aside, 'utf8')) !== dead) await link(aside, file);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'EEXIST') throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

async function renew(file: string): Promise<void> {
  const now = new Date();
  // The lock may be gone by now, as its folder may.
  await utimes(file, now, now).catch(() => undefined);
}

async function release(file: string, token: string): Promise<void> {
  try {
    if (parseHolder(await readFile(file, 'utf8'))?.token === token) await rm(file, { force: true });
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
