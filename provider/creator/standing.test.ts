import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLayout } from '../registry/layout.js';
import type { Repository } from '../registry/registry.js';
import type { Digest } from '../support/digest.js';
import { lineLabel, privateImageLabel, starterLabel, variantLabel, versionAnnotation } from './annotations.js';
import { indexMediaType } from './read-index.js';
import { readStanding } from './standing.js';

describe('what stands in a repository', () => {
  let folder: string;
  let repository: Repository;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'standing-'));
    repository = openLayout(path.join(folder, 'web'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Puts an index without images in it, as far as this project says what it is; gives its digest. */
  async function put(line: string, version: string, changes: Readonly<Record<string, string>> = {}): Promise<Digest> {
    const annotations = {
      [privateImageLabel]: 'true',
      [starterLabel]: 'php',
      [lineLabel]: line,
      [versionAnnotation]: version,
      ...changes,
    };
    const index = { schemaVersion: 2, mediaType: indexMediaType, manifests: [], annotations };
    return (await repository.putManifest(Buffer.from(JSON.stringify(index)), indexMediaType)).digest;
  }

  async function tag(digest: Digest, ...tags: readonly string[]): Promise<void> {
    await repository.tag(tags.map((one) => ({ tag: one, digest })));
  }

  describe('readStanding', () => {
    it('is empty where nothing is', async () => {
      expect(await readStanding(repository, 'php')).toEqual({
        lines: new Map(),
        dev: new Map(),
        tags: new Map(),
        indexes: new Map(),
      });
    });

    it('takes the build with the tag of the line, not those of earlier versions', async () => {
      const [old, now] = [await put('8.4', '8.4.9'), await put('8.4', '8.4.10')];
      await tag(old, '8.4.9', '8.4.9-20260101000000');
      await tag(now, 'latest', '8', '8.4', '8.4.10', '8.4.10-20260201000000');
      const { lines } = await readStanding(repository, 'php');
      expect([...lines.keys()]).toEqual(['8.4']);
      expect(lines.get('8.4')).toMatchObject({
        index: { digest: now, version: '8.4.10' },
        tags: ['8.4.10-20260201000000', '8.4.10', '8.4', '8', 'latest'],
      });
    });

    it('takes the newest version when no tag is called as the line is', async () => {
      const [old, now] = [await put('ten', '9.1'), await put('ten', '10.0')];
      await tag(old, '9.1');
      await tag(now, '10.0');
      expect((await readStanding(repository, 'php')).lines.get('ten')?.index.digest).toBe(now);
    });

    it('does not mistake the tag of another line for its own', async () => {
      const [eight, other] = [await put('8', '8.4'), await put('8.2', '8.2.1')];
      await tag(other, '8', '8.2', '8.2.1');
      await tag(eight, '8.4');
      const { lines } = await readStanding(repository, 'php');
      expect(lines.get('8')?.index.digest).toBe(eight);
      expect(lines.get('8.2')?.index.digest).toBe(other);
    });

    it('never takes a dev variant for production, nor production for a dev variant', async () => {
      const production = await put('8.4', '8.4.1');
      const dev = await put('8.4', '8.4.1', { [variantLabel]: 'dev' });
      // Tags that somebody else has moved.
      await tag(dev, '8.4', '8.4-dev', '8.4.1-dev', '8.4.1-20260101000000-dev');
      await tag(production, '8.4.1', 'latest-dev');
      const standing = await readStanding(repository, 'php');
      expect(standing.lines.get('8.4')).toMatchObject({ index: { digest: production, variant: 'production' } });
      expect(standing.dev.get('8.4')).toMatchObject({
        index: { digest: dev, variant: 'dev' },
        tags: ['8.4.1-20260101000000-dev', '8.4.1-dev', '8.4-dev', '8.4'],
      });
    });

    it('does without a dev variant where only production stands', async () => {
      await tag(await put('8.4', '8.4.1'), '8.4', '8.4.1', '8.4-dev');
      expect((await readStanding(repository, 'php')).dev).toEqual(new Map());
    });

    it('knows every tag, but only the builds of the starter and of this project', async () => {
      const mine = await put('8.4', '8.4.1');
      const other = await put('3.13', '3.13.1', { [starterLabel]: 'python' });
      const foreign = await put('7', '7.0', { [privateImageLabel]: 'no' });
      await tag(mine, '8.4', '8.4.1');
      await tag(other, '3.13', '3.13.1');
      await tag(foreign, '7', '7.0');
      const standing = await readStanding(repository, 'php');
      expect([...standing.lines.keys()]).toEqual(['8.4']);
      expect([...standing.tags.keys()].sort()).toEqual(['3.13', '3.13.1', '7', '7.0', '8.4', '8.4.1']);
    });
  });
});
