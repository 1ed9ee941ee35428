import { describe, expect, it } from 'vitest';
import { inodesOf } from './inodes.js';
import { rootOf } from './testing/root-dsl.js';

describe('names of one file', () => {
  it('have one mode and one owner, whichever of them is changed', async () => {
    const root = rootOf('usr/', 'usr/a=x');
    await root.hardlink('usr/b', 'usr/a');
    const inodes = inodesOf(root);
    await inodes.link('usr/c', 'usr/b');
    for (const [name, mode] of [
      ['usr/a', 0o600],
      ['usr/b', 0o640],
      ['usr/c', 0o644],
    ] as const) {
      await inodes.changeAttributes(name, { mode, uid: mode });
      for (const each of ['usr/a', 'usr/b', 'usr/c']) expect(root.entry(each)).toMatchObject({ mode, uid: mode });
    }
    expect(root.entry('usr/b')).toMatchObject({ type: 'hardlink', linkTarget: 'usr/a' });
    expect(root.entry('usr/c')?.type).toBe('file');
    expect((await root.read(['usr/c'])).get('usr/c')?.toString()).toBe('x');
  });

  it('are no more than those that were given to it', async () => {
    const root = rootOf('usr/', 'usr/a=x', 'usr/b=x');
    await inodesOf(root).changeAttributes('usr/a', { mode: 0o600 });
    expect(root.entry('usr/b')?.mode).toBe(0o644);
  });
});
