import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { apkSource } from '../../provider/creator/apk-source.js';
import { debSource } from '../../provider/creator/deb-source.js';
import { type OpenCreator, openCreator } from '../../provider/creator/open-creator.js';
import type { PackageSource } from '../../provider/creator/package-source.js';
import { keyringOf } from '../../provider/packages/apk/keyring.js';
import { type ApkRepositoryOptions, openApkRepository } from '../../provider/packages/apk/repository.js';
import { makeIndex, makeSigningKey } from '../../provider/packages/apk/testing/apk-maker.js';
import { type DebRepositoryOptions, openDebRepository } from '../../provider/packages/deb/repository.js';
import {
  clearSign,
  makeIndexFiles,
  makeKey,
  makeRelease,
  type TestKey,
} from '../../provider/packages/deb/testing/repository-maker.js';
import { resolve } from '../../provider/resolver/resolve.js';
import { readConfiguration } from '../../provider/resources/configuration.js';
import { createHttpClient } from '../../provider/support/http-client.js';
import { inlineTasks } from '../../provider/support/tasks.js';
import { controlOf, type DebRecipe, makeDeb } from '../fixtures/deb.js';
import { type MirrorServer, serveMirror } from './mirror-server.js';

/** How the release of a made deb repository differs from a good one. */
export interface DebIndexChanges {
  /** Further fields of the release, or others. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly keys?: readonly TestKey[];
  /** What becomes of the signed text before it is written. */
  readonly spoil?: (inRelease: string) => string;
}

/** A place where repositories are made, served over HTTP, and read. */
export interface Workshop {
  readonly folder: string;
  readonly server: MirrorServer;
  readonly debKey: TestKey;
  readonly apkKey: ReturnType<typeof makeSigningKey>;
  readonly creator: OpenCreator;
  /** What was reported as a warning. */
  readonly warnings: string[];
  /** Writes a file of the mirror. */
  write(name: string, content: string | Uint8Array): Promise<void>;
  /** Makes a package and puts it into the pool; gives its stanza. */
  putDeb(recipe: DebRecipe): Promise<string>;
  /** Writes the suite `stable` with these stanzas. */
  writeDebIndex(stanzas: string, changes?: DebIndexChanges): Promise<void>;
  /** Writes the signed index of an apk repository with these stanzas. */
  writeApkIndex(stanzas: readonly string[], options?: Parameters<typeof makeIndex>[1]): Promise<void>;
  /** The packages of the deb repository, or of others beside it. */
  deb(...options: readonly Partial<DebRepositoryOptions>[]): Promise<PackageSource>;
  apk(...options: readonly Partial<ApkRepositoryOptions>[]): Promise<PackageSource>;
  close(): Promise<void>;
}

/** What the clock of every workshop says. */
export const now = new Date('2026-03-01T00:00:00Z');

/** The day before, as releases name it. */
export const yesterday = 'Sat, 28 Feb 2026 12:00:00 UTC';

const keyDate = new Date('2026-01-01T00:00:00Z');

/** Opens a workshop with keys of its own, and a client that has little patience. */
export async function openWorkshop(): Promise<Workshop> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'private-image-workshop-'));
  const mirror = path.join(folder, 'mirror');
  const server = await serveMirror(() => mirror);
  const debKey = await makeKey({ date: keyDate });
  const apkKey = makeSigningKey('trusted.rsa.pub');
  const warnings: string[] = [];
  const environment = {
    PRIVATE_IMAGE_CACHE: path.join(folder, 'cache'),
    PRIVATE_IMAGE_DEBIAN_MIRROR: server.url,
    PRIVATE_IMAGE_DEBIAN_SECURITY_MIRROR: server.url,
  };
  const opened = openCreator(readConfiguration({ environment, workingDirectory: folder, home: folder }), {
    environment,
    clock: () => now,
    report: ({ kind, message }) => {
      if (kind === 'warning') warnings.push(message);
    },
  });
  const http = createHttpClient({ patience: { attempts: 2, pause: 1, longestPause: 10, slowAfter: 300 } });
  const creator: OpenCreator = { ...opened, http, tasks: inlineTasks };

  async function write(name: string, content: string | Uint8Array): Promise<void> {
    const file = path.join(mirror, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }

  return {
    folder,
    server,
    debKey,
    apkKey,
    creator,
    warnings,
    write,
    putDeb: async (recipe) => {
      const { archive, sha256 } = await makeDeb(recipe);
      const name = `pool/${recipe.name}_${recipe.version}_${recipe.architecture}.deb`;
      await write(name, archive);
      return `${controlOf(recipe)}\nFilename: ${name}\nSize: ${archive.length}\nSHA256: ${sha256}\n\n`;
    },
    writeDebIndex: async (stanzas, { fields, keys = [debKey], spoil = (text: string) => text } = {}) => {
      const files = makeIndexFiles(stanzas);
      for (const [name, content] of files) await write(`dists/stable/${name}`, content);
      const release = makeRelease(files, {
        Origin: 'Tests',
        Suite: 'stable',
        Date: yesterday,
        Architectures: 'amd64 arm64',
        Components: 'main',
        ...fields,
      });
      await write('dists/stable/InRelease', spoil(await clearSign(release, keys, now)));
    },
    writeApkIndex: async (stanzas, options = {}) => {
      await write('x86_64/APKINDEX.tar.gz', await makeIndex(stanzas, { key: apkKey, ...options }));
    },
    deb: async (...others) => {
      const standard = { url: server.url, suite: 'stable', components: ['main'], keyring: [debKey.armoured] };
      const all = others.length === 0 ? [{}] : others;
      const repositories = await Promise.all(all.map((one) => openDebRepository(creator, { ...standard, ...one })));
      return debSource(repositories, 'amd64');
    },
    apk: (...others) => {
      const standard = { url: server.url, keyring: keyringOf([apkKey.public]) };
      const all = others.length === 0 ? [{}] : others;
      return apkSource(
        all.map((one) => openApkRepository(creator, { ...standard, ...one })),
        'amd64',
      );
    },
    close: async () => {
      await http.close();
      await opened.close();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The answer to `requests`: sorted `name=version`, or why there is none. */
export function answerOf(source: PackageSource, requests: readonly string[]): string {
  const resolution = resolve(source.universe(requests, []), requests);
  if (!resolution.solved) return `no: ${resolution.conflict.text}`;
  return resolution.packages.map(({ package: { name, version } }) => `${name}=${version}`).join(' ');
}
