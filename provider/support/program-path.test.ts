import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findProgram } from './program-path.js';

describe('findProgram', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'program-path-'));
    for (const name of ['first/tool', 'second', 'third']) await mkdir(path.join(folder, name), { recursive: true });
    await writeFile(path.join(folder, 'second/tool'), '');
    await writeFile(path.join(folder, 'third/tool'), '');
    await chmod(path.join(folder, 'third/tool'), 0o755);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('gives the first that is a program, no folder and no other file', () => {
    const search = ['first', 'second', 'third'].map((one) => path.join(folder, one)).join(path.delimiter);
    expect(findProgram('tool', search)).toBe(path.join(folder, 'third/tool'));
  });

  it('looks nowhere but in absolute folders', () => {
    const here = path.relative(process.cwd(), path.join(folder, 'third'));
    expect(findProgram('tool', ['', '.', here].join(path.delimiter))).toBeUndefined();
    expect(findProgram('tool', undefined)).toBeUndefined();
  });
});
