import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSmallWorld, type SmallWorld } from '../fixtures/small-world.js';
import type { Bag } from './client.js';
import { type Front, type Kind, openDynamicFront, openPluginFront } from './fronts.js';

const image = { name: 'web', starter: 'plain', packages: [] };
const bundle = { name: 'settings', type: 'other', path: '/etc/app', files: { 'app.conf': 'a = 1\n' } };

describe.each([
  ['dynamic resources', openDynamicFront],
  ['the plugin', openPluginFront],
])('through %s', (_, open) => {
  let world: SmallWorld;
  let front: Front;
  beforeEach(async () => {
    world = await openSmallWorld();
    front = await open(world);
  });
  afterEach(async () => {
    await front.close();
    await world.close();
  });

  /** Another run, of whichever stack. */
  async function rerun(): Promise<void> {
    await front.close();
    front = await open(world);
  }

  async function created(kind: Kind, news: Bag): Promise<{ id: string; state: Bag; inputs: Bag }> {
    const { inputs } = await front.check(kind, {}, news);
    return { ...(await front.create(kind, inputs)), inputs };
  }

  /** What was said of ownership since the last run began. */
  function said(): readonly string[] {
    const warnings = front.engine.said.filter(
      ({ kind, message }) => kind === 'warning' && message.includes('another resource'),
    );
    return warnings.map(({ message }) => message);
  }

  describe.each<[Kind, Bag, Bag]>([
    ['PrivateImage', image, { environment: { KEY: 'value' } }],
    ['FileBundle', bundle, { files: { 'app.conf': 'a = 2\n' } }],
  ])('%s', (kind, news, changes) => {
    const takenOver = [
      expect.stringMatching(/53\/(?:web|file_bundle\/settings|settings).* belongs to another resource/u),
    ];

    it('that takes over what another stack has published is warned of in preview and create', async () => {
      await created(kind, news);
      expect(said()).toEqual([]);
      await rerun();
      await front.preview(kind, { ...news, ...changes });
      expect(said()).toEqual(takenOver);
      await rerun();
      await created(kind, { ...news, ...changes });
      expect(said()).toEqual(takenOver);
    });

    it('that takes back what another stack has taken over is warned of in preview and update', async () => {
      const { state, inputs } = await created(kind, news);
      await rerun();
      await created(kind, news);
      await rerun();
      await front.preview(kind, { ...news, ...changes }, { state, inputs });
      expect(said()).toEqual(takenOver);
      await rerun();
      const { inputs: changed } = await front.check(kind, inputs, { ...news, ...changes });
      await front.update(kind, state, changed);
      expect(said()).toEqual(takenOver);
    });

    it('that has the name of another of the same program is refused, and the other is not', async () => {
      expect((await front.check(kind, {}, news)).failures).toEqual([]);
      expect((await front.check(kind, {}, news)).failures).toEqual([]);
      expect((await front.check(kind, {}, news, [], 'second')).failures).toEqual([
        {
          property: 'name',
          reason: expect.stringMatching(/^the resource "(?:web|settings)" of this program publishes the /u),
        },
      ]);
    });

    it('that is replaced takes nothing over, and its deletion is not spoken of', async () => {
      const { id, state, inputs } = await created(kind, news);
      await rerun();
      await front.check(kind, inputs, { ...news, ...changes });
      await front.preview(kind, { ...news, ...changes });
      await created(kind, { ...news, ...changes });
      await front.delete(kind, id, state);
      expect(said()).toEqual([]);
    });

    it('that is deleted after it was taken over stays in the registry, and that is said', async () => {
      const { id, state } = await created(kind, news);
      await rerun();
      await created(kind, news);
      await rerun();
      await front.delete(kind, id, state);
      expect(said()).toEqual([expect.stringMatching(/53\/(?:web|settings) in .* stays there: another resource/u)]);
      expect(await front.read(kind, id, state)).toBeDefined();
    });
  });
});
