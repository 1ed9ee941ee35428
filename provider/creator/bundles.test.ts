import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf } from '../../tests/fixtures/error-of.js';
import { fileStamps } from '../../tests/fixtures/file-stamps.js';
import { openSmallWorld, requestFor, type SmallWorld } from '../../tests/fixtures/small-world.js';
import { openLayout } from '../registry/layout.js';
import { hexOf } from '../support/digest.js';
import { describeError } from '../support/errors.js';
import { bundleChanges } from './bundle-changes.js';
import { loadBundle, planBundle, publishBundle, readBundle, removeBundle } from './bundles.js';
import { planImage } from './plan-image.js';
import { publishImage } from './publish-image.js';
import type { BundleRequest } from './request.js';

describe('file bundles', () => {
  let world: SmallWorld;
  beforeEach(async () => {
    world = await openSmallWorld();
  });
  afterEach(() => world.close());

  function settingsBundle(changes: Partial<BundleRequest> = {}): BundleRequest {
    const files = { 'b.conf': Buffer.from('b'), 'a.conf': Buffer.from('a') };
    return { name: 'settings', type: 'other', path: '/etc/app', description: 'Settings.', files, ...changes };
  }

  function home() {
    return path.join(world.folder, 'registry', '53', 'file_bundle', 'settings');
  }

  async function useIn(name: string, references: readonly string[]) {
    const creator = world.creator();
    const { digest } = await planImage(
      creator,
      requestFor({ name, starter: 'plain', lines: ['2'], architectures: ['amd64'], fileBundles: references }),
    );
    return publishImage(creator, digest, { owner: name, traceId: 'trace' });
  }

  describe('bundleChanges', () => {
    it('names each file that came, went or has other content, read from the store or the registry', async () => {
      const before = await publishBundle(world.creator(), settingsBundle());
      const files = { 'a.conf': Buffer.from('a'), 'b.conf': Buffer.from('other'), 'c.conf': Buffer.from('c') };
      const cold = world.creator({ cache: 'cold' });
      const after = await planBundle(cold, settingsBundle({ files }));
      expect(await bundleChanges(cold, before.reference, after.reference)).toEqual(['~ b.conf', '+ c.conf']);
      expect(await bundleChanges(cold, after.reference, before.reference)).toEqual(['~ b.conf', '- c.conf']);
    });

    it('cannot say what happened to a bundle that is nowhere any more', async () => {
      const { reference } = await publishBundle(world.creator(), settingsBundle());
      const elsewhere = world.creator({ cache: 'cold', registry: 'elsewhere' });
      const { reference: other } = await planBundle(elsewhere, settingsBundle({ description: 'Others.' }));
      expect(await bundleChanges(elsewhere, reference, other)).toBeUndefined();
    });
  });

  describe('publishBundle', () => {
    it('gives a reference that says what is in it, wherever it is made', async () => {
      const here = await publishBundle(world.creator(), settingsBundle());
      const files = { 'a.conf': Buffer.from('a'), 'b.conf': Buffer.from('b') };
      const elsewhere = world.creator({ cache: 'cold', registry: 'elsewhere' });
      expect(await publishBundle(elsewhere, settingsBundle({ files }))).toEqual(here);
      expect(here.reference).toBe(`53/settings@${here.version}`);
      expect(here.files.map((file) => file.name)).toEqual(['a.conf', 'b.conf']);
      expect(await planBundle(world.creator(), settingsBundle())).toEqual(here);
    });

    it('writes nothing a second time', async () => {
      await publishBundle(world.creator(), settingsBundle());
      const before = await fileStamps(home());
      await publishBundle(world.creator(), settingsBundle());
      await publishBundle(world.creator({ cache: 'cold' }), settingsBundle());
      expect(await fileStamps(home())).toEqual(before);
    });

    it('makes a version of every change, each with a tag of its own', async () => {
      const first = await publishBundle(world.creator(), settingsBundle());
      const changed = [
        settingsBundle({ description: 'Other words.' }),
        settingsBundle({ path: '/etc/other' }),
        settingsBundle({ files: { 'a.conf': Buffer.from('new') } }),
      ];
      const versions = [first.version];
      for (const request of changed) versions.push((await publishBundle(world.creator(), request)).version);
      expect(new Set(versions).size).toBe(4);
      const tags = await openLayout(home()).tags();
      expect(tags.find(({ tag }) => tag === 'latest')?.digest).toBe(versions.at(-1));
      for (const version of versions) {
        expect(tags).toContainEqual({ tag: `v-${hexOf(version).slice(0, 16)}`, digest: version });
      }
      expect(await readBundle(world.creator(), first.reference)).toEqual(first);
    });
  });

  describe('planBundle', () => {
    it('publishes nothing, and an image can be planned with it all the same', async () => {
      const { reference } = await planBundle(world.creator(), settingsBundle());
      expect(await fileStamps(home())).toEqual({});
      expect(await readBundle(world.creator(), reference)).toBeUndefined();
      const { plan } = await planImage(world.creator(), requestFor({ fileBundles: [reference] }));
      expect(plan.lines[0]).toMatchObject({ image: { fileBundles: [reference] } });
    });
  });

  describe('loadBundle', () => {
    it('takes from the registry what the cache does not have', async () => {
      const { reference, files } = await publishBundle(world.creator(), settingsBundle());
      const cold = world.creator({ cache: 'cold' });
      expect(await loadBundle(cold, reference)).toMatchObject({
        name: 'settings',
        type: 'other',
        path: '/etc/app',
        files,
      });
      expect((await cold.store.read(files[0]!.digest)).toString()).toBe('a');
    });

    it('builds with a bundle that left the cache after the plan', async () => {
      const { reference, files } = await publishBundle(world.creator(), settingsBundle());
      const creator = world.creator();
      const { digest } = await planImage(creator, requestFor({ starter: 'plain', fileBundles: [reference] }));
      await rm(creator.store.pathOf(files[0]!.digest));
      const image = await publishImage(creator, digest, { owner: 'one', traceId: 'trace' });
      expect(image.status).toBe('created');
    });

    it.each([
      'settings',
      '53/settings',
      '53/settings@latest',
      '53/settings@sha256:12',
      '53/../settings@sha256:{}',
      '53/settings@sha256:{}/../..',
      '/settings@sha256:{}',
    ])('refuses the reference %s', async (reference) => {
      const text = reference.replace('{}', '0'.repeat(64));
      const error = await errorOf(loadBundle(world.creator(), text));
      expect(error.code).toBe('bundle/malformed-reference');
      expect(describeError(error)).toContain(JSON.stringify(text));
    });

    it('refuses the bundle of another tenant', async () => {
      const { reference } = await publishBundle(world.creator(), settingsBundle());
      const error = await errorOf(loadBundle(world.creator(), reference.replace('53/', '54/')));
      expect(error.code).toBe('bundle/unknown');
      expect(error.message).toMatch(/54\/settings.*tenant 53/u);
    });

    it('refuses what is no bundle, and a bundle of another name', async () => {
      const creator = world.creator();
      const { digest } = await creator.store.put('{"schemaVersion":2}');
      const damaged = await errorOf(loadBundle(creator, `53/settings@${digest}`));
      expect(damaged).toMatchObject({ code: 'bundle/damaged', data: { reference: `53/settings@${digest}` } });
      const { version } = await planBundle(creator, settingsBundle({ name: 'other' }));
      expect((await errorOf(loadBundle(creator, `53/settings@${version}`))).code).toBe('bundle/damaged');
    });

    it('refuses a file that was changed in the registry', async () => {
      const { reference, files } = await publishBundle(world.creator(), settingsBundle());
      const blob = path.join(home(), 'blobs', 'sha256', hexOf(files[0]!.digest));
      await rm(blob);
      await writeFile(blob, 'x');
      const error = await errorOf(loadBundle(world.creator({ cache: 'cold' }), reference));
      expect(error.code).toMatch(/^(?:registry|store)\/mismatch$/u);
    });
  });

  describe('removeBundle', () => {
    it('removes every version', async () => {
      await publishBundle(world.creator(), settingsBundle());
      const { reference } = await publishBundle(world.creator(), settingsBundle({ path: '/etc/other' }));
      await removeBundle(world.creator(), reference);
      expect(await fileStamps(path.join(world.folder, 'registry'))).toEqual({});
      await removeBundle(world.creator(), reference);
    });

    it('refuses while images use any version, and names them', async () => {
      const old = await publishBundle(world.creator(), settingsBundle());
      const { reference } = await publishBundle(world.creator(), settingsBundle({ path: '/etc/other' }));
      await useIn('first', [old.reference]);
      await useIn('second', [reference]);
      await useIn('third', []);
      const before = await fileStamps(home());
      const error = await errorOf(removeBundle(world.creator(), reference));
      expect(error.code).toBe('bundle/in-use');
      expect(error.message).toMatch(/53\/settings.*53\/first.*53\/second/u);
      expect(error.message).not.toContain('third');
      expect(await fileStamps(home())).toEqual(before);
    });

    it('goes on when no image uses it any more, though older digests did', async () => {
      const { reference } = await publishBundle(world.creator(), settingsBundle());
      await useIn('first', [reference]);
      await useIn('first', []);
      await removeBundle(world.creator(), reference);
      expect(await fileStamps(home())).toEqual({});
    });
  });
});
