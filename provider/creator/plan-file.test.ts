import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { openSmallWorld, requestFor } from '../../tests/fixtures/small-world.js';
import type { SmallWorld } from '../../tests/fixtures/small-world.js';
import { makeSigningKey } from '../packages/apk/testing/apk-maker.js';
import type { MadePackage } from '../packages/apk/testing/apk-maker.js';
import { makeRepository } from '../packages/apk/testing/apk-repository-maker.js';
import type { Architecture } from '../packages/package.js';
import { isResolved } from './plan.js';
import { planFile } from './plan-file.js';

describe('an apko file for several architectures', () => {
  const key = makeSigningKey('team.rsa.pub');
  let world: SmallWorld;
  beforeAll(async () => {
    world = await openSmallWorld();
  });
  afterAll(() => world.close());

  /** What is planned of packages that each architecture has in these versions: `name version` by architecture. */
  async function planned(
    title: string,
    versions: Readonly<Record<'x86_64' | 'aarch64', Readonly<Record<string, readonly string[]>>>>,
    architectures?: readonly Architecture[],
  ): Promise<Readonly<Record<string, readonly string[]>>> {
    const keyFile = await world.file('team.rsa.pub', key.public.pem);
    const folder = path.join(world.folder, title);
    for (const [architecture, of] of Object.entries(versions)) {
      const packages = Object.entries(of).flatMap(([name, all]) =>
        all.map((version): MadePackage => ({ name, version })),
      );
      await makeRepository(folder, packages, { key, architectures: [architecture] });
    }
    const contents = { repositories: [folder], keyring: [keyFile], packages: Object.keys(versions.x86_64) };
    const file = await world.file(`${title}.yaml`, stringify({ contents }));
    const request = requestFor({ starter: '', ...(architectures === undefined ? {} : { architectures }) });
    const { plan } = await planFile(world.creator(), file, request);
    return Object.fromEntries(
      plan.lines.flatMap((line) =>
        isResolved(line)
          ? line.architectures.map(({ architecture, packages }) => [
              architecture,
              packages.map(({ package: { name, version } }) => `${name} ${version}`),
            ])
          : [],
      ),
    );
  }

  const halfWay = {
    x86_64: { a: ['1.0-r0', '1.1-r0'], b: ['2.0-r0'] },
    aarch64: { a: ['1.0-r0'], b: ['2.0-r0', '2.1-r0'] },
  };
  const both: readonly Architecture[] = ['amd64', 'arm64'];

  it('has the newest versions that all of them have', async () => {
    const same = ['a 1.0-r0', 'b 2.0-r0'];
    expect(await planned('half-way', halfWay, both)).toEqual({ amd64: same, arm64: same });
  });

  it('has the newest of all when it is for one', async () => {
    expect(await planned('alone', halfWay, ['amd64'])).toEqual({ amd64: ['a 1.1-r0', 'b 2.0-r0'] });
  });

  it('has the newest of each where they have none in common', async () => {
    const versions = { x86_64: { a: ['1.1-r0'] }, aarch64: { a: ['1.0-r0'] } };
    expect(await planned('apart', versions, both)).toEqual({ amd64: ['a 1.1-r0'], arm64: ['a 1.0-r0'] });
  });
});
