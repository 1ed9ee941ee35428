import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startMemoryRegistry } from '../../tests/registry/memory-registry.js';
import { impatience } from '../../tests/registry/open-test-repository.js';
import { putContent, putSampleImage } from '../../tests/registry/sample-image.js';
import { openHome } from './open-home.js';
import type { Home } from './open-home.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'home-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function open(setting: string, plainHttp = false): Home {
  const environment = { HOME: folder };
  return openHome(setting, { workingDirectory: folder, environment, plainHttp, patience: impatience });
}

describe('a home', () => {
  it.each([
    ['a relative folder', () => 'images', 'images'],
    ['a hidden folder', () => './registry.example.com', 'registry.example.com'],
    ['a folder of the user', () => '~/images', 'images'],
    ['an absolute folder', () => path.join(folder, 'x'), 'x'],
    ['a file URL', () => pathToFileURL(path.join(folder, 'y')).href, 'y'],
  ])('is %s', async (_, setting, expected) => {
    const home = open(setting());
    expect(home).toMatchObject({ kind: 'layout', reference: path.join(folder, expected) });
    const image = await putSampleImage(home.repository('53/web'), 'one');
    await home.repository('53/web').tag([{ tag: 'latest', digest: image.digest }]);
    expect(existsSync(path.join(folder, expected, '53', 'web', 'index.json'))).toBe(true);
    await home.close();
  });

  it('that is a folder has nothing outside of it', () => {
    for (const name of ['../other', '..', '']) {
      expect(() => open('images').repository(name)).toThrow(
        expect.objectContaining({ code: 'registry/bad-reference' }),
      );
    }
  });

  it('is a registry, with repositories below its path', async () => {
    const registry = await startMemoryRegistry();
    try {
      const home = open(`${registry.host}/team`, true);
      expect(home).toMatchObject({ kind: 'registry', reference: `${registry.host}/team` });
      const image = await putSampleImage(home.repository('53/web'), 'one');
      await home.repository('53/web').tag([{ tag: 'latest', digest: image.digest }]);
      expect(registry.repository('team/53/web').tags.get('latest')).toBe(image.digest);
      expect(await home.repositories()).toEqual(['53/web']);
      await putContent(home.repository('53/api'), 'a shared layer');
      expect(registry.requests.at(-1)).toContain('from=team%2F53%2Fweb');
      await home.close();
    } finally {
      await registry.close();
    }
  });

  it('speaks no plain HTTP unless it is told to', async () => {
    const registry = await startMemoryRegistry();
    try {
      const repository = open(registry.host).repository('web');
      await expect(repository.tags()).rejects.toMatchObject({ code: 'registry/unavailable' });
      expect(registry.requests).toEqual([]);
    } finally {
      await registry.close();
    }
  });
});
