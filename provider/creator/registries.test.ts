import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/fixtures/error-of.js';
import { flipBit } from '../../tests/fixtures/flip-bit.js';
import { requestFor, type SmallWorld, openSmallWorld, type WorldChanges } from '../../tests/fixtures/small-world.js';
import { incompleteImages } from '../../tests/registry/complete-image.js';
import { incompleteTags, startFaultyRegistry } from '../../tests/registry/faulty-registry.js';
import { type MemoryRegistry, startMemoryRegistry } from '../../tests/registry/memory-registry.js';
import { impatience } from '../../tests/registry/open-test-repository.js';
import { startTokenServer } from '../../tests/registry/token-server.js';
import { openHome } from '../registry/open-home.js';
import { digestOf, isDigest } from '../support/digest.js';
import { putArtifact } from './artifact.js';
import { publishBundle, removeBundle } from './bundles.js';
import { planImage } from './plan-image.js';
import { publishImage } from './publish-image.js';
import { readImage } from './read-image.js';
import { removeImage } from './remove-image.js';
import type { ImageRequest } from './request.js';

const claim = { owner: 'resource-1', traceId: 'trace-1' };
/** What an artifact's manifest has. */
interface Manifest {
  readonly mediaType: string;
  readonly config: object;
  readonly layers: readonly { readonly mediaType: string }[];
}

const neverStopped = new AbortController().signal;
const bundle = {
  name: 'settings',
  type: 'other' as const,
  path: '/etc/app',
  description: undefined,
  files: { 'a.conf': Buffer.from('a') },
};
let world: SmallWorld;
let registry: MemoryRegistry;
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  world = await openSmallWorld();
  registry = await startMemoryRegistry();
  closing.push(() => registry.close());
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await world.close();
});

/** A creator that publishes to the registry, by plain HTTP and with little patience. */
function creatorFor(environment: Readonly<Record<string, string>> = {}, changes: WorldChanges = {}) {
  return world.creator({
    ...changes,
    registryManners: { patience: impatience },
    environment: { PRIVATE_IMAGE_REGISTRY: `http://${registry.host}/team`, ...environment },
  });
}

async function publish(
  changes: Partial<ImageRequest> = {},
  environment: Readonly<Record<string, string>> = {},
  surroundings: WorldChanges = {},
) {
  const creator = creatorFor(environment, surroundings);
  const { digest } = await planImage(creator, requestFor({ architectures: ['amd64'], ...changes }));
  return publishImage(creator, digest, claim);
}

function tags(name = 'team/53/web', from = registry): readonly string[] {
  return [...from.repository(name).tags.keys()].sort();
}

