import pLimit from 'p-limit';
import { afterEach, describe, expect, it } from 'vitest';
import { faults, incompleteTags, startFaultyRegistry } from '../registry/faulty-registry.js';
import type { Fault } from '../registry/faulty-registry.js';
import type { MemoryRegistry } from '../registry/memory-registry.js';
import type { RegistryManner } from '../registry/stored-repository.js';
import { openTestRepository } from '../registry/open-test-repository.js';
import { putSampleImage, putSampleIndex } from '../registry/sample-image.js';
import { digestOf } from '../../provider/support/digest.js';
import { describeError, isPrivateImageError } from '../../provider/support/errors.js';
import type { Repository } from '../../provider/registry/registry.js';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** Publishes an image of two manifests with referrers, as the creator does: tags last. */
async function publish(repository: Repository): Promise<string> {
  const images = [await putSampleImage(repository, 'amd64'), await putSampleImage(repository, 'arm64')];
  const index = await putSampleIndex(repository, images);
  await putSampleImage(repository, 'sbom', index);
  await repository.tag([
    { tag: '1.0', digest: index.digest },
    { tag: 'latest', digest: index.digest },
  ]);
  await repository.tags();
  await repository.referrers(index.digest);
  return index.digest;
}

function open(registry: MemoryRegistry, monolithic: number): Repository {
  return openTestRepository(registry, 'web', {
    patience: { pause: 1, longestPause: 5, silence: 60, connectTimeout: 1000 },
    transfer: { monolithic, chunk: 8 },
  });
}

/** Publishes with a fault, then again without; gives back what is wrong then or was on the way, and how the first time ended. */
async function publishTwice(
  fault: Fault,
  at: number,
  manner: RegistryManner,
  monolithic: number,
): Promise<{ readonly wrong: readonly string[]; readonly first: unknown }> {
  const wrong: string[] = [];
  const look = (): unknown => wrong.push(...incompleteTags(registry));
  const registry = await startFaultyRegistry({ fault, at, times: 1 }, look, manner);
  try {
    const first: unknown = await publish(open(registry, monolithic)).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (first !== undefined && !isPrivateImageError(first)) wrong.push(`not one of ours: ${describeError(first)}`);
    const digest = await publish(open(registry, monolithic));
    const { tags, blobs } = registry.repository('web');
    for (const tag of ['latest', '1.0']) if (tags.get(tag) !== digest) wrong.push(`${tag} is not where it belongs`);
    for (const name of ['amd64', 'arm64']) {
      if (!blobs.has(digestOf(`the layer of ${name}`))) wrong.push(`${name} is lost`);
    }
    return { wrong, first };
  } catch (error) {
    return { wrong: [...wrong, `again: ${String(error)}`], first: undefined };
  } finally {
    await registry.close();
  }
}

/** What is tried against which kind of registry: everything against one that does everything. */
const cases: readonly (readonly [string, RegistryManner, number, readonly Fault[]])[] = [
  ['with everything', {}, 1_000_000, faults],
  ['without referrers', { referrersApi: false }, 1_000_000, ['500', 'lost', 'wrong digest', 'wrong content']],
  ['that is sent pieces', {}, 4, ['503', 'reset', 'lost', 'truncated', 'slow']],
];

describe.each(cases)('a registry %s that fails', (_, manner, monolithic, tried) => {
  it.each(tried)(
    'once, at any request, with %s: the tags are whole, and running again converges',
    async (fault) => {
      const healthy = await startFaultyRegistry({ fault, at: 0, times: 0 }, () => undefined, manner);
      cleanups.push(() => healthy.close());
      await publish(open(healthy, monolithic));
      const requests = healthy.requests.length;
      expect(requests).toBeGreaterThan(20);
      const failures: string[] = [];
      // What passes by itself is not for the caller to see.
      const passes = ['429', '500', '503', 'reset', 'lost', 'slow', 'truncated'].includes(fault);
      const limit = pLimit(6);
      const runs = Array.from({ length: requests }, (_, at) =>
        limit(async () => {
          const { wrong, first } = await publishTwice(fault, at, manner, monolithic);
          failures.push(...wrong.map((text) => `request ${at}: ${text}`));
          if (passes && first !== undefined) failures.push(`request ${at}: ${describeError(first)}`);
        }),
      );
      await Promise.all(runs);
      expect(failures).toEqual([]);
    },
    120_000,
  );
});
