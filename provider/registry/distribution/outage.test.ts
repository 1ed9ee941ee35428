import { afterEach, describe, expect, it } from 'vitest';
import { startFaultyRegistry } from '../../../tests/registry/faulty-registry.js';
import type { Fault } from '../../../tests/registry/faulty-registry.js';
import { errorOf } from '../../../tests/fixtures/error-of.js';
import { startMemoryRegistry } from '../../../tests/registry/memory-registry.js';
import type { MemoryRegistry } from '../../../tests/registry/memory-registry.js';
import { openTestRepository } from '../../../tests/registry/open-test-repository.js';
import { digestOf } from '../../support/digest.js';
import type { Repository } from '../registry.js';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function open(registry: MemoryRegistry, monolithic: number): Repository {
  return openTestRepository(registry, 'web', {
    patience: { attempts: 2, pause: 1, longestPause: 5, silence: 60, connectTimeout: 1000 },
    transfer: { monolithic, chunk: 8 },
  });
}

describe('a server that is no registry, or stands before one', () => {
  it.each([
    ['Client sent an HTTP request to an HTTPS server.\n', ' 400: Client sent an HTTP request to an HTTPS server.'],
    ['<html>\n<h1>no</h1>', ' 400'],
    ['{"error":"no"}', ' 400'],
    ['x'.repeat(201), ' 400'],
  ])('is quoted when it says a line: %j', async (text, words) => {
    const registry = await startMemoryRegistry({
      before: (_, response) => {
        response.writeHead(400).end(text);
        return true;
      },
    });
    cleanups.push(() => registry.close());
    const error = await errorOf(open(registry, 1).getManifest('latest'));
    expect(error.message.endsWith(words)).toBe(true);
  });
});

describe('a registry that stays out of order', () => {
  it.each<[Fault, string]>([
    ['401', 'registry/unauthorized'],
    ['503', 'registry/unavailable'],
    ['429', 'registry/unavailable'],
    ['reset', 'registry/unavailable'],
    ['slow', 'registry/unavailable'],
  ])('%s: is never taken for an empty one', async (fault, code) => {
    const registry = await startFaultyRegistry({ fault, at: 0, times: Infinity }, () => undefined);
    cleanups.push(() => registry.close());
    const repository = open(registry, 1_000_000);
    await expect(repository.getManifest('latest')).rejects.toMatchObject({ code });
    await expect(repository.tags()).rejects.toMatchObject({ code });
    await expect(repository.hasBlob(digestOf('x'))).rejects.toMatchObject({ code });
    await expect(repository.referrers(digestOf('x'))).rejects.toMatchObject({ code });
    await expect(repository.deleteManifests([digestOf('x')])).rejects.toMatchObject({ code });
  });
});
