/** What syft finds in an image is what its SBOM says, for packages of either format. */
import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { OpenCreator } from '../../provider/creator/open-creator.js';
import { planImage } from '../../provider/creator/plan-image.js';
import { publishImage } from '../../provider/creator/publish-image.js';
import { openApkWorld } from '../fixtures/apk-world.js';
import { openSmallWorld, requestFor } from '../fixtures/small-world.js';
import { missingProgram } from '../setup/containers.js';
import { capture } from '../setup/run.mjs';

const missing = missingProgram('syft', 'skopeo');
const syftSchema = z.object({
  artifacts: z.array(z.object({ name: z.string(), version: z.string(), type: z.string() })),
});
const spdxSchema = z.object({
  packages: z.array(
    z.object({
      name: z.string(),
      versionInfo: z.string().optional(),
      externalRefs: z.array(z.object({ referenceLocator: z.string() })).default([]),
    }),
  ),
});
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function debCreator(): Promise<OpenCreator> {
  const world = await openSmallWorld();
  closing.push(() => world.close());
  return world.creator();
}

async function apkCreator(): Promise<OpenCreator> {
  const world = await openApkWorld();
  closing.push(() => world.close());
  const php = world.starterPackages({
    distribution: 'wolfi',
    name: 'php',
    line: '8.4',
    version: '8.4.12',
    suite: 'rolling',
  });
  await world.write('wolfi', [...php, { name: 'jq', version: '1.7-r0' }]);
  return world.creator('wolfi');
}

/** `name version` of each, sorted. */
function sorted(packages: readonly { readonly name: string; readonly version: string }[]): readonly string[] {
  return packages.map(({ name, version }) => `${name} ${version}`).sort();
}

describe.skipIf(missing !== undefined)(`syft${missing === undefined ? '' : ` (${missing})`}`, () => {
  it.each([
    ['deb', debCreator],
    ['apk', apkCreator],
  ])('finds each %s package of the SBOM once, and no other', async (format, open) => {
    const creator = await open();
    const { digest } = await planImage(
      creator,
      requestFor({ lines: ['8.4'], packages: ['jq'], architectures: ['amd64'] }),
    );
    const image = await publishImage(creator, digest, { owner: 'resource-1', traceId: 'trace-1' });
    const folder = mkdtempSync(path.join(tmpdir(), 'private-image-syft-'));
    closing.push(() => rm(folder, { recursive: true, force: true }));
    const single = [
      '--override-arch=amd64',
      '--override-os=linux',
      `oci:${image.repository}:8.4`,
      `oci:${folder}/x:8.4`,
    ];
    expect(await capture('skopeo', ['copy', '--quiet', ...single])).toMatchObject({ code: 0 });
    const env = { ...process.env, HOME: folder, SYFT_CHECK_FOR_APP_UPDATE: 'false' };
    const { stdout, stderr, code } = await capture('syft', ['scan', `oci-dir:${folder}/x`, '-o', 'json'], { env });
    expect(code, stderr).toBe(0);
    const found = syftSchema.parse(JSON.parse(stdout)).artifacts.filter(({ type }) => type === format);
    const sbom = spdxSchema.parse(
      JSON.parse(await readFile(fileURLToPath(image.lines[0]!.sbomUrls['amd64']!), 'utf8')),
    );
    const listed = sbom.packages.flatMap(({ name, versionInfo = '', externalRefs }) =>
      externalRefs.some(({ referenceLocator }) => referenceLocator.startsWith(`pkg:${format}/`))
        ? [{ name, version: versionInfo }]
        : [],
    );
    expect(listed.length).toBeGreaterThan(3);
    expect(sorted(found)).toEqual(sorted(listed));
  });
});
