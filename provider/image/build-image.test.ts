import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { buildIndex } from './build-index.js';
import { gunzipMembers } from './gzip.js';
import { emptyRecipe, openBuildBench } from './testing/build-bench.js';
import type { BuildBench } from './testing/build-bench.js';
import type { MadeDeb, MadeEntry } from './testing/deb-maker.js';

describe('building', () => {
  let bench: BuildBench;
  beforeEach(async () => {
    bench = await openBuildBench();
  });
  afterEach(() => bench.close());

  const folder = (path: string, part: Partial<MadeEntry> = {}): MadeEntry => ({ path, type: 'directory', ...part });
  const file = (path: string, content = path): MadeEntry => ({ path, content });
  const link = (path: string, linkTarget: string): MadeEntry => ({ path, type: 'symlink', linkTarget });

  const hello: MadeDeb = {
    name: 'hello',
    entries: [
      folder('usr'),
      folder('usr/bin'),
      file('usr/bin/hello'),
      folder('usr/share/doc/hello'),
      file('usr/share/doc/hello/copyright', 'free'),
    ],
  };
  const world: MadeDeb = {
    name: 'world',
    version: '2:1.0-1',
    entries: [folder('usr'), file('usr/world'), link('usr/share/doc/world', 'hello')],
  };

  describe('an image', () => {
    it('has no two files of bundles in one place, by whatever link they come there', async () => {
      const linked: MadeDeb = { name: 'linked', entries: [folder('usr'), folder('usr/lib'), link('lib', 'usr/lib')] };
      const packages = [await bench.add(linked)];
      const stored = async (path: string, text: string) => {
        const { digest, size } = await bench.store.put(text);
        return { path, content: digest, size, mode: 0o644 };
      };
      const files = [await stored('/lib/a', 'one'), await stored('/usr/lib/a', 'two')];
      await expect(bench.build(packages, { files })).rejects.toMatchObject({
        code: 'image/file-conflict',
        message: expect.stringMatching(/\/lib\/a and \/usr\/lib\/a/u) as string,
      });
      const same = [await stored('/lib/a', 'one'), await stored('/usr/lib/a', 'one')];
      const root = await bench.root(await bench.build(packages, { files: same }));
      expect(root.get('usr/lib/a')?.content).toBe('one');
    });

    it('holds its packages, their database entries, and a config and manifest that fit', async () => {
      const packages = [await bench.add(hello), await bench.add(world, 'added')];
      const image = await bench.build(packages, {
        labels: { a: 'b' },
        annotations: { z: '1', a: '2' },
        configuration: {
          ...emptyRecipe.configuration,
          accounts: {
            runAs: 'me',
            users: [{ name: 'me', uid: 65532, gid: 65532, homeDir: undefined, shell: undefined }],
            groups: [{ name: 'me', gid: 65532, members: [] }],
          },
          entrypoint: { type: 'command', command: "/usr/bin/hello -x 'a b'", shellFragment: undefined, services: {} },
          cmd: 'one two',
          workDir: '/work',
          environment: { Z: '1', A: '2' },
          volumes: ['/data'],
          ports: ['80/tcp'],
          stopSignal: 'SIGTERM',
        },
      });
      const root = await bench.root(image);
      expect(root.get('usr/bin/hello')?.content).toBe('usr/bin/hello');
      expect(root.get('var/lib/dpkg/status.d/world')?.content).toContain(
        'Package: world\nStatus: install ok installed\nVersion: 2:1.0-1\n',
      );
      expect(root.get('etc/passwd')?.content).toBe(
        'root:x:0:0:root:/root:/usr/sbin/nologin\nme:x:65532:65532::/home/me:/usr/sbin/nologin\n',
      );
      expect(root.get('work')).toMatchObject({ type: 'directory', uid: 65532, gid: 65532, mode: 0o755 });
      expect(root.get('home/me')).toMatchObject({ type: 'directory', uid: 65532 });
      expect(root.get('tmp')?.mode).toBe(0o1777);

      const config = JSON.parse((await bench.store.read(image.config.digest)).toString());
      expect(config.config).toEqual({
        User: '65532',
        ExposedPorts: { '80/tcp': {} },
        Env: ['A=2', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'Z=1'],
        Entrypoint: ['/usr/bin/hello', '-x', 'a b'],
        Cmd: ['one', 'two'],
        Volumes: { '/data': {} },
        WorkingDir: '/work',
        Labels: { a: 'b' },
        StopSignal: 'SIGTERM',
      });
      expect(config).toMatchObject({ architecture: 'amd64', os: 'linux', created: '2023-11-14T22:13:20Z' });
      expect(config.history).toHaveLength(image.layers.length);
      expect(config.rootfs.diff_ids).toEqual(image.layers.map(({ diffId }) => diffId));
      const manifest = JSON.parse((await bench.store.read(image.manifest.digest)).toString());
      expect(manifest.layers).toEqual(
        image.layers.map(({ digest, size }) => ({
          mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
          digest,
          size,
        })),
      );
      expect(Object.keys(manifest.annotations)).toEqual(['a', 'z']);
      expect(image.layers.map(({ title }) => title)).toEqual([
        'package hello 1',
        'package world 2:1.0-1',
        'configuration',
      ]);
    });

    it('finds done what was laid out while other packages were on their way', async () => {
      const packages = [await bench.add(hello), await bench.add(world, 'added')];
      const part = {
        replacements: [
          { kind: 'merged-usr' as const },
          { kind: 'diversion' as const, path: '/usr/bin/hello', to: '/usr/bin/hello.old', byPackage: 'world' },
        ],
        exclude: ['usr/share/doc/world'],
        layerBudget: 4,
      };
      await bench.layOutAhead(packages.toReversed(), part);
      expect(bench.tasks).toEqual(['debSegmentTask', 'debSegmentTask']);
      const image = await bench.build(packages, part);
      expect(bench.tasks.filter((name) => name === 'debSegmentTask')).toHaveLength(2);
      expect([...(await bench.root(image)).keys()]).toContain('usr/bin/hello.old');
    });

    it('has diff IDs that are the digests of what its layers hold', async () => {
      const image = await bench.build([await bench.add(hello), await bench.add(world)]);
      for (const { digest, diffId } of image.layers) {
        const hash = createHash('sha256');
        for await (const chunk of gunzipMembers(bench.store.open(digest))) hash.update(chunk);
        expect(diffId).toBe(`sha256:${hash.digest('hex')}`);
      }
    });

    it('is the same for the same recipe, in whatever order and store it is built', async () => {
      const other = await openBuildBench();
      try {
        const first = await bench.build([await bench.add(hello), await bench.add(world)], {}, 1);
        const second = await other.build([await other.add(world), await other.add(hello)], {}, 8);
        expect(second).toEqual(first);
      } finally {
        await other.close();
      }
    });

    it('is built again from what was compressed before', async () => {
      const packages = [await bench.add(hello), await bench.add(world)];
      const first = await bench.build(packages);
      const before = bench.tasks.length;
      expect(await bench.build(packages)).toEqual(first);
      expect(bench.tasks.length).toBe(before);
      await bench.build([...packages, await bench.add({ name: 'more', entries: [file('more')] }, 'added')]);
      expect(bench.tasks.slice(before)).toEqual(['debSegmentTask', 'layerTask']);
    });

    it('says where copyright files are, through links between packages', async () => {
      const image = await bench.build([await bench.add(hello), await bench.add(world)]);
      expect(Object.keys(image.copyrights)).toEqual(['hello', 'world']);
      expect((await bench.store.read(image.copyrights['world']!)).toString()).toBe('free');
    });

    it('can be indexed with its platform', async () => {
      const image = await bench.build([await bench.add(hello)]);
      const { digest } = await buildIndex({ store: bench.store }, [image], { b: '1', a: '2' });
      const index = z
        .object({ manifests: z.array(z.unknown()), annotations: z.unknown() })
        .parse(JSON.parse((await bench.store.read(digest)).toString()));
      expect(index.manifests).toEqual([
        {
          mediaType: 'application/vnd.oci.image.manifest.v1+json',
          ...image.manifest,
          platform: { architecture: 'amd64', os: 'linux' },
        },
      ]);
      expect(JSON.stringify(index.annotations)).toBe('{"a":"2","b":"1"}');
    });
  });

  describe('packages in an image', () => {
    it('lie below /usr where folders are merged, and links and hard links with them', async () => {
      const image = await bench.build(
        [
          await bench.add({
            name: 'a',
            entries: [
              folder('lib'),
              file('lib/x.so.1'),
              link('lib/x.so', 'x.so.1'),
              { path: 'bin/y', type: 'hardlink', linkTarget: 'lib/x.so.1' },
              file('var/run/a'),
            ],
          }),
        ],
        { replacements: [{ kind: 'merged-usr' }] },
      );
      const root = await bench.root(image);
      expect(root.get('usr/lib/x.so.1')?.type).toBe('file');
      expect(root.get('usr/bin/y')?.linkTarget).toBe('usr/lib/x.so.1');
      expect(root.get('run/a')?.type).toBe('file');
      expect(
        [...root.values()]
          .filter(({ type, path }) => type === 'symlink' && !path.includes('x.so'))
          .map(({ path, linkTarget }) => `${path}>${linkTarget ?? ''}`)
          .sort(),
      ).toEqual(['bin>usr/bin', 'lib>usr/lib', 'sbin>usr/sbin', 'var/lock>/run/lock', 'var/run>/run']);
    });

    it('leave out what is excluded, folders that are empty by it too', async () => {
      const entries = [
        folder('usr/share/man/man1'),
        file('usr/share/man/man1/a.1'),
        folder('usr/share/doc/a'),
        file('usr/share/doc/a/changelog'),
        file('usr/share/doc/a/copyright'),
      ];
      const image = await bench.build([await bench.add({ name: 'a', entries })], {
        exclude: ['usr/share/{doc,man}/**', '!usr/share/doc/*/copyright'],
      });
      const layer = await bench.layer(image, 'package a 1');
      expect([...layer.keys()].filter((path) => path.startsWith('usr'))).toEqual([
        'usr',
        'usr/share',
        'usr/share/doc',
        'usr/share/doc/a',
        'usr/share/doc/a/copyright',
      ]);
    });

    it('keep a file that a hard link needs, though it is excluded', async () => {
      const entries = [
        file('doc/one', 'content'),
        { path: 'bin/two', type: 'hardlink' as const, linkTarget: 'doc/one' },
      ];
      const image = await bench.build([await bench.add({ name: 'a', entries })], { exclude: ['doc/**'] });
      expect((await bench.root(image)).get('doc/one')?.content).toBe('content');
    });

    it('give a file up to the package that replaces them, by name and version', async () => {
      const old = await bench.add({ name: 'old', version: '1.9', entries: [file('shared', 'old'), file('own')] });
      const replacing = { name: 'new', fields: { Replaces: 'old (<< 2)' }, entries: [file('shared', 'new')] };
      const image = await bench.build([old, await bench.add(replacing)]);
      expect((await bench.root(image)).get('shared')?.content).toBe('new');
      expect((await bench.root(image)).get('own')?.content).toBe('own');
      const newer = await bench.add({ name: 'old', version: '2', entries: [file('shared', 'old')] });
      await expect(bench.build([newer, await bench.add(replacing)])).rejects.toMatchObject({
        code: 'image/file-conflict',
      });
    });

    it('do not change another package’s layer', async () => {
      const large = {
        name: 'large',
        entries: [file('usr/large', createHash('sha256').update('x').digest('hex').repeat(20_000))],
      };
      const random = Buffer.alloc(700_000);
      for (let index = 0; index < random.length; index += 32)
        createHash('sha256').update(String(index)).digest().copy(random, index);
      const big = { ...large, entries: [file('usr/large', random.toString('latin1'))] };
      const alone = await bench.build([await bench.add(big)]);
      const together = await bench.build([
        await bench.add(big),
        await bench.add(hello),
        await bench.add(world, 'added'),
      ]);
      const layerOf = (image: typeof alone) => image.layers.find(({ title }) => title === 'package large 1')?.digest;
      expect(layerOf(together)).toBe(layerOf(alone));
    });

    it('of a size that pays are whole layers, made once; an update of one leaves the others', async () => {
      const noise = (seed: string): string =>
        Array.from({ length: 8000 }, (_, at) => createHash('sha256').update(`${seed} ${at}`).digest('binary')).join('');
      const one = await bench.add({ name: 'one', entries: [file('usr/lib/one', noise('one'))] });
      const two = await bench.add({ name: 'two', entries: [file('usr/lib/two', noise('two'))] });
      const next = await bench.add({ name: 'two', version: '2', entries: [file('usr/lib/two', noise('next'))] });
      const before = bench.tasks.length;
      const image = await bench.build([one, two]);
      expect(bench.tasks.slice(before)).toEqual(['debSegmentTask', 'debSegmentTask']);
      expect([...(await bench.layer(image, 'package one 1')).keys()]).toEqual(
        expect.arrayContaining(['usr', 'usr/lib', 'usr/lib/one']),
      );
      const later = await bench.build([one, next]);
      expect(bench.tasks.slice(before)).toHaveLength(3);
      const known = new Set(image.layers.map(({ digest }) => digest));
      const changed = later.layers.filter(({ digest }) => !known.has(digest)).map(({ title }) => title);
      expect(changed.filter((title) => title !== 'configuration')).toEqual(['package two 2']);
    });
  });

  describe('refusing packages', () => {
    it.each<[string, string, readonly MadeDeb[]]>([
      [
        'a link and a write through it, in two packages',
        'image/unsafe-path',
        [
          { name: 'a', entries: [link('out', '/etc')] },
          { name: 'b', entries: [file('out/passwd')] },
        ],
      ],
      [
        'a link and a folder in its place',
        'image/file-conflict',
        [
          { name: 'a', entries: [link('out', '/etc')] },
          { name: 'b', entries: [folder('out')] },
        ],
      ],
      [
        'two files at one path',
        'image/file-conflict',
        [
          { name: 'a', entries: [file('x', '1')] },
          { name: 'b', entries: [file('x', '2')] },
        ],
      ],
      [
        'a link and a write through it, in one package',
        'archive/bad-link',
        [{ name: 'a', entries: [link('out', '/etc'), file('out/passwd')] }],
      ],
      [
        'a hard link out of the package',
        'archive/bad-link',
        [{ name: 'a', entries: [{ path: 'x', type: 'hardlink', linkTarget: 'etc/shadow' }] }],
      ],
      [
        'a hard link that climbs',
        'archive/bad-name',
        [{ name: 'a', entries: [{ path: 'x', type: 'hardlink', linkTarget: '../etc/shadow' }] }],
      ],
      ['a name that climbs', 'archive/bad-name', [{ name: 'a', entries: [file('../x')] }]],
      ['a deletion mark', 'archive/bad-name', [{ name: 'a', entries: [file('etc/.wh.passwd')] }]],
      [
        'a device',
        'image/special-file',
        [{ name: 'a', entries: [{ path: 'dev/sda', type: 'block-device', device: { major: 8, minor: 0 } }] }],
      ],
      ['a FIFO', 'image/special-file', [{ name: 'a', entries: [{ path: 'run/pipe', type: 'fifo' }] }]],
      ['a setuid program', 'image/special-file', [{ name: 'a', entries: [{ path: 'usr/bin/su', mode: 0o4755 }] }]],
      [
        'another link in place of a merged folder',
        'image/unsafe-path',
        [{ name: 'a', entries: [link('lib', '/tmp')] }],
      ],
      [
        'one file on both sides of a merged folder',
        'image/file-conflict',
        [{ name: 'a', entries: [file('lib/x'), file('usr/lib/x')] }],
      ],
    ])('with %s', async (_, code, debs) => {
      const packages = await Promise.all(debs.map((deb) => bench.add(deb)));
      await expect(bench.build(packages, { replacements: [{ kind: 'merged-usr' }] })).rejects.toMatchObject({ code });
    });

    it('but not with a setuid program that is declared', async () => {
      const su = await bench.add({ name: 'a', entries: [{ path: 'usr/bin/su', mode: 0o4755 }] });
      const image = await bench.build([su], { replacements: [{ kind: 'setuid', path: '/usr/bin/su' }] });
      expect((await bench.root(image)).get('usr/bin/su')?.mode).toBe(0o4755);
    });

    it('whose archive is damaged in the store, cut off, or not there', async () => {
      const one = await bench.add(hello);
      const archive = await bench.store.read(one.archive);
      const flipped = Buffer.from(archive);
      flipped[archive.indexOf('usr/bin/hello\0') + 2]! ^= 1;
      await writeFile(bench.store.pathOf(one.archive), flipped);
      await expect(bench.build([one])).rejects.toThrow();
      await expect(bench.build([one])).rejects.toMatchObject({ code: expect.stringMatching(/^(store\/|archive\/)/) });
      const cut = await bench.store.put(archive.subarray(0, archive.length - 700));
      await expect(bench.build([{ ...one, archive: cut.digest }])).rejects.toMatchObject({
        code: expect.stringMatching(/^archive\//),
      });
    });

    it('never for an alternative that an added package states: its link is a warning, as the program itself', async () => {
      const netcat = await bench.add(
        {
          name: 'netcat',
          entries: [file('usr/bin/nc.one')],
          control: { postinst: '#!/bin/sh\nupdate-alternatives --install /bin/nc nc /usr/bin/nc.one 50\n' },
        },
        'added',
      );
      const recipe = { replacements: [{ kind: 'merged-usr' as const }], allowedPrograms: [] };
      const image = await bench.build([netcat], recipe);
      expect((await bench.root(image)).get('usr/bin/nc')?.linkTarget).toBe('/etc/alternatives/nc');
      expect(image.warnings).toEqual([expect.stringMatching(/^The added package netcat brings \/usr\/bin\/nc /)]);
    });

    it('never for a script that nothing in the image can run: it is a warning', async () => {
      const script = { path: 'usr/bin/exiftool', mode: 0o755, content: '#!/usr/bin/perl -w\n' };
      const exiftool = await bench.add(
        { name: 'exiftool', entries: [script, { ...script, path: 'usr/lib/plain', mode: 0o644 }] },
        'added',
      );
      const { warnings } = await bench.build([exiftool]);
      expect(warnings).toEqual([expect.stringMatching(/\/usr\/bin\/exiftool cannot run: it needs \/usr\/bin\/perl,/)]);
    });

    it('with a shell in an image that is to be distroless, and names the package', async () => {
      const dash = await bench.add({ name: 'dash', entries: [file('bin/dash'), link('bin/sh', 'dash')] });
      const recipe = { replacements: [{ kind: 'merged-usr' as const }], allowedPrograms: ['usr/bin/hello'] };
      await expect(bench.build([dash, await bench.add(hello)], recipe)).rejects.toMatchObject({
        code: 'image/not-distroless',
        data: {
          programs: [
            { path: '/usr/bin/dash', kind: 'shell', owner: 'dash' },
            { path: '/usr/bin/sh', kind: 'shell', owner: 'dash' },
          ],
        },
      });
      await expect(bench.build([dash], { ...recipe, allowedPrograms: ['/usr/bin/*'] })).resolves.toMatchObject({
        architecture: 'amd64',
      });
    });
  });
});
