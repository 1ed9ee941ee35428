import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSmallWorld, type SmallWorld } from '../fixtures/small-world.js';
import { type MemoryRegistry, startMemoryRegistry } from '../registry/memory-registry.js';
import type { Bag } from './client.js';
import { type Front, type Kept, type Kind, openDynamicFront, openPluginFront } from './fronts.js';

const image = { name: 'web', starter: 'php', environment: { GREETING: 'hi' } };
const bundle = { name: 'settings', type: 'other', path: '/etc/app', files: { 'app.conf': 'a = 1\n' } };
const indexType = 'application/vnd.oci.image.index.v1+json';

/** What a registry does at a request: what it should, nothing, or to say that it is not allowed. */
type Mood = (request: IncomingMessage) => 'well' | 'refuses' | 'silent';

const well: Mood = () => 'well';
/** The tag that is written, or undefined at any other request. */
function tagIn({ method, url = '' }: IncomingMessage): string | undefined {
  return method === 'PUT' ? /\/manifests\/([^:]+)$/u.exec(url)?.[1] : undefined;
}
const withoutTags: Mood = (request) => (tagIn(request) === undefined ? 'well' : 'refuses');

describe.each([
  ['dynamic resources', openDynamicFront],
  ['the plugin', openPluginFront],
])('through %s, what fails halfway', (_, open) => {
  let world: SmallWorld;
  let registry: MemoryRegistry;
  let mood: Mood;
  let front: Front;
  beforeEach(async () => {
    mood = well;
    world = await openSmallWorld();
    registry = await startMemoryRegistry({
      before: (request, response) => {
        const now = mood(request);
        if (now === 'silent') return new Promise((resolve) => request.socket.once('close', () => resolve(true)));
        if (now === 'refuses') response.writeHead(403).end('{"errors":[{"code":"DENIED"}]}');
        return now === 'refuses';
      },
    });
    front = await open(world, {
      PRIVATE_IMAGE_REGISTRY: `http://${registry.host}/team`,
      PRIVATE_IMAGE_ARCHITECTURES: 'amd64',
    });
  });
  afterEach(async () => {
    await front.close();
    await registry.close();
    await world.close();
  });

  async function checked(kind: Kind, inputs: Bag, olds: Bag = {}): Promise<Bag> {
    const result = await front.check(kind, olds, inputs);
    expect(result.failures).toEqual([]);
    return result.inputs;
  }

  async function created(kind: Kind, inputs: Bag): Promise<{ readonly id: string; readonly state: Bag }> {
    return front.create(kind, await checked(kind, inputs));
  }

  /** What is kept of a call that is expected to fail; undefined when nothing is. */
  async function keptOf(call: Promise<unknown>): Promise<Kept | undefined> {
    const error: unknown = await call.then(
      () => expect.fail('it did not fail'),
      (reason: unknown) => reason,
    );
    return front.keptOf(error);
  }

  async function halfCreated(kind: Kind, inputs: Bag): Promise<Kept> {
    const kept = await keptOf(created(kind, inputs));
    expect(kept).toBeDefined();
    return kept!;
  }

  async function finished({ state }: Kept, inputs: Bag): Promise<Bag> {
    const news = await checked('PrivateImage', inputs, state);
    expect((await front.diff('PrivateImage', state, news)).changes).toBe(true);
    const after = await front.update('PrivateImage', state, news);
    expect(after).toMatchObject({ status: 'created', owner: state['owner'] });
    expect(after).not.toHaveProperty('unfinished');
    expect(after).not.toHaveProperty('untagged');
    const again = await checked('PrivateImage', inputs, after);
    expect((await front.diff('PrivateImage', after, again)).changes).toBe(false);
    return after;
  }

  const digestsOf = (state: Bag): readonly unknown[] => Object.values(state['digests'] as Bag);
  const manifests = (name = 'web'): readonly string[] => [...registry.repository(`team/53/${name}`).manifests.keys()];
  const tags = (): ReadonlyMap<string, string> => registry.repository('team/53/web').tags;

  it('an image before anything is in the registry: nothing is kept', async () => {
    mood = (request) => (request.method === 'GET' || request.method === 'HEAD' ? 'well' : 'refuses');
    expect(await keptOf(created('PrivateImage', image))).toBeUndefined();
    expect(manifests()).toEqual([]);
  });

  it('an image before its tags: it is kept with its builds and the reason, and refresh finds the same', async () => {
    mood = withoutTags;
    const { id, state, reasons } = await halfCreated('PrivateImage', image);
    expect(id).toBe('53/web');
    expect(state).toMatchObject({ status: 'image build failed', name: 'web', plan: { lines: { '8.4': {} } } });
    expect(state).not.toHaveProperty('createdAt');
    expect(digestsOf(state)).toHaveLength(2);
    expect(state['untagged']).toEqual(digestsOf(state));
    expect(reasons).toEqual([state['unfinished']]);
    expect(reasons[0]).toMatch(/403[\s\S]*trace ID [0-9a-f]{16}/u);
    expect(await front.read('PrivateImage', id, state)).toEqual(state);
    mood = well;
    const after = await finished({ id, state, reasons }, image);
    expect(digestsOf(after)).toEqual(digestsOf(state));
  });

  it('an image before its tags is removed with all that is there', async () => {
    mood = withoutTags;
    const { id, state } = await halfCreated('PrivateImage', image);
    expect(manifests().length).toBeGreaterThan(2);
    mood = well;
    await front.delete('PrivateImage', id, state);
    expect(manifests()).toEqual([]);
    expect(await front.read('PrivateImage', id, state)).toBeUndefined();
  });

  it('an image whose first line was put and no other thing: the next update ends with its builds alone', async () => {
    let isOver = false;
    mood = (request) => {
      if (isOver) return request.method === 'GET' || request.method === 'HEAD' ? 'well' : 'refuses';
      if (request.method === 'PUT' && request.headers['content-type'] === indexType) isOver = true;
      return 'well';
    };
    const kept = await halfCreated('PrivateImage', image);
    expect(kept.state['untagged']).toHaveLength(1);
    expect(kept.reasons[0]).toMatch(/No line of 53\/web/u);
    mood = well;
    const after = await finished(kept, { ...image, environment: { GREETING: 'ho' } });
    expect(manifests()).not.toContain((kept.state['untagged'] as readonly string[])[0]);
    expect(manifests()).toEqual(expect.arrayContaining(digestsOf(after) as string[]));
  });

  it('an image between its tags: the state is what stands, and so after a refresh', async () => {
    mood = (request) => (/^(?:8\.4(?!.*-\d{14})|8$|latest)/u.test(tagIn(request) ?? '') ? 'refuses' : 'well');
    const kept = await halfCreated('PrivateImage', { ...image, lines: ['8.2', '8.4'] });
    const { id, state } = kept;
    expect(state['status']).toBe('some lines created');
    expect(state['tags']).toMatchObject({ '8.2.29': (state['digests'] as Bag)['8.2'] });
    expect(state['tags']).not.toHaveProperty('latest');
    expect(state).not.toHaveProperty('latest');
    expect(state['createdAt']).toBeDefined();
    expect(await front.read('PrivateImage', id, state)).toMatchObject({ tags: state['tags'] });
    mood = well;
    const after = await finished(kept, { ...image, lines: ['8.2', '8.4'] });
    expect(after['createdAt']).toBe(state['createdAt']);
    await front.delete('PrivateImage', id, after);
    expect(manifests()).toEqual([]);
  });

  it('an update: what stood is kept, the next goes on, and a deletion takes both', async () => {
    const { id, state } = await created('PrivateImage', image);
    const stands = new Map(tags());
    const changed = { ...image, packages: ['jq'] };
    mood = withoutTags;
    const news = await checked('PrivateImage', changed, state);
    const kept = await keptOf(front.update('PrivateImage', state, news));
    const { digests, latest, owner, createdAt, plan, lines } = state;
    expect(kept?.state).toMatchObject({ digests, latest, owner, createdAt, plan, lines, status: 'image build failed' });
    expect(kept?.state['untagged']).toHaveLength(2);
    expect(tags()).toEqual(stands);
    expect(await front.read('PrivateImage', id, kept!.state)).toEqual(kept!.state);
    mood = well;
    const after = await finished({ ...kept!, id }, changed);
    expect(after['createdAt']).toBe(createdAt);
    await front.delete('PrivateImage', id, kept!.state);
    expect(manifests()).toEqual([]);
  });

  it('an update before anything of it is there: nothing new is kept', async () => {
    const { state } = await created('PrivateImage', image);
    mood = (request) => (request.method === 'GET' || request.method === 'HEAD' ? 'well' : 'refuses');
    const news = await checked('PrivateImage', { ...image, packages: ['jq'] }, state);
    expect(await keptOf(front.update('PrivateImage', state, news))).toBeUndefined();
  });

  it('an image that takes too long: what is there is kept as in progress', async () => {
    mood = (request) => (tagIn(request) === undefined ? 'well' : 'silent');
    const inputs = await checked('PrivateImage', { ...image, lines: ['8.4'] });
    const kept = await keptOf(front.create('PrivateImage', inputs, 3));
    expect(kept?.state).toMatchObject({ status: 'in progress', untagged: [expect.stringMatching(/^sha256:/u)] });
    expect(kept?.reasons[0]).toMatch(/To create web took longer than 3 s/u);
    mood = well;
    await finished(kept!, { ...image, lines: ['8.4'] });
  });

  it('a refresh of an image that is gone meanwhile takes it out of the state', async () => {
    mood = withoutTags;
    const { id, state } = await halfCreated('PrivateImage', image);
    for (const digest of manifests()) registry.repository('team/53/web').manifests.delete(digest);
    expect(await front.read('PrivateImage', id, state)).toBeUndefined();
  });

  it('a refresh while the registry cannot be asked keeps it', async () => {
    mood = withoutTags;
    const { id, state } = await halfCreated('PrivateImage', image);
    mood = () => 'refuses';
    expect(await front.read('PrivateImage', id, state)).toEqual(state);
  });

  it('a bundle before its tags: it is kept, goes on, and is removed', async () => {
    mood = withoutTags;
    const { id, state, reasons } = await halfCreated('FileBundle', bundle);
    expect(id).toBe('53/settings');
    expect(reasons).toEqual([state['unfinished']]);
    expect(await front.read('FileBundle', id, state)).toEqual(state);
    mood = well;
    const news = await checked('FileBundle', bundle, state);
    expect((await front.diff('FileBundle', state, news)).changes).toBe(true);
    const after = await front.update('FileBundle', state, news);
    expect(after).not.toHaveProperty('unfinished');
    expect((await front.diff('FileBundle', after, news)).changes).toBe(false);
  });

  it('a bundle before its tags is removed with all that is there', async () => {
    mood = withoutTags;
    const { id, state } = await halfCreated('FileBundle', bundle);
    mood = well;
    await front.delete('FileBundle', id, state);
    expect(manifests('file_bundle/settings')).toEqual([]);
  });

  it('a bundle before anything is in the registry: nothing is kept', async () => {
    mood = (request) => (request.method === 'GET' || request.method === 'HEAD' ? 'well' : 'refuses');
    expect(await keptOf(created('FileBundle', bundle))).toBeUndefined();
  });
});
