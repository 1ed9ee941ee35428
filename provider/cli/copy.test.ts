import { generateKeyPairSync } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../tests/fixtures/memory-terminal.js';
import { openSmallWorld, requestFor, type SmallWorld } from '../../tests/fixtures/small-world.js';
import { type MemoryRegistry, startMemoryRegistry } from '../../tests/registry/memory-registry.js';
import { makeImage } from '../../tests/signing/made-image.js';
import { claimTag } from '../creator/claim.js';
import { openLayout } from '../registry/layout.js';
import { isCosignTag } from '../signing/cosign-tag.js';
import { signImages } from '../signing/sign-image.js';
import { openSigner } from '../signing/signer.js';
import { planImage } from '../creator/plan-image.js';
import { publishImage } from '../creator/publish-image.js';

const noNetwork = {
  http: { get: () => Promise.reject(new Error('no network')), close: () => Promise.resolve() },
  environment: {},
  now: () => Date.now(),
};

let world: SmallWorld;
let registry: MemoryRegistry;
let publicKey: string;
/** The folder of an image that a resource has published. */
let image: string;

beforeAll(async () => {
  world = await openSmallWorld();
  registry = await startMemoryRegistry();
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const privateKey = await world.file('own.key', keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  publicKey = await world.file('own.pub', keys.publicKey.export({ type: 'spki', format: 'pem' }).toString());
  const place = path.join(world.folder, 'registry');
  const environment = { PRIVATE_IMAGE_REGISTRY: place, PRIVATE_IMAGE_SIGNING_KEY: privateKey };
  const creator = world.creator({ environment });
  const { digest } = await planImage(creator, requestFor({ lines: ['8.4'], packages: ['jq'] }));
  await publishImage(creator, digest, { owner: 'resource-1', traceId: 'trace-1' });
  image = path.join(place, '53/web');
});
afterAll(async () => {
  await registry.close();
  await world.close();
});

function run(...args: readonly string[]) {
  return runCommand(world, args, { environment: { PRIVATE_IMAGE_INSECURE_REGISTRIES: registry.host } });
}

describe('private-image copy', () => {
  it('brings all tags with SBOMs and signatures to a registry, and not whose the repository was', async () => {
    const { code, stdout, stderr } = await run('copy', image, `${registry.host}/elsewhere/web`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\/elsewhere\/web:8\.4 {2}sha256:[0-9a-f]{64}$/mu);
    const { tags } = registry.repository('elsewhere/web');
    expect([...tags.keys()]).not.toContain(claimTag);
    const verified = await run('verify', `${registry.host}/elsewhere/web:8.4`, '--key', publicKey);
    expect({ code: verified.code, stderr: verified.stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('sends nothing again that is there', async () => {
    await run('copy', image, `${registry.host}/twice/web`);
    const before = registry.requests.length;
    expect((await run('copy', image, `${registry.host}/twice/web`)).code).toBe(0);
    const uploads = registry.requests.slice(before).filter((request) => request.includes('/blobs/uploads'));
    expect(uploads).toEqual([]);
  });

  it('has a registry take over from itself what it has elsewhere', async () => {
    await run('copy', image, `${registry.host}/team/web`);
    const before = registry.requests.length;
    const { code } = await run('copy', `${registry.host}/team/web`, `${registry.host}/promoted/web`);
    expect(code).toBe(0);
    const later = registry.requests.slice(before).filter((request) => request.includes('/promoted/web/blobs/uploads/'));
    expect(later.length).toBeGreaterThan(10);
    expect(later.filter((request) => !request.includes('from=team%2Fweb'))).toEqual([]);
    const layers = registry.requests.slice(before).filter((request) => /^GET .*\/team\/web\/blobs\//u.test(request));
    expect(layers).toEqual([]);
    const verified = await run('verify', `${registry.host}/promoted/web:8.4`, '--key', publicKey);
    expect({ code: verified.code, stderr: verified.stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('keeps the older signatures that others have put beside the target', async () => {
    const { folder } = world;
    for (const who of ['us', 'them']) {
      const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const privateKey = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      const made = await makeImage('same', { repository: openLayout(path.join(folder, who)) });
      made.remove();
      const signer = await openSigner({ kind: 'key', privateKey, form: 'tags' }, noNetwork);
      await signImages(made.repository, signer, 'web', made.requests);
    }
    const target = `${registry.host}/signed/by-both`;
    for (const who of ['us', 'them', 'us', 'them']) expect((await run('copy', `./${who}`, target)).code).toBe(0);
    const { tags } = registry.repository('signed/by-both');
    const held = await Promise.all(
      [...tags.keys()].filter(isCosignTag).map(async (tag) => {
        const answer = await fetch(`http://${registry.host}/v2/signed/by-both/manifests/${tag}`);
        return [tag.slice(-3), ((await answer.json()) as { layers: unknown[] }).layers.length];
      }),
    );
    // Of each signer one signature and three statements, for the index and its two images.
    expect(held.sort()).toEqual([...Array(3).fill(['att', 6]), ...Array(3).fill(['sig', 2])]);
  });

  it('gives one image another tag, in a layout as well', async () => {
    const target = path.join(world.folder, 'copied/web');
    const { code, stdout } = await run('copy', `${image}:8.4`, `${target}:stable`, '--json');
    expect(code).toBe(0);
    const [copied] = JSON.parse(stdout) as [{ tag: string; digest: string }];
    expect(copied.tag).toBe('stable');
    expect((await run('verify', `${target}@${copied.digest}`, '--key', publicKey)).code).toBe(0);
    const shown = await run('inspect', target, '--json', '--validate');
    expect((JSON.parse(shown.stdout) as { tags: string[] }[]).map(({ tags }) => tags)).toEqual([['stable']]);
  });

  it('copies nothing into what a resource keeps', async () => {
    const { code, stderr } = await run('copy', `${image}:8.4`, `${image}:mine`);
    expect(code).toBe(2);
    expect(stderr).toMatch(/is kept by a PrivateImage resource.*mirrorRegistries/su);
  });

  it.each([
    ['what is not there', ['copy', './nothing', './there'], 1, /nothing: it has no tags/u],
    ['a tag that is not there', ['copy', './registry/53/web:9', './there'], 1, /there is no 9/u],
    ['all tags as one', ['copy', './registry/53/web', './there:one'], 2, /cannot become the one tag one/u],
    ['a digest as target', ['copy', './registry/53/web:8.4', `./there@sha256:${'0'.repeat(64)}`], 2, /to a tag, not/u],
    ['a target that is empty', ['copy', './registry/53/web', ''], 2, /the argument to is empty/u],
    ['a digest that was cut off', ['copy', './registry/53/web@sha256:abc', './there'], 2, /sha256:abc is no digest/u],
    ['a tag that tells whose it is', ['copy', './registry/53/web:8.4', `./there:${claimTag}`], 2, /something else/u],
    [
      'a tag of signatures',
      ['copy', './registry/53/web:8.4', `./there:sha256-${'0'.repeat(64)}.sig`],
      2,
      /something else/u,
    ],
    [
      'a digest without a tag',
      ['copy', `./registry/53/web@sha256:${'0'.repeat(64)}`, './there'],
      2,
      /under which tag/u,
    ],
  ])('refuses %s', async (_what, args, expected, message) => {
    const { code, stderr } = await run(...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(expected);
  });
});
