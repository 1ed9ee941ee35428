import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { publishBundle } from '../../provider/creator/bundles.js';
import { planImage } from '../../provider/creator/plan-image.js';
import { publishImage } from '../../provider/creator/publish-image.js';
import type { PublishedImage } from '../../provider/creator/published.js';
import { type Containers, missingProgram, openContainers } from '../setup/containers.js';
import { capture } from '../setup/run.mjs';
import { type LiveWorkspace, openLiveWorkspace } from './workspace.js';

const missing = missingProgram('podman', 'runc', 'openssl');
/** What a title says when its tests are skipped. */
const needs = missing === undefined ? '' : ` (${missing})`;

interface Case {
  readonly starter: string;
  readonly packages: readonly string[];
  /** How many lines Debian maintains; two when not given, one a suite. */
  readonly lines?: number;
  /** Arguments after the entrypoint. */
  readonly command: readonly string[];
  /** What the program says, with the line it was built for. */
  readonly answer: (line: string) => RegExp;
}

const cases: readonly Case[] = [
  {
    starter: 'python',
    packages: ['python3-requests'],
    command: [
      '-c',
      'import os, ssl, sqlite3, zoneinfo, requests, sys; zoneinfo.ZoneInfo("Europe/Zurich"); open("here", "w").write("x"); print(sys.version.split()[0], os.getuid())',
    ],
    answer: (line) => new RegExp(`^${line.replace('.', '\\.')}\\.\\d+ 65532$`, 'u'),
  },
  {
    starter: 'php',
    packages: ['php-curl-auto'],
    command: [
      '-r',
      'echo PHP_VERSION, " ", posix_getuid(), " ", function_exists("curl_init") ? "curl" : "none", PHP_EOL;',
    ],
    answer: (line) => new RegExp(`^${line.replace('.', '\\.')}\\.\\d+ 65532 curl$`, 'u'),
  },
  {
    starter: 'ruby',
    packages: [],
    command: ['-ropenssl', '-rjson', '-e', 'puts "#{RUBY_VERSION} #{Process.uid} #{OpenSSL::VERSION.size > 0}"'],
    answer: (line) => new RegExp(`^${line.replace('.', '\\.')}\\.\\d+ 65532 true$`, 'u'),
  },
  {
    starter: 'node',
    packages: [],
    command: ['-e', 'require("node:crypto").createHash("sha256"); console.log(process.version, process.getuid())'],
    answer: (line) => new RegExp(`^v${line}\\.\\d+\\.\\d+ 65532$`, 'u'),
  },
  {
    starter: 'nginx',
    packages: [],
    command: ['-t'],
    answer: () => /test is successful/u,
  },
  {
    starter: 'java',
    packages: [],
    lines: 3,
    command: ['-XshowSettings:properties', '-version'],
    answer: (line) => new RegExp(`user\\.name = nonroot[\\s\\S]*openjdk version "${line}\\.`, 'u'),
  },
  {
    starter: 'postgres',
    packages: [],
    command: ['-V'],
    answer: (line) => new RegExp(`^postgres \\(PostgreSQL\\) ${line}\\.\\d+ `, 'u'),
  },
  {
    starter: 'redis',
    packages: [],
    command: ['--version'],
    answer: (line) => new RegExp(`^Redis server v=${line.replace('.', '\\.')}\\.`, 'u'),
  },
  {
    starter: 'valkey',
    packages: [],
    lines: 1,
    command: ['--version'],
    answer: (line) => new RegExp(`^Valkey server v=${line.replace('.', '\\.')}\\.`, 'u'),
  },
  {
    starter: 'haproxy',
    packages: [],
    command: ['-c', '-V', '-f', '/usr/local/etc/haproxy/haproxy.cfg'],
    answer: () => /Configuration file is valid/u,
  },
];

describe.skipIf(missing !== undefined).each(cases)(
  `the starter $starter${needs}`,
  ({ starter, packages, lines = 2, command, answer }) => {
    let workspace: LiveWorkspace;
    let containers: Containers;
    let image: PublishedImage;

    beforeAll(async () => {
      workspace = await openLiveWorkspace({ PRIVATE_IMAGE_ARCHITECTURES: 'amd64' });
      containers = await openContainers();
      const { digest } = await planImage(workspace.creator, requestOf(starter, packages));
      image = await publishImage(workspace.creator, digest, { owner: 'test', traceId: 'test' });
    });
    afterAll(async () => {
      await containers.close();
      await workspace.close();
    });

    it('builds every maintained line', () => {
      expect(image.lines.map((line) => line.error?.message)).toEqual(image.lines.map(() => undefined));
      expect(image.lines).toHaveLength(lines);
      expect(image.status).toBe('created');
    });

    it('answers on every line as the non-root user', async () => {
      for (const { line } of image.lines) {
        const result = await containers.run({ layout: image.repository, tag: line, command });
        expect(`${result.stdout}${result.stderr}`.trim(), `${starter} ${line}`).toMatch(answer(line));
        expect(result.code).toBe(0);
      }
    });

    it('has no shell, no package manager and no core utilities', async () => {
      for (const { line } of image.lines) {
        for (const program of ['sh', 'bash', 'apt-get', 'dpkg', 'ls', 'cat', 'perl']) {
          const result = await containers.run({ layout: image.repository, tag: line, entrypoint: program });
          expect(result.code, `${program} in ${starter} ${line}`).toBe(127);
        }
      }
    });
  },
);