describe('an image in a registry', () => {
  it('is what it would be in a folder, and is read back', async () => {
    const image = await publish();
    const folder = await publish({}, { PRIVATE_IMAGE_REGISTRY: path.join(world.folder, 'registry') });
    expect(image.lines.map(({ digest, tags: on }) => [digest, on])).toEqual(
      folder.lines.map(({ digest, tags: on }) => [digest, on]),
    );
    expect(image.repository).toBe(`${registry.host}/team/53/web`);
    expect(incompleteTags(registry)).toEqual([]);
    const sbom = await fetch(image.lines[0]!.sbomUrl!);
    expect(await sbom.json()).toMatchObject({ spdxVersion: 'SPDX-2.3' });
    expect(await readImage(creatorFor({}, { cache: 'empty' }), 'web')).toEqual(image);
    expect(await readImage(creatorFor(), 'other')).toBeUndefined();
  });

  it('is read back although others have put what is no plan beside it', async () => {
    const image = await publish();
    const home = creatorFor().homes.open(`http://${registry.host}/team`, neverStopped, openHome);
    const repository = home.repository('53/web');
    const type = 'application/vnd.pulumi-private-image.plan.v1+json';
    for (const { digest } of image.lines) {
      const { descriptor } = (await repository.getManifest(digest!))!;
      const [own] = await repository.referrers(digest!, type);
      // Referrers are sorted by digest: these come first.
      for (const foreign of [(count: number) => `{"count":${count}}`, (count: number) => `no JSON ${count}`]) {
        for (let count = 0; ; count += 1) {
          const { manifest } = await putArtifact(repository, descriptor, type, foreign(count));
          if (manifest < own!.digest) break;
        }
      }
    }
    expect(await readImage(creatorFor(), 'web')).toEqual(image);
  });

  it('leaves alone the SBOMs that others have put beside it, and does not take them for its own', async () => {
    const image = await publish();
    const { manifests } = registry.repository('team/53/web');
    const home = creatorFor().homes.open(`http://${registry.host}/team`, neverStopped, openHome);
    const repository = home.repository('53/web');
    const { descriptor } = (await repository.getManifest(image.latest))!;
    const [own] = await repository.referrers(image.latest, 'application/spdx+json');
    const { layers, config, mediaType } = JSON.parse(manifests.get(own!.digest)!.content.toString()) as Manifest;
    const put = async (count: number): Promise<string> => {
      const { digest, size } = descriptor;
      const annotations = { 'org.opencontainers.image.created': `2026-01-01T00:00:00.${count}Z` };
      const subject = { mediaType: descriptor.mediaType, digest, size };
      const artifactType = 'application/spdx+json';
      const blob = Buffer.from(`{"by":"others","count":${count}}`);
      const layer = { ...layers[0]!, digest: digestOf(blob), size: blob.length };
      await repository.putBlob(layer, () => Readable.from([blob]));
      const document = { schemaVersion: 2, mediaType, artifactType, config, layers: [layer], subject, annotations };
      return (await repository.putManifest(Buffer.from(JSON.stringify(document)), mediaType)).digest;
    };
    let foreign = await put(0);
    // Referrers are sorted by digest: this one comes first.
    for (let count = 1; foreign > own!.digest; count += 1) foreign = await put(count);
    expect(await readImage(creatorFor(), 'web')).toEqual(image);
    expect(await publish()).toEqual(image);
    expect(manifests.has(foreign)).toBe(true);
  });

  it('is not written again when nothing has changed', async () => {
    const first = await publish();
    const before = registry.requests.length;
    expect(await publish({}, {}, { cache: 'cold' })).toEqual(first);
    expect(registry.requests.slice(before).filter((line) => !/^(?:GET|HEAD) /u.test(line))).toEqual([]);
  });

  it('is never published from a damaged cache, which is mended', async () => {
    const first = await publish();
    const layers = new Set([...registry.repository('team/53/web').blobs.keys()].filter(isDigest));
    const { store } = creatorFor();
    for (const layer of layers) if (await store.has(layer)) await flipBit(store.pathOf(layer));
    const other = await startMemoryRegistry();
    closing.push(() => other.close());
    const messages: string[] = [];
    const report: WorldChanges['report'] = ({ message }) => messages.push(message);
    const again = await publish({}, { PRIVATE_IMAGE_REGISTRY: `http://${other.host}/team` }, { report });
    expect(messages).toContain('mending the cache');
    expect(again.lines.map(({ digest }) => digest)).toEqual(first.lines.map(({ digest }) => digest));
    expect(incompleteTags(other)).toEqual([]);
    for (const [digest, content] of other.repository('team/53/web').blobs) expect(digestOf(content)).toBe(digest);
  });

  it('says aloud, once, that it is not signed', async () => {
    const messages: string[] = [];
    const report: WorldChanges['report'] = ({ kind, message }) => {
      if (kind === 'warning') messages.push(message);
    };
    await publish({}, {}, { report });
    expect(messages).toEqual([expect.stringMatching(/^53\/web: The image is not signed/u)]);
  });

  it('mounts layers of an image of the same starter, in a program that runs later', async () => {
    await publish();
    const before = registry.requests.length;
    await publish({ name: 'other' });
    const later = registry.requests.slice(before).filter((line) => line.includes('mount='));
    expect(later.length).toBeGreaterThan(0);
    expect(later.every((line) => line.includes('from=team%2F53%2Fweb'))).toBe(true);
  });

  it('is gone after its removal, and so are its signatures; another is left as it is', async () => {
    const key = await signingKey();
    const signing = { PRIVATE_IMAGE_SIGNING_KEY: key, PRIVATE_IMAGE_SIGNATURE_TAGS: 'true' };
    const other = await publish({ name: 'other' });
    await publish({}, signing);
    expect(tags().filter((tag) => /\.(?:sig|att)$/u.test(tag))).toHaveLength(8);
    await removeImage(creatorFor(), { name: 'web', starter: 'php', owner: claim.owner });
    expect(tags()).toEqual([]);
    expect([...registry.repository('team/53/web').manifests]).toEqual([]);
    expect(await readImage(creatorFor(), 'other')).toEqual(other);
  });

  it('that the registry cannot delete is warned of', async () => {
    await registry.close();
    closing.pop();
    registry = await startMemoryRegistry({ manner: { deletion: false } });
    closing.push(() => registry.close());
    await publish();
    const warnings: string[] = [];
    const report: WorldChanges['report'] = ({ kind, message }) => {
      if (kind === 'warning') warnings.push(message);
    };
    await removeImage(creatorFor({}, { report }), { name: 'web', starter: 'php', owner: claim.owner });
    expect(warnings[0]).toMatch(/team\/53\/web keeps .* which was to be deleted/u);
    const { reference } = await publishBundle(creatorFor(), bundle);
    warnings.length = 0;
    await removeBundle(creatorFor({}, { report }), reference);
    expect(warnings).toEqual([
      expect.stringMatching(/team\/53\/file_bundle\/settings keeps .*, which was to be deleted/u),
    ]);
  });
});

