import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { PrivateImageError } from './errors.js';
import { inlineTasks, type Task, type TaskRunner } from './tasks.js';
import { compileLater, keepHeapsNearUse } from './v8-settings.js';
import type { TaskFailure, TaskPreparation, TaskReply, TaskRequest } from './worker-thread.js';

/** Of each thread's heap. Tasks stream: what they leave behind is buffers, which are freed as often as this fills up. More would save no time. */
const maxYoungGenerationSizeMb = 1;

/** A thread with the task it has in hand, if any. */
interface Thread {
  readonly worker: Worker;
  job: Job | undefined;
  /** Files of modules that it has been told to load. */
  readonly prepared: Set<string>;
}

interface Job {
  readonly request: TaskRequest;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs tasks on up to `threads` worker threads, which start when there is work and end with `close`.
 * Modules that are not compiled JavaScript (a test runner's) run on the calling thread.
 */
export function createWorkerTasks(threads: number): TaskRunner {
  const pool: Thread[] = [];
  const waiting: Job[] = [];

  const startJobs = (): void => {
    while (waiting.length > 0) {
      const thread = pool.find((candidate) => candidate.job === undefined) ?? grow();
      if (thread === undefined) return;
      const job = waiting.shift();
      if (job === undefined) return;
      thread.job = job;
      thread.worker.ref();
      thread.worker.postMessage(job.request);
    }
  };

  const grow = (): Thread | undefined => {
    if (pool.length >= threads) return undefined;
    if (pool.length === 0) {
      keepHeapsNearUse();
      compileLater();
    }
    const worker = new Worker(new URL('./worker-thread.js', import.meta.url), {
      resourceLimits: { maxYoungGenerationSizeMb },
    });
    const thread: Thread = { worker, job: undefined, prepared: new Set() };
    pool.push(thread);
    worker.on('message', (reply: TaskReply) => {
      const job = thread.job;
      thread.job = undefined;
      // An idle thread must not keep the process alive.
      worker.unref();
      if ('failure' in reply) job?.reject(revive(reply.failure));
      else job?.resolve(reply.result);
      startJobs();
    });
    let failure: unknown;
    worker.on('error', (error) => {
      failure = error;
    });
    // Comes after `error`, and alone when a task ends its thread or `close` does.
    worker.on('exit', () => {
      const at = pool.indexOf(thread);
      if (at >= 0) pool.splice(at, 1);
      thread.job?.reject(
        failure ?? new Error(`The thread of task ${thread.job.request.name} ended before it was done`),
      );
      thread.job = undefined;
      startJobs();
    });
    return thread;
  };

  const hasThreadsFor = ({ module }: { readonly module: string }): boolean =>
    threads > 0 && module.endsWith('.js') && import.meta.url.endsWith('.js');

  return {
    async run<Arguments, Result>(
      task: Task<Arguments, Result>,
      args: Arguments,
      signal?: AbortSignal,
    ): Promise<Result> {
      signal?.throwIfAborted();
      if (!hasThreadsFor(task)) return inlineTasks.run(task, args);
      return (await new Promise<unknown>((resolve, reject) => {
        waiting.push({ request: { module: fileURLToPath(task.module), name: task.name, args }, resolve, reject });
        startJobs();
      })) as Result;
    },
    prepare: (task) => {
      if (!hasThreadsFor(task)) return;
      const module = fileURLToPath(task.module);
      const thread = pool.find(({ prepared }) => !prepared.has(module)) ?? grow();
      if (thread === undefined) return;
      thread.prepared.add(module);
      thread.worker.postMessage({ module } satisfies TaskPreparation);
      if (thread.job === undefined) thread.worker.unref();
    },
    close: async () => {
      for (const job of waiting.splice(0))
        job.reject(new Error(`Task ${job.request.name} was not begun: the threads are closed`));
      await Promise.all(pool.splice(0).map((thread) => thread.worker.terminate()));
    },
  };
}

function revive(failure: TaskFailure): Error {
  const cause = failure.cause === undefined ? undefined : revive(failure.cause);
  if (failure.code === undefined) {
    const error = new Error(failure.message, { cause });
    if (failure.stack !== undefined) error.stack = failure.stack;
    return error;
  }
  return new PrivateImageError(failure.code, failure.message, {
    data: failure.data,
    cause,
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
  });
}
