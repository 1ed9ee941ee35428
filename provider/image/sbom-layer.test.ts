import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/fixtures/error-of.js';
import type { DescribedImage, ImageRecipe } from './recipe.js';
import { openBuildBench } from './testing/build-bench.js';
import type { BuildBench } from './testing/build-bench.js';

const path = '/var/lib/db/sbom/web-1.spdx.json';
const place = path.slice(1);

describe('the SBOM in an image', () => {
  let bench: BuildBench;
  let described: DescribedImage | undefined;
  beforeEach(async () => {
    bench = await openBuildBench();
    described = undefined;
  });
  afterEach(() => bench.close());

  const sbom: ImageRecipe['sbom'] = (known) => {
    described = known;
    return Promise.resolve({ path, text: '{}\n' });
  };
  const hello = (folder = 'usr') =>
    bench.add({
      name: 'hello',
      entries: [
        { path: `${folder}/hello`, content: 'hello' },
        { path: 'usr/share/doc/hello/copyright', content: 'free' },
      ],
    });

  it('lies in a layer of its own above all others, which are as they would be without it', async () => {
    const files = [{ path: '/etc/x', content: (await bench.store.put('x')).digest, size: 1, mode: 0o644 }];
    const without = await bench.build([await hello()], { files });
    const image = await bench.build([await hello()], { files, sbom });
    expect(without.layers.map(({ title }) => title)).toEqual(['package hello 1', 'configuration', 'file bundles']);
    expect(image.layers.slice(0, -1)).toEqual(without.layers);
    const layer = await bench.layer(image, 'SBOM');
    expect([...layer.keys()]).toEqual(['var', 'var/lib', 'var/lib/db', 'var/lib/db/sbom', place]);
    expect(layer.get(place)).toMatchObject({ content: '{}\n', mode: 0o644, uid: 0, gid: 0, mtime: image.created });
  });

  it('is asked for when licences and time are known', async () => {
    const image = await bench.build([await hello()], { sbom });
    expect(described).toEqual({ created: image.created, copyrights: image.copyrights });
    expect(Object.keys(image.copyrights)).toEqual(['hello']);
  });

  it('leaves room for file bundles within the budget of layers', async () => {
    const large = Buffer.alloc(300_000, 'x').toString();
    const packages = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        bench.add({ name: `p${index}`, entries: [{ path: `usr/p${index}`, content: large }] }),
      ),
    );
    const weighty = packages.map((one) => ({
      ...one,
      package: { ...one.package, archive: { ...one.package.archive, size: 300_000 } },
    }));
    const files = [{ path: '/etc/x', content: (await bench.store.put('x')).digest, size: 1, mode: 0o644 }];
    const image = await bench.build(weighty, { files, sbom, layerBudget: 10 });
    expect(image.layers.length).toBeLessThanOrEqual(10);
    expect(image.layers.map(({ title }) => title)).toEqual(expect.arrayContaining(['file bundles', 'SBOM']));
  });

  it.each(['a file bundle', 'a package'])('takes no place that %s has', async (owner) => {
    const files = [{ path, content: (await bench.store.put('mine')).digest, size: 4, mode: 0o644 }];
    const taken = { name: 'taker', entries: [{ path: place, content: 'mine' }] };
    const building =
      owner === 'a package'
        ? bench.build([await bench.add(taken)], { sbom })
        : bench.build([await hello()], { files, sbom });
    const error = await errorOf(building);
    expect(error).toMatchObject({ code: 'image/bad-configuration', data: { path } });
    expect(error.message).toContain(path);
    expect(error.hint).toMatch(/another name/u);
  });
});
