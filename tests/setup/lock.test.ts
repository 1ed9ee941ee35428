import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alone } from './lock.mjs';
import { capture } from './run.mjs';

describe('alone', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'private-image-lock-'));
    file = join(folder, 'a.lock');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('gives the result and leaves nothing behind', async () => {
    await expect(alone(file, 'a test runs', async () => 7)).resolves.toBe(7);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('lets go when the work fails', async () => {
    await expect(alone(file, 'a test runs', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('never lets two work at the same time', async () => {
    let working = 0;
    const work = () =>
      alone(file, 'a test runs', async () => {
        working += 1;
        await new Promise(setImmediate);
        expect(working).toBe(1);
        working -= 1;
      });
    await Promise.all([work(), work(), work()]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes over from a dead process', async () => {
    const { stdout } = await capture(process.execPath, ['-p', 'process.pid']);
    writeFileSync(file, stdout);
    await expect(alone(file, 'a test runs', async () => 'mine')).resolves.toBe('mine');
  });

  it('takes over a lock that was never written to its end', async () => {
    writeFileSync(file, '');
    utimesSync(file, 1, 1);
    await expect(alone(file, 'a test runs', async () => 'mine')).resolves.toBe('mine');
  });
});
