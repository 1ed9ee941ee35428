/** A real image is published to real registries, verified with cosign of both versions, pulled and run, mirrored, updated and deleted. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../provider/cli/program.js';
import { planImage } from '../../provider/creator/plan-image.js';
import { publishImage } from '../../provider/creator/publish-image.js';
import type { PublishedImage } from '../../provider/creator/published.js';
import { readImage } from '../../provider/creator/read-image.js';
import { removeImage } from '../../provider/creator/remove-image.js';
import type { ImageRequest } from '../../provider/creator/request.js';
import { requestFor } from '../fixtures/small-world.js';
import { type RealRegistry, startRealRegistry, testUser } from '../registry/real-registry.js';
import { spdxFaults } from '../sbom/validators.js';
import { missingProgram } from '../setup/containers.js';
import { capture, type Ended } from '../setup/run.mjs';
import { openLiveWorkspace } from './workspace.js';

const missing = missingProgram(
  ...['docker-registry', 'registry', 'skopeo', 'crane', 'podman', 'runc', 'openssl', 'cosign', 'cosign-v2'],
);
const claim = { owner: 'resource-1', traceId: 'trace-1' };
const cases: readonly (readonly ['docker-registry' | 'registry', boolean])[] = [
  ['docker-registry', false],
  ['registry', true],
];

describe.skipIf(missing !== undefined).each(cases)(
  `an image in %s, with TLS and a password: %s${missing === undefined ? '' : ` (${missing})`}`,
  (program, guarded) => {
    let registry: RealRegistry;
    let folder: string;
    let name: string;
    let image: PublishedImage;

    beforeAll(async () => {
      folder = mkdtempSync(path.join(tmpdir(), 'private-image-published-'));
      registry = await startRealRegistry({ program, ...(guarded ? { tls: true, auth: 'password' } : {}) });
      name = `${registry.host}/team/53/jq`;
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      writeFileSync(file('own.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
      writeFileSync(file('own.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
      writeFileSync(file('nobody.json'), '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}');
      const auth = Buffer.from(`${testUser.user}:${testUser.password}`).toString('base64');
      writeFileSync(file('config.json'), JSON.stringify({ auths: guarded ? { [registry.host]: { auth } } : {} }));
      const limits = 'default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]';
      const engine = `events_logger = "file"\ntmp_dir = "${file('tmp')}"`;
      writeFileSync(file('containers.conf'), `[containers]\n${limits}\n[engine]\n${engine}\n`);
      image = await publish({ packages: ['jq'] });
    });
    afterAll(async () => {
      await registry.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    function file(one: string): string {
      return path.join(folder, one);
    }

    /** The settings as a program gives them. */
    function settings(): Record<string, string> {
      const { user, password } = testUser;
      return {
        PRIVATE_IMAGE_TENANT: '53',
        PRIVATE_IMAGE_REGISTRY: `${guarded ? '' : 'http://'}${registry.host}/team`,
        PRIVATE_IMAGE_DEV_VARIANTS: 'false',
        PRIVATE_IMAGE_SIGNING_KEY: file('own.key'),
        PRIVATE_IMAGE_SIGNATURE_TAGS: 'true',
        PRIVATE_IMAGE_MIRROR_REGISTRIES: file('mirror'),
        ...(guarded
          ? {
              PRIVATE_IMAGE_REGISTRY_AUTH: `${registry.host}=basic ${user}:${password}`,
              PRIVATE_IMAGE_REGISTRY_CERTIFICATES: path.join(registry.folder, 'ca.crt'),
            }
          : {}),
      };
    }

    async function publish(changes: Partial<ImageRequest>): Promise<PublishedImage> {
      const workspace = await openLiveWorkspace(settings());
      try {
        const wanted = requestFor({
          starter: 'base',
          name: 'jq',
          lines: ['13'],
          architectures: ['amd64'],
          ...changes,
        });
        const { digest } = await planImage(workspace.creator, wanted);
        return await publishImage(workspace.creator, digest, claim);
      } finally {
        await workspace.close();
      }
    }

    /** Runs a tool with the certificate and the credentials of the registry, and nothing of the machine's. */
    function run(tool: string, ...args: readonly string[]): Promise<Ended> {
      const env = {
        ...process.env,
        HOME: folder,
        REGISTRY_AUTH_FILE: file('config.json'),
        DOCKER_CONFIG: folder,
        SSL_CERT_FILE: path.join(registry.folder, 'ca.crt'),
        CONTAINERS_CONF: file('containers.conf'),
      };
      return capture(tool, args, { env, cwd: folder });
    }

    const tls = guarded ? [] : ['--tls-verify=false'];
    const good = expect.objectContaining({ code: 0 }) as unknown;

    it.each(['cosign-v2', 'cosign'])('is verified by %s, with its SBOMs and its provenance', async (cosign) => {
      const trust = ['--key', file('own.pub'), '--insecure-ignore-tlog', '--trusted-root', file('nobody.json')];
      expect(await run(cosign, 'verify', ...trust, `${name}:13`)).toEqual(good);
      for (const type of ['spdxjson', 'cyclonedx', 'slsaprovenance1']) {
        expect(await run(cosign, 'verify-attestation', '--type', type, ...trust, `${name}:latest`)).toEqual(good);
      }
    });

    it('is verified by ourselves, in the registry and on the mirror', async () => {
      const verify = async (reference: string): Promise<{ code: number; text: string }> => {
        let text = '';
        const code = await runProgram(['verify', reference, '--key', file('own.pub')], {
          environment: {
            ...settings(),
            HOME: folder,
            PRIVATE_IMAGE_INSECURE_REGISTRIES: guarded ? '' : registry.host,
          },
          workingDirectory: folder,
          home: homedir(),
          clock: () => new Date(),
          signal: new AbortController().signal,
          write: (written) => (text += written),
          writeError: (written) => (text += written),
          isTerminal: false,
        });
        return { code, text };
      };
      expect(await verify(`${name}:13`)).toMatchObject({ code: 0 });
      expect(await verify(`${name}@${image.latest}`)).toMatchObject({ code: 0 });
      expect(await verify(`${file('mirror/53/jq')}:13`)).toMatchObject({ code: 0 });
    });

    it('is read, pulled and run by others', async () => {
      const inspected = await run('skopeo', 'inspect', ...tls, `docker://${name}:13`);
      expect(JSON.parse(inspected.stdout)).toMatchObject({ Digest: image.latest });
      const insecure = guarded ? [] : ['--insecure'];
      expect(await run('crane', 'validate', ...insecure, '--remote', `${name}:latest`)).toEqual(good);
      const place = ['--root', file('root'), '--runroot', file('run'), '--storage-driver=vfs'];
      const podman = [...place, '--runtime=runc', '--cgroup-manager=cgroupfs'];
      expect(await run('podman', ...podman, 'pull', '--quiet', '--arch=amd64', ...tls, `${name}:13`)).toEqual(good);
      const options = ['--rm', '--network=none', '--pull=never', '--arch=amd64', '--entrypoint=/usr/bin/jq'];
      const ran = await run('podman', ...podman, 'run', ...options, `${name}:13`, '-n', '6 * 7');
      expect(ran).toMatchObject({ code: 0, stdout: '42\n' });
    });

    it('gives its SBOMs to a plain GET, with the login of the registry and not without', async () => {
      const dispatcher = new Agent({ connect: { ca: registry.ca } });
      const login = `Basic ${Buffer.from(`${testUser.user}:${testUser.password}`).toString('base64')}`;
      const { sbomUrl, sbomUrls } = image.lines[0]!;
      const urls = [sbomUrl!, sbomUrls['amd64']!];
      for (const url of urls) {
        const { statusCode, body } = await request(url, {
          dispatcher,
          headers: guarded ? { authorization: login } : {},
        });
        expect(statusCode).toBe(200);
        expect(spdxFaults(await body.text())).toEqual([]);
        const stranger = await request(url, { dispatcher });
        await stranger.body.dump();
        expect(stranger.statusCode).toBe(guarded ? 401 : 200);
      }
      await dispatcher.close();
    });

    it('has its SBOM in it, which crane and tar take out', async () => {
      const insecure = guarded ? [] : ['--insecure'];
      const root = file('root.tar');
      expect(await run('crane', 'export', '--platform=linux/amd64', ...insecure, `${name}:13`, root)).toEqual(good);
      const taken = await run('tar', '-xOf', root, '--wildcards', '*var/lib/db/sbom/jq-*.spdx.json');
      expect(taken).toEqual(good);
      expect(spdxFaults(taken.stdout)).toEqual([]);
      expect(taken.stdout).toContain('"added: jq"');
    });

    it('is updated, read back and deleted, without a trace', async () => {
      const updated = await publish({ packages: [] });
      expect(updated.latest).not.toBe(image.latest);
      const workspace = await openLiveWorkspace(settings());
      try {
        expect(await readImage(workspace.creator, 'jq')).toEqual(updated);
        await removeImage(workspace.creator, { name: 'jq', starter: 'base', owner: claim.owner });
        expect(await readImage(workspace.creator, 'jq')).toBeUndefined();
      } finally {
        await workspace.close();
      }
      const tags = await run('skopeo', 'list-tags', ...tls, `docker://${name}`);
      const left = tags.code === 0 ? (JSON.parse(tags.stdout) as { Tags: string[] }).Tags : [];
      expect(left).toEqual([]);
    });
  },
);
