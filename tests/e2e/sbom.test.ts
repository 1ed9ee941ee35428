/** What syft finds in an image is what its SBOMs say, the one beside it and the one in it, for packages of either format. */
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
  artifacts: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      type: z.string(),
      purl: z.string(),
      foundBy: z.string(),
      locations: z.array(z.object({ path: z.string() })),
    }),
  ),
});
type Found = z.infer<typeof syftSchema>;
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

/** An image of one architecture, published, in a layout of its own; and what the SBOM beside it lists of packages. */
interface Published {
  readonly layout: string;
  readonly home: string;
  readonly listed: readonly Listed[];
}

interface Listed {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
}

async function publish(creator: OpenCreator, format: string): Promise<Published> {
  const { digest } = await planImage(
    creator,
    requestFor({ lines: ['8.4'], packages: ['jq'], architectures: ['amd64'] }),
  );
  const image = await publishImage(creator, digest, { owner: 'resource-1', traceId: 'trace-1' });
  const home = mkdtempSync(path.join(tmpdir(), 'private-image-syft-'));
  closing.push(() => rm(home, { recursive: true, force: true }));
  const layout = path.join(home, 'x');
  const single = ['--override-arch=amd64', '--override-os=linux', `oci:${image.repository}:8.4`, `oci:${layout}:8.4`];
  expect(await capture('skopeo', ['copy', '--quiet', ...single])).toMatchObject({ code: 0 });
  const sbom = await readFile(fileURLToPath(image.lines[0]!.sbomUrls['amd64']!), 'utf8');
  const listed = spdxSchema
    .parse(JSON.parse(sbom))
    .packages.flatMap(({ name, versionInfo = '', externalRefs }) =>
      externalRefs
        .filter(({ referenceLocator }) => referenceLocator.startsWith(`pkg:${format}/`))
        .map(({ referenceLocator: purl }) => ({ name, version: versionInfo, purl })),
    );
  expect(listed.length).toBeGreaterThan(3);
  return { layout, home, listed };
}

async function scan({ layout, home }: Published, ...options: readonly string[]): Promise<Found> {
  const env = { ...process.env, HOME: home, SYFT_CHECK_FOR_APP_UPDATE: 'false' };
  const { stdout, stderr, code } = await capture('syft', ['scan', `oci-dir:${layout}`, '-o', 'json', ...options], {
    env,
  });
  expect(code, stderr).toBe(0);
  return syftSchema.parse(JSON.parse(stdout));
}

/** `name version` of each, sorted. */
function sorted(packages: readonly { readonly name: string; readonly version: string }[]): readonly string[] {
  return packages.map(({ name, version }) => `${name} ${version}`).sort();
}

describe.skipIf(missing !== undefined).each([
  ['deb', debCreator],
  ['apk', apkCreator],
])(`syft and an image of %s packages${missing === undefined ? '' : ` (${missing})`}`, (format, open) => {
  it('finds each package of the SBOM once, and no other', async () => {
    const published = await publish(await open(), format);
    const { artifacts } = await scan(published);
    expect(sorted(artifacts)).toEqual(sorted(published.listed));
    expect(new Set(artifacts.map(({ type }) => type))).toEqual(new Set([format]));
  });

  it('reads the SBOM in the image when it is told to, and finds the same in it', async () => {
    const published = await publish(await open(), format);
    const { artifacts } = await scan(published, '--override-default-catalogers', 'sbom-cataloger');
    const found = artifacts.filter(({ type }) => type === format);
    expect(sorted(found)).toEqual(sorted(published.listed));
    expect(found.map(({ purl }) => purl).sort()).toEqual(published.listed.map(({ purl }) => purl).sort());
    for (const { foundBy, locations } of found) {
      expect(foundBy).toBe('sbom-cataloger');
      expect(locations.map((location) => location.path)).toEqual(['/var/lib/db/sbom/web-8.4.12.spdx.json']);
    }
  });
});
