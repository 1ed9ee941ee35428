import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLayout } from '../registry/layout.js';
import { parseCertificate } from './certificate.js';
import { addToTruststore } from './java-truststore.js';
import type { TruststoreEntry } from './java-truststore.js';
import { mediaTypes } from './media-types.js';
import type { BuiltImage } from './recipe.js';
import { openBuildBench } from './testing/build-bench.js';
import type { BuildBench } from './testing/build-bench.js';
import type { MadeDeb } from './testing/deb-maker.js';
import { validateLayout } from './validate-layout.js';

// Real certificates: those that Node itself trusts.
const [first = '', second = '', third = ''] = rootCertificates;

describe('building with certificates', () => {
  let bench: BuildBench;
  beforeEach(async () => {
    bench = await openBuildBench();
  });
  afterEach(() => bench.close());

  async function build(
    certificates: readonly { name: string; pem: string }[],
    replacements: readonly { kind: 'ca-bundle' }[],
    ...others: readonly MadeDeb[]
  ): Promise<BuiltImage> {
    const packaged = await bench.add({
      name: 'ca-certificates',
      entries: [
        { path: 'usr/share/ca-certificates/mozilla/First Root (2020), Inc.crt', content: first },
        { path: 'usr/share/ca-certificates/mozilla/Second.crt', content: `${second}\n` },
      ],
    });
    const added = await Promise.all(others.map((one) => bench.add(one)));
    return bench.build([packaged, ...added], { certificates, replacements });
  }

  const bundle = 'etc/ssl/certs/ca-certificates.crt';
  const hashOf = (pem: string): string => parseCertificate(pem, 'it').subjectHash;

  describe('trusted certificates', () => {
    it('of packages are in the bundle, and in the folder by name and by hash', async () => {
      const root = await bench.root(await build([], [{ kind: 'ca-bundle' }]));
      expect(root.get(bundle)?.content).toBe(`${first}\n${second}\n`);
      expect(root.get('etc/ssl/certs/First_Root_=2020=__Inc.pem')?.linkTarget).toBe(
        '/usr/share/ca-certificates/mozilla/First Root (2020), Inc.crt',
      );
      expect(root.get(`etc/ssl/certs/${hashOf(first)}.0`)?.linkTarget).toBe('First_Root_=2020=__Inc.pem');
      expect(root.get(`etc/ssl/certs/${hashOf(second)}.0`)?.linkTarget).toBe('Second.pem');
      expect(root.get('usr/lib/ssl/certs')?.linkTarget).toBe('/etc/ssl/certs');
    });

    it('of file bundles come on top, in a layer of their own that is the last, and change no other layer', async () => {
      const without = await build([], [{ kind: 'ca-bundle' }]);
      const image = await build(
        [
          { name: 'corp.crt', pem: third },
          { name: 'again.crt', pem: first },
        ],
        [{ kind: 'ca-bundle' }],
      );
      expect(image.layers.at(-1)?.title).toBe('file bundles');
      expect(image.layers.slice(0, -1)).toEqual(without.layers);
      const layer = await bench.layer(image, 'file bundles');
      expect(layer.get('usr/local/share/ca-certificates/corp.crt')?.content).toBe(`${third}\n`);
      expect(layer.get(bundle)?.content).toBe(`${first}\n${second}\n${first}\n${third}\n`);
      expect(layer.get(`etc/ssl/certs/${hashOf(third)}.0`)?.linkTarget).toBe('corp.pem');
      // What is trusted already is linked by its name alone.
      expect(layer.get('etc/ssl/certs/again.pem')?.linkTarget).toBe('/usr/local/share/ca-certificates/again.crt');
      expect(layer.has(`etc/ssl/certs/${hashOf(first)}.0`)).toBe(false);
    });

    describe('where there is Java', () => {
      const java: MadeDeb = {
        name: 'openjdk',
        entries: [
          {
            path: 'usr/lib/jvm/java-21-openjdk-amd64/lib/security/cacerts',
            type: 'symlink',
            linkTarget: '/etc/ssl/certs/java/cacerts',
          },
        ],
      };
      const store = 'etc/ssl/certs/java/cacerts';
      const entry = (alias: string, pem: string): TruststoreEntry => ({
        alias: `debian:${alias}.pem`,
        certificate: new X509Certificate(pem).raw,
      });

      it('are in its key store by the names of their links, those of file bundles as well', async () => {
        const image = await build([{ name: 'corp.crt', pem: third }], [{ kind: 'ca-bundle' }], java);
        const packaged = [entry('first_root_=2020=__inc', first), entry('second', second)];
        const configuration = await bench.layer(image, 'configuration');
        expect(configuration.get(store)?.bytes).toEqual(addToTruststore(undefined, packaged, 0, store));
        const bundles = await bench.layer(image, 'file bundles');
        expect(bundles.get(store)?.bytes).toEqual(
          addToTruststore(undefined, [...packaged, entry('corp', third)], 0, store),
        );
      });

      it('are in a key store for that alone', async () => {
        const image = await build([{ name: 'corp.crt', pem: third }], [{ kind: 'ca-bundle' }]);
        expect((await bench.root(image)).has(store)).toBe(false);
      });
    });

    it('of packages are listed for the program that updates them, where it is', async () => {
      const updater: MadeDeb = { name: 'updater', entries: [{ path: 'usr/sbin/update-ca-certificates' }] };
      const root = await bench.root(await build([], [{ kind: 'ca-bundle' }], updater));
      const lines = root
        .get('etc/ca-certificates.conf')
        ?.content.split('\n')
        .filter((line) => !line.startsWith('#'));
      expect(lines).toEqual(['mozilla/First Root (2020), Inc.crt', 'mozilla/Second.crt', '']);
      expect((await bench.root(await build([], [{ kind: 'ca-bundle' }]))).has('etc/ca-certificates.conf')).toBe(false);
    });

    it('are refused when they are none', async () => {
      await expect(
        build([{ name: 'key.crt', pem: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n' }], []),
      ).rejects.toMatchObject({
        code: 'image/bad-certificate',
      });
    });
  });

  describe('validating a layout', () => {
    async function publish(image: BuiltImage): Promise<string> {
      const folder = path.join(bench.store.root, 'layout');
      const repository = openLayout(folder);
      for (const blob of [...image.layers, image.config])
        await repository.putBlob(blob, () => bench.store.open(blob.digest));
      const { digest } = await repository.putManifest(
        await bench.store.read(image.manifest.digest),
        mediaTypes.manifest,
      );
      await repository.tag([{ tag: 'latest', digest }]);
      return folder;
    }

    it('finds nothing wrong with what was built', async () => {
      const image = await build([{ name: 'corp.crt', pem: third }], []);
      const validation = await validateLayout(openLayout(await publish(image)));
      expect(validation).toEqual({ manifests: 1, blobs: image.layers.length + 1, faults: [] });
    });

    it('names everything that is damaged or missing, at once', async () => {
      const image = await build([{ name: 'corp.crt', pem: third }], []);
      const folder = await publish(image);
      const file = (position: number): string =>
        path.join(folder, 'blobs', 'sha256', image.layers[position]!.digest.slice(7));
      const { rm, writeFile } = await import('node:fs/promises');
      await rm(file(0));
      const content = await readFile(file(1));
      content[content.length - 5]! ^= 1;
      await writeFile(file(1), content);
      const { faults } = await validateLayout(openLayout(folder));
      expect(faults).toHaveLength(2);
      expect(faults[0]).toContain(image.layers[0]!.digest);
      expect(faults[1]).toContain(image.layers[1]!.digest);
    });

    it('finds a layer that is not what the config says', async () => {
      const image = await build([], []);
      const config = JSON.parse((await bench.store.read(image.config.digest)).toString());
      config.rootfs.diff_ids[0] = image.config.digest;
      const wrong = await bench.store.put(JSON.stringify(config));
      const manifest = JSON.parse((await bench.store.read(image.manifest.digest)).toString());
      Object.assign(manifest.config, wrong);
      const folder = await publish({
        ...image,
        config: wrong,
        manifest: await bench.store.put(JSON.stringify(manifest)),
      });
      const { faults } = await validateLayout(openLayout(folder));
      expect(faults).toEqual([expect.stringContaining(`the config says ${image.config.digest}`)]);
    });
  });
});
