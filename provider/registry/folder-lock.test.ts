import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from './folder-lock.js';

const times = { patience: 50, pause: 5, stale: 1_000_000 };
describe('a lock', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'lock-'));
    file = path.join(folder, '.lock');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    async function work(): Promise<void> {
      inside += 1;
      most = Math.max(most, inside);
      await readdir(folder);
      inside -= 1;
    }
    await Promise.all(Array.from({ length: 10 }, () => withLock(file, 'r', work, { ...times, patience: 60_000 })));
    expect(most).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is free again after an error', async () => {
    await expect(withLock(file, 'r', () => Promise.reject(new Error('no')), times)).rejects.toThrow('no');
    expect(await withLock(file, 'r', () => Promise.resolve(1), times)).toBe(1);
  });

  it('waits for a live holder, and then says so', async () => {
    await writeFile(file, JSON.stringify({ host: hostname(), pid: process.pid, token: 'alive' }));
    await expect(withLock(file, 'the repository', () => Promise.resolve(), times)).rejects.toMatchObject({
      code: 'registry/locked',
      data: { repository: 'the repository' },
    });
  });

  it.each([
    ['of another machine', JSON.stringify({ host: 'elsewhere.example', pid: 1, token: 'old' })],
    ['that nobody can read', '{'],
  ])('takes over a lock %s only when it is old', async (_, text) => {
    await writeFile(file, text);
    await expect(withLock(file, 'r', () => Promise.resolve(), times)).rejects.toMatchObject({
      code: 'registry/locked',
    });
    await utimes(file, 1, 1);
    expect(await withLock(file, 'r', () => Promise.resolve('in'), times)).toBe('in');
  });
});
