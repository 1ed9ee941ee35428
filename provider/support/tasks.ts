/**
 * A piece of CPU work that can run on another thread: a named export of a module, with arguments and result that
 * survive a structured clone.
 */
export interface Task<Arguments, Result> {
  /** The URL of the module that exports the task, made of its own file name: bundled, its code may lie in another file. */
  readonly module: string;
  /** The name under which the module exports it. */
  readonly name: string;
  readonly run: (args: Arguments) => Promise<Result>;
}

/** Where tasks run. */
export interface TaskRunner {
  /** Runs `task`; an error it throws is thrown here with its class, code, hint and data. */
  run<Arguments, Result>(task: Task<Arguments, Result>, args: Arguments, signal?: AbortSignal): Promise<Result>;
  /** Makes one more thread ready for a task that will come, where there may be one more. */
  prepare(task: Pick<Task<never, unknown>, 'module'>): void;
  /** Ends the threads, if any. */
  close(): Promise<void>;
}

/** Runs tasks on the calling thread. */
export const inlineTasks: TaskRunner = {
  run: (task, args) => task.run(args),
  prepare: () => undefined,
  close: () => Promise.resolve(),
};

/** Where work is done that would be over on the calling thread before another has begun: there when it is `light`, else where `tasks` says. */
export function tasksFor(tasks: TaskRunner, isLight: boolean): TaskRunner {
  return isLight ? inlineTasks : tasks;
}
