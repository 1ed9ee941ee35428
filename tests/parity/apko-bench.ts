import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildImage } from '../../provider/image/build-image.js';
import { gunzipMembers } from '../../provider/image/gzip.js';
import type { ApkRecipe } from '../../provider/image/apk-recipe.js';
import type { ImageConfiguration } from '../../provider/image/configuration.js';
import type { BuiltImage, ImageRecipe, RecipePackage } from '../../provider/image/recipe.js';
import { emptyRecipe } from '../../provider/image/testing/build-bench.js';
import { makeApk, makeSigningKey } from '../../provider/packages/apk/testing/apk-maker.js';
import { takeApk } from '../../provider/packages/apk/testing/taken-apk.js';
import type { MadePackage } from '../../provider/packages/apk/testing/apk-maker.js';
import { readTar } from '../../provider/packages/tar.js';
import { openStore } from '../../provider/store/open-store.js';
import type { Store } from '../../provider/store/store.js';
import { inlineTasks } from '../../provider/support/tasks.js';

/** An entry as the image has it. */
export interface SeenEntry {
  readonly type: string;
  /** Octal. */
  readonly mode: string;
  readonly owner: string;
  readonly content?: Buffer;
  readonly link?: string;
  readonly device?: string;
  readonly xattrs?: Readonly<Record<string, string>>;
}

/** A built image with its root. */
export interface SeenImage {
  readonly built: BuiltImage;
  readonly root: ReadonlyMap<string, SeenEntry>;
  readonly config: Readonly<Record<string, unknown>>;
  /** The text of a file. */
  text(path: string): string;
}

/** What an apko file would say, as far as a case needs it. */
export interface ApkoCase extends Partial<ImageConfiguration> {
  readonly apk?: Partial<ApkRecipe>;
  readonly recipe?: Partial<ImageRecipe>;
}

/** A store of its own, and images of made packages in it. */
export interface ApkoBench {
  readonly store: Store;
  build(packages: readonly MadePackage[], configuration?: ApkoCase): Promise<SeenImage>;
  close(): Promise<void>;
}

/** Opens a bench in a temporary folder. */
export async function openApkoBench(): Promise<ApkoBench> {
  const folder = await mkdtemp(path.join(tmpdir(), 'apko-'));
  const store = openStore(folder);
  const key = makeSigningKey();

  async function add(spec: MadePackage): Promise<RecipePackage> {
    const made = await makeApk(spec, key);
    const { name, version = '1.0.0-r0' } = spec;
    const { controlSha1, bytes } = made;
    const { stored } = await takeApk(store, bytes, { name, version, controlSha1 });
    return {
      archive: stored.archive,
      from: 'starter',
      package: {
        format: 'apk',
        name,
        version,
        architecture: 'x86_64',
        origin: { name: spec.origin ?? name, version },
        description: '',
        homepage: undefined,
        maintainer: undefined,
        license: undefined,
        installedSize: 0,
        archive: {
          url: 'file:///x.apk',
          size: bytes.length,
          checksum: { algorithm: 'sha1-control', value: controlSha1 },
        },
        repository: 'a test',
      },
    };
  }

  async function build(specs: readonly MadePackage[], given: ApkoCase = {}): Promise<SeenImage> {
    const { apk, recipe, ...configuration } = given;
    const packages = await Promise.all(specs.map(add));
    const built = await buildImage(
      { store, tasks: inlineTasks, report: () => undefined, signal: undefined, concurrency: 2 },
      {
        ...emptyRecipe,
        ...recipe,
        packages,
        configuration: { ...emptyRecipe.configuration, ...configuration },
        apk: {
          requests: specs.map(({ name }) => name),
          repositories: ['https://packages.test/main'],
          keys: [{ name: key.public.name, pem: key.public.pem }],
          ...apk,
        },
      },
    );
    const root = new Map<string, SeenEntry>();
    for (const { digest } of built.layers) await readLayer(store, digest, root);
    const { config } = JSON.parse((await store.read(built.config.digest)).toString()) as Pick<SeenImage, 'config'>;
    return { built, root, config, text: (file) => root.get(file)?.content?.toString() ?? `no ${file}` };
  }

  return { store, build, close: () => rm(folder, { recursive: true, force: true }) };
}

/** Random content, the same for the same seed: it does not become smaller by compression. */
export function noise(seed: string, size: number): Buffer {
  const parts: Buffer[] = [];
  for (let index = 0; index * 32 < size; index += 1) {
    parts.push(createHash('sha256').update(`${seed}${index}`).digest());
  }
  return Buffer.concat(parts).subarray(0, size);
}

async function readLayer(
  store: Store,
  digest: BuiltImage['layers'][number]['digest'],
  root: Map<string, SeenEntry>,
): Promise<void> {
  const tar = gunzipMembers(store.open(digest));
  for await (const { body, ...header } of readTar(tar, { subject: 'layer', maxBytes: 1 << 30 })) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    root.set(header.path, {
      type: header.type,
      mode: header.mode.toString(8),
      owner: `${header.uid}:${header.gid}`,
      ...(header.type === 'file' ? { content: Buffer.concat(chunks) } : {}),
      ...(header.linkTarget === undefined ? {} : { link: header.linkTarget }),
      ...(header.type === 'character-device' ? { device: `${header.device?.major}:${header.device?.minor}` } : {}),
      ...(header.xattrs === undefined
        ? {}
        : {
            xattrs: Object.fromEntries(
              [...header.xattrs].map(([name, value]) => [name, Buffer.from(value).toString()]),
            ),
          }),
    });
  }
}
