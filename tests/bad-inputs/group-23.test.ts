/*
 * Group 23: bad days of the machine. Nothing that stands is lost, every reason is said, and the next run mends what is left.
 *
 * | case | tested in |
 * | --- | --- |
 * | no space: for the cache, for the registry, at any moment | here; provider/store/open-store.test.ts |
 * | no permission: for the cache, for the registry, to read and to write | here; provider/store/open-store.test.ts |
 * | a file system that is read-only | here |
 * | the cache deleted or damaged while in use, at any moment | here; provider/creator/bad-cache.test.ts |
 * | several creators on one cache; two processes on one cache | provider/creator/bad-cache.test.ts; here, real ones |
 * | the clock off by years | here: of a plan and of a build |
 * | no network at all | here: a locked build needs none |
 */
import { rmSync } from 'node:fs';
import { access, chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planImage } from '../../provider/creator/plan-image.js';
import type { OpenCreator } from '../../provider/creator/open-creator.js';
import type { PublishedImage } from '../../provider/creator/published.js';
import { publishImage } from '../../provider/creator/publish-image.js';
import { validateLayout } from '../../provider/image/validate-layout.js';
import { openLayout } from '../../provider/registry/layout.js';
import { isPrivateImageError, type PrivateImageError } from '../../provider/support/errors.js';
import { errorOf } from '../fixtures/error-of.js';
import { type FolderServer, serveFolder } from '../fixtures/folder-server.js';
import { openSmallWorld, requestFor, type SmallWorld } from '../fixtures/small-world.js';
import { capture } from '../setup/run.mjs';
import { digestsBelow } from './hostile-world.js';

let world: SmallWorld;
beforeEach(async () => {
  world = await openSmallWorld();
});
afterEach(() => world.close());

const request = requestFor({ packages: ['jq'], lines: ['8.4'], architectures: ['amd64'] });
const claim = { owner: 'resource-1', traceId: 'trace-1' };
const isRoot = process.getuid?.() === 0;

async function publish(creator: OpenCreator): Promise<PublishedImage> {
  const { digest } = await planImage(creator, request);
  return publishImage(creator, digest, claim);
}

async function faultsOf(registry: string): Promise<readonly string[]> {
  return (await validateLayout(openLayout(path.join(world.folder, registry, '53', 'web')))).faults;
}

/** All that is said of an error: its own words, its hint, and the reasons of its lines. */
function wordsOf(error: PrivateImageError): string {
  return `${error.code} ${error.message} ${error.hint ?? ''} ${JSON.stringify(error.data)}`;
}

