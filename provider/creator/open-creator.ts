import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { Catalog } from '../catalog/catalog.js';
import { openStore } from '../store/open-store.js';
import type { Store } from '../store/store.js';
import { createHttpClient } from '../support/http-client.js';
import { takeCredentials } from '../support/http-credentials.js';
import type { Report } from '../support/progress.js';
import { createWorkerTasks } from '../support/worker-tasks.js';
import type { Creator } from './creator.js';
import { lazySigner, lazySignerName } from './creator-signer.js';
import { openHomes, type RegistryManners } from './open-homes.js';
import type { Settings } from './settings.js';
import { toolVersion } from './tool-version.js';

/** A creator with the threads and connections that it holds until `close`. */
export interface OpenCreator extends Creator {
  close(): Promise<void>;
}

/** What a front gives from the outside world. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: () => Date;
  readonly report: Report;
  readonly signal?: AbortSignal;
  readonly registryManners?: RegistryManners;
}

/** Makes a creator. Nothing is read or fetched until a use-case asks for it. Throws `http/bad-credential`. */
export function openCreator(settings: Settings, surroundings: Surroundings): OpenCreator {
  const { environment, clock, report } = surroundings;
  const tasks = createWorkerTasks(availableParallelism());
  const http = createHttpClient({ environment, credentials: settings.repositoryAuth });
  // A plan that is built later names bare addresses, and its packages are fetched from mirrors that nothing has been read from yet.
  for (const mirror of Object.values(settings.mirrors)) if (mirror !== undefined) takeCredentials(http, mirror);
  const store = openStore(path.join(settings.cache, 'store'));
  const homes = openHomes(settings.registryAccess, store, environment, surroundings.registryManners);
  const catalogs = new Map<string | undefined, Promise<Catalog>>();
  return {
    settings,
    environment,
    clock,
    report,
    tasks,
    http,
    signal: surroundings.signal ?? new AbortController().signal,
    suites: new Map(),
    store,
    homes,
    signer: lazySigner(settings.signing, { http, environment, now: () => clock().getTime() }),
    signerName: lazySignerName(settings.signing, environment),
    catalog: (startersOf) => {
      const catalog = catalogs.get(startersOf) ?? openCatalog(store, settings, startersOf);
      catalogs.set(startersOf, catalog);
      return catalog;
    },
    close: async () => {
      await Promise.all([tasks.close(), http.close(), homes.close()]);
    },
  };
}

/** The catalog. What reads it is loaded with it: who copies, verifies or removes images needs none. */
async function openCatalog(store: Store, { catalogs }: Settings, startersOf: string | undefined): Promise<Catalog> {
  const { rememberedCatalog } = await import('../catalog/remembered-catalog.js');
  return rememberedCatalog(store, toolVersion(), { folders: catalogs, startersOf });
}
