import { pathToFileURL } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { PrivateImageError } from './errors.js';
import type { Task } from './tasks.js';

/** What a thread is asked to run: the export `name` of the file `module`. */
export interface TaskRequest {
  readonly module: string;
  readonly name: string;
  readonly args: unknown;
}

/** A file that is loaded before it is needed. There is no answer. */
export interface TaskPreparation {
  readonly module: string;
}

/** What a thread answers. */
export type TaskReply = { readonly result: unknown } | { readonly failure: TaskFailure };

/** An error in a form that survives a structured clone with its code, hint and causes. */
export interface TaskFailure {
  readonly message: string;
  readonly code: string | undefined;
  readonly hint: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
  readonly stack: string | undefined;
  readonly cause: TaskFailure | undefined;
}

parentPort?.on('message', (request: TaskRequest | TaskPreparation) => {
  if ('name' in request) void answer(request).then((reply) => parentPort?.postMessage(reply));
  // That it cannot be loaded is told whoever runs a task of it.
  else import(pathToFileURL(request.module).href).catch(() => undefined);
});

async function answer(request: TaskRequest): Promise<TaskReply> {
  try {
    const module = (await import(pathToFileURL(request.module).href)) as Readonly<
      Record<string, Task<unknown, unknown> | undefined>
    >;
    const task = module[request.name];
    if (task === undefined) throw new Error(`${request.module} exports no task ${request.name}`);
    return { result: await task.run(request.args) };
  } catch (error) {
    return { failure: describe(error) };
  }
}

function describe(error: unknown): TaskFailure {
  const ours: PrivateImageError | undefined = error instanceof PrivateImageError ? error : undefined;
  const any = error instanceof Error ? error : undefined;
  return {
    message: any?.message ?? String(error),
    code: ours?.code,
    hint: ours?.hint,
    data: ours?.data ?? {},
    stack: any?.stack,
    cause: any?.cause === undefined ? undefined : describe(any.cause),
  };
}
