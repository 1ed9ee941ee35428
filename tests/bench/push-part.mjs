// @ts-check
/**
 * Pushing an image to a registry on this machine, beside the programs that do the same. skopeo hashes what it sends; crane and ours leave that
 * to the registry, and crane leaves the copying of files to the kernel as well.
 */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { root } from '../setup/paths.mjs';
import { goTool } from '../setup/go-tools.mjs';
import { findProgram, say } from '../setup/run.mjs';
import { measure, spread } from './measure.mjs';
import { processTable, verdicts } from './table.mjs';

/** @typedef {import('./measure.mjs').Measurement} Measurement */

const command = join(root, 'dist/program/private-image.js');
/** How large the images are, and how many layers they have. */
const sizes = { '35 MB': 35e6, '350 MB': 350e6 };
const layers = 10;
/** How much more memory the push of the larger image may take: what streams does not grow with what goes through. */
const mostGrowth = 1.2;

/**
 * Pushes an image of 35 MB and one of 350 MB into an empty registry, ours beside skopeo and crane where they are there.
 * @param {string} folder for everything that is written
 * @param {number} count runs of each process
 * @returns {Promise<{ tables: string, targets: readonly string[] }>}
 */
export async function benchPush(folder, count) {
  const server = findProgram('registry') ?? goTool('registry') ?? findProgram('docker-registry');
  if (server === undefined) throw new Error('push: needs registry or docker-registry: "npm test" brings them');
  const place = join(folder, 'push');
  const env = { ...process.env, PRIVATE_IMAGE_CACHE: join(place, 'cache') };
  const tables = [];
  const targets = [];
  /** @type {(readonly Measurement[])[]} */
  const ours = [];
  for (const [size, bytes] of Object.entries(sizes)) {
    writeLayout(join(place, size), bytes);
    const pushes = pushesOf(place, size);
    /** @type {Map<string, Measurement[]>} */
    const runs = new Map(pushes.map(({ title }) => [title, []]));
    for (let round = 1; round <= count; round += 1) {
      say(`push, ${size}: round ${round} of ${count}`);
      for (const { title, program, args } of pushes) {
        // One registry for each: a blob that it has from another would not be sent.
        const registry = await startRegistry(server, join(place, 'registry'));
        try {
          runs.get(title)?.push(await measure(program, args(registry.host), { cwd: place, env }));
        } finally {
          await registry.stop();
        }
      }
    }
    const rows = pushes.map(({ title }) => ({ title, runs: runs.get(title) ?? [] }));
    const [own, ...peers] = rows;
    if (own === undefined) throw new Error('there is nothing to push with');
    ours.push(own.runs);
    const heading = `Pushing an image of ${size} in ${layers} layers to an empty registry on this machine`;
    const compared = peers.map(({ title }) => ({ ...own, title: `ours, to ${title}`, against: title, target: 1 }));
    tables.push(processTable(heading, [...rows, ...compared]));
    targets.push(...verdicts(`push ${size}`, [...rows, ...compared]));
    rmSync(join(place, size), { recursive: true, force: true });
  }
  return { tables: tables.join(''), targets: [...targets, ...growth(ours)] };
}

/**
 * In words, whether memory grows with the image.
 * @param {readonly (readonly Measurement[])[]} ours by size, smaller first
 */
function growth(ours) {
  const [small, large] = ours.map((runs) => spread(runs.map(({ peak }) => peak))?.median);
  if (small === undefined || large === undefined) return [];
  const times = large / small;
  const word = times <= mostGrowth ? 'reached' : 'NOT reached';
  return [`  push, memory: ${word}: the larger image takes ${times.toFixed(2)} × the peak, at most ${mostGrowth} ×\n`];
}

/**
 * The ways to push; ours first.
 * @param {string} place
 * @param {string} size
 * @returns {{ title: string, program: string, args: (host: string) => string[] }[]}
 */
function pushesOf(place, size) {
  const layout = join(place, size);
  const skopeo = findProgram('skopeo');
  const crane = findProgram('crane') ?? goTool('crane');
  return [
    { title: 'ours', program: process.execPath, args: (host) => [command, 'copy', layout, `http://${host}/ours`] },
    ...(skopeo === undefined
      ? []
      : [
          {
            title: 'skopeo copy',
            program: skopeo,
            args: (/** @type {string} */ host) => [
              ...['copy', '--quiet', '--dest-tls-verify=false'],
              ...[`oci:${layout}:bench`, `docker://${host}/skopeo:bench`],
            ],
          },
        ]),
    ...(crane === undefined
      ? []
      : [
          {
            title: 'crane push',
            program: crane,
            args: (/** @type {string} */ host) => ['push', '--insecure', layout, `${host}/crane:bench`],
          },
        ]),
  ];
}

/**
 * An image layout with one image of `bytes` random bytes, which nothing makes shorter on the way.
 * @param {string} folder
 * @param {number} bytes
 */
function writeLayout(folder, bytes) {
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
  const put = (/** @type {Buffer | string} */ content, /** @type {string} */ mediaType) => {
    const hash = createHash('sha256').update(content).digest('hex');
    writeFileSync(join(folder, 'blobs/sha256', hash), content);
    return { mediaType, digest: `sha256:${hash}`, size: Buffer.byteLength(content) };
  };
  const layer = 'application/vnd.oci.image.layer.v1.tar';
  const all = Array.from({ length: layers }, () => put(randomBytes(bytes / layers), layer));
  const rootfs = { type: 'layers', diff_ids: all.map(({ digest }) => digest) };
  const config = put(
    JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs }),
    'application/vnd.oci.image.config.v1+json',
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = put(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: all }), mediaType);
  const annotations = { 'org.opencontainers.image.ref.name': 'bench' };
  writeFileSync(
    join(folder, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

/**
 * A registry with nothing in it.
 * @param {string} program
 * @param {string} folder
 */
async function startRegistry(program, folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const host = `127.0.0.1:${await freePort()}`;
  const file = join(folder, 'config.json');
  // JSON is YAML.
  const settings = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: host, secret: 'a secret' },
  };
  writeFileSync(file, JSON.stringify(settings));
  const server = spawn(program, ['serve', file], { stdio: 'ignore' });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  for (let tries = 0; !(await answers(host)); tries += 1) {
    if (tries > 200 || server.exitCode !== null) throw new Error(`${program} does not begin to serve`);
    await wait(50);
  }
  return {
    host,
    stop: async () => {
      server.kill();
      await ended;
    },
  };
}

/** @param {string} host */
async function answers(host) {
  try {
    return (await fetch(`http://${host}/v2/`)).ok;
  } catch {
    return false;
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
