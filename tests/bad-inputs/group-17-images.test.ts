import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planImage } from '../../provider/creator/plan-image.js';
import { publishImage } from '../../provider/creator/publish-image.js';
import { readImage } from '../../provider/creator/read-image.js';
import { removeImage } from '../../provider/creator/remove-image.js';
import type { ImageRequest } from '../../provider/creator/request.js';
import { openSmallWorld, requestFor, type SmallWorld } from '../fixtures/small-world.js';
import { incompleteTags } from '../registry/faulty-registry.js';
import { type Interceptor, type MemoryRegistry, startMemoryRegistry } from '../registry/memory-registry.js';
import { impatience } from '../registry/open-test-repository.js';

let world: SmallWorld;
let registry: MemoryRegistry;
let before: Interceptor | undefined;

beforeEach(async () => {
  before = undefined;
  world = await openSmallWorld();
  registry = await startMemoryRegistry({
    before: (request, response, index) => before?.(request, response, index) ?? false,
  });
});
afterEach(async () => {
  await registry.close();
  await world.close();
});

function creator() {
  return world.creator({
    registryManners: { patience: impatience },
    environment: { PRIVATE_IMAGE_REGISTRY: `http://${registry.host}`, PRIVATE_IMAGE_RETENTION: '0' },
  });
}

async function publish(owner: string, changes: Partial<ImageRequest> = {}) {
  const maker = creator();
  const request = requestFor({ lines: ['8.4'], architectures: ['amd64'], ...changes });
  const { digest } = await planImage(maker, request);
  return publishImage(maker, digest, { owner, traceId: `trace of ${owner}` });
}

describe('group 17: nothing that is live is deleted', () => {
  it.each([
    ['the same builds', {}],
    ['other builds', { packages: ['jq'] }],
  ])('by the removal of what was replaced under the same name, by %s', async (_, changes) => {
    await publish('old');
    const live = await publish('new', changes);
    await removeImage(creator(), { name: 'web', starter: 'php', owner: 'old' });
    expect(await readImage(creator(), 'web')).toMatchObject({ tags: live.tags, latest: live.latest });
    expect(incompleteTags(registry)).toEqual([]);
  });

  it('by an update that ends in the same digest, though no old digest is to be kept', async () => {
    const first = await publish('one');
    await publish('one', { packages: ['jq'] });
    const again = await publish('one');
    expect(again.latest).toBe(first.latest);
    expect(await publish('one')).toEqual(again);
    expect(await readImage(creator(), 'web')).toEqual(again);
    expect(incompleteTags(registry)).toEqual([]);
  });

  it.each([401, 403, 500, 503])(
    'by %i: what cannot be read is not gone, and a removal that fails can be done again',
    async (status) => {
      const image = await publish('one');
      before = (_request, response) => {
        response.writeHead(status).end('{"errors":[{"code":"DENIED"}]}');
        return true;
      };
      await expect(readImage(creator(), 'web')).rejects.toMatchObject({
        code: expect.stringMatching(/^registry\//u) as string,
      });
      await expect(removeImage(creator(), { name: 'web', starter: 'php', owner: 'one' })).rejects.toThrow();
      before = undefined;
      expect(await readImage(creator(), 'web')).toEqual(image);
      await removeImage(creator(), { name: 'web', starter: 'php', owner: 'one' });
      expect(await readImage(creator(), 'web')).toBeUndefined();
      expect([...registry.repository('53/web').manifests]).toEqual([]);
    },
  );
});
