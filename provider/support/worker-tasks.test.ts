import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Task, TaskRunner } from './tasks.js';
import { createWorkerTasks as createUncompiled } from './worker-tasks.js';

// Threads run compiled JavaScript alone, so the runner is compiled here as it is for a release.
describe('a pool', () => {
  let folder: string;
  let createWorkerTasks: typeof createUncompiled;
  const runners: TaskRunner[] = [];

  const tasksModule = `
import { threadId } from 'node:worker_threads';
import { PrivateImageError } from './errors.js';
const task = (name, run) => ({ module: import.meta.url, name, run });
export const double = task('double', async (n) => n * 2);
export const where = task('where', async (milliseconds) => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
  return threadId;
});
export const typed = task('typed', async () => {
  throw new PrivateImageError('demo/wrong', 'it is wrong', { hint: 'mend it', data: { path: '/x' }, cause: new Error('below') });
});
export const plain = task('plain', async () => { throw new TypeError('plain'); });
export const dies = task('dies', async () => process.exit(3));
export const crashes = task('crashes', () => new Promise(() => setTimeout(() => { throw new Error('crashed'); })));
export const unsendable = task('unsendable', async () => () => undefined);
export const forever = task('forever', () => new Promise(() => setInterval(() => undefined, 1000)));
export const misnamed = task('none', async () => 1);
`;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'worker-tasks-'));
    await mkdir(path.join(folder, 'support'));
    for (const name of ['errors', 'printable', 'v8-settings', 'tasks', 'worker-tasks', 'worker-thread']) {
      const source = await readFile(fileURLToPath(new URL(`${name}.ts`, import.meta.url)), 'utf8');
      const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, verbatimModuleSyntax: true };
      await writeFile(
        path.join(folder, 'support', `${name}.js`),
        ts.transpileModule(source, { compilerOptions: options }).outputText,
      );
    }
    await writeFile(path.join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(path.join(folder, 'support', 'demo.js'), tasksModule);
    ({ createWorkerTasks } = (await load('worker-tasks.js')) as { createWorkerTasks: typeof createUncompiled });
  });

  afterEach(async () => {
    for (const runner of runners.splice(0)) await runner.close();
  });

  afterAll(() => rm(folder, { recursive: true }));

  async function load(name: string): Promise<unknown> {
    return import(/* @vite-ignore */ pathToFileURL(path.join(folder, 'support', name)).href);
  }

  async function task(name: string): Promise<Task<unknown, unknown>> {
    return ((await load('demo.js')) as Record<string, Task<unknown, unknown>>)[name]!;
  }

  function runner(threads: number): TaskRunner {
    const made = createWorkerTasks(threads);
    runners.push(made);
    return made;
  }

  describe('tasks on threads', () => {
    it('give their results, more of them than threads', async () => {
      const double = await task('double');
      const tasks = runner(2);
      const results = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((n) => tasks.run(double, n)));
      expect(results).toEqual([2, 4, 6, 8, 10, 12, 14]);
    });

    it('run elsewhere than here, on no more threads than allowed', async () => {
      const where = await task('where');
      const tasks = runner(2);
      const ids = await Promise.all([1, 2, 3, 4, 5].map(() => tasks.run(where, 20)));
      expect(new Set(ids).size).toBeLessThanOrEqual(2);
      expect(ids).not.toContain(0);
    });

    it('hand on an error with all that it says', async () => {
      const error = await runner(1)
        .run(await task('typed'), 0)
        .catch((caught: unknown) => caught);
      expect(error).toMatchObject({
        name: 'PrivateImageError',
        code: 'demo/wrong',
        message: 'it is wrong',
        hint: 'mend it',
        data: { path: '/x' },
        cause: { message: 'below' },
      });
    });

    it('go on after one that failed', async () => {
      const tasks = runner(1);
      await expect(tasks.run(await task('plain'), 0)).rejects.toThrow('plain');
      expect(await tasks.run(await task('double'), 4)).toBe(8);
    });

    it.each(['dies', 'crashes', 'unsendable'])(
      'fail when the thread %s, and the next has a new thread',
      async (name) => {
        const tasks = runner(1);
        const lost = tasks.run(await task(name), 0);
        const next = tasks.run(await task('double'), 4);
        await expect(lost).rejects.toThrow();
        expect(await next).toBe(8);
      },
    );

    it('that a module does not export fail by name', async () => {
      await expect(runner(1).run(await task('misnamed'), 0)).rejects.toThrow(/none/);
    });

    it('are not begun when given up before', async () => {
      const tasks = runner(1);
      await expect(tasks.run(await task('double'), 1, AbortSignal.abort(new Error('enough')))).rejects.toThrow(
        'enough',
      );
    });

    it('have their modules loaded before, by no more threads than allowed', async () => {
      const list = path.join(folder, 'loaded');
      const noted = `
import { appendFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
appendFileSync(${JSON.stringify(list)}, threadId + '\\n');
export const id = { module: import.meta.url, name: 'id', run: async () => threadId };
`;
      await writeFile(path.join(folder, 'support', 'noted.js'), noted);
      const module = pathToFileURL(path.join(folder, 'support', 'noted.js')).href;
      const tasks = runner(2);
      for (let times = 1; times <= 3; times += 1) tasks.prepare({ module });
      const loaded = await vi.waitFor(async () => {
        const ids = (await readFile(list, 'utf8')).trim().split('\n');
        expect(ids).toHaveLength(2);
        return ids.map(Number);
      });
      const id: Task<unknown, unknown> = { module, name: 'id', run: () => Promise.resolve(0) };
      expect(loaded).toContain(await tasks.run(id, undefined));
      expect((await readFile(list, 'utf8')).trim().split('\n')).toHaveLength(2);
    });

    it('that run or wait when the threads are closed fail', async () => {
      const tasks = createWorkerTasks(1);
      const forever = await task('forever');
      const outcomes = Promise.allSettled([tasks.run(forever, 0), tasks.run(forever, 0)]);
      await tasks.close();
      expect((await outcomes).map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    });
  });

  describe('tasks without threads', () => {
    it.each([
      ['none are allowed', 'where', () => runner(0)],
      ['the runner is not compiled', 'where', () => createUncompiled(2)],
    ])('run here when %s', async (_, name, make) => {
      const here = (await task(name)).run(0);
      expect(await make().run(await task(name), 0)).toBe(await here);
    });
  });
});
