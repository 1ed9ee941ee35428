import { describe, expect, it } from 'vitest';
import { digestOf } from '../support/digest.js';
import type { ListedEntry } from './file-list.js';
import { mergePackages } from './merge.js';
import type { MergePackage } from './merge.js';

function file(path: string, content = path): ListedEntry {
  return { path, type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 1, size: content.length, digest: digestOf(content) };
}

function folder(path: string, mode = 0o755): ListedEntry {
  return { path, type: 'directory', mode, uid: 0, gid: 0, mtime: 1, size: 0 };
}

function link(path: string, linkTarget: string): ListedEntry {
  return { path, type: 'symlink', mode: 0o777, uid: 0, gid: 0, mtime: 1, size: 0, linkTarget };
}

function pack(name: string, files: readonly ListedEntry[], ...replaced: readonly string[]): MergePackage {
  return { name, version: '1', files, replaces: (other) => replaced.includes(other.name) };
}

describe('merging packages', () => {
  it('takes a directory from the first package that states it', () => {
    const implied: ListedEntry = { ...folder('var', 0o700), implied: true };
    const { tree } = mergePackages([
      pack('a', [implied]),
      pack('b', [folder('var', 0o750)]),
      pack('c', [folder('var', 0o777)]),
    ]);
    expect(tree.get('var')).toMatchObject({ mode: 0o750, owner: 'b' });
  });

  it('lets packages share what is the same', () => {
    const { tree, dropped } = mergePackages([pack('a', [file('x')]), pack('b', [file('x')])]);
    expect(tree.get('x')?.owner).toBe('a');
    expect([...dropped]).toEqual([['b', ['x']]]);
  });

  it.each<[string, readonly string[], readonly string[], string]>([
    ['the later replaces the earlier', [], ['a'], 'b'],
    ['the earlier replaces the later', ['b'], [], 'a'],
  ])('gives a file to the package that replaces the other: %s', (_, byA, byB, owner) => {
    const { tree, dropped } = mergePackages([
      pack('a', [file('x', 'one')], ...byA),
      pack('b', [file('x', 'two')], ...byB),
    ]);
    expect(tree.get('x')?.owner).toBe(owner);
    expect([...dropped.keys()]).toEqual([owner === 'a' ? 'b' : 'a']);
  });

  it('refuses a file of two packages, and names path and packages', () => {
    expect(() => mergePackages([pack('a', [file('usr', 'one')]), pack('b', [file('usr', 'two')])])).toThrow(
      expect.objectContaining({ code: 'image/file-conflict', data: { path: 'usr', packages: ['a', 'b'] } }),
    );
  });

  it.each<[string, ListedEntry, ListedEntry]>([
    ['file and directory', file('x'), folder('x')],
    ['directory and link', folder('x'), link('x', '/etc')],
    ['link and directory', link('x', '/etc'), folder('x')],
  ])('refuses one path of two types even from a package that replaces the other: %s', (_, left, right) => {
    expect(() => mergePackages([pack('a', [left], 'b'), pack('b', [right], 'a')])).toThrow(
      expect.objectContaining({ code: 'image/file-conflict' }),
    );
  });

  it.each<[string, readonly MergePackage[]]>([
    ['of its own', [pack('a', [link('out', '/'), file('out/etc-passwd')])]],
    ['of an earlier package', [pack('a', [link('out', '../..')]), pack('b', [file('out/x')])]],
    ['of a later package', [pack('a', [file('out/x')]), pack('b', [link('out', '/tmp')])]],
    ['to a folder of the image', [pack('a', [folder('real'), link('out', 'real')]), pack('b', [folder('out/x')])]],
  ])('refuses to write through a link %s', (_, packages) => {
    expect(() => mergePackages(packages)).toThrow(expect.objectContaining({ code: 'image/unsafe-path' }));
  });

  it('keeps names apart that differ in case alone', () => {
    const { tree } = mergePackages([pack('a', [file('README', 'one')]), pack('b', [file('readme', 'two')])]);
    expect([...tree.keys()]).toEqual(['README', 'readme']);
  });
});