it.skipIf(missing !== undefined)(`serves pages with nginx, with a read-only root${needs}`, async () => {
  const workspace = await openLiveWorkspace({ PRIVATE_IMAGE_ARCHITECTURES: 'amd64' });
  const containers = await openContainers();
  try {
    const planned = await planImage(workspace.creator, requestOf('nginx', []));
    const image = await publishImage(workspace.creator, planned.digest, { owner: 'test', traceId: 'test' });
    for (const { line } of image.lines) {
      const running = await containers.start({ layout: image.repository, tag: line, network: 'host', readOnly: true });
      const answer = await vi.waitFor(() => fetch('http://127.0.0.1:8080/'), { timeout: 30_000, interval: 200 });
      expect(answer.headers.get('server'), line).toContain('nginx');
      await answer.text();
      const { stdout } = await running.stop();
      expect(stdout, `the access log of nginx ${line}`).toContain('GET / HTTP/1.1');
    }
  } finally {
    await containers.close();
    await workspace.close();
  }
});

describe.skipIf(missing !== undefined)(`a bundle of certificates${needs}`, () => {
  it.each([
    ['python', ['-c', 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())']],
    [
      'node',
      [
        '-e',
        'require("node:https").get(process.argv[1], (answer) => answer.pipe(process.stdout)).on("error", (error) => { console.error(error); process.exitCode = 1; })',
      ],
    ],
    ['php', ['-r', 'echo file_get_contents($argv[1]);']],
    ['ruby', ['-ropen-uri', '-e', 'print URI.open(ARGV[0]).read']],
  ] as const)('is trusted by %s with nothing more to do', async (starter, command) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'private-image-tls-'));
    const workspace = await openLiveWorkspace({ PRIVATE_IMAGE_ARCHITECTURES: 'amd64' });
    const containers = await openContainers();
    const authority = await makeAuthority(folder);
    const server = createServer({ key: authority.serverKey, cert: authority.serverCertificate }, (_, response) =>
      response.end('trusted'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
    try {
      const bundle = await publishBundle(workspace.creator, {
        name: 'test-ca',
        type: 'certificates',
        path: '/usr/local/share/ca-certificates/',
        description: undefined,
        files: { 'root.crt': authority.certificate },
      });
      for (const [fileBundles, answer] of [
        [[], 'refused'],
        [[bundle.reference], 'trusted'],
      ] as const) {
        const planned = await planImage(workspace.creator, { ...requestOf(starter, []), fileBundles });
        const image = await publishImage(workspace.creator, planned.digest, { owner: 'test', traceId: 'test' });
        const result = await containers.run({
          layout: image.repository,
          tag: 'latest',
          command: [...command, url],
          network: 'host',
        });
        if (answer === 'trusted')
          expect(result, `${starter} with the bundle`).toMatchObject({
            code: 0,
            stdout: expect.stringContaining('trusted') as string,
          });
        else expect(result.stdout, `${starter} without the bundle`).not.toContain('trusted');
      }
    } finally {
      await new Promise((resolve) => server.close(resolve));
      await containers.close();
      await workspace.close();
      await rm(folder, { recursive: true });
    }
  });
});

function requestOf(starter: string, packages: readonly string[]): Parameters<typeof planImage>[1] {
  return {
    starter,
    name: `test-${starter}`,
    description: undefined,
    packages,
    environment: {},
    fileBundles: [],
    lines: undefined,
    architectures: undefined,
  };
}

/** A certificate authority with a server certificate for `localhost`, made by the real openssl. */
async function makeAuthority(
  folder: string,
): Promise<{ certificate: Buffer; serverKey: Buffer; serverCertificate: Buffer }> {
  const openssl = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await capture('openssl', args, { cwd: folder });
    expect(code, stderr).toBe(0);
  };
  const newKey = ['-newkey', 'rsa:2048', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-days',
    '2',
    '-subj',
    '/CN=Test Authority',
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  );
  await openssl('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
  await writeFile(
    path.join(folder, 'server.ext'),
    'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n',
  );
  await openssl(
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'server.ext',
    '-out',
    'server.crt',
  );
  const read = (name: string): Promise<Buffer> => readFile(path.join(folder, name));
  return {
    certificate: await read('ca.crt'),
    serverKey: await read('server.key'),
    serverCertificate: await read('server.crt'),
  };
}
