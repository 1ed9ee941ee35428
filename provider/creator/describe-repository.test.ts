import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mediaTypes } from '../image/media-types.js';
import { openLayout } from '../registry/layout.js';
import type { Repository } from '../registry/registry.js';
import { putContent, putManifest } from '../signing/referrer.js';
import { lineLabel, privateImageLabel, versionAnnotation } from './annotations.js';
import { describeRepository } from './describe-repository.js';

let folder: string;
let repository: Repository;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'described-'));
  repository = openLayout(folder);
});
afterEach(() => rm(folder, { recursive: true }));

/** Puts what calls itself a private image, of one image with this config. */
async function plant(config: string): Promise<void> {
  const blob = await putContent(repository, { mediaType: mediaTypes.config, content: config });
  const image = await putManifest(repository, { config: blob, layers: [] });
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [{ ...image, platform: { os: 'linux', architecture: 'amd64' } }],
    annotations: { [privateImageLabel]: 'true', [lineLabel]: '8.4', [versionAnnotation]: '8.4.1' },
  });
  const { digest } = await repository.putManifest(Buffer.from(index), mediaTypes.index);
  await repository.tag([{ tag: '8.4', digest }]);
}

describe('an image that is described', () => {
  it('may have a config in which nothing is set', async () => {
    await plant('{"config":{"Entrypoint":null,"Cmd":null,"Env":null,"ExposedPorts":null,"Volumes":null}}');
    const [build] = await describeRepository(repository);
    expect(build?.images).toMatchObject([{ entrypoint: [], command: [], environment: [], ports: [], volumes: [] }]);
  });

  it.each([
    ['no JSON', '<html>'],
    ['another document', '{"config":{"User":0}}'],
    ['a document without end', `"${'x'.repeat(5 * 1024 * 1024)}"`],
  ])('is malformed when its config is %s', async (_, config) => {
    await plant(config);
    await expect(describeRepository(repository)).rejects.toMatchObject({ code: 'registry/malformed' });
  });
});