describe('a registry that lets us publish and not delete', () => {
  it.each([401, 403])('says so with %i, and is published to all the same', async (status) => {
    const closed = await startMemoryRegistry({
      before: (request, response) => {
        if (request.method !== 'DELETE' || request.url?.includes('/uploads/') === true) return false;
        response.writeHead(status).end('{"errors":[{"code":"DENIED"}]}');
        return true;
      },
    });
    closing.push(() => closed.close());
    const place = { PRIVATE_IMAGE_REGISTRY: `http://${closed.host}/team` };
    const { reference } = await publishBundle(creatorFor(place), bundle);
    const first = await publish({ fileBundles: [reference] }, place);
    const repository = creatorFor(place).homes.open(`http://${closed.host}/team`, neverStopped, openHome);
    const subject = await repository.repository('53/web').getManifest(first.latest);
    // As an older version of this program would have written it.
    await putArtifact(repository.repository('53/web'), subject!.descriptor, 'application/spdx+json', '{}');
    expect((await publish({ fileBundles: [reference] }, place)).lines).toMatchObject(
      first.lines.map(({ digest }) => ({ digest, status: 'built' })),
    );
    const creator = creatorFor(place);
    const { digest } = await planImage(creator, requestFor({ architectures: ['amd64'] }));
    const replaced = await publishImage(creator, digest, { owner: 'resource-2', traceId: 'trace-2' });
    expect(replaced.lines.map(({ status }) => status)).toEqual(['built', 'built']);
    await expect(
      removeImage(creatorFor(place), { name: 'web', starter: 'php', owner: 'resource-2' }),
    ).rejects.toMatchObject({ code: status === 401 ? 'registry/unauthorized' : 'registry/denied' });
  });
});

describe('a registry that lets nobody look into a repository that is not there but who may make it', () => {
  it('is published to, and mirrored to', async () => {
    const me = { user: 'me', password: 'very secret' };
    const tokens = await startTokenServer(me);
    closing.push(() => tokens.close());
    const start = async (): Promise<MemoryRegistry> => {
      const closed = await startMemoryRegistry({
        before: (request, response) => {
          const name = /^\/v2\/(.+?)\/(?:blobs|manifests|tags|referrers)/u.exec(request.url ?? '')?.[1] ?? '';
          const granted = tokens.tokens.get((request.headers.authorization ?? '').replace('Bearer ', '')) ?? [];
          const isThere = (closed.repositories.get(name)?.manifests.size ?? 0) > 0;
          if (granted.some((scope) => scope.startsWith(`repository:${name}:`) && (isThere || scope.includes('push')))) {
            return false;
          }
          const challenge = `Bearer realm="${tokens.realm}",service="test",scope="repository:${name}:pull"`;
          response.writeHead(401, { 'www-authenticate': challenge }).end();
          return true;
        },
      });
      closing.push(() => closed.close());
      return closed;
    };
    const [own, mirror] = [await start(), await start()];
    const environment = {
      PRIVATE_IMAGE_REGISTRY: `http://${own.host}/team`,
      PRIVATE_IMAGE_MIRROR_REGISTRIES: `http://${mirror.host}/copies`,
      PRIVATE_IMAGE_REGISTRY_AUTH: [own, mirror].map(({ host }) => `${host}=basic ${me.user}:${me.password}`).join(),
    };
    const { reference } = await publishBundle(creatorFor(environment), bundle, claim);
    const image = await publish({ fileBundles: [reference] }, environment);
    expect(image).toMatchObject({ status: 'created', behind: [] });
    expect(tags('copies/53/web', mirror)).toEqual(tags('team/53/web', own));
    // To look at what is not there must not make it.
    const before = tokens.asked.length;
    const looked = await errorOf(readImage(creatorFor(environment), 'other'));
    expect(looked.code).toBe('registry/unauthorized');
    expect(tokens.asked.slice(before).filter((asked) => asked.includes('push'))).toEqual([]);
  });
});

