import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownLayers, planLayers } from './layer-plan.js';
import type { WeighedPackage } from './layer-plan.js';

function weighed(name: string, size: number, from: WeighedPackage['from'] = 'starter'): WeighedPackage {
  return { name, version: '1', from, size };
}

const big = 2_000_000;

describe('planning layers', () => {
  it('gives large packages a layer each and lets small ones share, starter first', () => {
    const layers = planLayers(
      [
        weighed('small-a', 1),
        weighed('large', big),
        weighed('small-b', 2),
        weighed('mine', 3, 'added'),
        weighed('huge', big, 'added'),
      ],
      10,
    );
    expect(layers.map(({ packages }) => packages.map(({ name }) => name))).toEqual([
      ['large'],
      ['small-a', 'small-b'],
      ['huge'],
      ['mine'],
    ]);
    expect(layers.map(({ title }) => title)).toEqual([
      'package large 1',
      '2 small packages',
      'package huge 1',
      'package mine 1',
    ]);
  });

  it('lets small packages share layers by name, so that an update of one changes one layer', () => {
    const packages = Array.from({ length: 60 }, (_, index) => weighed(`small-${index}`, 50_000));
    const before = planLayers(packages, 40).map((layer) => layer.packages);
    const after = planLayers(
      packages.map((one) => (one.name === 'small-7' ? { ...one, version: '2', size: 50_900 } : one)),
      40,
    ).map((layer) => layer.packages);
    expect(before.length).toBe(8);
    const changed = after.filter((layer, index) => JSON.stringify(layer) !== JSON.stringify(before[index]));
    expect(changed).toHaveLength(1);
    const without = planLayers(packages.slice(1), 40).map((layer) => JSON.stringify(layer.packages));
    const known = new Set(before.map((layer) => JSON.stringify(layer)));
    expect(without.filter((layer) => !known.has(layer))).toHaveLength(1);
  });

  it('knows beforehand who has a layer to himself', () => {
    const packages = 'abcdefghij'.split('').map((name, index) => weighed(name, (index + 1) * 100_000));
    const own = [...ownLayers(packages, 10)];
    expect(own.map(({ name }) => name)).toEqual('jihgfed'.split(''));
    const alone = planLayers(packages, 10).filter((layer) => layer.packages.some((one) => own.includes(one)));
    expect(alone.map((layer) => layer.packages.length)).toEqual(own.map(() => 1));
  });

  it('lets those in the middle share apart from small ones where not each can have a layer', () => {
    const packages = [
      ...Array.from({ length: 60 }, (_, index) => weighed(`medium-${index}`, 100_000 + index)),
      ...Array.from({ length: 40 }, (_, index) => weighed(`small-${index}`, 20_000)),
    ];
    const layers = planLayers(packages, 40);
    expect(layers.length).toBeLessThanOrEqual(40);
    const kinds = layers.map((layer) => new Set(layer.packages.map(({ name }) => name.replace(/-.*$/u, ''))));
    expect(kinds.filter(({ size }) => size > 1)).toEqual([]);
    const smallest = layers.find((layer) => layer.packages.some(({ name }) => name === 'medium-0'));
    expect(smallest?.packages.length).toBeGreaterThan(1);
    expect(smallest?.title).toMatch(/^\d+ packages$/u);
  });

  it('gives each that is not small a layer to itself where the budget suffices', () => {
    const packages = fc.uniqueArray(
      fc.tuple(fc.stringMatching(/^[a-z]{6}$/), fc.integer({ min: 65_536, max: 4_000_000 })),
      {
        selector: ([name]) => name,
        maxLength: 70,
      },
    );
    fc.assert(
      fc.property(packages, (list) => {
        const layers = planLayers(
          list.map(([name, size]) => weighed(name, size)),
          97,
        );
        expect(layers.map((layer) => layer.packages.length)).toEqual(list.map(() => 1));
      }),
    );
  });

  it('keeps every package once and stays within the budget, in whatever order packages come', () => {
    const packages = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,6}$/), fc.nat(4_000_000), fc.boolean()), {
      selector: ([name]) => name,
      maxLength: 60,
    });
    fc.assert(
      fc.property(packages, fc.integer({ min: 2, max: 20 }), (list, budget) => {
        const all = list.map(([name, size, isAdded]) => weighed(name, size, isAdded ? 'added' : 'starter'));
        const layers = planLayers(all, budget);
        expect(layers.length).toBeLessThanOrEqual(budget);
        expect(layers.flatMap((layer) => layer.packages.map(({ name }) => name)).sort()).toEqual(
          all.map(({ name }) => name).sort(),
        );
        expect(planLayers([...all].reverse(), budget)).toEqual(layers);
      }),
    );
  });
});
