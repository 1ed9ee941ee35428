import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filenameOf } from '../../tests/fixtures/debian-mirror.js';
import { errorOf } from '../../tests/fixtures/error-of.js';
import { fileStamps } from '../../tests/fixtures/file-stamps.js';
import {
  everywhere,
  openSmallWorld,
  requestFor,
  type SmallWorld,
  standardContent,
} from '../../tests/fixtures/small-world.js';
import { openLayout } from '../registry/layout.js';
import { planImage } from './plan-image.js';
import { publishImage } from './publish-image.js';
import type { ImageRequest } from './request.js';

describe('failing lines', () => {
  let world: SmallWorld;
  beforeEach(async () => {
    world = await openSmallWorld();
  });
  afterEach(() => world.close());

  async function publish(changes: Partial<ImageRequest> = {}) {
    const creator = world.creator();
    const { digest } = await planImage(creator, requestFor({ architectures: ['amd64'], ...changes }));
    return publishImage(creator, digest, { owner: 'resource-1', traceId: 'trace-1' });
  }

  function tags() {
    return openLayout(path.join(world.folder, 'registry', '53', 'web'))
      .tags()
      .then((pointers) => Object.fromEntries(pointers.map(({ tag, digest }) => [tag, digest])));
  }

  /** Puts something else in the place of an archive of the newer PHP, for both architectures. */
  async function damageArchive(): Promise<void> {
    for (const one of everywhere('php8.4-cli', '8.4.12'))
      await writeFile(path.join(world.mirror, filenameOf(one)), 'no archive');
  }

  describe('a line that cannot be resolved', () => {
    it('is skipped: the others are built, and latest is the most advanced of them', async () => {
      const image = await publish({ packages: ['only-old'] });
      expect(image.status).toBe('some lines created');
      expect(image.lines).toMatchObject([
        { line: '8.2', status: 'built', tags: ['8.2.29-20260201100000', '8.2.29', '8.2', '8', 'latest'] },
        { line: '8.4', status: 'failed', version: undefined, digest: undefined, tags: [], sbomUrl: undefined },
      ]);
      expect(image.latest).toBe(image.lines[0]?.digest);
      expect(image.lines[1]?.error?.message).toMatch(/only-old/u);
    });

    it('keeps its last good build, its tags and its SBOM', async () => {
      const first = await publish();
      const { summary } = await planImage(world.creator(), requestFor({ packages: ['only-old'] }));
      expect(summary.lines).toMatchObject({ '8.4': { kept: '8.4.12', tags: [] } });
      expect(summary.lines['8.2']).not.toHaveProperty('kept');
      const second = await publish({ packages: ['only-old'] });
      const [before, kept] = [first.lines[1]!, second.lines[1]!];
      expect(second.status).toBe('some lines created');
      expect(kept).toMatchObject({
        status: 'kept',
        version: '8.4.12',
        digest: before.digest,
        tags: before.tags,
        sbomUrl: before.sbomUrl,
        sbomUrls: before.sbomUrls,
      });
      expect(kept.error?.message).toContain('only-old');
      expect(second.latest).toBe(before.digest);
      const standing = await tags();
      for (const tag of ['latest', '8', '8.4', '8.4.12']) expect(standing[tag], tag).toBe(before.digest);
      expect(standing['8.2.29']).toBe(second.lines[0]?.digest);
      expect(standing['8.2.29']).not.toBe(first.lines[0]?.digest);
    });

    it('takes the floating tags back when it builds again', async () => {
      await publish({ packages: ['only-old'] });
      const image = await publish();
      expect(image).toMatchObject({ status: 'created', latest: image.lines[1]?.digest });
      expect((await tags())['8']).toBe(image.lines[1]?.digest);
      expect(image.lines[0]?.tags).not.toContain('latest');
    });
  });

  describe('a line that cannot be built', () => {
    it('fails alone, with the package and both versions of what is wrong', async () => {
      await damageArchive();
      const image = await publish();
      expect(image.lines.map((line) => line.status)).toEqual(['built', 'failed']);
      expect(image.lines[1]?.error).toMatchObject({
        code: 'package/wrong-checksum',
        message: expect.stringMatching(/php8\.4-cli 8\.4\.12 \((?:amd|arm)64\).*tests stable main/u) as string,
      });
      expect(image.latest).toBe(image.lines[0]?.digest);
    });

    it('keeps what stands, and is built when the mirror is mended', async () => {
      const first = await publish();
      await damageArchive();
      const creator = world.creator({ cache: 'cold' });
      const { digest } = await planImage(
        creator,
        requestFor({ architectures: ['amd64'], environment: { KEY: 'value' } }),
      );
      const second = await publishImage(creator, digest, { owner: 'resource-1', traceId: 'trace-2' });
      expect(second.lines[1]).toMatchObject({ status: 'kept', digest: first.lines[1]?.digest });
      await world.write(standardContent());
      const third = await publishImage(creator, digest, { owner: 'resource-1', traceId: 'trace-3' });
      expect(third.status).toBe('created');
      expect(third.lines[0]?.digest).toBe(second.lines[0]?.digest);
      expect(third.latest).not.toBe(first.latest);
    });
  });

  describe('an image of which no line can be built', () => {
    it('fails with the reason of each line and the trace ID, and leaves no trace of its own', async () => {
      const error = await errorOf(publish({ packages: ['no-such-thing'] }));
      expect(error.code).toBe('image/no-line-built');
      expect(error.message).toMatch(/53\/web.*php.*trace-1/u);
      expect(error.message).toMatch(/php 8\.2 \(oldstable.*no-such-thing/u);
      expect(error.message).toMatch(/php 8\.4 \(stable.*no-such-thing/u);
      expect(error.data).toMatchObject({
        traceId: 'trace-1',
        lines: { '8.2': { code: 'plan/conflict' }, '8.4': { code: 'plan/conflict' } },
      });
      expect(await fileStamps(path.join(world.folder, 'registry'))).toEqual({});
    });

    it('leaves what stood before as it was', async () => {
      await publish();
      const before = await fileStamps(path.join(world.folder, 'registry'));
      await errorOf(publish({ packages: ['no-such-thing'] }));
      expect(await fileStamps(path.join(world.folder, 'registry'))).toEqual(before);
    });
  });
});