describe('file bundles in a registry', () => {
  it('know who uses them, until nobody does', async () => {
    const { reference } = await publishBundle(creatorFor(), bundle);
    await publish({ fileBundles: [reference] });
    await publish({ name: 'other', fileBundles: [reference] });
    const refused = await errorOf(removeBundle(creatorFor(), reference));
    expect(refused).toMatchObject({
      code: 'bundle/in-use',
      data: { images: ['53/other:8', '53/web:8'].map((name) => expect.stringContaining(name) as string) },
    });
    await publish();
    await removeImage(creatorFor(), { name: 'other', starter: 'php', owner: claim.owner });
    expect(tags('team/53/file_bundle/settings').filter((tag) => tag.startsWith('used-by'))).toEqual([]);
    await removeBundle(creatorFor(), reference);
    expect(tags('team/53/file_bundle/settings')).toEqual([]);
  });
});

describe('mirrors', () => {
  it('have all that the registry has, and what failed is published to them by the next update', async () => {
    const mirror = await startMemoryRegistry();
    closing.push(() => mirror.close());
    const folder = path.join(world.folder, 'mirror-folder');
    const key = await signingKey();
    const mirrors = {
      PRIVATE_IMAGE_MIRROR_REGISTRIES: `http://${mirror.host}/copies,${folder}`,
      PRIVATE_IMAGE_SIGNING_KEY: key,
      PRIVATE_IMAGE_SIGNATURE_TAGS: 'true',
    };
    const image = await publish({}, mirrors);
    expect(image.behind).toEqual([]);
    expect(tags('copies/53/web', mirror)).toEqual(tags());
    const [here, there] = [registry.repository('team/53/web'), mirror.repository('copies/53/web')];
    expect([...there.manifests.keys()].sort()).toEqual([...here.manifests.keys()].sort());
    expect(incompleteTags(mirror)).toEqual([]);
    expect(await readImage(creatorFor({ PRIVATE_IMAGE_REGISTRY: folder }), 'web')).toMatchObject({ tags: image.tags });

    await mirror.close();
    const second = await publish({ packages: ['jq'] }, mirrors);
    expect(second.behind).toEqual([expect.stringContaining(`the mirror ${mirror.host}/copies is behind`)]);
    expect(second.status).toBe('created');
    const found = await readImage(
      creatorFor({ PRIVATE_IMAGE_MIRROR_REGISTRIES: path.join(world.folder, 'new') }),
      'web',
    );
    expect(found?.behind).toEqual([expect.stringContaining('does not have')]);
  });
});

