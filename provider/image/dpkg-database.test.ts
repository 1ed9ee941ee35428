import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImageRecipe } from './recipe.js';
import { openBuildBench } from './testing/build-bench.js';
import type { BuildBench, SeenEntry } from './testing/build-bench.js';
import type { MadeDeb } from './testing/deb-maker.js';

const dpkg = ['/usr/bin/dpkg'].find((file) => existsSync(file));
const needs = dpkg === undefined ? ' (needs dpkg)' : '';
const md5OfEmpty = 'd41d8cd98f00b204e9800998ecf8427e';

const tool: MadeDeb = {
  name: 'tool',
  fields: { 'Multi-Arch': 'same', Depends: 'other' },
  entries: [
    { path: 'bin', type: 'directory' },
    { path: 'bin/tool' },
    { path: 'etc/tool.conf' },
    { path: 'usr/share/doc/tool/changelog' },
    { path: 'usr/share/shared' },
  ],
  control: {
    conffiles: '/etc/tool.conf\n',
    md5sums: `${md5OfEmpty}  bin/tool\n${md5OfEmpty}  usr/share/doc/tool/changelog\n${md5OfEmpty}  usr/share/shared\n`,
    postinst: '#!/bin/sh\nexit 0\n',
    triggers: 'interest-noawait /usr/share/tool.d\n',
  },
};
const other: MadeDeb = {
  name: 'other',
  fields: { Replaces: 'tool' },
  entries: [{ path: 'usr/share/shared', content: 'x' }, { path: 'usr/bin/name' }],
  control: { md5sums: '9dd4e461268c8034f5c8564e155c67a6  usr/share/shared\n' },
};

const recipe: Partial<ImageRecipe> = {
  packageManager: { sources: 'Types: deb\nURIs: http://deb.example.org\n', automatic: ['other'] },
  exclude: ['usr/share/doc/**', '!usr/share/doc/*', '!usr/share/doc/*/copyright', '!usr/share/locale/locale.alias'],
  replacements: [
    { kind: 'merged-usr' },
    { kind: 'alternative', name: 'name', link: '/usr/bin/other-name', target: '/usr/bin/name', priority: 7 },
    { kind: 'diversion', byPackage: 'other', path: '/bin/tool', to: '/bin/tool.real' },
    { kind: 'diversion', byPackage: 'missing', path: '/usr/share/shared', to: '/never' },
  ],
};

describe('an image with a package manager', () => {
  let bench: BuildBench;
  let root: ReadonlyMap<string, SeenEntry>;
  beforeEach(async () => {
    bench = await openBuildBench();
    root = await bench.root(await bench.build([await bench.add(tool), await bench.add(other)], recipe));
  });
  afterEach(() => bench.close());

  const text = (file: string): string | undefined => root.get(file)?.content;

  it('has every package in the status of dpkg, with its configuration files as it brings them, and none in status.d', () => {
    expect(text('var/lib/dpkg/status')).toBe(
      [
        'Package: other\nStatus: install ok installed\nMaintainer: Nobody\nArchitecture: amd64\nVersion: 1\nReplaces: tool\nDescription: made for a test\n',
        `Package: tool\nStatus: install ok installed\nMaintainer: Nobody\nArchitecture: amd64\nMulti-Arch: same\nVersion: 1\nDepends: other\nConffiles:\n /etc/tool.conf ${md5OfEmpty}\nDescription: made for a test\n`,
        '',
      ].join('\n'),
    );
    expect([...root.keys()].filter((file) => file.startsWith('var/lib/dpkg/status.d'))).toEqual([]);
  });

  it('has lists and checksums by the names of the archive, without what is left out or taken over', () => {
    expect(text('var/lib/dpkg/info/tool:amd64.list')).toBe('/.\n/bin\n/bin/tool\n/etc/tool.conf\n');
    expect(text('var/lib/dpkg/info/tool:amd64.md5sums')).toBe(`${md5OfEmpty}  bin/tool\n`);
    expect(text('var/lib/dpkg/info/other.list')).toBe('/.\n/usr/share/shared\n/usr/bin/name\n');
    expect(root.get('var/lib/dpkg/info/tool:amd64.postinst')?.mode).toBe(0o755);
    expect(text('var/lib/dpkg/triggers/File')).toBe('/usr/share/tool.d tool:amd64/noawait\n');
  });

  it('knows what is diverted, where it lies then, and which alternatives there are', () => {
    expect(text('var/lib/dpkg/diversions')).toBe('/bin/tool\n/bin/tool.real\nother\n');
    expect(root.get('usr/bin/tool.real')?.type).toBe('file');
    expect(root.has('usr/bin/tool')).toBe(false);
    expect(text('var/lib/dpkg/alternatives/name')).toBe('auto\n/usr/bin/other-name\n\n/usr/bin/name\n7\n\n');
  });

  it('has told apt and dpkg where packages come from, which nobody asked for, and what is left out of them', () => {
    expect(text('etc/apt/sources.list.d/debian.sources')).toBe('Types: deb\nURIs: http://deb.example.org\n');
    expect(text('var/lib/apt/extended_states')).toBe('Package: other\nArchitecture: amd64\nAuto-Installed: 1\n\n');
    expect(text('etc/dpkg/dpkg.cfg.d/excluded')?.split('\n')).toEqual([
      'path-exclude=/usr/share/doc/*',
      'path-include=/usr/share/doc/*/copyright',
      'path-include=/usr/share/locale/locale.alias',
      '',
    ]);
  });

  it.runIf(dpkg !== undefined)(`is a system that dpkg finds nothing wrong with${needs}`, async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'dpkg-root-'));
    try {
      for (const [name, { type, content, linkTarget }] of root) {
        const file = path.join(folder, linkTarget === 'usr/bin' ? 'unused' : name);
        if (type === 'directory') await mkdir(file, { recursive: true });
        else if (type === 'file') await writeFile(file, content);
      }
      const run = (...args: readonly string[]): string =>
        spawnSync(dpkg ?? '', [`--root=${folder}`, ...args], { encoding: 'utf8', env: { LC_ALL: 'C' } }).stdout;
      expect(run('--audit')).toBe('');
      expect(run('--get-selections').split(/\s+/)).toEqual(['other', 'install', 'tool:amd64', 'install', '']);
      expect(run('--search', '/usr/share/shared')).toBe('other: /usr/share/shared\n');
      expect(run('--verify', 'other')).toBe('');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