/** Mounts a file system of so many bytes, or says why that cannot be. */
async function mountSmall(folder: string, size: number): Promise<string | undefined> {
  if (!isRoot) return 'needs root, to mount a small file system';
  await mkdir(folder, { recursive: true });
  const { code, stderr } = await capture('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  return code === 0 ? undefined : `needs mount: ${stderr.trim()}`;
}

describe('a disk', () => {
  const mounted: string[] = [];
  afterEach(async () => {
    for (const folder of mounted.splice(0)) await capture('umount', ['-l', folder]);
  });

  async function small(name: string, size: number): Promise<string | undefined> {
    const folder = path.join(world.folder, name);
    const missing = await mountSmall(folder, size);
    if (missing === undefined) mounted.push(folder);
    return missing;
  }

  it('that is full, for the cache: says so, and with more space goes on where it was', async (context) => {
    const right = await publish(world.creator({ cache: 'large', registry: 'right' }));
    const folder = path.join(world.folder, 'small');
    const missing = await small('small', 8 * 4096);
    if (missing !== undefined) context.skip(missing);
    let failures = 0;
    for (let pages = 8; ; pages += 12) {
      await capture('mount', ['-o', `remount,size=${pages * 4096}`, folder]);
      try {
        const image = await publish(world.creator({ cache: 'small' }));
        expect(image.tags).toEqual(right.tags);
        break;
      } catch (error) {
        if (!isPrivateImageError(error)) throw error;
        failures += 1;
        expect(wordsOf(error)).toMatch(/store\/full|No space left/u);
        expect(wordsOf(error)).toContain(folder);
      }
    }
    expect(failures).toBeGreaterThan(2);
    expect(await faultsOf('registry')).toEqual([]);
  }, 60_000);

  it('that is full, for the registry: says so, no tag is moved, and with more space goes on', async (context) => {
    const right = await publish(world.creator({ registry: 'right' }));
    const folder = path.join(world.folder, 'small');
    const missing = await small('small', 2 * 4096);
    if (missing !== undefined) context.skip(missing);
    let failures = 0;
    for (let pages = 2; ; pages += 6) {
      await capture('mount', ['-o', `remount,size=${pages * 4096}`, folder]);
      try {
        const image = await publish(world.creator({ registry: 'small' }));
        expect(image.tags).toEqual(right.tags);
        break;
      } catch (error) {
        if (!isPrivateImageError(error)) throw error;
        failures += 1;
        expect(wordsOf(error)).toMatch(/no space left/iu);
        expect(wordsOf(error)).toContain('small');
      }
    }
    expect(failures).toBeGreaterThan(2);
    expect(await faultsOf('small')).toEqual([]);
  }, 60_000);

  it.for(['cache', 'registry'])(
    'that became read-only, of the %s: says so, and what stands there stays',
    async (which, context) => {
      const right = await publish(world.creator({ registry: 'right' }));
      const missing = await small(`only-${which}`, 64 * 1024 * 1024);
      if (missing !== undefined) context.skip(missing);
      const folder = path.join(world.folder, `only-${which}`);
      const changes = { [which]: `only-${which}` };
      expect((await publish(world.creator(changes))).tags).toEqual(right.tags);
      const before = await digestsBelow(folder);
      await capture('mount', ['-o', 'remount,ro', folder]);
      const creator = world.creator({ ...changes, registry: which === 'cache' ? 'other' : `only-${which}` });
      const error = await errorOf(
        planImage(creator, { ...request, environment: { KEY: 'value' } }).then(({ digest }) =>
          publishImage(creator, digest, claim),
        ),
      );
      expect(wordsOf(error)).toMatch(/store\/denied|registry\/unusable|No permission/u);
      expect(await digestsBelow(folder)).toEqual(before);
    },
  );
});

describe('a user without permission', () => {
  afterEach(() => {
    if (isRoot) process.seteuid?.(0);
  });

  /** Runs `work` as a user who owns nothing here. */
  async function asNobody<Result>(work: () => Promise<Result>): Promise<Result> {
    if (isRoot) process.seteuid?.(65_534);
    try {
      return await work();
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  }

  it('to write the cache is told which, and what to do', async () => {
    await chmod(world.folder, 0o755);
    await mkdir(path.join(world.folder, 'cache'), { mode: 0o555 });
    const error = await asNobody(() => errorOf(publish(world.creator())));
    expect(error.code).toBe('store/denied');
    expect(wordsOf(error)).toContain(path.join(world.folder, 'cache'));
    expect(error.hint).toContain('cache');
  });

  it('to read the cache is told which, and what to do', async () => {
    await publish(world.creator());
    await chmod(world.folder, 0o755);
    await chmod(path.join(world.folder, 'cache'), 0);
    const error = await asNobody(() => errorOf(publish(world.creator({ registry: 'other' }))));
    await chmod(path.join(world.folder, 'cache'), 0o755);
    expect(error.code).toBe('store/denied');
    expect(wordsOf(error)).toContain(path.join(world.folder, 'cache'));
  });

  it('to write the registry is told which, and what stands there stays', async () => {
    const first = await publish(world.creator());
    const registry = path.join(world.folder, 'registry');
    const before = await digestsBelow(registry);
    await chmod(world.folder, 0o777);
    await capture('chmod', ['-R', 'a-w,a+rX', registry]);
    const creator = world.creator({ cache: 'nobodys' });
    const error = await asNobody(() =>
      errorOf(
        planImage(creator, { ...request, environment: { KEY: 'value' } }).then(({ digest }) =>
          publishImage(creator, digest, claim),
        ),
      ),
    );
    await capture('chmod', ['-R', 'u+w', registry]);
    expect(wordsOf(error)).toContain('registry/unusable');
    expect(wordsOf(error)).toContain(registry);
    expect(await digestsBelow(registry)).toEqual(before);
    expect((await publish(world.creator())).tags).toEqual(first.tags);
  });
});

describe('a cache that changes under its user’s hands', () => {
  /** Publishes while `disturb` happens at the nth thing that is reported; false when there were not so many. */
  async function disturbed(at: number, disturb: () => void): Promise<boolean> {
    let reported = 0;
    const creator = world.creator({
      report: () => {
        reported += 1;
        if (reported === at) disturb();
      },
    });
    try {
      await publish(creator);
    } catch (error) {
      // An error is as good as an image, if it says what is missing: the next run mends it.
      if (!isPrivateImageError(error)) throw error;
      expect(wordsOf(error)).toMatch(/store\/(?:missing|corrupt)|plan\/missing|Not in the cache|is damaged/u);
    }
    return reported >= at;
  }

  it.each<[string, () => void]>([
    [
      'deleted',
      () => {
        rmSync(path.join(world.folder, 'cache'), { recursive: true, force: true });
      },
    ],
    [
      'emptied of its blobs',
      () => {
        rmSync(path.join(world.folder, 'cache', 'store', 'sha256'), { recursive: true, force: true });
      },
    ],
    [
      'emptied of its facts',
      () => {
        rmSync(path.join(world.folder, 'cache', 'store', 'facts'), { recursive: true, force: true });
      },
    ],
  ])(
    '%s at any moment: gives the same image, or a reason, and then the same image',
    async (_, disturb) => {
      const right = await publish(world.creator({ cache: 'kept', registry: 'kept' }));
      for (let at = 1; await disturbed(at, disturb); at += 3) {
        expect((await publish(world.creator())).tags).toEqual(right.tags);
        expect(await faultsOf('registry')).toEqual([]);
        await rm(path.join(world.folder, 'registry'), { recursive: true });
        await rm(path.join(world.folder, 'cache'), { recursive: true });
      }
    },
    120_000,
  );

  it('with facts that are no JSON, or others’: derives them again', async () => {
    const right = await publish(world.creator({ registry: 'right' }));
    const facts = path.join(world.folder, 'cache', 'store', 'facts');
    for (const content of ['', '{', 'null', '[]', '{"digest":"sha256:../../x"}', '\0'.repeat(100)]) {
      for (const name of Object.keys(await digestsBelow(facts))) {
        if (!name.startsWith('plan')) await writeFile(path.join(facts, name), content);
      }
      expect((await publish(world.creator())).tags).toEqual(right.tags);
      expect(await faultsOf('registry')).toEqual([]);
      await rm(path.join(world.folder, 'registry'), { recursive: true });
    }
  }, 60_000);
});

describe('two processes', () => {
  const program = fileURLToPath(new URL('../../dist/program/private-image.js', import.meta.url));

  it('that start on one empty cache, and write one layout, both end well and with the same', async (context) => {
    const isThere = await access(program).then(
      () => true,
      () => false,
    );
    if (!isThere) context.skip('needs the compiled program: npm run build');
    const build = (output: string): ReturnType<typeof capture> =>
      capture(
        process.execPath,
        [program, 'build', '--starter', 'php', '--package', 'jq', '--line', '8.4', '--output', output, '--json'],
        { cwd: world.folder, env: { PATH: process.env['PATH'], HOME: world.folder, ...world.environment() } },
      );
    const ended = await Promise.all(['one', 'one', 'two'].map(build));
    for (const { code, stderr } of ended) expect(code, stderr).toBe(0);
    const digests = ended.map(({ stdout }) => (JSON.parse(stdout) as PublishedImage).lines.map((line) => line.digest));
    expect(digests[1]).toEqual(digests[0]);
    expect(digests[2]).toEqual(digests[0]);
    for (const output of ['one', 'two']) {
      expect((await validateLayout(openLayout(path.join(world.folder, output)))).faults).toEqual([]);
    }
    expect(await readdir(path.join(world.folder, 'cache', 'store', 'tmp'))).toEqual([]);
  }, 120_000);
});

describe('a clock', () => {
  const wrong = [new Date('1970-01-01T00:00:10Z'), new Date('1999-12-31T23:59:59Z'), new Date('2099-06-01T00:00:00Z')];

  it.each(wrong)('that says %s changes nothing of a build that is planned', async (time) => {
    const creator = world.creator();
    const { digest } = await planImage(creator, request);
    world.now = time;
    const image = await publishImage(creator, digest, claim);
    world.now = new Date('2026-02-01T10:00:00Z');
    const right = await publish(world.creator({ cache: 'other', registry: 'other' }));
    expect(image.lines.map((line) => line.digest)).toEqual(right.lines.map((line) => line.digest));
    expect(await faultsOf('registry')).toEqual([]);
    expect((await publish(world.creator())).latest).toBe(right.latest);
  });

  it.each(wrong)('that says %s when it is planned gives a reason, or the plan that is right', async (time) => {
    const right = await planImage(world.creator({ cache: 'other' }), request);
    world.now = time;
    const outcome = await planImage(world.creator(), request).then(
      (planned) => planned.digest,
      (error: unknown) => {
        if (!isPrivateImageError(error)) throw error;
        return error;
      },
    );
    if (typeof outcome === 'string') expect(outcome).toBe(right.digest);
    else {
      expect(outcome.code).toMatch(/^(?:repository|image)\//u);
      expect(wordsOf(outcome)).toMatch(/clock|1970|1999|2099|end of life|supported|maintained|future|expired/iu);
    }
    world.now = new Date('2026-02-01T10:00:00Z');
    expect((await planImage(world.creator(), request)).digest).toBe(right.digest);
  });
});

describe('no network at all', () => {
  let server: FolderServer;
  beforeEach(async () => {
    server = await serveFolder(world.mirror);
  });
  afterEach(() => server.close().catch(() => undefined));

  it('is needed for a build that is planned, when its packages have been fetched', async () => {
    const first = await publish(world.creator({ mirror: server.url, registry: 'first' }));
    const creator = world.creator({ mirror: server.url });
    const { digest } = await planImage(creator, request);
    await server.close();
    // Not even what was built is there any more: only what came from the network.
    const facts = path.join(world.folder, 'cache', 'store', 'facts');
    for (const kind of ['line', 'layer', 'segment']) await rm(path.join(facts, kind), { recursive: true });
    const asked = server.asked.size;
    const image = await publishImage(world.creator({ mirror: server.url }), digest, claim);
    expect(image.lines.map((line) => line.digest)).toEqual(first.lines.map((line) => line.digest));
    expect(server.asked.size).toBe(asked);
  });

  it('gives a reason where something has to be fetched, and the build once it is back', async () => {
    const { digest } = await planImage(world.creator({ mirror: server.url }), request);
    await rename(world.mirror, `${world.mirror}-away`);
    const { port } = new URL(server.url);
    await server.close();
    const error = await errorOf(publishImage(world.creator({ mirror: server.url }), digest, claim));
    expect(wordsOf(error)).toContain('package/unreachable');
    expect(wordsOf(error)).toContain(`127.0.0.1:${port}`);
    const planning = await errorOf(planImage(world.creator({ mirror: server.url, cache: 'empty' }), request));
    expect(planning.code).toBe('repository/unreachable');
    await rename(`${world.mirror}-away`, world.mirror);
    const again = await publish(world.creator());
    expect(again.status).toBe('created');
    expect(await readFile(path.join(world.folder, 'registry', '53', 'web', 'oci-layout'), 'utf8')).toContain('1.0.0');
  });
});
