import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { type OpenCreator, openCreator } from '../../provider/creator/open-creator.js';
import { readConfiguration } from '../../provider/resources/configuration.js';
import { compiledTasks } from './compiled-tasks.js';

/** A creator on live repositories with a registry of its own; the cache is the machine's, so that packages are fetched once. */
export interface LiveWorkspace {
  readonly folder: string;
  readonly creator: OpenCreator;
  close(): Promise<void>;
}

/** Opens one in a temporary folder. `environment` stands over the process's own. */
export async function openLiveWorkspace(environment: Readonly<Record<string, string>> = {}): Promise<LiveWorkspace> {
  const folder = await mkdtemp(path.join(tmpdir(), 'private-image-live-'));
  const everything = { ...process.env, ...environment };
  const settings = readConfiguration({ environment: everything, workingDirectory: folder, home: homedir() });
  const creator = openCreator(settings, { environment: everything, clock: () => new Date(), report: () => undefined });
  const tasks = await compiledTasks();
  return {
    folder,
    creator: { ...creator, tasks },
    close: async () => {
      await Promise.all([creator.close(), tasks.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
