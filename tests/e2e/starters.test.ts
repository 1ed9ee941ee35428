import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { publishBundle } from '../../provider/creator/bundles.js';
import { planImage } from '../../provider/creator/plan-image.js';
import { publishImage } from '../../provider/creator/publish-image.js';
import type { PublishedImage } from '../../provider/creator/published.js';
import { findDebianMirrors } from '../../provider/packages/deb/mirrors.js';
import { type Containers, missingProgram, openContainers } from '../setup/containers.js';
import { openEmulation } from '../setup/emulation.js';
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
  /** A program in place of the entrypoint, for starters that have none. */
  readonly entrypoint?: string;
  /** Arguments after the entrypoint. */
  readonly command: readonly string[];
  /** What the program says, with the line it was built for. */
  readonly answer: (line: string) => RegExp;
  /** Whether it does with a root that nobody can write. */
  readonly readOnly?: boolean;
  /** What of a shell it has all the same. */
  readonly shell?: boolean;
  /** The lines whose dev variants are run; the newest when not given. */
  readonly devLines?: readonly string[];
  /** What the dev variant is asked beside, by its shell, and what it says. */
  readonly dev: readonly [script: string, answer: RegExp];
}

const cases: readonly Case[] = [
  {
    starter: 'base',
    packages: ['jq'],
    entrypoint: '/usr/bin/jq',
    command: ['-n', '6 * 7'],
    answer: () => /^42$/u,
    readOnly: true,
    dev: ['curl --version', /^curl \d/u],
  },
  {
    starter: 'static',
    packages: ['busybox-static'],
    entrypoint: '/bin/busybox',
    command: ['id', '-u'],
    answer: () => /^65532$/u,
    readOnly: true,
    dev: ['curl --version', /^curl \d/u],
  },
  {
    starter: 'python',
    packages: ['python3-requests'],
    command: [
      '-c',
      'import os, ssl, sqlite3, zoneinfo, requests, sys; zoneinfo.ZoneInfo("Europe/Zurich"); open("here", "w").write("x"); print(sys.version.split()[0], os.getuid())',
    ],
    answer: (line) => new RegExp(`^${line.replace('.', '\\.')}\\.\\d+ 65532$`, 'u'),
    devLines: ['3.11', '3.13'],
    dev: [
      'cd /tmp && python3 -m venv of && of/bin/pip --version && of/bin/python -c "import requests" 2>&1 | tail -1',
      /^pip \d.*No module named/su,
    ],
  },
  {
    starter: 'php',
    packages: ['php-curl-auto'],
    command: [
      '-r',
      'echo PHP_VERSION, " ", posix_getuid(), " ", function_exists("curl_init") ? "curl" : "none", PHP_EOL;',
    ],
    answer: (line) => new RegExp(`^${line.replace('.', '\\.')}\\.\\d+ 65532 curl$`, 'u'),
    readOnly: true,
    devLines: ['8.2', '8.4'],
    dev: ['composer --no-interaction --version 2>/dev/null && php -m', /Composer version[\s\S]*mbstring[\s\S]*xml/u],
  },
  {
    starter: 'ruby',
    packages: [],
    command: ['-ropenssl', '-rjson', '-e', 'puts "#{RUBY_VERSION} #{Process.uid} #{OpenSSL::VERSION.size > 0}"'],
    answer: (line) => new RegExp(`^${line.replace('.', '\\.')}\\.\\d+ 65532 true$`, 'u'),
    readOnly: true,
    dev: [
      'bundle --version && gem --version && echo "int main() { return 0; }" | gcc -x c - -o /tmp/a && /tmp/a && echo compiled',
      /Bundler version[\s\S]*compiled/u,
    ],
  },
  {
    starter: 'node',
    packages: [],
    command: ['-e', 'require("node:crypto").createHash("sha256"); console.log(process.version, process.getuid())'],
    answer: (line) => new RegExp(`^v${line}\\.\\d+\\.\\d+ 65532$`, 'u'),
    readOnly: true,
    dev: ['npm --version && npm config get prefix', /^\d+\.\d+\.\d+\n\//u],
  },
  {
    starter: 'nginx',
    packages: [],
    command: ['-t'],
    answer: () => /test is successful/u,
    readOnly: true,
    dev: ['curl --version', /^curl \d/u],
  },
  {
    starter: 'java',
    packages: [],
    lines: 3,
    command: ['-XshowSettings:properties', '-version'],
    answer: (line) => new RegExp(`user\\.name = nonroot[\\s\\S]*openjdk version "${line}\\.`, 'u'),
    readOnly: true,
    devLines: ['17'],
    dev: ['javac --version', /^javac 17\./u],
  },
  {
    starter: 'postgres',
    packages: [],
    command: ['-V'],
    answer: (line) => new RegExp(`^postgres \\(PostgreSQL\\) ${line}\\.\\d+ `, 'u'),
    readOnly: true,
    shell: true,
    dev: ['psql --version', /^psql \(PostgreSQL\) \d/u],
  },
  {
    starter: 'redis',
    packages: [],
    command: ['--version'],
    answer: (line) => new RegExp(`^Redis server v=${line.replace('.', '\\.')}\\.`, 'u'),
    readOnly: true,
    dev: ['redis-cli --version', /^redis-cli \d/u],
  },
  {
    starter: 'valkey',
    packages: [],
    lines: 1,
    command: ['--version'],
    answer: (line) => new RegExp(`^Valkey server v=${line.replace('.', '\\.')}\\.`, 'u'),
    readOnly: true,
    dev: ['valkey-cli --version', /^valkey-cli \d/u],
  },
  {
    starter: 'haproxy',
    packages: [],
    command: ['-c', '-V', '-f', '/usr/local/etc/haproxy/haproxy.cfg'],
    answer: () => /Configuration file is valid/u,
    readOnly: true,
    dev: ['curl --version', /^curl \d/u],
  },
];

describe.skipIf(missing !== undefined).each(cases)(
  `the starter $starter${needs}`,
  ({ starter, packages, lines = 2, entrypoint, command, answer, readOnly = false, shell = false, devLines, dev }) => {
    let workspace: LiveWorkspace;
    let containers: Containers;
    let image: PublishedImage;
    const own = entrypoint === undefined ? {} : { entrypoint };

    beforeAll(async () => {
      workspace = await openLiveWorkspace({ PRIVATE_IMAGE_ARCHITECTURES: 'amd64' });
      containers = await openContainers();
      image = await publish(workspace, { starter, packages });
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
        const result = await containers.run({ layout: image.repository, tag: line, ...own, command, readOnly });
        expect(`${result.stdout}${result.stderr}`.trim(), `${starter} ${line}`).toMatch(answer(line));
        expect(result.code).toBe(0);
      }
    });

    it('has no shell, no package manager and no core utilities', async () => {
      const programs = ['bash', 'apt-get', 'dpkg', 'ls', 'cat', 'perl', ...(shell ? [] : ['sh'])];
      for (const { line } of image.lines) {
        // The builder looks at every path; here the newest line is asked for all.
        for (const program of line === image.lines.at(-1)?.line ? programs : programs.slice(-1)) {
          const result = await containers.run({ layout: image.repository, tag: line, entrypoint: program });
          expect(result.code, `${program} in ${starter} ${line}`).toBe(127);
        }
      }
    });

    it('has a dev variant with a shell, tools and a whole package database, that answers as production does', async () => {
      const wanted = devLines ?? image.lines.slice(-1).map(({ line }) => line);
      const developed = await publish(workspace, { starter, packages, lines: wanted, dev: true });
      const [script, says] = dev;
      for (const { line, digest } of developed.lines) {
        expect(digest, `production of ${starter} ${line}`).toBe(image.tags[line]);
        const at = { layout: developed.repository, tag: `${line}-dev` };
        const same = await containers.run({ ...at, ...own, command });
        expect(`${same.stdout}${same.stderr}`.trim(), `${starter} ${line}-dev`).toMatch(answer(line));
        const user = await containers.run({ ...at, entrypoint: '/bin/sh', command: ['-c', `id -u >&2; ${script}`] });
        expect(user.stdout, `${starter} ${line}-dev: ${user.stderr}`).toMatch(says);
        expect(Number(user.stderr.trim().split('\n')[0]), `the user of ${starter} ${line}-dev`).toBeGreaterThan(0);
        const root = await containers.run({
          ...at,
          user: '0',
          entrypoint: '/bin/bash',
          command: ['-c', 'dpkg --audit && dpkg --verify && apt-get --quiet=2 check'],
        });
        // Settings that the starter has replaced are changed, and dpkg says so.
        const faults = root.stdout.split('\n').filter((row) => row !== '' && !/^\S+ c \/etc\//u.test(row));
        expect({ ...root, stdout: faults }, `dpkg in ${starter} ${line}-dev`).toEqual({
          code: 0,
          stdout: [],
          stderr: '',
        });
      }
    });
  },
);

it.skipIf(missing !== undefined)(
  `installs packages in dev variants with apt-get, scripts and all${needs}`,
  async () => {
    const workspace = await openLiveWorkspace({ PRIVATE_IMAGE_ARCHITECTURES: 'amd64' });
    const containers = await openContainers();
    try {
      const image = await publish(workspace, { starter: 'base', dev: true });
      const { debian } = await findDebianMirrors({ environment: process.env });
      for (const [line, suite] of [
        ['12', 'bookworm'],
        ['13', 'trixie'],
      ] as const) {
        const sources = path.join(workspace.folder, `${suite}.sources`);
        await writeFile(
          sources,
          `Types: deb\nURIs: ${debian}\nSuites: ${suite}\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n`,
        );
        const result = await containers.run({
          layout: image.repository,
          tag: `${line}-dev`,
          user: '0',
          network: 'host',
          mounts: { '/etc/apt/sources.list.d/debian.sources': sources },
          environment: { DEBIAN_FRONTEND: 'noninteractive' },
          entrypoint: '/bin/sh',
          command: [
            '-c',
            'apt-get update && apt-get install --yes --no-install-recommends openssh-client vim-tiny && ssh -V 2>&1 && vi --version && dpkg --audit && apt-get check',
          ],
        });
        expect(result.code, `${suite}: ${result.stdout.slice(-2000)}${result.stderr.slice(-2000)}`).toBe(0);
        expect(result.stdout).toMatch(/OpenSSH_\d[\s\S]*VIM - Vi IMproved/u);
      }
    } finally {
      await containers.close();
      await workspace.close();
    }
  },
);

it.skipIf(missing !== undefined)(
  `runs what packages bring that link their programs or ask for a system${needs}`,
  async () => {
    const workspace = await openLiveWorkspace({ PRIVATE_IMAGE_ARCHITECTURES: 'amd64' });
    const containers = await openContainers();
    try {
      const packages = ['default-jre-headless', 'graphviz', 'imagemagick', 'openssh-client'];
      const image = await publish(workspace, { starter: 'base', packages });
      expect(image.lines.map(({ line, status }) => [line, status])).toEqual([
        ['12', 'built'],
        ['13', 'built'],
      ]);
      for (const { line } of image.lines) {
        const at = { layout: image.repository, tag: line };
        for (const [entrypoint, argument, words] of [
          ['/usr/bin/java', '-version', /^openjdk version/mu],
          ['/usr/bin/convert', '-version', /^Version: ImageMagick/mu],
          ['/usr/bin/ssh', '-V', /^OpenSSH_/mu],
          ['/usr/bin/dot', '-Tsvg', /<svg /u],
        ] as const) {
          const { code, stdout, stderr } = await containers.run({
            ...at,
            entrypoint,
            command: [argument],
            input: 'digraph { a -> b }',
          });
          expect([code, `${stdout}${stderr}`], entrypoint).toEqual([0, expect.stringMatching(words)]);
        }
      }
    } finally {
      await containers.close();
      await workspace.close();
    }
  },
);

it.skipIf(missing !== undefined)(`keeps the data of postgres, with a read-only root${needs}`, async () => {
  const workspace = await openLiveWorkspace({ PRIVATE_IMAGE_ARCHITECTURES: 'amd64' });
  const containers = await openContainers();
  try {
    const image = await publish(workspace, { starter: 'postgres' });
    for (const { line } of image.lines) {
      const programs = `/usr/lib/postgresql/${line}/bin`;
      const port = String(54_000 + Number(line));
      const at = {
        layout: image.repository,
        tag: line,
        network: 'host',
        readOnly: true,
        volumes: { '/var/lib/postgresql/data': `data-${line}` },
      } as const;
      const made = await containers.run({ ...at, entrypoint: `${programs}/initdb` });
      expect(made.code, `initdb ${line}: ${made.stdout}${made.stderr}`).toBe(0);
      const settings = ['listen_addresses=127.0.0.1', `port=${port}`, 'unix_socket_directories=/tmp'];
      const server = await containers.start({ ...at, command: settings.flatMap((setting) => ['-c', setting]) });
      const sql = 'create table kept (value int); insert into kept values (42); select value, version() from kept';
      const client = { ...at, volumes: {}, entrypoint: `${programs}/psql` };
      const answer = await vi.waitFor(
        async () => {
          const asked = await containers.run({
            ...client,
            command: ['-h', '127.0.0.1', '-p', port, '-U', 'postgres', '--no-psqlrc', '-tAc', sql],
          });
          expect(asked.code, asked.stderr).toBe(0);
          return asked.stdout;
        },
        { timeout: 30_000, interval: 300 },
      );
      expect(answer).toMatch(new RegExp(`^42\\|PostgreSQL ${line}\\.`, 'mu'));
      const { code, stderr } = await server.stop();
      expect([code, stderr]).toEqual([0, expect.stringContaining('database system is shut down')]);
    }
  } finally {
    await containers.close();
    await workspace.close();
  }
});

it.skipIf(missing !== undefined)(`runs with java what the dev variant has compiled${needs}`, async () => {
  const workspace = await openLiveWorkspace({ PRIVATE_IMAGE_ARCHITECTURES: 'amd64' });
  const containers = await openContainers();
  try {
    const image = await publish(workspace, { starter: 'java', lines: ['17'], dev: true });
    const source = path.join(workspace.folder, 'Hello.java');
    const classes = path.join(workspace.folder, 'classes');
    await mkdir(classes);
    await writeFile(
      source,
      'public class Hello { public static void main(String[] of) { System.out.println("hello " + of[0]); } }',
    );
    const compiled = await containers.run({
      layout: image.repository,
      tag: '17-dev',
      mounts: { '/source/Hello.java': source },
      entrypoint: '/bin/sh',
      command: ['-c', 'javac -d /tmp /source/Hello.java && base64 /tmp/Hello.class'],
    });
    expect(compiled.code, compiled.stderr).toBe(0);
    await writeFile(path.join(classes, 'Hello.class'), Buffer.from(compiled.stdout, 'base64'));
    const answer = await containers.run({
      layout: image.repository,
      tag: '17',
      readOnly: true,
      mounts: { '/classes': classes },
      command: ['-cp', '/classes', 'Hello', 'world'],
    });
    expect(answer).toMatchObject({ code: 0, stdout: 'hello world\n' });
  } finally {
    await containers.close();
    await workspace.close();
  }
});

it.skipIf(missing !== undefined)(`serves pages with nginx, with a read-only root${needs}`, async () => {
  const workspace = await openLiveWorkspace({ PRIVATE_IMAGE_ARCHITECTURES: 'amd64' });
  const containers = await openContainers();
  try {
    const image = await publish(workspace, { starter: 'nginx' });
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

describe('on arm64', async () => {
  const emulation = await openEmulation();
  const without = missing ?? emulation.missing;
  afterAll(() => {
    emulation.close();
  });

  it.skipIf(without !== undefined)(
    `answers in both variants${without === undefined ? '' : ` (${without})`}`,
    async () => {
      const workspace = await openLiveWorkspace({ PRIVATE_IMAGE_ARCHITECTURES: 'arm64' });
      const containers = await openContainers();
      try {
        const image = await publish(workspace, {
          starter: 'php',
          packages: ['php-curl-auto'],
          lines: ['8.4'],
          dev: true,
        });
        const at = { layout: image.repository, architecture: 'arm64' };
        const script = 'echo php_uname("m"), " ", posix_getuid(), " ", curl_version()["version_number"] > 0, PHP_EOL;';
        for (const tag of ['8.4', '8.4-dev']) {
          const answer = await containers.run({ ...at, tag, readOnly: true, command: ['-r', script] });
          expect(answer, tag).toMatchObject({ code: 0, stdout: 'aarch64 65532 1\n' });
        }
        const dpkg = await containers.run({
          ...at,
          tag: '8.4-dev',
          user: '0',
          entrypoint: '/bin/bash',
          command: [
            '-c',
            'dpkg --print-architecture && dpkg --audit && apt-get --quiet=2 check && ldconfig -p | grep -c aarch64',
          ],
        });
        expect(dpkg).toMatchObject({ code: 0, stdout: expect.stringMatching(/^arm64\n\d+\n$/u) as string });
      } finally {
        await containers.close();
        await workspace.close();
      }
    },
  );
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
        const image = await publish(workspace, { starter, fileBundles });
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

interface Wanted {
  readonly starter: string;
  readonly packages?: readonly string[];
  readonly fileBundles?: readonly string[];
  readonly lines?: readonly string[];
  /** Whether with dev variants. */
  readonly dev?: boolean;
}

async function publish(
  { creator }: LiveWorkspace,
  { starter, packages = [], fileBundles = [], lines, dev = false }: Wanted,
) {
  const own = { ...creator, settings: { ...creator.settings, devVariants: dev } };
  const { digest } = await planImage(own, {
    starter,
    name: `test-${starter}`,
    description: undefined,
    packages,
    environment: {},
    fileBundles,
    setuidPrograms: [],
    lines,
    architectures: undefined,
  });
  const image = await publishImage(own, digest, { owner: 'test', traceId: 'test' });
  expect(image.lines.map((line) => line.dev?.error?.message ?? line.dev?.status)).toEqual(
    image.lines.map(() => (dev ? 'built' : undefined)),
  );
  return image;
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
