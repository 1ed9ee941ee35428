import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readTar } from '../../packages/tar.js';
import type { EntryHeader } from '../../packages/archive.js';
import { openStore } from '../../store/open-store.js';
import type { Store } from '../../store/store.js';
import { inlineTasks } from '../../support/tasks.js';
import type { Task, TaskRunner } from '../../support/tasks.js';
import { buildImage } from '../build-image.js';
import { gunzipMembers } from '../gzip.js';
import { layOutAhead } from '../lay-packages.js';
import type { BuiltImage, ImageRecipe, RecipePackage } from '../recipe.js';
import { makeDeb } from './deb-maker.js';
import type { MadeDeb } from './deb-maker.js';

/** An entry of a layer as a test looks at it. */
export interface SeenEntry extends EntryHeader {
  readonly content: string;
  readonly bytes: Buffer;
}

/** A store of its own, and images that are built in it from made packages. */
export interface BuildBench {
  readonly store: Store;
  /** Names of the tasks that were run, in order. */
  readonly tasks: readonly string[];
  add(deb: MadeDeb, from?: 'starter' | 'added'): Promise<RecipePackage>;
  /** Lays packages out in the order given, one after the other, for an image of all of them. */
  layOutAhead(packages: readonly RecipePackage[], part?: Partial<ImageRecipe>): Promise<void>;
  build(packages: readonly RecipePackage[], part?: Partial<ImageRecipe>, concurrency?: number): Promise<BuiltImage>;
  /** The entries of a layer; the strict reader refuses one that has a path twice. */
  layer(image: BuiltImage, title: string): Promise<ReadonlyMap<string, SeenEntry>>;
  /** All layers over one another. */
  root(image: BuiltImage): Promise<ReadonlyMap<string, SeenEntry>>;
  close(): Promise<void>;
}

const emptyConfiguration: ImageRecipe['configuration'] = {
  accounts: { runAs: undefined, users: [], groups: [] },
  paths: [],
  entrypoint: undefined,
  cmd: undefined,
  workDir: undefined,
  environment: {},
  volumes: [],
  ports: [],
  stopSignal: undefined,
  annotations: {},
};

/** The smallest recipe. */
export const emptyRecipe: ImageRecipe = {
  architecture: 'amd64',
  packages: [],
  configuration: emptyConfiguration,
  replacements: [],
  starterFiles: [],
  files: [],
  certificates: [],
  exclude: [],
  labels: {},
  annotations: {},
  layerBudget: 10,
};

/** Opens a bench in a temporary folder. */
export async function openBuildBench(): Promise<BuildBench> {
  const folder = await mkdtemp(path.join(tmpdir(), 'image-'));
  const store = openStore(folder);
  const ran: string[] = [];
  const tasks: TaskRunner = {
    ...inlineTasks,
    run: <Arguments, Result>(task: Task<Arguments, Result>, args: Arguments) => {
      ran.push(task.name);
      return inlineTasks.run(task, args);
    },
  };

  async function layerOf(digest: BuiltImage['layers'][number]['digest']): Promise<ReadonlyMap<string, SeenEntry>> {
    const entries = new Map<string, SeenEntry>();
    for await (const { body, pax: _, ...header } of readTar(gunzipMembers(store.open(digest)), {
      subject: 'layer',
      maxBytes: 1 << 30,
    })) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      entries.set(header.path, { ...header, content: bytes.toString(), bytes });
    }
    return entries;
  }

  return {
    store,
    tasks: ran,
    add: async (deb, from = 'starter') => {
      const archive = await store.put(await makeDeb(deb));
      const version = deb.version ?? '1';
      return {
        archive: archive.digest,
        from,
        package: {
          format: 'deb',
          name: deb.name,
          version,
          architecture: 'amd64',
          origin: { name: deb.name, version },
          description: '',
          homepage: undefined,
          maintainer: undefined,
          license: undefined,
          installedSize: 1000,
          archive: {
            url: 'file:///x.deb',
            size: archive.size,
            checksum: { algorithm: 'sha256', value: archive.digest.slice(7) },
          },
          repository: 'a test',
        },
      };
    },
    layOutAhead: async (packages, part = {}) => {
      const layOut = layOutAhead({ store, tasks, signal: undefined }, [{ ...emptyRecipe, ...part, packages }]);
      for (const one of packages) await layOut(one);
    },
    build: (packages, part = {}, concurrency = 2) =>
      buildImage(
        { store, tasks, report: () => undefined, signal: undefined, concurrency },
        { ...emptyRecipe, ...part, packages },
      ),
    layer: async (image, title) => {
      const found = image.layers.find((layer) => layer.title === title);
      if (found === undefined)
        throw new Error(`no layer ${title} among ${image.layers.map((layer) => layer.title).join(', ')}`);
      return layerOf(found.digest);
    },
    root: async (image) => {
      const root = new Map<string, SeenEntry>();
      for (const { digest } of image.layers) for (const [name, entry] of await layerOf(digest)) root.set(name, entry);
      return root;
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
