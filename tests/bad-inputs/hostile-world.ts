import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, vi } from 'vitest';
import { stringify } from 'yaml';
import type { OpenCreator } from '../../provider/creator/open-creator.js';
import { planFile } from '../../provider/creator/plan-file.js';
import { planImage } from '../../provider/creator/plan-image.js';
import type { Plan, PlanError } from '../../provider/creator/plan.js';
import type { PublishedImage } from '../../provider/creator/published.js';
import { publishImage } from '../../provider/creator/publish-image.js';
import { checksumText } from '../../provider/packages/apk/apk-package.js';
import { makeIndex, makeSigningKey } from '../../provider/packages/apk/testing/apk-maker.js';
import { readTar, type TarEntry } from '../../provider/packages/tar.js';
import { inPieces } from '../../provider/packages/testing/tar-maker.js';
import { openLayout } from '../../provider/registry/layout.js';
import type { DebRecipe } from '../fixtures/deb.js';
import { errorOf } from '../fixtures/error-of.js';
import {
  openSmallWorld,
  requestFor,
  type SmallWorld,
  standardContent,
  type WorldChanges,
} from '../fixtures/small-world.js';
import { type Format, formats, hostileApk, hostileDeb, type HostilePackage, versions } from './hostile-archives.js';

/** An entry of an image, with its content. */
export type ImageEntry = TarEntry & { readonly content: string };

/** Repositories whose packages are hostile and whose signatures are genuine, with a good image in the registry already. */
export interface HostileWorld {
  readonly folder: string;
  readonly world: SmallWorld;
  /** A file outside of everything that the program may write, and its folder. */
  readonly canary: string;
  readonly outside: string;
  /** Puts these packages, and no others, into the repository of a format. */
  offer(format: Format, packages: readonly HostilePackage[]): Promise<void>;
  /** Plans an image of packages by name, through a creator of its own. */
  plan(format: Format, names: readonly string[], changes?: WorldChanges): Promise<Planned>;
  /** Offers, plans, builds and publishes. */
  publish(format: Format, packages: readonly HostilePackage[]): Promise<PublishedImage>;
  /** The same for what is refused: its reason, when nothing outside was touched, and nothing in the registry or cache is worse. */
  refusal(format: Format, packages: readonly HostilePackage[]): Promise<PlanError>;
  /** All layers of the image that was published last, over one another. */
  root(format: Format): Promise<ReadonlyMap<string, ImageEntry>>;
  /** Fails when something outside was touched, or when the cache holds anything but what it says. */
  expectUntouched(): Promise<void>;
  close(): Promise<void>;
}

/** A plan with the creator that made it. */
export interface Planned {
  readonly creator: OpenCreator;
  readonly plan: Plan;
  publish(): Promise<PublishedImage>;
}

const claim = { owner: 'resource-1', traceId: 'trace-1' };
const line = { deb: '2', apk: undefined } as const;

