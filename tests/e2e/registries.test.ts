import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openHome } from '../../provider/registry/open-home.js';
import type { HomeOptions } from '../../provider/registry/open-home.js';
import type { Descriptor, Repository } from '../../provider/registry/registry.js';
import { digestOf } from '../../provider/support/digest.js';
import { startMemoryRegistry } from '../registry/memory-registry.js';
import { derOf, makeCertificate, startRealRegistry, testUser } from '../registry/real-registry.js';
import type { CertificatePair, RealRegistry } from '../registry/real-registry.js';
import { bytesIn, manifestType, putContent, putSampleIndex } from '../registry/sample-image.js';
import { startTokenServer } from '../registry/token-server.js';
import type { TokenServer } from '../registry/token-server.js';
import { missingProgram } from '../setup/containers.js';
import { capture } from '../setup/run.mjs';
import type { Ended } from '../setup/run.mjs';

/** What a registry is like, and how it is reached. */
interface Setting {
  readonly tls: boolean;
  readonly auth?: 'password' | 'token';
}

const settings: readonly (readonly [string, Setting])[] = [
  ['plain HTTP', { tls: false }],
  ['TLS', { tls: true }],
  ['TLS and a password', { tls: true, auth: 'password' }],
  ['plain HTTP and a token server', { tls: false, auth: 'token' }],
];

/** A program for x86-64 that writes "hello" and ends: Linux system calls 1 and 60, after the smallest ELF headers. */
function helloProgram(): Buffer {
  const code = Buffer.from('b801000000bf01000000488d3510000000ba060000000f05b83c00000031ff0f0568656c6c6f0a', 'hex');
  const file = Buffer.alloc(120);
  file.write('7f454c46020101', 'hex');
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(62, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(0x400078n, 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(5, 68);
  file.writeBigUInt64LE(0x400000n, 80);
  file.writeBigUInt64LE(0x400000n, 88);
  file.writeBigUInt64LE(BigInt(120 + code.length), 96);
  file.writeBigUInt64LE(BigInt(120 + code.length), 104);
  file.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([file, code]);
}

function tarOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000755\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\u000000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512), Buffer.alloc(1024)]);
}

/** Puts an image that says hello, in an index. */
async function putHello(repository: Repository): Promise<Descriptor> {
  const tar = tarOf('hello', helloProgram());
  const layer = gzipSync(tar);
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: { Entrypoint: ['/hello'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...(await putContent(repository, config)) },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...(await putContent(repository, layer)) }],
  };
  const image = await repository.putManifest(Buffer.from(JSON.stringify(manifest)), manifestType);
  return putSampleIndex(repository, [image]);
}

const programs = ['docker-registry', 'registry'] as const;
const missing = missingProgram(...programs, 'skopeo', 'crane', 'podman', 'openssl');

