import { availableParallelism } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Task, TaskRunner } from '../../provider/support/tasks.js';
import type * as workerTasks from '../../provider/support/worker-tasks.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The threads of the compiled program for a creator that runs in a test: large images are built with all processors, and at the speed that
 * they have for users.
 */
export async function compiledTasks(): Promise<TaskRunner> {
  const module = compiled(new URL('../../provider/support/worker-tasks.ts', import.meta.url).href);
  const { createWorkerTasks } = (await import(module)) as typeof workerTasks;
  const tasks = createWorkerTasks(availableParallelism());
  return {
    run: <Arguments, Result>(task: Task<Arguments, Result>, args: Arguments, signal?: AbortSignal) =>
      tasks.run({ ...task, module: compiled(task.module) }, args, signal),
    prepare: (task) => {
      tasks.prepare({ module: compiled(task.module) });
    },
    close: () => tasks.close(),
  };
}

/** The compiled form of a module of ours. */
function compiled(url: string): string {
  const source = fileURLToPath(url);
  return pathToFileURL(source.replace(root, `${root}dist/`).replace(/\.ts$/u, '.js')).href;
}
