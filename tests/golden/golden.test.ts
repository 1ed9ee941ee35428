import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capture, findProgram } from '../setup/run.mjs';
import { type GoldenWorld, openGoldenWorld } from './golden-world.js';
import { nodeProgram } from './node-versions.mjs';

const builder = fileURLToPath(new URL('build-process.mjs', import.meta.url));
const compiled = fileURLToPath(new URL('../../dist/provider/creator/open-creator.js', import.meta.url));

/** How a build differs from the usual one. */
interface Surroundings {
  /** Program and arguments in front of the builder; this Node alone when not given. */
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A folder for the cache; a new one when not given. */
  readonly cache?: string;
  readonly now?: string;
}

let world: GoldenWorld;
let folder: string;
beforeAll(async () => {
  await access(compiled);
  world = await openGoldenWorld();
  folder = await mkdtemp(path.join(tmpdir(), 'private-image-golden-'));
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

/** The digests of all cases, built by a process of its own: JSON by name. */
async function build(surroundings: Surroundings = {}): Promise<Readonly<Record<string, string>>> {
  const { command = [process.execPath], environment = {}, now = '2026-02-01T10:00:00Z' } = surroundings;
  const place = await mkdtemp(path.join(folder, 'build-'));
  const job = { wanted: world.cases, workingDirectory: world.folder, now, output: path.join(place, 'layouts') };
  const [program = '', ...options] = command;
  const { code, stdout, stderr } = await capture(program, [...options, builder, JSON.stringify(job)], {
    cwd: place,
    env: {
      PATH: process.env['PATH'],
      ...world.environment,
      PRIVATE_IMAGE_CACHE: surroundings.cache ?? path.join(place, 'cache'),
      ...environment,
    },
  });
  expect(code, stderr).toBe(0);
  const built = Object.entries(JSON.parse(stdout) as Readonly<Record<string, unknown>>);
  return Object.fromEntries(built.map(([name, digests]) => [name, `${JSON.stringify(digests, null, 2)}\n`]));
}

let right: Readonly<Record<string, string>>;
beforeAll(async () => {
  right = await build();
});

describe('a golden layout', () => {
  it.each(['deb-lines', 'deb-full', 'apk-full'])('%s has the digests that it always had', async (name) => {
    await expect(right[name]).toMatchFileSnapshot(`layouts/${name}.json`);
  });
});

describe('the digests of all layouts are the same', () => {
  it.for([22, 24])('with Node %i', async (major, context) => {
    const node = await nodeProgram(major);
    if ('missing' in node) {
      context.skip(node.missing);
      return;
    }
    expect(await build({ command: [node.program] })).toEqual(right);
  });

  it.each<[string, Surroundings]>([
    ['in another time zone', { environment: { TZ: 'Asia/Kolkata' } }],
    ['in another locale', { environment: { LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' } }],
    ['with another umask', { command: ['sh', '-c', 'umask 077; exec "$@"', 'sh', process.execPath] }],
    ['one package at a time', { environment: { PRIVATE_IMAGE_CONCURRENCY: '1' } }],
    ['many packages at a time', { environment: { PRIVATE_IMAGE_CONCURRENCY: '32' } }],
    ['at another time', { now: '2027-11-30T23:59:59Z' }],
    ['as another user of the machine', { environment: { USER: 'other', HOME: '/nonexistent', LOGNAME: 'other' } }],
  ])('%s', async (_, surroundings) => {
    expect(await build(surroundings)).toEqual(right);
  });

  it('on one processor', async (context) => {
    if (findProgram('taskset') === undefined) context.skip('needs taskset: not on the PATH');
    expect(await build({ command: ['taskset', '-c', '0', process.execPath] })).toEqual(right);
  });

  it('with a warm cache, and with one that another Node filled', async (context) => {
    const cache = path.join(folder, 'warm');
    const node = await nodeProgram(22);
    const command = 'missing' in node ? {} : { command: [node.program] };
    expect(await build({ cache, ...command })).toEqual(right);
    expect(await build({ cache })).toEqual(right);
    if ('missing' in node) context.skip(node.missing);
  });
});
