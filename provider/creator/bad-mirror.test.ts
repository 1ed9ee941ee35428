import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filenameOf, makeSigningKey } from '../../tests/fixtures/debian-mirror.js';
import { errorOf } from '../../tests/fixtures/error-of.js';
import { fileStamps } from '../../tests/fixtures/file-stamps.js';
import { type FolderFault, type FolderServer, serveFolder } from '../../tests/fixtures/folder-server.js';
import {
  everywhere,
  openSmallWorld,
  requestFor,
  type SmallWorld,
  standardContent,
} from '../../tests/fixtures/small-world.js';
import { describeError, type PrivateImageError } from '../support/errors.js';
import type { OpenCreator } from './open-creator.js';
import type { PlanError } from './plan.js';
import { planImage } from './plan-image.js';
import type { PublishedImage } from './published.js';
import { publishImage } from './publish-image.js';

describe('a bad mirror', () => {
  let world: SmallWorld;
  let server: FolderServer;
  beforeEach(async () => {
    world = await openSmallWorld();
    server = await serveFolder(world.mirror);
  });
  afterEach(async () => {
    await server.close();
    await world.close();
  });

  const request = requestFor({ lines: ['8.4'], architectures: ['amd64'] });

  function publish(creator: OpenCreator): Promise<PublishedImage> {
    return planImage(creator, request).then(({ digest }) =>
      publishImage(creator, digest, { owner: 'resource-1', traceId: 'trace-1' }),
    );
  }

  /** Fails with the typed error of `publish`, and nothing is left in the registry. */
  async function refusal(creator: OpenCreator): Promise<PrivateImageError> {
    const error = await errorOf(publish(creator));
    expect(await fileStamps(path.join(world.folder, 'registry'))).toEqual({});
    return error;
  }

  const [archive] = everywhere('libworld', '2.0');
  const libworld = path.basename(filenameOf(archive!));

  describe('an archive that is not what the index says', () => {
    it.each<[FolderFault, string, RegExp]>([
      ['flipped', 'package/wrong-checksum', /libworld 2\.0 \(amd64\).*tests stable main/u],
      ['short', 'package/wrong-checksum', /libworld 2\.0 \(amd64\).*tests stable main/u],
      ['cut', 'package/unreachable', /libworld 2\.0 \(amd64\).*cut off/u],
      ['gone', 'package/vanished', /tests stable main.*libworld 2\.0 \(amd64\)/u],
    ])('%s: is refused, and the image is built once the mirror is mended', async (fault, code, message) => {
      const creator = world.creator({ mirror: server.url });
      server.setFaults({ [libworld]: fault });
      const error = await refusal(creator);
      expect(error.code).toBe('image/no-line-built');
      const { '8.4': reason } = error.data['lines'] as Record<string, PlanError>;
      expect(reason?.code).toBe(code);
      expect(reason?.message).toMatch(message);
      expect(error.message).toContain(reason!.message);
      server.setFaults({});
      expect((await publish(creator)).status).toBe('created');
    });

    it('is asked for again when it was cut off, and not when it is wrong', async () => {
      const name = `/${filenameOf(archive!)}`;
      server.setFaults({ [libworld]: 'cut' });
      await refusal(world.creator({ mirror: server.url }));
      expect(server.asked.get(name)).toBe(3);
      server.setFaults({ [libworld]: 'flipped' });
      await refusal(world.creator({ mirror: server.url }));
      expect(server.asked.get(name)).toBe(4);
    });

    it('is not asked for when it is in the cache already, though the mirror has lost it', async () => {
      await publish(world.creator({ mirror: server.url }));
      server.setFaults({ '.deb': 'gone' });
      const creator = world.creator({ mirror: server.url });
      const { digest } = await planImage(creator, { ...request, environment: { KEY: 'value' } });
      expect((await publishImage(creator, digest, { owner: 'resource-1', traceId: 'trace' })).status).toBe('created');
    });
  });

  describe('an index that is not what the release says', () => {
    it.each<[FolderFault, string]>([
      ['flipped', 'repository/mismatch'],
      ['short', 'repository/mismatch'],
      ['gone', 'repository/mismatch'],
      ['cut', 'repository/unreachable'],
    ])('%s: is refused, and read once the mirror is mended', async (fault, code) => {
      server.setFaults({ 'stable/main/binary-amd64/Packages.gz': fault });
      const error = await refusal(world.creator({ mirror: server.url }));
      expect(error.code).toBe(code);
      expect(describeError(error)).toMatch(/127\.0\.0\.1:\d+\S* (?:old)?stable/u);
      server.setFaults({});
      expect((await publish(world.creator({ mirror: server.url }))).status).toBe('created');
    });
  });

  describe('a release that is not to be trusted', () => {
    async function rewrite(options: Parameters<SmallWorld['write']>[1]): Promise<void> {
      await world.write(standardContent(), options);
    }

    it.each<[string, () => Promise<void>, string]>([
      ['signed by another key', async () => rewrite({ key: await makeSigningKey() }), 'repository/untrusted-key'],
      ['not signed', () => rewrite({ signed: false }), 'repository/unsigned'],
      ['past its Valid-Until', () => rewrite({ validUntil: new Date('2026-01-08T00:00:00Z') }), 'repository/expired'],
      ['changed after it was signed', tamper, 'repository/bad-signature'],
    ])('%s: is refused, and read once it is mended', async (_, spoil, code) => {
      await spoil();
      const error = await refusal(world.creator());
      expect(error.code).toBe(code);
      expect(error.message).toMatch(/mirror (?:old)?stable: /u);
      expect(error.hint).toBeTruthy();
      await rewrite({});
      expect((await publish(world.creator())).status).toBe('created');
    });

    async function tamper(): Promise<void> {
      for (const suite of ['oldstable', 'stable']) {
        const file = path.join(world.mirror, 'dists', suite, 'InRelease');
        await writeFile(file, (await readFile(file, 'utf8')).replace('Origin: Tests', 'Origin: Guess'));
      }
    }

    it('past its Valid-Until: is taken with a warning when the check is switched off', async () => {
      await rewrite({ validUntil: new Date('2026-01-08T00:00:00Z') });
      const warnings: string[] = [];
      const creator = world.creator({
        environment: { PRIVATE_IMAGE_CHECK_VALID_UNTIL: 'false' },
        report: ({ kind, message }) => {
          if (kind === 'warning') warnings.push(message);
        },
      });
      const { digest } = await planImage(creator, request);
      expect(warnings).toContainEqual(expect.stringMatching(/stable: it was valid until 2026-01-08/u));
      const image = await publishImage(creator, digest, { owner: 'resource-1', traceId: 'trace' });
      expect(image.status).toBe('created');
    });

    it('is refused when it goes back in time', async () => {
      await rewrite({ date: new Date('2026-01-20T00:00:00Z') });
      await publish(world.creator({ registry: 'other' }));
      await rewrite({ date: new Date('2026-01-10T00:00:00Z') });
      expect((await refusal(world.creator())).code).toBe('repository/rolled-back');
    });
  });

  describe('a mirror that is not there', () => {
    it('is an error that names it, and nothing is lost', async () => {
      const first = await publish(world.creator({ mirror: server.url, registry: 'kept' }));
      const { port } = await closedPort();
      const creator = world.creator({ mirror: `http://user:secret@127.0.0.1:${port}/debian` });
      const error = await refusal(creator);
      expect(error.code).toBe('repository/unreachable');
      const text = describeError(error);
      expect(text).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}/debian (?:old)?stable`, 'u'));
      expect(text).toContain('PRIVATE_IMAGE_DEBIAN_MIRROR');
      expect(text).not.toContain('secret');
      expect(await publish(world.creator({ mirror: server.url, registry: 'kept' }))).toEqual(first);
    });

    it('is an error that names it when the suite is not on it', async () => {
      await mkdir(path.join(world.folder, 'empty'));
      const creator = world.creator({ mirror: `file://${world.folder}/empty` });
      const error = await refusal(creator);
      expect(error.code).toBe('repository/not-found');
      expect(error.message).toMatch(/empty (?:old)?stable/u);
    });
  });

  /** A port that nobody listens on. */
  async function closedPort(): Promise<AddressInfo> {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const address = listener.address() as AddressInfo;
    await new Promise((resolve) => listener.close(resolve));
    return address;
  }
});
