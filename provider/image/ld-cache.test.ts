import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSharedLibrary } from './elf.js';
import { compareLibraryNames, libraryCache } from './ld-cache.js';

const ldconfig = ['/usr/sbin/ldconfig', '/sbin/ldconfig'].find((file) => existsSync(file));

async function printed(cache: Buffer): Promise<readonly string[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ld-cache-'));
  try {
    const file = path.join(folder, 'cache');
    await writeFile(file, cache);
    const { stdout, stderr, status } = spawnSync(ldconfig ?? '', ['-p', '-C', file], { encoding: 'utf8' });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    return stdout
      .split('\n')
      .filter((line) => line.startsWith('\t'))
      .map((line) => line.trim());
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the cache of the dynamic linker', () => {
  it.runIf(ldconfig !== undefined)('is what ldconfig reads, for both processors', async () => {
    const cache = libraryCache(
      [
        { name: 'libc.so.6', path: '/lib/libc.so.6', machine: 62 },
        { name: 'libz.so.1', path: '/usr/lib/libz.so.1', machine: 62 },
        { name: 'liba.so.10', path: '/opt/lib/liba.so.10', machine: 183 },
        { name: 'liba.so.9', path: '/opt/lib/liba.so.9', machine: 183 },
      ],
      compareLibraryNames,
    );
    expect(await printed(cache)).toEqual([
      'libz.so.1 (libc6,x86-64) => /usr/lib/libz.so.1',
      'libc.so.6 (libc6,x86-64) => /lib/libc.so.6',
      'liba.so.10 (libc6,AArch64) => /opt/lib/liba.so.10',
      'liba.so.9 (libc6,AArch64) => /opt/lib/liba.so.9',
    ]);
  });

  it.runIf(ldconfig !== undefined)('is empty without libraries', async () => {
    expect(await printed(libraryCache([], compareLibraryNames))).toEqual([]);
  });

  it.each([
    ['libfoo.so.9', 'libfoo.so.10', -1],
    ['libfoo.so.10', 'libfoo.so.10', 0],
    ['libfoo.so', 'libfoo.so.1', -1],
    ['libfoo1.so', 'libfooa.so', 1],
    ['liba.so', 'libb.so', -1],
  ])('orders %s and %s as the linker does', (left, right, order) => {
    expect(Math.sign(compareLibraryNames(left, right))).toBe(order);
    expect(Math.sign(compareLibraryNames(right, left))).toBe(-order + 0 || 0);
  });
});

describe('a shared library', () => {
  const folder = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'].find((one) => existsSync(one)) ?? '';

  it.runIf(folder !== '')('says its soname, as this machine has it', async () => {
    const names = (await readdir(folder)).filter((name) => /^libc\.so\.6$|^libm\.so\.6$/.test(name));
    expect(names).not.toEqual([]);
    for (const name of names) {
      const content = await readFile(path.join(folder, name));
      const library = readSharedLibrary((offset, length) => content.subarray(offset, offset + length));
      expect(library).toEqual({ machine: process.arch === 'arm64' ? 183 : 62, soname: name });
    }
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a script', Buffer.from('#!/bin/sh\n'.padEnd(100))],
    ['a header alone', Buffer.concat([Buffer.from('7f454c460201', 'hex'), Buffer.alloc(58)])],
    [
      'headers that are not there',
      (() => {
        const header = Buffer.alloc(64);
        header.write('\u007fELF', 0, 'latin1');
        header.writeUInt8(2, 4);
        header.writeUInt8(1, 5);
        header.writeUInt16LE(3, 16);
        header.writeBigUInt64LE(1n << 40n, 32);
        header.writeUInt16LE(56, 54);
        header.writeUInt16LE(9, 56);
        return header;
      })(),
    ],
  ])('is not %s', (_, bytes) => {
    expect(readSharedLibrary((offset, length) => bytes.subarray(offset, offset + length))).toBeUndefined();
  });
});