describe('a mirror that fails halfway', () => {
  it('takes nothing from the registry nor from other mirrors, has no tag on half an image, and is whole after the next update', async () => {
    const folder = path.join(world.folder, 'mirror-folder');
    const key = await signingKey();
    const settings = (host: string) => ({
      PRIVATE_IMAGE_MIRROR_REGISTRIES: `http://${host}/copies,${folder}`,
      PRIVATE_IMAGE_SIGNING_KEY: key,
    });
    const whole = await startMemoryRegistry();
    closing.push(() => whole.close());
    const image = await publish({}, settings(whole.host));
    const count = whole.requests.length;
    expect(count).toBeGreaterThan(50);

    const wrong: string[] = [];
    for (const at of [0, 1, 2, 0.1, 0.3, 0.5, 0.7, 0.9].map((part) =>
      part % 1 === 0 ? part : Math.floor(count * part),
    )) {
      const plan = { fault: '503' as const, at, times: Infinity };
      const mirror = await startFaultyRegistry(plan, () => wrong.push(...incompleteImages(mirror, 'copies/53/web')));
      closing.push(() => mirror.close());
      const warnings: string[] = [];
      const report: WorldChanges['report'] = ({ kind, message }) => {
        if (kind === 'warning') warnings.push(message);
      };
      const failed = await publish({}, settings(mirror.host), { report });
      expect(failed).toEqual({
        ...image,
        behind: [expect.stringContaining(`the mirror ${mirror.host}/copies is behind`)],
      });
      expect(warnings).toEqual([expect.stringContaining(failed.behind[0]!)]);

      plan.at = Infinity;
      expect((await readImage(creatorFor(settings(mirror.host)), 'web'))?.behind).toHaveLength(1);
      expect(await publish({}, settings(mirror.host))).toEqual(image);
      expect((await readImage(creatorFor(settings(mirror.host)), 'web'))?.behind).toEqual([]);
      expect(tags('copies/53/web', mirror)).toEqual(tags());
    }
    expect(wrong).toEqual([]);
    expect(await readImage(creatorFor({ PRIVATE_IMAGE_REGISTRY: folder }), 'web')).toMatchObject({ tags: image.tags });
  }, 120_000);

  it('is known to lack signatures, and to say nothing', async () => {
    const mirror = await startMemoryRegistry();
    const mirrors = { PRIVATE_IMAGE_MIRROR_REGISTRIES: `http://${mirror.host}/copies` };
    await publish({}, mirrors);
    await publish({}, { PRIVATE_IMAGE_SIGNING_KEY: await signingKey() });
    expect((await readImage(creatorFor(mirrors), 'web'))?.behind).toEqual([
      `the mirror ${mirror.host}/copies does not have all SBOMs and signatures`,
    ]);
    await mirror.close();
    expect(await readImage(creatorFor(mirrors), 'web')).toMatchObject({
      behind: [],
      silent: [`${mirror.host}/copies`],
    });
  });
});

describe('retention', () => {
  it('keeps so many old digests of each line, and nothing that a tag still needs', async () => {
    const digests: (string | undefined)[] = [];
    for (const [day, value] of ['a', 'b', 'c', 'd'].entries()) {
      world.now = new Date(Date.UTC(2026, 1, 1 + day));
      const image = await publish({ environment: { KEY: value } }, { PRIVATE_IMAGE_RETENTION: '1' });
      digests.push(image.latest);
    }
    const { manifests } = registry.repository('team/53/web');
    expect(digests.map((digest) => manifests.has(digest!))).toEqual([false, false, true, true]);
    expect(tags().filter((tag) => tag.startsWith('8.4.12-'))).toEqual([
      '8.4.12-20260203000000',
      '8.4.12-20260204000000',
    ]);
    expect(tags().filter((tag) => tag.startsWith('8.2.29-'))).toHaveLength(2);
    expect(incompleteTags(registry)).toEqual([]);
  });
});

describe('floating tags', () => {
  it('say so when they go back', async () => {
    const warnings: string[] = [];
    const report: WorldChanges['report'] = ({ kind, message }) => {
      if (kind === 'warning') warnings.push(message);
    };
    await publish();
    await publish({ lines: ['8.2'] }, {}, { report });
    expect(warnings.filter((one) => one.includes('goes back'))).toEqual([
      '53/web: the tag 8 goes back from 8.4.12 to 8.2.29',
      '53/web: the tag latest goes back from 8.4.12 to 8.2.29',
    ]);
    expect(registry.repository('team/53/web').tags.get('latest')).toBe(
      registry.repository('team/53/web').tags.get('8.2'),
    );
  });
});

/** A new private key in a file. */
async function signingKey(): Promise<string> {
  const { generateKeyPairSync } = await import('node:crypto');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const file = path.join(world.folder, 'signing.key');
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return file;
}
