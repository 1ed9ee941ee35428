import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSmallWorld, type SmallWorld } from '../tests/fixtures/small-world.js';
import { getPlan, getStarter, getStarters, searchPackages } from './index.js';

describe('the functions of a program', () => {
  let world: SmallWorld;
  beforeEach(async () => {
    world = await openSmallWorld();
    for (const [name, value] of Object.entries(world.environment())) vi.stubEnv(name, value);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await world.close();
  });

  it('answer in the program itself', async () => {
    const { starters } = await getStarters();
    expect(starters.map(({ name }) => name)).toEqual(expect.arrayContaining(['php', 'plain']));
    expect((await getStarter({ name: 'php' })).lines.map(({ line }) => line)).toEqual(['8.2', '8.4']);
    expect((await searchPackages({ text: 'jq' })).packages[0]).toMatchObject({ kind: 'package', name: 'jq' });
    const { plan } = await getPlan({ name: 'web', starter: 'php', packages: ['jq'], lines: ['8.4'] });
    expect(plan.lines['8.4']?.packages).toMatchObject({ jq: '1.7' });
  });

  it.each([
    ['arguments', () => getStarter({ name: '' }), /getStarter: name: name a starter image/u],
    [
      'a search for nothing',
      () => searchPackages({ text: '', limit: 0 }),
      /text: say what.*; limit: a limit is at least 1/u,
    ],
    ['a name', () => getStarter({ name: 'pph' }), /no starter called "pph" for debian\n {2}Did you mean php\?/u],
    ['an image', () => getPlan({ name: 'W', starter: 'php' }), /W/u],
  ])('say what is wrong with %s', async (_, ask, message) => {
    await expect(ask()).rejects.toThrow(message);
  });
});
