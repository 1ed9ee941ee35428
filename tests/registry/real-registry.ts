/** Starts real registries: Debian's `docker-registry` and the distribution `registry`. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A user of registries with passwords. The hash is bcrypt's own test vector for this password. */
export const testUser = {
  user: 'me',
  password: 'U*U',
  hash: '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
} as const;

/** How a registry is set up. */
export interface RealRegistryOptions {
  readonly program: string;
  readonly tls?: boolean;
  /** `token` needs `realm`. */
  readonly auth?: 'password' | 'token';
  readonly realm?: string;
  readonly deletion?: boolean;
  readonly pair?: CertificatePair;
}

/** A registry that runs. */
export interface RealRegistry {
  readonly host: string;
  /** The authority that its certificate is from, in PEM, and a folder with it as `ca.crt`. */
  readonly ca: string;
  readonly folder: string;
  stop(): Promise<void>;
}

/** A key and its own certificate for this machine, in PEM. */
export interface CertificatePair {
  readonly key: string;
  readonly certificate: string;
}

/** Makes a certificate for this machine with openssl. */
export function makeCertificate(folder: string, name: string): CertificatePair {
  const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  const { status, stderr } = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', certificate],
  ]);
  if (status !== 0) throw new Error(`openssl: ${stderr.toString()}`);
  return { key: readFileSync(key, 'utf8'), certificate: readFileSync(certificate, 'utf8') };
}

/** The certificate of a PEM file in DER. */
export function derOf(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/gu, ''), 'base64');
}

/** Starts a registry on a port of its own with an empty folder, and waits until it listens. */
export async function startRealRegistry(options: RealRegistryOptions): Promise<RealRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'private-image-registry-'));
  const port = await freePort();
  const own = options.pair ?? makeCertificate(folder, 'registry');
  writeFileSync(join(folder, 'server.key'), own.key);
  writeFileSync(join(folder, 'ca.crt'), own.certificate);
  writeFileSync(join(folder, 'htpasswd'), `${testUser.user}:${testUser.hash}\n`);
  // JSON is YAML.
  const settings = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: options.deletion !== false } },
    http: {
      addr: `127.0.0.1:${port}`,
      secret: 'a secret',
      ...(options.tls === true
        ? { tls: { certificate: join(folder, 'ca.crt'), key: join(folder, 'server.key') } }
        : {}),
    },
    ...authOf(options, folder),
  };
  writeFileSync(join(folder, 'settings.yml'), JSON.stringify(settings));
  const child = spawn(options.program, ['serve', join(folder, 'settings.yml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = `${errors}${text}`.slice(-4000)));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (let tries = 0; !(await listens(port)); tries += 1) {
    if (child.exitCode !== null || tries > 600) throw new Error(`${options.program} does not start: ${errors}`);
    await wait(50);
  }
  return {
    host: `127.0.0.1:${port}`,
    ca: own.certificate,
    folder,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function authOf({ auth, realm }: RealRegistryOptions, folder: string): object {
  if (auth === 'password') return { auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } } };
  if (auth !== 'token') return {};
  const token = { realm, service: 'test registry', issuer: 'test issuer', rootcertbundle: join(folder, 'ca.crt') };
  return { auth: { token } };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
