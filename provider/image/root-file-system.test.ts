import { describe, expect, it } from 'vitest';
import { digestOf } from '../support/digest.js';
import type { ListedEntry } from './file-list.js';
import { applyPathMutations, makeStandardFolders, makeWorkingDirectory } from './path-mutations.js';
import { rootDirectory, rootFile } from './root-file-system.js';
import { rootOf } from './testing/root-dsl.js';

function pathsOf(entries: readonly ListedEntry[]): string[] {
  return entries.map(({ path, type }) => (type === 'directory' ? `${path}/` : path));
}

describe('reading', () => {
  const root = rootOf(
    'usr/',
    'usr/lib/',
    'lib>usr/lib',
    'usr/lib/os=here',
    'etc/',
    'etc/os>../lib/os',
    'up>../../..',
    'loop>loop',
    'abs>/lib/os',
  );

  it.each([
    ['lib/os', 'usr/lib/os'],
    ['etc/os', 'usr/lib/os'],
    ['abs', 'usr/lib/os'],
    ['up', ''],
    ['up/etc', 'etc'],
    ['loop', undefined],
    ['missing/x', undefined],
    ['usr/lib/os/x', undefined],
  ])('leads %s to %s', (path, real) => {
    expect(root.realPath(path)).toBe(real);
  });

  it('gives content through links, from packages and from what was written', async () => {
    const written = rootOf('usr/', 'usr/a=one', 'b>usr/a');
    written.writeFile('c', 'two', rootFile);
    const contents = await written.read(['b', 'c']);
    expect([...contents].map(([path, content]) => `${path}=${content.toString()}`)).toEqual(['b=one', 'c=two']);
    await expect(written.read(['usr'])).rejects.toMatchObject({
      code: 'image/bad-configuration',
      data: { path: 'usr' },
    });
  });
});

describe('writing', () => {
  it('makes what is missing above, at the place that links lead to, and lists folders that were there with their own attributes', () => {
    const root = rootOf('usr/', 'usr/lib/', 'lib>usr/lib');
    root.writeFile('lib/new/file', 'x', rootFile);
    expect(pathsOf(root.takeWritten())).toEqual(['usr/', 'usr/lib/', 'usr/lib/new/', 'usr/lib/new/file']);
    root.symlink('lib/link', 'new/file');
    expect(pathsOf(root.takeWritten())).toEqual(['usr/', 'usr/lib/', 'usr/lib/link']);
    expect(root.takeWritten()).toEqual([]);
  });

  it.each([
    ['beneath a file', 'etc/passwd/x'],
    ['through a link to nowhere', 'nowhere/x'],
    ['through a link in a circle', 'loop/x'],
    ['out of the root', '../x'],
    ['to a deletion mark', 'etc/.wh.passwd'],
    ['in place of a folder', 'etc'],
  ])('refuses to write %s', (_, path) => {
    const root = rootOf('etc/', 'etc/passwd=x', 'nowhere>/missing', 'loop>loop');
    expect(() => root.writeFile(path, 'x', rootFile)).toThrow(expect.objectContaining({ code: 'image/unsafe-path' }));
    expect(root.takeWritten()).toEqual([]);
  });

  it('stays within the root when a link leads out of it', () => {
    const root = rootOf('out>../../../etc', 'etc/');
    root.writeFile('out/x', 'x', rootFile);
    expect(pathsOf(root.takeWritten())).toEqual(['etc/', 'etc/x']);
  });

  it('brings a file of a package into the layer when its mode changes', async () => {
    const root = rootOf('etc/', 'etc/secret=hush');
    await root.changeAttributes('etc/secret', { mode: 0o600, uid: 5 });
    expect(root.takeWritten().at(-1)).toEqual({
      path: 'etc/secret',
      type: 'file',
      mode: 0o600,
      uid: 5,
      gid: 0,
      mtime: 1,
      size: 4,
      digest: digestOf('hush'),
    });
    expect((await root.read(['etc/secret'])).get('etc/secret')?.toString()).toBe('hush');
  });

  it('brings the file of a hard link with it', async () => {
    const root = rootOf('bin/', 'bin/one=x');
    await root.hardlink('two', 'bin/one');
    expect(root.takeWritten().map(({ path, type, linkTarget }) => [path, type, linkTarget])).toEqual([
      ['bin', 'directory', undefined],
      ['bin/one', 'file', undefined],
      ['two', 'hardlink', 'bin/one'],
    ]);
  });
});

describe('paths of a configuration', () => {
  const owner = { uid: 65532, gid: 65532, permissions: undefined, source: undefined, recursive: false };

  it('are made as they say', async () => {
    const root = rootOf('srv/', 'srv/deep/', 'srv/deep/file=x', 'srv/link>deep');
    await applyPathMutations(root, [
      { ...owner, path: '/data', type: 'directory', permissions: 0o750 },
      { ...owner, path: '/data/empty', type: 'empty-file' },
      { ...owner, path: '/data/link', type: 'symlink', source: '/srv' },
      { ...owner, path: '/srv', type: 'permissions', permissions: 0o700, recursive: true },
    ]);
    expect(root.takeWritten().map(({ path, mode, uid }) => `${path} ${mode.toString(8)} ${uid}`)).toEqual([
      'data 750 65532',
      'data/empty 644 65532',
      'data/link 777 0',
      'srv 700 65532',
      'srv/deep 700 65532',
      'srv/deep/file 700 65532',
    ]);
  });

  it.each([
    [{ ...owner, path: '/missing', type: 'permissions' as const, permissions: 0o700 }],
    [{ ...owner, path: '/link', type: 'symlink' as const }],
    [{ ...owner, path: '/link', type: 'hardlink' as const, source: '/missing' }],
  ])('are refused when they lead nowhere: %j', async (mutation) => {
    await expect(applyPathMutations(rootOf(), [mutation])).rejects.toMatchObject({ code: 'image/bad-configuration' });
  });

  it('leave the working directory writable by the default user', () => {
    const root = rootOf('srv/');
    makeWorkingDirectory(root, '/app/work', { uid: 65532, gid: 65532 });
    makeWorkingDirectory(root, '/srv', { uid: 65532, gid: 65532 });
    makeWorkingDirectory(root, '/', { uid: 65532, gid: 65532 });
    expect(root.takeWritten().map(({ path, uid }) => [path, uid])).toEqual([
      ['app', 0],
      ['app/work', 65532],
    ]);
  });

  it('find the folders that every system has', () => {
    const root = rootOf();
    root.directory('tmp', { ...rootDirectory, mode: 0o700 });
    makeStandardFolders(root);
    const modes = new Map(root.takeWritten().map(({ path, mode }) => [path, mode]));
    expect(modes.get('var/tmp')).toBe(0o1777);
    expect(modes.get('tmp')).toBe(0o700);
  });
});