/** Opens a hostile world in a temporary folder. */
export async function openHostileWorld(): Promise<HostileWorld> {
  const world = await openSmallWorld();
  const { folder } = world;
  const key = makeSigningKey('tests.rsa.pub');
  const outside = path.join(folder, 'outside');
  const canary = path.join(outside, 'canary');
  await mkdir(outside);
  await writeFile(canary, 'alive');
  await writeFile(path.join(folder, 'tests.rsa.pub'), key.public.pem);

  async function offer(format: Format, packages: readonly HostilePackage[]): Promise<void> {
    if (format === 'deb') {
      const recipes = packages.map(
        (one): DebRecipe => ({
          name: one.name,
          version: versions.deb,
          architecture: 'amd64',
          fields: { 'Installed-Size': String(Math.ceil((one.installedSize ?? 4096) / 1024)) },
          archive: hostileDeb(one),
        }),
      );
      await world.write({ stable: standardContent({ stable: recipes })['stable'] ?? [] });
      return;
    }
    const repository = path.join(folder, 'apk', 'x86_64');
    await mkdir(repository, { recursive: true });
    const stanzas: string[] = [];
    for (const one of packages) {
      const { bytes, control } = hostileApk(one);
      const sha1 = createHash('sha1').update(control).digest('hex');
      const sizes = `S:${bytes.length}\nI:${one.installedSize ?? 4096}`;
      stanzas.push(`C:${checksumText(sha1)}\nP:${one.name}\nV:${versions.apk}\nA:x86_64\n${sizes}\nT:made\nL:MIT`);
      await writeFile(path.join(repository, `${one.name}-${versions.apk}.apk`), bytes);
    }
    await writeFile(path.join(repository, 'APKINDEX.tar.gz'), await makeIndex(stanzas, { key }));
  }

  async function plan(format: Format, names: readonly string[], changes: WorldChanges = {}): Promise<Planned> {
    const creator = world.creator(changes);
    const request = requestFor({
      starter: format === 'deb' ? 'plain' : '',
      name: format,
      packages: format === 'deb' ? names : [],
      architectures: ['amd64'],
      lines: line[format] === undefined ? undefined : [line[format]],
    });
    const file = path.join(folder, 'apko.yaml');
    const contents = { repositories: ['./apk'], keyring: ['tests.rsa.pub'], packages: names };
    if (format === 'apk') await writeFile(file, stringify({ contents, archs: ['amd64'] }));
    const planned = await (format === 'deb' ? planImage(creator, request) : planFile(creator, file, request));
    return { creator, plan: planned.plan, publish: () => publishImage(creator, planned.digest, claim) };
  }

  async function publish(format: Format, packages: readonly HostilePackage[]): Promise<PublishedImage> {
    await offer(format, packages);
    const names = packages.map((one) => one.name);
    return (await plan(format, names)).publish();
  }

  async function expectUntouched(): Promise<void> {
    expect(await readdir(outside)).toEqual(['canary']);
    expect(await readFile(canary, 'utf8')).toBe('alive');
    const own = ['apk', 'apko.yaml', 'cache', 'catalog', 'mirror', 'outside', 'registry', 'tests.rsa.pub'];
    expect((await readdir(folder)).filter((name) => !own.includes(name))).toEqual([]);
    await expectSoundCache(path.join(folder, 'cache'));
  }

  async function refusal(format: Format, packages: readonly HostilePackage[]): Promise<PlanError> {
    const registry = path.join(folder, 'registry');
    const before = await digestsBelow(registry);
    const error = await errorOf(publish(format, packages));
    expect(error.code, error.message).toBe('image/no-line-built');
    expect(await digestsBelow(registry)).toEqual(before);
    await expectUntouched();
    const [reason] = Object.values(error.data['lines'] as Record<string, PlanError>);
    if (reason === undefined) throw new Error('no line failed');
    return reason;
  }

  async function root(format: Format): Promise<ReadonlyMap<string, ImageEntry>> {
    const repository = openLayout(path.join(folder, 'registry', '53', format));
    const read = async (digest: string): Promise<unknown> =>
      JSON.parse(String(await readFile(blob(digest)))) as unknown;
    const blob = (digest: string): string =>
      path.join(folder, 'registry', '53', format, 'blobs', 'sha256', digest.slice('sha256:'.length));
    const latest = (await repository.tags()).find(({ tag }) => tag === 'latest');
    const { manifests } = (await read(latest?.digest ?? '')) as { manifests: { digest: string }[] };
    const { layers } = (await read(manifests[0]?.digest ?? '')) as { layers: { digest: string }[] };
    const entries = new Map<string, ImageEntry>();
    for (const { digest } of layers) {
      for await (const entry of readTar(inPieces(gunzipSync(await readFile(blob(digest)))), {
        subject: 'layer',
        maxBytes: 1 << 30,
      })) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of entry.body) chunks.push(chunk);
        entries.set(entry.path, { ...entry, content: Buffer.concat(chunks).toString('latin1') });
      }
    }
    return entries;
  }

  const good = {
    name: 'good',
    parts: [
      { name: 'srv/', type: '5' },
      { name: 'srv/good', content: 'good' },
    ],
  };
  for (const format of formats) await publish(format, [good]);
  return {
    folder,
    world,
    canary,
    outside,
    offer,
    plan,
    publish,
    refusal,
    root,
    expectUntouched,
    close: async () => {
      await world.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Every file below `folder` with the digest of its content, links as what they lead to. */
export async function digestsBelow(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  const digests = files.map(async (entry) => {
    const file = path.join(entry.parentPath, entry.name);
    const digest = entry.isFile()
      ? createHash('sha256')
          .update(await readFile(file))
          .digest('hex')
      : 'no file';
    return [path.relative(folder, file), digest] as const;
  });
  return Object.fromEntries((await Promise.all(digests)).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** A cache holds blobs under their own digest, facts, and nothing that is half done. */
async function expectSoundCache(cache: string): Promise<void> {
  // What was begun beside the package that was refused comes to its end by itself.
  await vi.waitFor(() => expectSoundFiles(cache), { timeout: 10_000 });
}

async function expectSoundFiles(cache: string): Promise<void> {
  for (const [name, digest] of Object.entries(await digestsBelow(cache))) {
    if (name.startsWith(path.join('store', 'facts', path.sep))) continue;
    expect(name).toBe(path.join('store', 'sha256', digest.slice(0, 2), digest));
  }
}