describe.skipIf(missing !== undefined)(`registries${missing === undefined ? '' : ` (${missing})`}`, () => {
  let folder: string;
  let pair: CertificatePair;
  let tokens: TokenServer;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'private-image-registries-'));
    pair = makeCertificate(folder, 'shared');
    const signer = { key: pair.key, certificate: derOf(pair.certificate), issuer: 'test issuer' };
    tokens = await startTokenServer({ ...testUser, signer });
    writeFileSync(join(folder, 'no-auth.json'), '{}');
  });
  afterAll(async () => {
    await tokens.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('the one in memory, that the tests are made with, is one for others too', async () => {
    const registry = await startMemoryRegistry();
    try {
      const home = openHome(`http://${registry.host}`, { workingDirectory: '/', environment: {} });
      const index = await putHello(home.repository('hello'));
      await home.repository('hello').tag([{ tag: 'latest', digest: index.digest }]);
      const name = `${registry.host}/hello`;
      const layout = join(folder, 'memory');
      const steps: readonly (readonly [string, ...string[]])[] = [
        ['crane', 'validate', '--insecure', '--remote', name],
        ['crane', 'copy', '--insecure', name, `${registry.host}/copy:latest`],
        ['skopeo', 'copy', '--all', '--src-tls-verify=false', `docker://${name}`, `oci:${layout}:x`],
        [
          'skopeo',
          'copy',
          '--all',
          '--dest-tls-verify=false',
          `oci:${layout}:x`,
          `docker://${registry.host}/again:latest`,
        ],
      ];
      for (const [tool, ...args] of steps) expect(await capture(tool, args)).toMatchObject({ code: 0 });
      for (const copy of ['copy', 'again']) expect(registry.repository(copy).tags.get('latest')).toBe(index.digest);
    } finally {
      await registry.close();
    }
  });

  describe.each(programs)('%s', (program) => {
    describe.each(settings)('with %s', (_, setting) => {
      let registry: RealRegistry;
      let authFile: string;

      beforeEach(async () => {
        registry = await startRealRegistry({ program, pair, realm: tokens.realm, ...setting });
        const auth = Buffer.from(`${testUser.user}:${testUser.password}`).toString('base64');
        authFile = join(registry.folder, 'config.json');
        const auths = setting.auth === undefined ? {} : { [registry.host]: { auth } };
        writeFileSync(authFile, JSON.stringify({ auths }));
        const limits = 'default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]';
        const engine = `events_logger = "file"\ntmp_dir = "${join(registry.folder, 'tmp')}"`;
        writeFileSync(join(registry.folder, 'containers.conf'), `[containers]\n${limits}\n[engine]\n${engine}\n`);
      });
      afterEach(() => registry.stop());

      function open(options: Partial<HomeOptions> = {}): ReturnType<typeof openHome> {
        const environment = setting.auth === undefined ? {} : { REGISTRY_AUTH_FILE: authFile };
        return openHome(`${setting.tls ? 'https' : 'http'}://${registry.host}/team`, {
          workingDirectory: '/',
          environment,
          ...(setting.tls ? { ca: registry.ca } : {}),
          ...options,
        });
      }

      /** Runs a tool with the certificate and the credentials of the registry, apart from all other containers. */
      function run(tool: string, ...args: readonly string[]): Promise<Ended> {
        const environment = {
          ...process.env,
          ...(setting.auth === undefined ? {} : { REGISTRY_AUTH_FILE: authFile }),
          DOCKER_CONFIG: registry.folder,
          SSL_CERT_FILE: join(registry.folder, 'ca.crt'),
          CONTAINERS_CONF: join(registry.folder, 'containers.conf'),
        };
        return capture(tool, args, { env: environment });
      }

      it('takes an image that others read, verify and run', async () => {
        const home = open();
        const repository = home.repository('53/hello');
        const index = await putHello(repository);
        const sbom = await putContent(repository, '{"spdxVersion":"SPDX-2.3"}');
        const type = 'application/spdx+json';
        const config = { mediaType: 'application/vnd.oci.empty.v1+json', ...(await putContent(repository, '{}')) };
        const artifact = await repository.putManifest(
          Buffer.from(
            JSON.stringify({
              schemaVersion: 2,
              mediaType: manifestType,
              artifactType: type,
              config,
              layers: [{ mediaType: type, ...sbom }],
              subject: { mediaType: index.mediaType, digest: index.digest, size: index.size },
            }),
          ),
          manifestType,
        );
        await repository.tag([
          { tag: '1.0', digest: index.digest },
          { tag: 'latest', digest: index.digest },
        ]);
        const name = `${registry.host}/team/53/hello`;
        expect(repository.reference).toBe(name);

        const verify = setting.tls ? [] : ['--tls-verify=false'];
        const inspected = await run('skopeo', 'inspect', ...verify, `docker://${name}:latest`);
        expect(inspected).toMatchObject({ code: 0 });
        expect(JSON.parse(inspected.stdout)).toMatchObject({
          Digest: index.digest,
          RepoTags: expect.arrayContaining(['1.0', 'latest']),
        });
        const copied = join(registry.folder, 'copy');
        expect(
          await run('skopeo', 'copy', '--quiet', '--all', ...verify, `docker://${name}:1.0`, `oci:${copied}:x`),
        ).toMatchObject({ code: 0 });

        // crane goes to no token server at a private address, not even for a registry that is there as well.
        if (setting.auth !== 'token') {
          const insecure = setting.tls ? [] : ['--insecure'];
          const digest = { code: 0, stdout: `${index.digest}\n` };
          expect(await run('crane', 'digest', ...insecure, `${name}:latest`)).toMatchObject(digest);
          expect(await run('crane', 'validate', ...insecure, '--remote', name)).toMatchObject({ code: 0 });
        }

        const place = ['--root', join(registry.folder, 'root'), '--runroot', join(registry.folder, 'run')];
        const podman = [...place, '--storage-driver=vfs', '--runtime=runc', '--cgroup-manager=cgroupfs'];
        const architecture = '--arch=amd64';
        expect(await run('podman', ...podman, 'pull', '--quiet', architecture, ...verify, name)).toMatchObject({
          code: 0,
        });
        if (process.arch === 'x64') {
          const ran = await run('podman', ...podman, 'run', '--rm', '--network=none', '--pull=never', name);
          expect(ran).toMatchObject({ code: 0, stdout: 'hello\n' });
        }

        const again = open().repository('53/hello');
        expect(await again.referrers(index.digest, type)).toMatchObject([{ digest: artifact.digest }]);
        expect((await bytesIn(again.getBlob(sbom.digest, sbom.size))).toString()).toContain('SPDX');
        expect(await open().repositories()).toEqual(['53/hello']);
        await home.close();
      });

      it('takes large blobs in pieces, and blobs of other repositories', async () => {
        const content = Buffer.alloc(5_000_000, 'some layer');
        const home = open({ transfer: { monolithic: 1_000_000, chunk: 2_000_000 } });
        const blob = await putContent(home.repository('one'), content);
        const reader = open().repository('one');
        expect(digestOf(await bytesIn(reader.getBlob(blob.digest)))).toBe(blob.digest);
        const unread = (): AsyncIterable<Uint8Array> => {
          throw new Error('is not read');
        };
        const other = open().repository('two');
        await other.putBlob(blob, unread, { mountFrom: ['one'] });
        expect(await open().repository('two').hasBlob(blob.digest)).toBe(true);
      });

      it('removes an image, and says what is kept', async () => {
        const repository = open().repository('gone');
        const index = await putHello(repository);
        await repository.tag([
          { tag: '1.0', digest: index.digest },
          { tag: 'latest', digest: index.digest },
        ]);
        const kept = await repository.untag(['latest']);
        const left = (await repository.tags()).map(({ tag }) => tag);
        expect(left).toEqual(kept.length === 0 ? ['1.0'] : ['1.0', 'latest']);
        expect(await repository.deleteManifests([index.digest])).toEqual([]);
        expect(await repository.tags()).toEqual([]);
        expect(await open().repository('gone').getManifest(index.digest)).toBeUndefined();
      });

      it('says what is wrong with the credentials and certificates that it gets', async () => {
        const bare = open({ environment: { REGISTRY_AUTH_FILE: join(folder, 'no-auth.json') }, ca: '' }).repository(
          '53/hello',
        );
        const wanted = setting.tls
          ? 'registry/unavailable'
          : setting.auth === undefined
            ? undefined
            : 'registry/unauthorized';
        const outcome = putContent(bare, 'x').then(
          () => undefined,
          (error: unknown) => (error as { code: string }).code,
        );
        expect(await outcome).toBe(wanted);
      });
    });
  });
});
