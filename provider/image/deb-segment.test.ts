import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDeb } from '../packages/deb/testing/deb-maker.js';
import { makeTar } from '../packages/testing/tar-maker.js';
import { openStore } from '../store/open-store.js';
import type { Store } from '../store/store.js';
import { findProgram } from '../support/program-path.js';
import { debSegmentTask } from './deb-segment.js';
import type { Segment } from './segment.js';

const xz = findProgram('xz', process.env['PATH']);

/** Content that hardly compresses, so that the archive is large enough for a program to be started. */
const noise = Array.from({ length: 5000 }, (_, at) => createHash('sha256').update(`${at}`).digest('base64')).join('');
const tar = makeTar([
  { name: 'usr/', type: '5' },
  { name: 'usr/noise', content: noise },
  { name: 'usr/text', content: 'all that follows\n'.repeat(1000) },
]);

function packed(...options: string[]): Buffer {
  const { stdout, status, stderr } = spawnSync(xz ?? '', ['--compress', '--stdout', ...options], {
    input: tar,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(stderr.toString('utf8'));
  return stdout;
}

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 0x10;
  return changed;
}

describe.skipIf(xz === undefined)(`a deb unpacked by the machine's xz${xz === undefined ? ' (needs xz)' : ''}`, () => {
  let folder: string;
  let store: Store;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'deb-segment-'));
    store = openStore(path.join(folder, 'store'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function segmentOf(data: Buffer, program: string | undefined): Promise<Segment> {
    const control = { Package: 'noise', Version: '1', Architecture: 'all' };
    const { digest } = await store.put(makeDeb(control, [], {}, ['data.tar.xz', data]));
    const settings = { exclude: [], directoryLinks: {}, setuid: [], dropped: [], alone: true };
    return debSegmentTask.run({
      ...{ storeRoot: store.root, archive: digest, name: 'noise', version: '1', subject: 'package noise 1 all' },
      ...{ installedSize: tar.length, settings, xz: program },
    });
  }

  async function programThat(script: string): Promise<string> {
    const file = path.join(folder, 'xz');
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  }

  it.each([
    ['the usual way', ['-6']],
    ['in several blocks', ['-1', '--block-size=100000']],
    ['with another check', ['--check=crc32']],
    ['in two streams', []],
  ])('is the same as without it, packed %s', async (way, options) => {
    const data =
      way === 'in two streams'
        ? Buffer.concat([packed(), spawnSync(xz ?? '', ['--stdout'], { input: '' }).stdout])
        : packed(...options);
    expect(await segmentOf(data, xz)).toEqual(await segmentOf(data, undefined));
  });

  const whole = xz === undefined ? Buffer.alloc(0) : packed();
  it.each([
    ['cut off in the middle', whole.subarray(0, whole.length >> 1)],
    ['cut off at its end', whole.subarray(0, -1)],
    ['damaged in its data', flipped(whole, whole.length >> 1)],
    ['damaged in its check', flipped(whole, whole.length - 20)],
    ['with something behind its end', Buffer.concat([whole, Buffer.from('something')])],
    ['with a check that packages do not use', xz === undefined ? whole : packed('--check=sha256')],
    ['with a filter that packages do not use', xz === undefined ? whole : packed('--delta=dist=1', '--lzma2=preset=1')],
    ['with a dictionary that nobody needs', xz === undefined ? whole : packed('--lzma2=preset=1,dict=96MiB')],
    ['of another kind', Buffer.from(noise)],
  ])('fails as without it: %s', async (_, data) => {
    const failed = async (program: string | undefined): Promise<unknown> => {
      const error: unknown = await segmentOf(data, program).then(
        () => 'no error',
        (failure: unknown) => failure,
      );
      expect(error).toMatchObject({ code: expect.stringMatching(/^archive\//u) as string });
      const { code, message, data: about } = error as { code: string; message: string; data: unknown };
      return { code, message, about };
    };
    expect(await failed(xz)).toEqual(await failed(undefined));
  });

  it.each([
    ['cannot be run', undefined],
    ['fails', 'cat >/dev/null; exit 1'],
    ['ends before it was asked', 'exit 0'],
    ['gives something else', 'cat >/dev/null; echo something else'],
    ['stops in the middle', `${xz ?? ''} --decompress --stdout | head -c 100000; exit 1`],
  ])('is unpacked without a program that %s', async (_, script) => {
    const program = script === undefined ? path.join(folder, 'nothing') : await programThat(script);
    expect(await segmentOf(whole, program)).toEqual(await segmentOf(whole, undefined));
  });
});
